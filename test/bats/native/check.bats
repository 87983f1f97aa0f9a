#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# CHECK compares all that ADD made: each test alters just one thing, and what differs is said. By eBPF,
# so that it needs no driver; what is a driver's (kind, mode, flags) is in guest/detach.bats.

load ../helpers
load ../ebpf

setup_file() {
	node_new
}

teardown_file() {
	node_free
}

setup() {
	base=$(conf '.mtu = 1400 | .ipam.routes = [
		{dst: "10.9.0.0/16", gw: "10.77.0.7", mtu: 1300, advmss: 1200, priority: 7, table: 100},
		{dst: "10.8.0.0/16"}, {dst: "10.7.0.0/16", scope: 253},
		{dst: "fd99::/64", mtu: 1310, advmss: 1210, priority: 9, table: 200}, {dst: "fd98::/64"}]')
	pod_new pod
	ns=$(pod pod)
	add pod "$base"
	checked=$(with_prev "$base" "$answer")
	cni_ok CHECK pod pod eth0 "$checked"
	[ -z "$output$stderr" ]
}

teardown() {
	pods_free
}

# says MSG [CONF]
says() {
	cni CHECK pod pod eth0 "${2:-$checked}"
	assert_error 107 "$1"
}

# altered COMMANDS UNDO MSG: after these commands of ip in the pod CHECK says that, after those none.
altered() {
	ip -n "$ns" -b - <<<"$1"
	says "$3"
	ip -n "$ns" -b - <<<"$2"
	cni_ok CHECK pod pod eth0 "$checked"
}

prev() { # FILTER: what ADD answered, changed
	jq -c "$@" <<<"$checked"
}

@test "an address that is gone" {
	ip -n "$ns" addr del fd77::10/64 dev eth0
	says 'interface eth0: address fd77::10/64 is gone$'
}

@test "an address of another length" {
	ip -n "$ns" -b - <<<$'addr del 10.77.0.10/24 dev eth0\naddr add 10.77.0.10/16 dev eth0'
	says 'interface eth0: address 10.77.0.10/24 has the length 16'
}

@test "an address more is no harm, and so is a route more" {
	ip -n "$ns" -b - <<<$'addr add 10.77.0.99/24 dev eth0\nroute add 10.5.0.0/16 via 10.77.0.5'
	cni_ok CHECK pod pod eth0 "$checked"
}

@test "a route that is gone, from the main table and from another" {
	altered 'route del 10.8.0.0/16' 'route add 10.8.0.0/16 via 10.77.0.1' \
		'container: route 10.8.0.0/16 is gone'
	ip -n "$ns" -6 route del fd99::/64 table 200
	says 'container: route fd99::/64 is gone'
}

@test "a route that is in another table" {
	ip -n "$ns" -b - <<-END
		route del 10.9.0.0/16 table 100
		route add 10.9.0.0/16 via 10.77.0.7 mtu 1300 advmss 1200 metric 7 table 101
	END
	says 'container: route 10.9.0.0/16: its table is 101, should be 100'
	ip -n "$ns" -b - <<-END
		route add 10.9.0.0/16 via 10.77.0.7 mtu 1300 advmss 1200 metric 7 table 100
		route del 10.8.0.0/16
		route add 10.8.0.0/16 via 10.77.0.1 table 101
	END
	says 'container: route 10.8.0.0/16: its table is 101, should be 254'
}

# replaced ROUTE MSG: of table 100 in the place of 10.9.0.0/16.
replaced() {
	ip -n "$ns" -b - <<<$'route del 10.9.0.0/16 table 100\nroute add 10.9.0.0/16 table 100 '"$1"
	says "container: route 10.9.0.0/16: its $2"
}

@test "a route with another gateway" {
	replaced 'via 10.77.0.8 mtu 1300 advmss 1200 metric 7' 'gateway is 10.77.0.8, should be 10.77.0.7'
}

@test "a route with another priority" {
	replaced 'via 10.77.0.7 mtu 1300 advmss 1200 metric 8' 'priority is 8, should be 7'
}

