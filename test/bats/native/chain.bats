#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Chained after a plugin that made the interface to stand on: what it answered goes along, and what is
# not ours is neither installed nor compared. By eBPF, so that it needs no driver.
#
#      node-PID                                     router-PID
#   ┌──────────────────────────────────┐          ┌────────────┐
#   │ eth0, up0 (made by the first)    ├──────────┤ lan, far0  │
#   └──────────────────────────────────┘          └────────────┘

load ../helpers
load ../ebpf

setup_file() {
	node_new
	ip link add up0 netns "$NODE" type veth peer name far0 netns "$ROUTER"
	ip -n "$NODE" link set up0 up
	ip -n "$ROUTER" link set far0 up
	NODE_LINKS=$(ip -n "$NODE" -j link | jq -c 'map(.ifname)')
	CHAINED=$(conf 'del(.master) | .prevResult = {cniVersion: "1.1.0",
		interfaces: [{name: "up0", mac: "02:00:00:00:00:77", mtu: 1500, pciID: "0000:03:00.0"}],
		ips: [{address: "192.0.2.7/24", gateway: "192.0.2.1", interface: 0}],
		routes: [{dst: "198.51.100.0/24", gw: "192.0.2.1", mtu: 1400, table: 77, priority: 3}],
		dns: {nameservers: ["192.0.2.53"], domain: "first"}}')
	export CHAINED
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

chained() { # FILTER
	jq -c "$@" <<<"$CHAINED"
}

@test "the first plugin's interface is the master, and all that it answered is answered again" {
	add pod "$CHAINED"
	assert_json '$d[0] | .interfaces[0] == $first.interfaces[0] and .ips[0] == $first.ips[0] and
		.routes[0] == $first.routes[0] and .dns == $first.dns and
		(.interfaces | map(.name)) == ["up0", "eth0"] and (.ips[1:] | map([.address, .interface])) ==
			[["10.77.0.10/24", 1], ["fd77::10/64", 1]] and
		(.routes[1:] | map(.dst)) == ["0.0.0.0/0", "::/0"]' \
		--argjson first "$(chained .prevResult)" <<<"$answer"
	{ ip -n "$NODE" -j link show up0 && ip -n "$(pod pod)" -j addr show eth0 &&
		ip -n "$(pod pod)" -j route show table all; } | assert_json '
		$d[0][0].address == $d[1][0].address and
		($d[1][0].addr_info | map(select(.scope == "global").local)) == ["10.77.0.10", "fd77::10"] and
		($d[2] | map(select(.dst == "198.51.100.0/24" or .table == "77"))) == []'
	cni_ok DEL pod pod eth0 "$(with_prev "$(chained 'del(.prevResult)')" "$answer")"
	assert_nothing_left pod
}

@test "CHECK compares the addresses that are ours, and no other's" {
	add pod "$(chained '.prevResult.routes = []')"
	checked=$(with_prev "$(chained 'del(.prevResult)')" "$answer")
	cni_ok CHECK pod pod eth0 "$checked"
	ip -n "$(pod pod)" addr del 10.77.0.10/24 dev eth0
	cni CHECK pod pod eth0 "$checked"
	assert_error 107 'interface eth0: address 10.77.0.10/24 is gone'
}

@test "a master that is named goes before the first plugin's interface" {
	add pod "$(chained '.master = "eth0"')"
	{ ip -n "$NODE" -j link show eth0 && ip -n "$(pod pod)" -j link show eth0; } |
		assert_json '$d[0][0].address == $d[1][0].address'
}

@test "without ipam the addresses of the first plugin are the interface's" {
	add pod "$(chained 'del(.ipam) | .prevResult.routes = [{dst: "0.0.0.0/0"}]')"
	assert_json '$d[0].ips == [{address: "192.0.2.7/24", gateway: "192.0.2.1", interface: 1}]' <<<"$answer"
	ip -n "$(pod pod)" -j route show default | assert_json '$d[0][0].gateway == "192.0.2.1"'
	cni_ok CHECK pod pod eth0 "$(with_prev "$(chained 'del(.ipam, .prevResult)')" "$answer")"
}

@test "of DNS the configuration goes before the IPAM, and that before the first plugin" {
	echo "nameserver 10.77.0.53" >"$BATS_TEST_TMPDIR/resolv.conf"
	resolv=$(chained '.ipam.resolvConf = $file' --arg file "$BATS_TEST_TMPDIR/resolv.conf")
	add pod "$resolv"
	assert_json '$d[0].dns == {nameservers: ["10.77.0.53"]}' <<<"$answer"
	cni_ok DEL pod pod eth0 "$resolv"
	add pod "$(jq -c '.dns = {domain: "ours"}' <<<"$resolv")"
	assert_json '$d[0].dns == {domain: "ours"}' <<<"$answer"
}
