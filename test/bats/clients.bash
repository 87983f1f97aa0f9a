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
