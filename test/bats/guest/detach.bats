#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An attachment that fails, ends, or changes under our feet, with a driver.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ pod2    eth0 │   10.77.0.10…, fd77::10…
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
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

# ---- what fails leaves nothing ------------------------------------------------------------------

@test "a name that is taken in the container is refused, and what has it stays" {
	ip -n "$(pod pod)" link add eth0 type dummy
	cni ADD pod pod eth0 "$CONF"
	assert_error 102 'interface eth0: the container already has one of that name'
	assert_nothing_left pod eth0
	cni_ok DEL pod pod eth0 "$CONF"
	[[ $stderr == *'interface eth0: not made by this attachment (kind "dummy", alias "")'* ]]
	assert_nothing_left pod eth0
}

@test "a second ADD of the same attachment is refused, and the first one stays" {
	add pod "$CONF"
	cni ADD pod pod eth0 "$CONF"
	assert_error 106 'eth0 of container pod already holds 10.77.0.10'
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
}

@test "a route that the kernel refuses: all is undone, the kernel's words are told" {
	cni ADD pod pod eth0 "$(conf '.ipam.routes += [{dst: "10.99.0.0/16", gw: "192.0.2.1"}]')"
	assert_error 100 'route 10.99.0.0/16 via 192.0.2.1: add: Network is unreachable' 'kernel: .'
	assert_nothing_left pod
	cni ADD pod pod eth0 "$(conf '.ipam.routes += [{dst: "fd99::/64", gw: "fd98::1"}]')"
	assert_error 100 'route fd99::/64 via fd98::1: add: No route to host'
	assert_nothing_left pod
}

@test "an exhausted range: the third of two is refused, the two keep theirs" {
	pod_new pod2 pod3
	two=$(conf '.ipam.ranges = [[.ipam.ranges[0][0] + {rangeEnd: "10.77.0.11"}]] | del(.ipam.routes)')
	add pod "$two"
	add pod2 "$two"
	cni ADD pod3 pod3 eth0 "$two"
	assert_error 104 'no address is free in range set 0 \(10.77.0.10-10.77.0.11\)'
	ip -n "$(pod pod3)" -j link | assert_json '$d[0] | map(.ifname) == ["lo"]'
	[ "$(reservations)" = $'10.77.0.10\n10.77.0.11' ]
	# One that goes makes room.
	cni_ok DEL pod pod eth0 "$two"
	add pod3 "$two"
	assert_json '$d[0].ips[0].address == "10.77.0.10/24"' <<<"$answer"
}

@test "an answer that cannot be written is undone" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec {both}<>"$BATS_TEST_TMPDIR/fifo" {unread}>"$BATS_TEST_TMPDIR/fifo"
	exec {both}>&-
	cni_conf=$CONF
	add_to() {
		cni_exec ADD pod pod eth0 "$CONF" >&"$1"
	}
	for stdout in "$unread" full -; do
		if [ $stdout = full ]; then exec {full}>/dev/full; stdout=$full; fi
		run --separate-stderr add_to "$stdout"
		output=$stderr
		assert_error 5 'stdout: write the result'
		assert_nothing_left pod
	done
}

# ---- DEL ----------------------------------------------------------------------------------------

@test "DEL takes away the interface and the addresses, as often as it comes" {
	add pod "$CONF"
	for netns in pod pod ""; do
		cni_ok DEL pod "$netns" eth0 "$CONF"
		[ -z "$output$stderr" ]
		assert_nothing_left pod
	done
	# The netns may have gone first, or come back as another file after a reboot.
	add pod "$CONF"
	cni_ok DEL pod "" eth0 "$CONF"
	assert_nothing_reserved
}

@test "DEL leaves a slave that is another attachment's" {
	add pod "$CONF"
	cni_ok DEL other pod eth0 "$CONF"
	[[ $stderr == *'not made by this attachment (kind "ipvlan", alias "cni:net:pod:eth0")'* ]]
	cni_ok DEL pod pod eth0 "$(conf '.name = "other"')"
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
}

@test "two networks in one container, each on its own" {
	other=$(conf '.name = "other" | del(.ipam.routes)')
	add pod "$CONF"
	first=$answer
	cni_ok ADD pod pod net1 "${other//10\"/60\"}"
	cni_ok DEL pod pod net1 "$other"
	answer=$first
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	cni_ok DEL pod pod eth0 "$CONF"
	assert_nothing_left pod
}

