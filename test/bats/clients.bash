# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# Runtimes of the distribution with the plugin under test, on this machine: storage, settings and
# network configurations of their own under $TOP, in the netns of the suite's node.

# What runs in the containers: busybox, and nothing of a registry.
write_rootfs() { # DIRECTORY
	local tool

	mkdir -p "$1"/{bin,dev,proc,sys,tmp,etc,run,var/tmp,root}
	cp /bin/busybox "$1/bin"
	for tool in sh ping sleep ip cat true wget; do ln -s busybox "$1/bin/$tool"; done
	touch "$1"/etc/{passwd,group,hosts,resolv.conf}
}

# A machine may have cgroups of both versions, which crun refuses, and no right to raise limits. Locks
# in files: those in shared memory are of all the podmans of a machine.
podman_new() {
	export TOP=$BATS_FILE_TMPDIR CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf
	export CONTAINERS_STORAGE_CONF=$TOP/storage.conf CONTAINERS_REGISTRIES_CONF=$TOP/registries.conf

	mkdir -p "$TOP"/{plugins,net.d,tmp}
	cp "$IPVLAN" "$TOP/plugins/ipvlan"
	: >"$TOP/registries.conf"
	cat >"$TOP/storage.conf" <<-END
		[storage]
		driver = "vfs"
		graphroot = "$TOP/store"
		runroot = "$TOP/run"
	END
	cat >"$CONTAINERS_CONF" <<-END
		[containers]
		default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
		[network]
		network_backend = "cni"
		cni_plugin_dirs = ["$TOP/plugins", "/usr/lib/cni"]
		network_config_dir = "$TOP/net.d"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime = "runc"
		tmp_dir = "$TOP/tmp"
		lock_type = "file"
	END
}

podman_free() {
	podman pod rm -fat 0 >&2 || true
	podman rm -fat 0 >&2
}

podman() {
	enter "$NODE" /usr/bin/podman --log-level error --root "$TOP/store" --runroot "$TOP/run" "$@"
}

# An image of $TOP/root, for what takes no --rootfs; its name.
image() {
	podman image exists localhost/box || tar -C "$TOP/root" -c . |
		podman import -q --change CMD='["/bin/sleep","1000"]' - localhost/box >&2
	echo localhost/box
}

# ---- containerd ---------------------------------------------------------------------------------

# containerd_new CONFLIST: with the plugin and this network alone. The sandboxes' image is made here.
containerd_new() {
	export CRI=$TOP/containerd.sock

	mkdir -p "$TOP/cri.d"
	printf '%s' "$1" >"$TOP/cri.d/10-net.conflist"
	cat >"$TOP/containerd.toml" <<-END
		version = 2
		root = "$TOP/containerd"
		state = "$TOP/containerd.run"
		disabled_plugins = ["io.containerd.internal.v1.opt"]
		[grpc]
		address = "$CRI"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "localhost/box:latest"
		restrict_oom_score_adj = true
		stream_server_address = "127.0.0.1"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		snapshotter = "native"
		[plugins."io.containerd.grpc.v1.cri".cni]
		conf_dir = "$TOP/cri.d"
		bin_dir = "$TOP/plugins"
	END
	# What nothing else than containerd itself needs of the reference plugins.
	cp /usr/lib/cni/loopback "$TOP/plugins/"
	containerd_start
	podman save -qo "$TOP/box.tar" "$(image)"
	ctr -a "$CRI" -n k8s.io images import --snapshotter native "$TOP/box.tar" >&2
}

containerd_start() {
	local i

	busybox nsenter -n"/run/netns/$NODE" containerd -c "$TOP/containerd.toml" \
		>>"$TOP/containerd.log" 2>&1 3>&- & # not by enter(): the pid is to be its own
	echo $! >"$TOP/containerd.pid"
	for i in {1..300}; do
		if "$tree/test/cni/cri.py" "$CRI" list >/dev/null 2>&1; then return 0; fi
		sleep 0.1
	done
	fail "containerd does not come up" "$(tail -5 "$TOP/containerd.log")"
}

# One that has ended may still have a pid, until its parent asks: what it ran is gone.
containerd_kill() { # [SIGNAL]
	local pid

	pid=$(<"$TOP/containerd.pid")
	kill "-${1:-TERM}" "$pid"
	while readlink "/proc/$pid/exe" >/dev/null; do sleep 0.1; done
}

cri() {
	"$tree/test/cni/cri.py" "$CRI" "$@"
}

# The addresses that are reserved.
held() {
	(shopt -s nullglob && cd "$DATA/$NETWORK" && printf '%s\n' *[.:]*) | sed '/^last_reserved_ip/d; /^$/d'
}

# All sandboxes away, whatever state a test left them in, then containerd.
containerd_free() {
	local sandboxes

	mapfile -t sandboxes < <(cri list)
	[ -z "${sandboxes[0]}" ] || { cri stop "${sandboxes[@]}"; cri remove "${sandboxes[@]}"; } >&2
	containerd_kill
}
