#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# As fault.bats, with the verbs and features that take longer; by `make check-fault` alone.
#
#   ┌──────────────┐
#   │ pod     eth0 │   on eth0, or on eth0.7, which comes and goes with it
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

export CONF_ALSO='{"datapath": "kernel"}'

setup_file() {
	node_new
	pod_new pod
	printf '#!/bin/sh\nexec "${0%%/*}/ipvlan-ipam"\n' >"$BATS_FILE_TMPDIR/delegate"
	chmod +x "$BATS_FILE_TMPDIR/delegate"
	ln -s "$(readlink -f "$IPVLAN")" "$BATS_FILE_TMPDIR/ipvlan-ipam"
	VLAN=$(conf '.vlan = 7')
	export VLAN
}

teardown_file() {
	pods_free
	node_free
}

fault() { # [OPTION…] VERB CONF
	disturb "${@:1:$#-1}" "$IPVLAN" "$(pod pod)" "${!#}"
}

@test "GC and CHECK, failing and killed at each system call" {
	fault GC "$CONF"
	fault -k GC "$CONF"
	fault -k CHECK "$CONF"
}

@test "DEL, killed at each system call" {
	fault -k DEL "$CONF"
}

@test "a VLAN that is made and removed with it, failing and killed at what the network is asked" {
	for verb in ADD DEL GC; do
		fault -c sendto,recvfrom,ioctl,setns $verb "$VLAN"
		fault -k $verb "$VLAN"
	done
	fault -c sendto,recvfrom CHECK "$VLAN"
}

@test "the question who has an address, failing and killed" {
	wait=$(conf '.dad = "wait" | .dadWaitMs = 20')
	fault -c socket,bind,poll,setsockopt,sendto ADD "$wait"
	fault -k -c sendto ADD "$wait"
}

@test "an IPAM plugin that is started, failing and killed" {
	export CNI_PATH=$BATS_FILE_TMPDIR
	delegated=$(conf '.ipam.type = "delegate"')
	for verb in ADD DEL CHECK GC; do
		fault -c pipe2,vfork,clone,clone3,execve,setpgid,poll,pidfd_open,wait4 $verb "$delegated"
		fault -k -c write,vfork,clone,clone3,execve $verb "$delegated"
	done
}