@test "a route with another mtu" {
	replaced 'via 10.77.0.7 mtu 1301 advmss 1200 metric 7' 'mtu is 1301, should be 1300'
}

@test "a route with another advmss" {
	replaced 'via 10.77.0.7 mtu 1300 advmss 1201 metric 7' 'advmss is 1201, should be 1200'
}

@test "a route with another scope" {
	ip -n "$ns" -b - <<<$'route del 10.7.0.0/16\nroute add 10.7.0.0/16 dev eth0 scope global'
	says 'container: route 10.7.0.0/16: its scope is 0, should be 253'
}

@test "an IPv6 route with another priority, and one that had none" {
	ip -n "$ns" -6 -b - <<<$'route del fd98::/64\nroute add fd98::/64 via fd77::1 metric 5'
	says 'container: route fd98::/64: its priority is 5, should be 1024'
}

@test "a route whose gateway was the address's, and that goes elsewhere" {
	ip -n "$ns" -b - <<<$'route del 10.8.0.0/16\nroute add 10.8.0.0/16 via 10.77.0.9'
	says 'container: route 10.8.0.0/16: its gateway is 10.77.0.9, should be 10.77.0.1'
}

@test "another MTU, chosen or the master's" {
	altered 'link set eth0 mtu 1350' 'link set eth0 mtu 1400' \
		'interface eth0: its MTU is 1350, should be 1400'
	cni_ok DEL pod pod eth0 "$base"
	add pod "$CONF"
	checked=$(with_prev "$CONF" "$answer")
	altered 'link set eth0 mtu 1350' 'link set eth0 mtu 1500' \
		'interface eth0: its MTU is 1350, should be 1500'
	# A configuration of before 1.1.0, whose result has no MTU: as much as the master carries.
	old=${checked//1.1.0/1.0.0}
	old=$(jq -c 'del(.prevResult.interfaces[].mtu)' <<<"$old")
	cni_ok CHECK pod pod eth0 "$old"
	ip -n "$ns" link set eth0 mtu 1600
	says 'interface eth0: its MTU is 1600, and its master eth0 carries no more than 1500' "$old"
}

@test "another MAC address, unless it is what the master has by now" {
	local mac

	mac=$(jq -r '.prevResult.interfaces[0].mac' <<<"$checked")
	altered "link set eth0 address 02:00:00:00:00:99" "link set eth0 address $mac" \
		"interface eth0: its MAC address is 02:00:00:00:00:99, should be $mac"
	cni_ok CHECK pod pod eth0 "$(prev '.prevResult.interfaces[0].mac = "02:00:00:00:00:99"')"
	cni_ok CHECK pod pod eth0 "$(prev '.prevResult.interfaces[0].mac |= ascii_upcase')"
}

@test "another netns than the one that ADD was told" {
	pod_new pod2
	says "its netns is /run/netns/$ns, should be /run/netns/$(pod pod2), says prevResult" \
		"$(prev '.prevResult.interfaces[0].sandbox = $ns' --arg ns "/run/netns/$(pod pod2)")"
	says 'should be /run/netns/gone' "$(prev '.prevResult.interfaces[0].sandbox = "/run/netns/gone"')"
	says 'prevResult: it has no interface eth0 in a container' \
		"$(prev 'del(.prevResult.interfaces[0].sandbox)')"
	# By another path it is the same.
	ln -s "/run/netns/$ns" "$BATS_TEST_TMPDIR/link"
	cni_ok CHECK pod "$BATS_TEST_TMPDIR/link" eth0 "$checked"
}

@test "the reservation of an address" {
	mv "$DATA/net/fd77::10" "$BATS_TEST_TMPDIR"
	says 'ipam: eth0 of container pod holds no address of range set 1'
	printf 'other\r\neth0' >"$DATA/net/fd77::10"
	says 'ipam: eth0 of container pod holds no address of range set 1'
}

@test "another owner, down, and gone" {
	altered 'link set eth0 alias mine' 'link set eth0 alias cni:net:pod:eth0' 'its alias is mine'
	ip -n "$ns" link set eth0 down
	says 'down, should be up'
	ip -n "$ns" link del eth0
	says 'interface eth0: gone from the container'
}
