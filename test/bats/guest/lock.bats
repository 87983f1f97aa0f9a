#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# antiSpoof on the driver: a container with CAP_NET_ADMIN wants to be its gateway, its node or its
# neighbour. (The driver's own side of it: module/47-lock.bats.)
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ pod2    eth0 │   10.77.0.10…, fd77::10…
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

TRAFFIC=$tree/test/bats/module/traffic.py

setup_file() {
	node_new
	# the kernel of 6.18 and later has eBPF that auto may choose; this is about the driver
	LOCKED=$(conf '.antiSpoof = true | .datapath = "kernel"')
	export LOCKED
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod pod2
}

teardown() {
	pods_free
}

in_pod() { # POD COMMAND…
	ip netns exec "$(pod "$1")" "${@:2}"
}

# The command fails, and says why in these words.
refused() { # WORDS COMMAND…
	local words=$1

	run "${@:2}"
	[ "$status" -ne 0 ] || fail "not refused: ${*:2}" || return
	[[ $output == *"$words"* ]] || fail "refused, but: $output"
}

@test "a hostile pod is nobody but itself" {
	local mac

	add pod "$LOCKED"
	add pod2 "$LOCKED"
	cni_ok CHECK pod2 pod2 eth0 "$(with_prev "$LOCKED" "$answer")"
	# the gateway, the node, the neighbour
	refused "addresses are locked by its host" ip -n "$(pod pod)" addr add 10.77.0.1/32 dev eth0
	refused "addresses are locked by its host" ip -n "$(pod pod)" addr add fd77::1/128 dev eth0
	refused "master itself has this address" ip -n "$(pod pod)" addr add 10.77.0.2/32 dev eth0
	refused "another slave of the master" ip -n "$(pod pod)" addr add 10.77.0.11/32 dev eth0
	# the gateway's ARP, told to all; a datagram in its name
	mac=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address | gsub(":"; "")')
	[ "$("$TRAFFIC" frame "$(pod pod)" eth0 ffffffffffff "$mac" 0806 0001080006040001 "$mac" \
		0a4d0001 000000000000 0a4d0001)" = ENOBUFS ]
	[ "$("$TRAFFIC" frame "$(pod pod)" eth0 ffffffffffff "$mac" 0800 4500001c00000000 40110000 \
		0a4d0001 ffffffff 0009000900080000)" = ENOBUFS ]
	in_pod pod ethtool -S eth0 | grep -q 'tx_drop_arp_sender: 1$'
	in_pod pod ethtool -S eth0 | grep -q 'tx_drop_source: 1$'
	# the lock itself
	refused "only the master's netns changes a lock" in_pod pod "$IPVLAN" unlock eth0
	refused "only the master's netns changes a lock" \
		ip -n "$(pod pod)" link set eth0 type ipvlan mode l3
	refused "beside a locked slave" ip -n "$(pod pod)" link add link eth0 name x type ipvlan
	# and it works as any other
	in_pod pod ping -q -c1 -W5 10.77.0.1 >/dev/null
	in_pod pod ping -q -c1 -W5 fd77::11 >/dev/null
	ip netns exec "$ROUTER" ping -q -c1 -W5 10.77.0.10 >/dev/null
	cni_ok DEL pod pod eth0 "$LOCKED"
	cni_ok DEL pod2 pod2 eth0 "$LOCKED"
	assert_nothing_left pod
}

@test "CHECK says that a lock has been opened; the tool opens and closes it" {
	add pod "$LOCKED"
	ip netns exec "$NODE" "$IPVLAN" unlock --netns "$(pod pod)" eth0
	ip -n "$(pod pod)" addr add 10.77.0.77/24 dev eth0
	cni CHECK pod pod eth0 "$(with_prev "$LOCKED" "$answer")"
	assert_error 107 'interface eth0: it is not locked \(antiSpoof\), should be locked'
	ip -n "$(pod pod)" addr del 10.77.0.77/24 dev eth0
	ip netns exec "$NODE" "$IPVLAN" lock --netns "/run/netns/$(pod pod)" eth0 10.77.0.78 fd77::78
	cni_ok CHECK pod pod eth0 "$(with_prev "$LOCKED" "$answer")"
	ip -n "$(pod pod)" addr add 10.77.0.78/24 dev eth0
	refused "addresses are locked by its host" ip -n "$(pod pod)" addr add 10.77.0.77/24 dev eth0
}

@test "lock says what it cannot lock" {
	refused "interface eth9: not there" "$IPVLAN" lock --netns "$(pod pod)" eth9
	refused "its kind is veth; only ipvlan ones" "$IPVLAN" lock --netns "$NODE" eth0
	refused "none-such" "$IPVLAN" lock --netns none-such eth0
	refused "10.0.0.300: not an IP address" "$IPVLAN" lock eth0 10.0.0.300
	refused "usage: ipvlan lock" "$IPVLAN" lock
	refused "usage: ipvlan lock" "$IPVLAN" unlock eth0 10.0.0.3
}

@test "forty addresses are all allowed" {
	add pod "$(jq -c '.ipam = {type: "static", dataDir: .ipam.dataDir, addresses:
		[range(40) | {address: "10.77.1.\(. + 1)/24"}]}' <<<"$LOCKED")"
	assert_json '$d[0].ips | length == 40' <<<"$answer"
	ip -n "$(pod pod)" -j addr show dev eth0 | assert_json \
		'[$d[0][0].addr_info[] | select(.family == "inet")] | length == 40'
}

@test "what cannot be locked is refused, and nothing is left" {
	ip -n "$(pod pod)" link add eth5 type dummy
	cni ADD pod pod eth0 "$(jq -c '.master = "eth5" | .linkInContainer = true' <<<"$LOCKED")"
	assert_error 2 'antiSpoof: true: the master is in the container'
	assert_nothing_reserved
	driver in-tree
	cni ADD pod pod eth0 "$LOCKED"
	assert_error 2 'antiSpoof: true: the ipvlan driver of this kernel cannot lock' 'ipvlan.ko'
	ip -n "$(pod pod)" -j link | assert_json '$d[0] | map(.ifname) | index("eth0") | not'
	assert_nothing_reserved
	ip -n "$NODE" link add link eth0 name i0 netns "$(pod pod)" type ipvlan
	refused "driver of this kernel cannot lock" "$IPVLAN" lock --netns "$(pod pod)" i0
	ip -n "$(pod pod)" link del i0
	driver ours
}
