#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The plugin is killed (SIGKILL) wherever it can be; a DEL afterwards leaves nothing, and the next ADD
# works.
#
#   ┌──────────────┐
#   │ pod     eth0 │   made, half made, or not made
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘
#
# strace kills it at the entry of a system call, before that does anything: of each call in a list the
# first, the second, … until the plugin ends by itself. The list has all by which it changes the network
# (sendto; write for sysctls; the last test holds that there is no other) and the answer, and those by
# which a reservation comes and goes (linkat, renameat, unlinkat). So there is a kill between any two
# steps, and within each; what the IPAM does to its other files is killed at each call natively.

load ../helpers

changes='write linkat unlinkat renameat sendto'

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

# killed_at CALL N VERB [CONF]: true if it was killed, false if it ended by itself.
killed_at() {
	under=(strace -qq -f -o /dev/null -e trace="$1" --inject="$1:signal=KILL:when=$2")
	cni "$3" pod pod eth0 "${4:-$CONF}"
	under=()
	at="$1 $2"
	[ "$status" -eq 137 ]
}

# DEL after a kill; what is there then is kept for assert_gone.
del_after_kill() {
	cni_ok DEL pod pod eth0 "$CONF"
	assert_nothing_reserved || fail "killed at $at" || return
	ip -n "$(pod pod)" -j link >>"$BATS_TEST_TMPDIR/links"
}

# assert_gone LEAST: there were at least so many kills, and after each of them only lo.
assert_gone() {
	assert_json '($d | length) >= $least and all($d[]; map(.ifname) == ["lo"])' \
		--argjson least "$1" <"$BATS_TEST_TMPDIR/links"
	assert_nothing_left pod
}

@test "ADD killed anywhere: DEL leaves nothing, the next ADD gets further" {
	# So that each ADD makes the same calls: what the first one of a network makes is there.
	cni_ok ADD pod pod eth0 "$CONF"
	cni_ok DEL pod pod eth0 "$CONF"
	for call in $changes; do
		for ((n = 1; ; n++)); do
			killed_at $call $n ADD || break
			del_after_kill
		done
		assert_success
		cni_ok DEL pod pod eth0 "$CONF"
	done
	assert_gone 20
}

@test "the first ADD of a network killed while it makes its directory: the next one works" {
	# Those above it are there.
	slashes=${DATA//[^\/]/}
	for ((n = ${#slashes}; ; n++)); do
		rm -rf "$DATA"
		killed_at mkdir $n ADD || break
		del_after_kill
		cni_ok ADD pod pod eth0 "$CONF"
		cni_ok DEL pod pod eth0 "$CONF"
	done
	assert_success
	cni_ok DEL pod pod eth0 "$CONF"
	assert_gone 2
}

@test "ADD killed while it undoes: DEL leaves nothing" {
	bad=$(conf '.ipam.routes += [{dst: "10.99.0.0/16", gw: "192.0.2.1"}]')
	# Calls on the way there are the first test's.
	for call in unlinkat:1 sendto:5; do
		for ((n = ${call#*:}; ; n++)); do
			killed_at ${call%:*} $n ADD "$bad" || break
			del_after_kill
		done
		assert_error 100 'route 10.99.0.0/16'
	done
	assert_gone 4
}

@test "DEL killed anywhere: the next DEL leaves nothing" {
	for call in $changes; do
		for ((n = 1; ; n++)); do
			cni_ok ADD pod pod eth0 "$CONF"
			killed_at $call $n DEL || break
			del_after_kill
		done
		assert_success
	done
	assert_gone 4
}

@test "the network is changed by no other calls than those at which it was killed" {
	others=sendmsg,sendmmsg,writev,pwritev,pwritev2,io_uring_enter,bpf,mount,umount2,fork,vfork,clone,clone3
	for verb in ADD DEL; do
		under=(strace -qq -f -o "$BATS_TEST_TMPDIR/calls" -e trace="$others" -e signal=none)
		cni_ok $verb pod pod eth0 "$CONF"
		[ ! -s "$BATS_TEST_TMPDIR/calls" ] || fail "$verb:" "$(<"$BATS_TEST_TMPDIR/calls")"
	done
	under=()
	assert_nothing_left pod
}
