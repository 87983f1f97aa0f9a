#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the reference plugin (Debian's containernetworking-plugins 1.1.1) does to a node, and what ours
# does with the same request. It knows no STATUS, GC, linkInContainer and no MTU of a route or result:
# what ours does there is in native/protocol, native/check, guest/attach and guest/master.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ ref     eth0 │   ours, and the reference's
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

export CONF_ALSO='{"cniVersion": "1.0.0", "datapath": "kernel"}'

setup_file() {
	node_new
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod ref
}

teardown() {
	pods_free
}

# The same request to the reference, in the pod ref: a network and addresses of its own, so that nobody
# is in the way.
reference() { # VERB CONF
	local IPVLAN=/usr/lib/cni/ipvlan

	cni "$1" ref ref eth0 "$(jq -c '.name = "ref" |
		.ipam.ranges[]?[]?.rangeStart |= sub("10$"; "20")' <<<"$2")"
}

links() { # POD
	ip -n "$(pod "$1")" -j link | jq -c 'map(.ifname)'
}

reserved_by_reference() {
	(shopt -s nullglob && cd "$DATA/ref" && printf '%s\n' *[.:]*) | grep -v last_reserved || true
}

@test "an IPAM that fails: the reference leaves its interface, ours nothing" {
	gone=$(conf '.ipam.type = "no-such-ipam"')
	reference ADD "$gone"
	[ "$status" -ne 0 ]
	[ "$(links ref)" = '["lo","eth0"]' ]
	cni ADD pod pod eth0 "$gone"
	assert_error 108 'no-such-ipam'
	assert_nothing_left pod
}

@test "a name that is taken: the reference leaves a link, and its DEL takes away the foreign one" {
	for p in pod ref; do ip -n "$(pod $p)" link add eth0 type dummy; done
	reference ADD "$CONF"
	[ "$status" -ne 0 ]
	[[ $(links ref) == '["lo","eth0","veth'* ]]
	reference DEL "$CONF"
	assert_success
	[[ $(links ref) == '["lo","veth'* ]]
	rm -rf "$DATA/ref"
	cni ADD pod pod eth0 "$CONF"
	assert_error 102 'interface eth0'
	cni_ok DEL pod pod eth0 "$CONF"
	assert_nothing_left pod eth0
}

@test "DEL without a master and a default route: the reference releases nothing, ours all" {
	auto=$(conf 'del(.master)')
	add pod "$auto"
	reference ADD "$auto"
	assert_success
	ip -n "$NODE" -b - <<<$'route del default\nroute del default via fd77::1'
	reference DEL "$auto"
	ref_status=$status ref_output=$output ref_links=$(links ref)
	cni DEL pod pod eth0 "$auto"
	ip -n "$NODE" -b - <<<$'route add default via 10.77.0.1\nroute add default via fd77::1'
	assert_success
	[ "$(links pod)" = '["lo"]' ]
	[ -z "$(reservations)" ]
	[ "$ref_status" -ne 0 ]
	[[ $ref_output == *'no default route'* ]]
	[ "$ref_links" = '["lo","eth0"]' ]
	[ "$(reserved_by_reference)" = $'10.77.0.20\nfd77::20' ]
}

@test "what is not listed: the reference knows no GC, ours takes it away" {
	add pod "$CONF"
	gc=$(conf '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []')
	reference GC "$gc"
	[ "$status" -ne 0 ]
	cni_ok GC "" "" "" "$gc"
	assert_nothing_reserved
}

@test "a master that is not there, a pool that is full: the reference knows no STATUS, ours says so" {
	absent=$(conf '.cniVersion = "1.1.0" | .master = "eth9"')
	reference STATUS "$absent"
	[ "$status" -ne 0 ]
	[[ $output == *'unknown CNI_COMMAND'* ]]
	cni STATUS "" "" "" "$absent"
	assert_error 50 'master eth9'
	one=$(conf '.cniVersion = "1.1.0" | .ipam.ranges = [[.ipam.ranges[0][0] + {rangeEnd: "10.77.0.10"}]] |
		del(.ipam.routes)')
	add pod "$one"
	cni STATUS "" "" "" "$one"
	assert_error 50 'no address is free in range set 0'
}

@test "DNS of the IPAM: the reference drops it, ours answers it" {
	echo "nameserver 10.77.0.1" >"$BATS_TEST_TMPDIR/resolv.conf"
	dns=$(conf '.ipam.resolvConf = $file' --arg file "$BATS_TEST_TMPDIR/resolv.conf")
	reference ADD "$dns"
	assert_success
	assert_json '$d[0].dns == {}' <<<"$output"
	reference DEL "$dns"
	add pod "$dns"
	assert_json '$d[0].dns == {nameservers: ["10.77.0.1"]}' <<<"$answer"
}
