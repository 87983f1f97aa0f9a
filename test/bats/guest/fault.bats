#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each system call by which the plugin deals with the network fails once, and it is killed at each by
# which it changes it: afterwards nothing is there that was not before (test/fault). What it does to
# files is disturbed natively (native/fault.bats); all of it, here too, by `make check-fault`.
#
#   ┌──────────────┐
#   │ pod     eth0 │   made, half made, or not made
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

setup_file() {
	node_new
	pod_new pod
}

teardown_file() {
	pods_free
	node_free
}

# fault CALLS [OPTION…] VERB [CONF]: CALLS count only here.
fault() {
	local calls=$1 only=() conf=$CONF

	shift
	[ -n "${FAULT_ALL:-}" ] || only=(-c "$calls")
	[[ ${!#} != '{'* ]] || { conf=${!#} && set -- "${@:1:$#-1}"; }
	disturb "${only[@]}" "$@" "$IPVLAN" "$(pod pod)" "$conf"
}

@test "a system call that fails: ADD answers, or leaves nothing" {
	fault sendto,recvfrom,setns ${FAULT_ALL:+-v} ADD
}

@test "a system call that fails while ADD undoes: DEL leaves nothing" {
	fault sendto -u ADD "$(conf '.ipam.routes += [{dst: "10.99.0.0/16", gw: "192.0.2.1"}]')"
}

@test "a system call that fails: DEL that succeeds leaves nothing, one that fails is told again" {
	fault sendto,recvfrom,setns,openat,fstatfs,ioctl DEL
}

@test "a system call that fails: CHECK changes nothing" {
	fault recvfrom CHECK
}

@test "killed at a system call: DEL takes all away" {
	fault sendto,write -k ADD
	fault sendto,unlinkat -k DEL
}
