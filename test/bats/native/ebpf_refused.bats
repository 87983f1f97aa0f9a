#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernels that take no programs, processes that may load none, maps that are full: an error that says
# so, and nothing left behind. (There is no bpffs in it: nothing is pinned.)

load ../helpers
load ../ebpf

# What the kernel answers to bpf(2) from the N-th call on.
kernel_says() { # ERROR N
	under=(strace -qq -o /dev/null -e trace=bpf --inject="bpf:error=$1:when=$2+")
}

@test "a process that may load no programs, and a kernel that takes none, are told so" {
	pod_new a
	for n in 1 9 20; do
		kernel_says EPERM $n
		cni ADD a a eth0 "$CONF"
		assert_error 103 'CAP_BPF and CAP_NET_ADMIN are needed'
		kernel_says EINVAL $n
		cni ADD a a eth0 "$CONF"
		assert_error 103 'the kernel .* does not take them; 5.17 or newer'
		under=()
		assert_nothing_left a
		[ -z "$(programs_on eth0)" ]
	done
	kernel_says EPERM 1
	cni STATUS a a eth0 "$CONF"
	assert_error 50 'CAP_BPF and CAP_NET_ADMIN are needed'
	under=()
	add a "$CONF"
	reaches "$(pod a)" 10.77.0.1
}

# map_of NAME: the id of this map of the one host end's set.
map_of() {
	local map program

	program=$(tc_node -j filter show dev "$(host_ends)" ingress | jq '[.. | .prog?.id // empty][0]')
	for map in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
		[ "$(bpftool -j map show id "$map" | jq -r .name)" != "$1" ] || echo "$map"
	done
}

@test "when a master's map of addresses is full, ADD says so and the pods that are there go on" {
	pods a
	map=$(map_of ip4)
	for ((i = 0; i < 16384; i++)); do
		echo "map update id $map key 172 16 $((i >> 8)) $((i & 255)) value 0 0 0 0 0 0 0 0"
	done >"$BATS_TEST_TMPDIR/batch"
	bpftool batch file "$BATS_TEST_TMPDIR/batch" >/dev/null 2>&1 || true # until it is full
	pod_new b
	cni ADD b b eth0 "$CONF"
	assert_error 104 'address 10.77.0.11: .* room for 16384 of a family and is full'
	[ "$(host_ends | wc -l)" -eq 1 ]
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	ip -n "$(pod b)" -j link | assert_json '($d[0] | map(.ifname)) == ["lo"]'
	reaches "$ROUTER" 10.77.0.10
	cni_ok DEL a a eth0 "$CONF"
	[ -z "$(programs_on eth0)" ]
}
