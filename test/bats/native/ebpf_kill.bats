#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ADD by eBPF is killed (SIGKILL) at the entry of a system call that changes something: the n-th
# request to the kernel's network, the n-th to its BPF. A DEL afterwards leaves nothing, and nobody
# else notices.

load ../helpers
load ../ebpf

# killed_at CALL N: true if ADD of b was killed, false if it ended by itself.
killed_at() {
	under=(strace -qq -o /dev/null -e trace="$1" --inject="$1:signal=KILL:when=$2")
	cni ADD b b eth0 "$CONF"
	under=()
	[ "$status" -eq 137 ]
}

assert_only() { # HOST-ENDS PROGRAMS, after a kill at $at
	[ "$(host_ends | wc -l)" -eq "$1" ] || fail "$at: host ends: $(host_ends)" || return
	[ "$(programs_on eth0 | wc -l)" -eq "$2" ] || fail "$at: programs: $(programs_on eth0)" || return
	ip -n "$(pod b)" -j link | assert_json '($d[0] | map(.ifname)) == ["lo"]' || fail "$at"
}

@test "a second pod's ADD, killed anywhere, leaves nothing and harms nobody" {
	pods a
	pod_new b
	kills=0
	for call in sendto bpf; do
		for ((n = 1; ; n++)); do
			at="$call $n"
			killed_at $call $n || break
			kills=$((kills + 1))
			cni_ok DEL b b eth0 "$CONF"
			assert_only 1 2
			[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
		done
		assert_success
		cni_ok DEL b b eth0 "$CONF"
	done
	[ $kills -ge 20 ] || fail "$kills kills"
	reaches "$(pod a)" 10.77.0.1
	cni_ok DEL a a eth0 "$CONF"
	assert_only 0 0
}

@test "the first pod's ADD, killed while it loads the programs, leaves nothing" {
	pod_new b
	kills=0
	for ((n = 2; ; n += 9)); do
		at="bpf $n"
		killed_at bpf $n || break
		kills=$((kills + 1))
		cni_ok DEL b b eth0 "$CONF"
		assert_only 0 0
		assert_nothing_reserved
	done
	assert_success
	[ $kills -ge 5 ] || fail "$kills kills"
	reaches "$(pod b)" 10.77.0.1
}

