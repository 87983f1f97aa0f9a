#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each system call of the plugin fails once, and it is killed at each by which it changes something:
# afterwards nothing is there that was not before (test/fault). Here with what needs no driver: the
# IPAM under a name of its own; and by eBPF, that as another's plugin, and who else has an address.
# What the driver has a part in: guest/fault.bats.

load ../helpers
load ../ebpf

setup_file() {
	node_new
	pod_new pod other
	ln -s "$(readlink -f "$IPVLAN")" "$BATS_FILE_TMPDIR/ipvlan-ipam"
	IPAM=$(conf '.ipam.type = "ipvlan-ipam"')
	printf '#!/bin/sh\nexec "${0%%/*}/ipvlan-ipam"\n' >"$BATS_FILE_TMPDIR/delegate"
	chmod +x "$BATS_FILE_TMPDIR/delegate"
	export IPAM
	# The programs on the master are there, for another pod.
	add other "$(conf 'del(.ipam)')"
}

# The pods are the whole suite's.
teardown() {
	:
}

teardown_file() {
	pods_gone
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

# delegated OPTION… VERB: to an IPAM plugin of its own process.
delegated() {
	CNI_PATH=$BATS_FILE_TMPDIR disturb "$@" "$IPVLAN" "$(pod pod)" "$(conf '.ipam.type = "delegate"')"
}

@test "starting an IPAM plugin and talking to it fails, or ends us: nothing is left of it and of us" {
	for verb in ADD DEL CHECK GC; do
		delegated -c pipe2,vfork,clone,clone3,execve,setpgid,poll,pidfd_open,wait4 $verb
		delegated -k -c write,vfork,clone,clone3,execve $verb
	done
}

@test "asking for who has an address fails, or ends us: nothing is left of the question" {
	wait=$(conf '.dad = "wait" | .dadWaitMs = 3')
	disturb -c socket,bind,poll,setsockopt,sendto ADD "$IPVLAN" "$(pod pod)" "$wait"
	disturb -k -c sendto ADD "$IPVLAN" "$(pod pod)" "$wait"
}
