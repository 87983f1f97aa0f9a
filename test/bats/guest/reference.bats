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
	[ ! -e /run/modprobe.d/ipvlan.conf.off ] || driver ours
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

@test "a step that fails after the IPAM: the reference keeps address and interface, ours nothing" {
	bad=$(conf '.ipam.routes += [{dst: "10.99.0.0/16", gw: "192.0.2.1"}]')
	reference ADD "$bad"
	[ "$status" -ne 0 ]
	[ "$(links ref)" = '["lo","eth0"]' ]
	[ "$(reserved_by_reference)" = $'10.77.0.20\nfd77::20' ]
	rm -r "$DATA/ref"
	cni ADD pod pod eth0 "$bad"
	assert_error 100 'route 10.99.0.0/16 via 192.0.2.1'
	assert_nothing_left pod
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

@test "another mode, on the kernel's driver: the reference switches running pods, ours is refused" {
	driver in-tree
	add pod "$CONF"
	l3=$(conf '.mode = "l3"')
	pod_new pod2
	cni ADD pod2 pod2 eth0 "$l3"
	assert_error 101 'its slaves are of mode l2.* would change them all' 'eth0 of container pod in network net'
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	reference ADD "$l3"
	assert_success
	cni CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	assert_error 107 'its mode is l3, should be l2'
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

@test "MTU of a route, and one above the master's: the reference does not install and not look" {
	mtu=$(conf '.cniVersion = "1.0.0" | .ipam.routes = [{dst: "10.9.0.0/16", mtu: 1300, advmss: 1200}]')
	metrics() {
		ip -n "$(pod "$1")" -j -d route show 10.9.0.0/16 | jq -c '.[0].metrics[0] | [.mtu, .advmss]'
	}
	reference ADD "$mtu"
	assert_success
	[ "$(metrics ref)" = '[null,null]' ]
	reference DEL "$mtu"
	add pod "$mtu"
	[ "$(metrics pod)" = '[1300,1200]' ]
	cni_ok DEL pod pod eth0 "$mtu"
	big=$(conf '.mtu = 9000')
	reference ADD "$big"
	assert_success
	ip -n "$(pod ref)" -j link show eth0 | assert_json '$d[0][0].mtu == 9000'
	reference DEL "$big"
	cni ADD pod pod eth0 "$big"
	assert_error 7 'mtu: 9000 is more than the 1500 of master eth0'
	assert_nothing_left pod
}

@test "no IPAM: the reference fails and leaves its interface, ours is without addresses" {
	bare=$(conf 'del(.ipam)')
	for ipam in 'del(.ipam)' '.ipam = {}'; do
		bare=$(conf "$ipam")
		reference ADD "$bare"
		[ "$status" -ne 0 ]
		[ "$(links ref)" = '["lo","eth0"]' ]
		ip -n "$(pod ref)" link del eth0
		add pod "$bare"
		ip -n "$(pod pod)" -j addr show eth0 | assert_json '$d[0][0].addr_info |
			map(select(.scope == "global")) == []'
		cni_ok CHECK pod pod eth0 "$(with_prev "$bare" "$answer")"
		cni_ok DEL pod pod eth0 "$bare"
		assert_nothing_left pod
	done
}

@test "a master that is wrong in the container: ours says what the kernel says" {
	ip -n "$(pod pod)" -b - <<-END
		link add br0 type bridge
		link add d0 type dummy
		link set d0 master br0
	END
	cni ADD pod pod eth0 "$(conf '.linkInContainer = true | .master = "d0"')"
	assert_error 101 'master d0: it is a port of bridge br0'
	cni ADD pod pod eth0 "$(conf '.linkInContainer = true | .master = "d9"')"
	assert_error 101 'master d9: the container has no interface' 'there are: lo, .*d0'
	assert_nothing_left pod br0 d0
}

@test "a route that moved to another priority: CHECK of the reference is content, ours is not" {
	route=$(conf '.ipam.routes = [{dst: "10.9.0.0/16", gw: "10.77.0.7", priority: 7}]')
	moved() {
		ip -n "$(pod "$1")" -b - <<-END
			route flush 10.9.0.0/16
			route add 10.9.0.0/16 via 10.77.0.7 metric 99
		END
	}
	reference ADD "$route"
	assert_success
	ref_answer=$output
	moved ref
	reference CHECK "$(with_prev "$route" "$ref_answer")"
	assert_success
	reference DEL "$route"
	# A result has a route's priority from 1.1.0 on.
	route=${route/1.0.0/1.1.0}
	add pod "$route"
	moved pod
	cni CHECK pod pod eth0 "$(with_prev "$route" "$answer")"
	assert_error 107 'route 10.9.0.0/16: its priority is 99, should be 7'
}
