#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# containerd of the distribution, asked by its socket for what kubelet asks for. More of it, and more at
# once: test/bats/clients.

load ../helpers
load ../clients

setup_file() {
	node_new
	podman_new
	write_rootfs "$TOP/root"
	export NETWORK=net-$$
	containerd_new "$(conf '{cniVersion: "1.0.0", name: $name, plugins: [del(.cniVersion, .name) +
		{capabilities: {"io.kubernetes.cri.pod-annotations": true}, podSettings: ["ips"]}]}' \
		--arg name "$NETWORK")"
}

teardown_file() {
	containerd_free
	podman_free
	node_free
}

@test "a pod sandbox has the addresses of its annotation, and gives them back when it is stopped" {
	id=$(cri run --annotation 'ipvlan-cni/ips=10.77.0.50' web)
	cri status "$id" | assert_json '$d[0] | .state == "READY" and .ips[0] == "10.77.0.50" and
		(.ips[1] | startswith("fd77::"))'
	enter "$ROUTER" ping -nqc 1 -W 2 10.77.0.50 >&2
	cri stop "$id"
	[ -z "$(held)" ]
	cri stop "$id"
	cri remove "$id"
	[ -z "$(cri list)" ]
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}

@test "a pod that cannot be attached is told why, in the plugin's words, and leaves nothing" {
	run -1 cri run --annotation 'ipvlan-cni/ips=10.99.0.1' wrong
	[[ $output == *'10.99.0.1'* && $output == *'plugin type="ipvlan" failed'* ]] || fail "$output"
	[ -z "$(held)" ]
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}

@test "ctr run --cni attaches a container as it is, and detaches it" {
	# It reads its configuration from fixed places.
	# shellcheck disable=SC2016
	run -0 enter "$NODE" unshare --mount --propagation private sh -ec '
		mkdir -p /etc/cni/net.d /opt/cni/bin
		mount --bind "$1/cri.d" /etc/cni/net.d
		mount --bind "$1/plugins" /opt/cni/bin
		exec ctr -a "$2" run --rm --cni --snapshotter native --rootfs "$1/root" one-$$ \
			/bin/ping -c 1 -W 5 10.77.0.1' sh "$TOP" "$CRI"
	[[ $output == *" 0% packet loss"* ]] || fail "$output"
	[ -z "$(held)" ]
}