@test "a container id of 300 characters is told from another that is nearly the same" {
	printf -v id '%0300d' 7
	cni_ok ADD "$id" pod eth0 "$CONF"
	answer=$output
	cni_ok DEL "${id%7}8" pod eth0 "$CONF"
	cni_ok CHECK "$id" pod eth0 "$(with_prev "$CONF" "$answer")"
	cni_ok DEL "$id" pod eth0 "$CONF"
	assert_nothing_left pod
}

# ---- GC -----------------------------------------------------------------------------------------

@test "GC takes away interfaces and addresses that are on no list, of this network on this node alone" {
	pod_new pod2 pod3
	printf -v id '%0300d' 7
	add pod "$CONF"
	cni_ok ADD "$id" pod2 eth0 "$CONF"
	kept=$output
	add pod3 "$(conf '.name = "other" | del(.ipam.ranges[1]) |
		.ipam.ranges[0][0].rangeStart = "10.77.0.60" | .ipam.routes = []')"
	# Another node's pod, that has the same name.
	ip -n "$ROUTER" link add link lan name far0 netns "$(pod pod3)" type ipvlan mode l2
	ip -n "$(pod pod3)" link set far0 alias cni:net:gone:far0
	for key in valid-attachments attachments; do
		cni_ok GC "" "" "" "$(conf '."cni.dev/\($key)" = [{containerID: $id, ifname: "eth0"}]' \
			--arg id "$id" --arg key "$key")"
		[ -z "$output$stderr" ]
		for p in pod pod2 pod3; do ip -n "$(pod $p)" -j link; done |
			assert_json 'map(map(.ifname) | sort) == [["lo"], ["eth0", "lo"], ["eth0", "far0", "lo"]]'
		[ "$(reservations)" = $'10.77.0.11\nfd77::11' ]
	done
	cni_ok CHECK "$id" pod2 eth0 "$(with_prev "$CONF" "$kept")"
	cni_ok GC "" "" "" "$(conf '."cni.dev/valid-attachments" = []')"
	[ -e "$DATA/other/10.77.0.60" ]
	cni_ok GC "" "" "" "$(conf '.name = "other" | ."cni.dev/valid-attachments" = []')"
	assert_nothing_left pod2
}

# ---- CHECK, STATUS ------------------------------------------------------------------------------

check_says() { # CODE MSG [CONF]
	cni CHECK pod pod eth0 "${3:-$checked}"
	assert_error "$1" "$2"
}

# What CHECK says of the rest is in native/check.bats.
@test "CHECK says of the interface what is no longer as ADD made it" {
	ns=$(pod pod)
	add pod "$CONF"
	checked=$(with_prev "$CONF" "$answer")
	cni_ok CHECK pod pod eth0 "$checked"
	[ -z "$output" ]

	ip -n "$ns" link set eth0 mtu 1350
	check_says 107 'interface eth0: its MTU is 1350, should be 1500'
	ip -n "$ns" link set eth0 mtu 1500

	ip -n "$ns" link set eth0 alias mine
	check_says 107 'interface eth0: its alias is mine, should be cni:net:pod:eth0'
	ip -n "$ns" link set eth0 alias cni:net:pod:eth0

	ip -n "$ns" link set eth0 type ipvlan mode l3
	check_says 107 'interface eth0: its mode is l3, should be l2'
	ip -n "$ns" link set eth0 type ipvlan mode l2 private
	check_says 107 'interface eth0: its flag is private, should be bridge'
	ip -n "$ns" link set eth0 type ipvlan mode l2 bridge

	check_says 107 'interface eth0: its master is eth0, should be lo' "${checked/\"eth0\"/\"lo\"}"
	check_says 107 'interface eth0: its master is eth0, should be eth9' "${checked/\"eth0\"/\"eth9\"}"
	cni_ok CHECK pod pod eth0 "$checked"

	ip -n "$ns" link set eth0 down
	check_says 107 'interface eth0: it is down, should be up'

	ip -n "$ns" link del eth0
	check_says 107 'interface eth0: gone from the container'
	ip -n "$ns" link add eth0 type dummy
	check_says 107 'interface eth0: its kind is dummy, should be ipvlan'
}

@test "STATUS is content where ADD could be served" {
	cni_ok STATUS "" "" "" "$CONF"
	[ -z "$output$stderr" ]
	add pod "$CONF"
	cni_ok STATUS "" "" "" "$CONF"
}
