#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman and buildah of the distribution with the plugin in their plugin directory. What is asked here is
# what reaches the plugin; guest/podman has the same on a kernel with ipvlan.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ first   eth0 │  │ second  eth0 │   containers on "net": 10.77.0.x and fd77::x
#   │         eth1 │  └─────┬────────┘   and on "other": 10.78.0.x
#   └──────────┬───┘        │
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2   podman    ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers
load ../clients

setup_file() {
	node_new
	podman_new
	write_rootfs "$TOP/root"
	export DATA=/var/lib/cni/networks NETWORK=net-$$ OTHER=other-$$
	podman network create -d ipvlan -o mtu=1400 --subnet 10.77.0.0/24 --gateway 10.77.0.1 \
		--ip-range 10.77.0.64/26 --subnet fd77::/64 --gateway fd77::1 "$NETWORK" >&2
	podman network create -d ipvlan --subnet 10.78.0.0/24 "$OTHER" >&2
}

teardown_file() {
	podman_free
	podman network rm -f "$NETWORK" "$OTHER" >&2
	rm -rf "${DATA:?}/$NETWORK" "${DATA:?}/$OTHER"
	node_free
}

teardown() {
	podman_free
}

run_container() { # NAME OPTION…
	podman run -d --name "$1" "${@:2}" --rootfs "$TOP/root" sleep 1000 >&2
}

held() { # NETWORK: its addresses
	(shopt -s nullglob && cd "$DATA/$1" && printf '%s\n' *[.:]*) | sed '/^last_reserved_ip/d'
}

addresses() { # CONTAINER INTERFACE
	podman exec "$1" ip -o addr show "$2" | sed -n 's|.* inet6* \([^/]*\)/.*|\1|p' | grep -v ^fe80 | xargs
}

@test "a network is made with its options, told by inspect, and goes with rm" {
	podman network inspect "$NETWORK" | assert_json '$d[0][0] | .driver == "ipvlan" and
		.options.mtu == "1400" and .ipv6_enabled and
		(.subnets | map(.subnet)) == ["10.77.0.0/24", "fd77::/64"]'
	jq -s '.' "$TOP/net.d/$NETWORK.conflist" | assert_json \
		'$d[0][0].plugins[0] | .type == "ipvlan" and .mtu == 1400'
	podman network create -d ipvlan -o mode=l3 --subnet 10.79.0.0/24 "third-$$" >&2
	podman network rm "third-$$" >&2
	[ ! -e "$TOP/net.d/third-$$.conflist" ]
}

@test "a container has both families, the address it asks for, and is restarted with it" {
	run_container first --network "$NETWORK" --ip 10.77.0.100
	[[ $(addresses first eth0) == "10.77.0.100 fd77::"* ]]
	podman exec first ip link show eth0 | grep -q 'mtu 1400'
	enter "$ROUTER" ping -nqc 1 -W 2 10.77.0.100 >&2
	podman exec first ping -c 1 -W 5 10.77.0.1 >&2
	podman restart -t 0 first >&2
	[[ $(addresses first eth0) == "10.77.0.100 fd77::"* ]]
	podman rm -ft 0 first >&2
	[ -z "$(held "$NETWORK")" ]
}

@test "a MAC address of its own is refused in words that reach the person, and nothing is left" {
	run -126 podman run --rm --network "$NETWORK" --mac-address 02:00:00:00:00:05 --rootfs "$TOP/root" true
	[[ $output == *"an ipvlan interface has its master's"* || $output == *MAC* ]] || fail "$output"
	[ -z "$(held "$NETWORK")" ]
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}

@test "a container is on two networks, leaves one and comes back while it runs" {
	run_container first --network "$NETWORK:interface_name=eth0" --network "$OTHER:interface_name=eth1"
	[[ $(addresses first eth0) && $(addresses first eth1) == 10.78.0.* ]]
	podman network disconnect "$OTHER" first >&2
	[ -z "$(held "$OTHER")" ]
	[ -z "$(podman exec first ip -o addr show eth1 2>/dev/null)" ]
	podman network connect --ip 10.78.0.77 "$OTHER" first >&2
	[ "$(podman exec first ip -o addr | grep -o '10\.78\.0\.[0-9]*/')" = 10.78.0.77/ ]
	podman exec first ping -c 1 -W 5 10.77.0.1 >&2
}

@test "the containers of a pod share one interface, and another pod reaches it" {
	podman pod create --name web --network "$NETWORK" --infra-image "$(image)" >&2
	run_container first --pod web
	run_container second --pod web
	[ "$(addresses first eth0)" = "$(addresses second eth0)" ]
	podman run --rm --network "$NETWORK" --rootfs "$TOP/root" ping -c 1 -W 5 "$(addresses first eth0 | cut -d' ' -f1)" >&2
	podman pod rm -ft 0 web >&2
	[ -z "$(held "$NETWORK")" ]
}

@test "what a crash of the machine left is taken again, and its containers start" {
	run_container first --network "$NETWORK" --ip 10.77.0.110
	# A reboot leaves files alone: no process, no netns, nothing under /run.
	kill -KILL "$(podman inspect -f '{{.State.ConmonPid}}' first)" "$(podman inspect -f '{{.State.Pid}}' first)"
	netns=$(podman inspect -f '{{.NetworkSettings.SandboxKey}}' first)
	umount "$netns"
	rm -rf "$netns" "/run/runc/$(podman ps -aq --no-trunc)" "$TOP/tmp" "$TOP/run"
	[ "$(held "$NETWORK" | head -1)" = 10.77.0.110 ]
	podman start first >&2
	[[ $(addresses first eth0) == "10.77.0.110 fd77::"* ]]
	podman rm -ft 0 first >&2
	[ -z "$(held "$NETWORK")" ]
}

@test "a RUN of buildah is on the network, and gives its address back" {
	image
	cat >"$BATS_TEST_TMPDIR/Containerfile" <<-'END'
		FROM localhost/box
		RUN ip -o addr show eth0 && ping -c 1 -W 5 10.77.0.1
	END
	run -0 enter "$NODE" buildah --root "$TOP/store" --runroot "$TOP/run" --storage-driver vfs build \
		--runtime runc --network "$NETWORK" --cni-config-dir "$TOP/net.d" --cni-plugin-path "$TOP/plugins" \
		-f "$BATS_TEST_TMPDIR/Containerfile" "$BATS_TEST_TMPDIR"
	[[ $output == *"inet 10.77.0."* && $output == *" 0% packet loss"* ]] || fail "$output"
	[ -z "$(held "$NETWORK")" ]
}
