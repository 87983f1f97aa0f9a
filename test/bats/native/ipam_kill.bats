#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SIGKILL at each system call, and many at one time: no address is lost, none is given twice.

load ../helpers

setup_file() {
	[ -x "$IPVLAN" ] || fail "no plugin at $IPVLAN: make plugin"
	ln -s "$(readlink -f "$IPVLAN")" "$BATS_FILE_TMPDIR/ipvlan-ipam"
}

kill_at_each_call() { # SCENARIO
	mkdir -p "$BATS_TEST_TMPDIR/work"
	python3 "$tree/test/bats/native/ipam_kill.py" "$BATS_FILE_TMPDIR/ipvlan-ipam" \
		"$BATS_TEST_TMPDIR/work" "$1"
}

@test "killed at each system call of the first ADD of a network" {
	kill_at_each_call add-first
}

@test "killed at each system call of ADD beside others" {
	kill_at_each_call add
}

@test "killed at each system call of ADD of a pod that had an address" {
	kill_at_each_call add-sticky
}

@test "killed at each system call of ADD where all that is left was never written whole" {
	kill_at_each_call add-over-empty
}

@test "killed at each system call of DEL" {
	kill_at_each_call del
}

@test "killed at each system call of DEL of a pod that is to have its address again" {
	kill_at_each_call del-sticky
}

@test "1,000 ADDs by 64 processes at once: none twice, each in its turn" {
	gcc -std=gnu11 -D_GNU_SOURCE -O2 -o "$BATS_TEST_TMPDIR/turns" "$tree/test/bench/ipam_turns.c"
	jq -n --arg data "$BATS_TEST_TMPDIR/data" '{cniVersion: "1.0.0", name: "net", type: "t",
		ipam: {type: "ipvlan-ipam", dataDir: $data, subnet: "10.1.0.0/22", rangeEnd: "10.1.3.233"}}' \
		>"$BATS_TEST_TMPDIR/conf"
	# As many addresses as ADDs: the gateway apart, .0.2 to .3.233.
	"$BATS_TEST_TMPDIR/turns" "$BATS_FILE_TMPDIR/ipvlan-ipam" "$BATS_TEST_TMPDIR/conf" 64 1000 |
		sed 's/^/# /' >&3
	[ "${PIPESTATUS[0]}" -eq 0 ]
	[ "$(ls "$BATS_TEST_TMPDIR/data/net" | grep -c '^10')" -eq 1000 ]
}
