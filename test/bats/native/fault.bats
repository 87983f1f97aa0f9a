#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each system call of the plugin fails once, and it is killed at each by which it changes something:
# afterwards nothing is there that was not before (test/fault). Here with what needs no driver: the
# IPAM under a name of its own, and a delegate. With the interface: guest/fault.bats.

load ../helpers

setup_file() {
	node_new
	pod_new pod
	ln -s "$(readlink -f "$IPVLAN")" "$BATS_FILE_TMPDIR/ipvlan-ipam"
	IPAM=$(conf '.ipam.type = "ipvlan-ipam"')
	export IPAM
}

teardown_file() {
	pods_free
	node_free
}

# fault [OPTION…] VERB: of the IPAM; the last line, which counts, is shown.
fault() {
	disturb "$@" "$BATS_FILE_TMPDIR/ipvlan-ipam" "$(pod pod)" "$IPAM"
}

@test "a system call that fails: ADD answers or leaves nothing" {
	fault -v ADD
	fault -v -f ADD
}

@test "a system call that fails: DEL that succeeds leaves nothing, one that fails is told again" {
	fault DEL
}

@test "a system call that fails: CHECK changes nothing" {
	fault CHECK
}

@test "a system call that fails: GC that succeeds leaves nothing" {
	fault GC
}

@test "killed at a system call: DEL or GC takes all away" {
	fault -k ADD
	fault -k -f ADD
	fault -k DEL
	fault -k CHECK
	fault -k GC
}
