#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman, as the distribution has it, with the plugin in its plugin directory: nobody here wrote what
# it sends.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ first   eth0 │  │ second  eth0 │   containers, 10.77.0.50 and fd77::x, 10.77.0.x and fd77::x
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2   podman    ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

# One plugin alone in front; whatever else a list asks for is the distribution's.
write_settings() {
	mkdir "$TOP/plugins" "$TOP/net.d"
	cp "$IPVLAN" "$TOP/plugins/ipvlan"
	cat >"$TOP/containers.conf" <<-END
		[network]
		network_backend = "cni"
		cni_plugin_dirs = ["$TOP/plugins", "/usr/lib/cni"]
		network_config_dir = "$TOP/net.d"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime = "crun"
	END
}

write_rootfs() {
	local root=$TOP/root

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc,run,var/tmp,root}
	cp /bin/busybox "$root/bin"
	ln -s busybox "$root/bin/sh"
	ln -s busybox "$root/bin/ping"
	ln -s busybox "$root/bin/sleep"
	touch "$root"/etc/{passwd,group,hosts,resolv.conf}
}

setup_file() {
	node_new
	# Its default place, in which podman keeps reservations too.
	export TOP=$BATS_FILE_TMPDIR DATA=/var/lib/cni/networks
	export CONTAINERS_CONF=$TOP/containers.conf
	write_settings
	write_rootfs
}

teardown_file() {
	podman rm -fat 0 >&2
	node_free
}

podman() {
	enter "$NODE" /usr/bin/podman --log-level error --storage-driver vfs --root "$TOP/store" \
		--runroot "$TOP/run" "$@"
}

@test "a network of driver ipvlan: containers reach each other and the router, rm gives all back" {
	# With CNI this podman takes no -o parent=…: the master is the one of the default route.
	podman network create -d ipvlan -o mode=l2 --subnet 10.77.0.0/24 --gateway 10.77.0.1 \
		--subnet fd77::/64 --gateway fd77::1 net
	podman run -d --name first --network net --ip 10.77.0.50 --rootfs "$TOP/root" sleep 1000 >&2

	# Only ours writes an alias; podman's netns are those that are not the suite's.
	mapfile -t netns < <(cd /run/netns && printf '%s\n' netns-*)
	[ "${#netns[@]}" -eq 1 ]
	id=$(podman ps -q --no-trunc)
	ip -n "${netns[0]}" -j -d addr show eth0 | assert_json '$d[0][0] |
		.linkinfo.info_kind == "ipvlan" and .ifalias == "cni:net:" + $id + ":eth0" and
		([.addr_info[] | select(.scope == "global").local][0]) == "10.77.0.50"' --arg id "$id"
	[ "$(reservations | head -1)" = 10.77.0.50 ]

	enter "$ROUTER" ping -nqc 1 -W 2 10.77.0.50 >&2
	podman run --rm --name second --network net --rootfs "$TOP/root" sh -c \
		'ping -c 1 -W 5 10.77.0.50 && ping -c 1 -W 5 10.77.0.1 && ping -c 1 -W 5 fd77::1' >&2
	# The second one, which ended, holds nothing any more.
	[ "$(reservations | wc -l)" -eq 2 ]
	podman rm -ft 0 first >&2
	assert_nothing_reserved
	mapfile -t netns < <(cd /run/netns && shopt -s nullglob && printf '%s\n' netns-*)
	[ -z "${netns[*]}" ]
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}
