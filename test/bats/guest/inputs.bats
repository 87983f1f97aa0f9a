#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the runtime and the pod ask for, seen on the interface.
#
#   ┌──────────────┐
#   │ pod     eth0 │   10.77.0.10…
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

setup_file() {
	node_new
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod
}

teardown() {
	pods_free
}

@test "a pod sets MTU, address, routes and sysctls of its interface by annotation" {
	conf=$(conf '.podSettings = ["ips", "mtu", "routes", "net.ipv4.conf.IFNAME.rp_filter"] |
		.runtimeConfig["io.kubernetes.cri.pod-annotations"] = {"ipvlan-cni/mtu": "1400",
			"ipvlan-cni/ips": "10.77.0.50", "ipvlan-cni/sysctls": "net.ipv4.conf.IFNAME.rp_filter=2",
			"ipvlan-cni/routes": "10.9.0.0/16 via 10.77.0.7, 10.8.0.0/16, fd99::/64"}')
	add pod "$conf"
	assert_json '$d[0] | .interfaces[0].mtu == 1400 and .ips[0].address == "10.77.0.50/24" and
		(.routes[2:] == [{dst: "10.9.0.0/16", gw: "10.77.0.7"}, {dst: "10.8.0.0/16"},
			{dst: "fd99::/64"}])' <<<"$answer"
	{ ip -n "$(pod pod)" -j route && ip -n "$(pod pod)" -j link show eth0; } | assert_json '
		($d[0] | map(select(.dst == "10.9.0.0/16" or .dst == "10.8.0.0/16") | .gateway) | sort) ==
			["10.77.0.1", "10.77.0.7"] and $d[1][0].mtu == 1400'
	[ "$(enter "$(pod pod)" cat /proc/sys/net/ipv4/conf/eth0/rp_filter)" = 2 ]
	cni_ok CHECK pod pod eth0 "$(with_prev "$conf" "$answer")"
	enter "$(pod pod)" busybox sysctl -q -w net.ipv4.conf.eth0.rp_filter=0
	cni CHECK pod pod eth0 "$(with_prev "$conf" "$answer")"
	assert_error 107 'sysctl net/ipv4/conf/eth0/rp_filter is "0", should be "2"'
	cni_ok DEL pod pod eth0 "$conf"
	# What the kernel does not take undoes the rest.
	cni ADD pod pod eth0 "${conf/rp_filter=2/rp_filter=x}"
	assert_error 100 'sysctl net/ipv4/conf/eth0/rp_filter, asked for by the pod: write "x": Invalid'
	assert_nothing_left pod
}

@test "the runtime's DNS goes before the configuration's, and that before the IPAM's" {
	echo 'nameserver 10.77.0.9' >"$BATS_TEST_TMPDIR/resolv.conf"
	conf=$(conf '.dns = {nameservers: ["10.77.0.1"], search: ["x"]} | .ipam.resolvConf = $file' \
		--arg file "$BATS_TEST_TMPDIR/resolv.conf")
	for dns in '{}' '{"servers": ["10.77.0.3"], "options": ["ndots:5"], "searches": []}'; do
		add pod "$(jq -c --argjson dns "$dns" '.runtimeConfig.dns = $dns' <<<"$conf")"
		echo "$answer"
		cni_ok DEL pod pod eth0 "$conf"
	done >"$BATS_TEST_TMPDIR/answers"
	assert_json 'map(.dns) == [{nameservers: ["10.77.0.1"], search: ["x"]},
		{nameservers: ["10.77.0.3"], search: ["x"], options: ["ndots:5"]}]' <"$BATS_TEST_TMPDIR/answers"
}
