#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A pod by eBPF that has CAP_NET_ADMIN in its netns, and tries to be somebody else. What it sends is
# made by hand; that each is dropped is seen by its counter, and on the wire.

load ../helpers
load ../ebpf

setup_file() {
	node_new
	MAC=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address | gsub(":"; "")')
	ROUTER_MAC=$(ip -n "$ROUTER" -j link show lan | jq -r '.[0].address | gsub(":"; "")')
	export MAC ROUTER_MAC ALL=ffffffffffff ALL6=333300000001
}

teardown_file() {
	node_free
}

setup() {
	pods a b
}

teardown() {
	pods_gone
}

send() { # POD HEX…: a frame as it is
	"$TRAFFIC" frame "$(pod "$1")" eth0 "${@:2}"
}

# was_dropped REASON COMMAND…: it makes the counter go up.
was_dropped() {
	local before

	before=$(drops "$1")
	"${@:2}" >/dev/null
	[ "$(drops "$1")" -gt "$before" ] || fail "$1 stays $before"
}

arp() { # OP SENDER-MAC SENDER TARGET: to all, addresses as hex
	echo "$ALL$MAC" 0806 0001080006040001 | sed "s/0001\$/000$1/;s/ //g"
	echo "$2$3" 000000000000 "$4" | sed 's/ //g'
}

# nd TYPE SOURCE TARGET [OPTION…]: to all nodes, checksum left wrong: nobody is to see it.
nd() {
	local body=${1}00000000000000$3${*:4}

	body=${body// /}
	printf '%s%s86dd60000000%04x3aff%sff020000000000000000000000000001%s' "$ALL6" "$MAC" \
		$((${#body} / 2)) "$2" "$body"
}

a4=0a4d000a b4=0a4d000b router4=0a4d0001 host4=0a4d0002
a6=fd770000000000000000000000000010 b6=fd770000000000000000000000000011
router6=fd770000000000000000000000000001 any6=00000000000000000000000000000000

@test "it cannot detach the programs, nor see them" {
	a=$(pod a)
	[ -z "$(ip netns exec "$a" tc filter show dev eth0 ingress)" ]
	ip netns exec "$a" tc qdisc add dev eth0 clsact
	ip netns exec "$a" tc qdisc del dev eth0 clsact
	[ -z "$(ip netns exec "$a" tc qdisc show dev eth0 clsact)" ]
	was_dropped tx_drop_arp_sender send a "$(arp 2 "$MAC" $router4 $b4)"
	# Without its interface it has nothing, and its siblings go on.
	ip -n "$a" link del eth0
	reaches "$(pod b)" 10.77.0.1
}

@test "an address of a sibling, the gateway, the host or of nobody brings no traffic, and takes none" {
	for own in 10.77.0.11 10.77.0.1 10.77.0.2 10.77.0.99; do
		ip -n "$(pod a)" addr add $own/32 dev eth0
		cannot_reach "$(pod a)" 10.77.0.1 -I $own || cannot_reach "$(pod a)" 10.77.0.254 -I $own
		ip -n "$(pod a)" addr del $own/32 dev eth0
	done
	[ "$(drops tx_drop_source)" -ge 3 ]
	for own in fd77::11 fd77::1 fd77::2 fd77::99; do ip -n "$(pod a)" addr add $own/128 dev eth0 nodad; done
	for to in 10.77.0.11 10.77.0.2 fd77::11 fd77::2; do reaches "$ROUTER" $to; done
	for to in 10.77.0.1 fd77::1; do reaches "$(pod b)" $to; reaches "$NODE" $to; done
}

@test "source addresses of both families and the source MAC are its own" {
	udp="00090009000800000000000000000000000000000000"
	was_dropped tx_drop_source send a "$ROUTER_MAC$MAC" 0800 4500001c0000000040110000 $b4 $router4 $udp
	was_dropped tx_drop_source send a "$MAC$MAC" 0800 4500001c0000000040110000 $router4 $b4 $udp
	was_dropped tx_drop_source send a "$ALL$MAC" 0800 4500001c0000000040110000 $b4 ffffffff $udp
	was_dropped tx_drop_source send a "$ROUTER_MAC$MAC" 86dd 6000000000081140 $b6 $router6 $udp
	was_dropped tx_drop_source send a "$ALL6$MAC" 86dd 6000000000081140 $b6 ff020000000000000000000000000001 $udp
	was_dropped tx_drop_mac send a "${ROUTER_MAC}020000000077" 0800 4500001c0000000040110000 $a4 $router4 $udp
}

@test "ARP speaks for nobody else" {
	was_dropped tx_drop_arp_sender send a "$(arp 1 "$MAC" $b4 $router4)"     # asks as a sibling
	was_dropped tx_drop_arp_sender send a "$(arp 1 "$MAC" $router4 $router4)" # announces the gateway
	was_dropped tx_drop_arp_sender send a "$(arp 2 "$MAC" $host4 $router4)"  # answers as the host
	was_dropped tx_drop_arp_sender send a "$(arp 1 020000000077 $a4 $router4)" # another MAC behind its own
	was_dropped tx_drop_arp_sender send a "$(arp 1 "$MAC" 00000000 $b4)"     # claims by a probe
	was_dropped tx_drop_malformed send a "$ALL$MAC" 0806 0001080006100001 "$(printf '00%.0s' {1..40})"
}

@test "neighbour discovery speaks for nobody else, and no pod is a router" {
	was_dropped tx_drop_nd_sender send a "$(nd 88 $a6 $b6)"
	was_dropped tx_drop_nd_sender send a "$(nd 88 $a6 $router6)"
	was_dropped tx_drop_nd_sender send a "$(nd 87 $any6 $router6)"
	was_dropped tx_drop_nd_sender send a "$(nd 88 $a6 $a6 0201020000000077)"
	was_dropped tx_drop_router send a "$(nd 86 $a6 $any6)"
	was_dropped tx_drop_router send a "$(nd 89 $a6 $any6)"
	was_dropped tx_drop_source send a "$(nd 88 $b6 $b6)"
}

@test "neighbour discovery behind extension headers or in fragments is dropped" {
	all=ff020000000000000000000000000001
	na=8800000020000000$b6
	# hop-by-hop, destination options, both, a first fragment, a chain that does not end
	was_dropped tx_drop_nd_hidden send a "$ALL6$MAC" 86dd 60000000002000ff $a6 $all 3a00010400000000 $na
	was_dropped tx_drop_nd_hidden send a "$ALL6$MAC" 86dd 6000000000203cff $a6 $all 3a00010400000000 $na
	was_dropped tx_drop_nd_hidden send a "$ALL6$MAC" 86dd 60000000002800ff $a6 $all \
		3c00010400000000 3a00010400000000 $na
	was_dropped tx_drop_nd_hidden send a "$ALL6$MAC" 86dd 6000000000202cff $a6 $all 3a00000100000001 $na
	was_dropped tx_drop_nd_hidden send a "$ALL6$MAC" 86dd 60000000000800ff $a6 $all 3c00010400000000
	was_dropped tx_drop_nd_hidden send a "$MAC$MAC" 86dd 6000000000203cff $a6 $b6 3a00010400000000 $na
	# a packet with an extension header and nothing to hide is none of it
	before=$(drops tx_drop_nd_hidden)
	reaches "$(pod a)" fd77::1 -s 5000
	[ "$(drops tx_drop_nd_hidden)" = "$before" ]
}

@test "what is neither IP nor ARP, tagged, or for the switch stays inside" {
	was_dropped tx_drop_not_ip send a "$ALL$MAC" 88b5 "$(printf '00%.0s' {1..46})"
	was_dropped tx_drop_pause send a 0180c2000001 "$MAC" 8808 0001ffff "$(printf '00%.0s' {1..42})"
	was_dropped tx_drop_pause send a 0180c2000000 "$MAC" 0026 424203 "$(printf '00%.0s' {1..43})"
	was_dropped tx_drop_vlan send a "$ALL$MAC" 81000005 0800 "$(printf '00%.0s' {1..46})" ||
		was_dropped tx_drop_not_ip send a "$ALL$MAC" 81000005 0800 "$(printf '00%.0s' {1..46})"
}

@test "headers that are cut off or contradict themselves are dropped" {
	was_dropped tx_drop_short send a "$ROUTER_MAC$MAC" 0800 4500
	was_dropped tx_drop_short send a "$ROUTER_MAC$MAC" 86dd 6000
	was_dropped tx_drop_short send a "$ROUTER_MAC$MAC" 0806 0001
	was_dropped tx_drop_malformed send a "$ROUTER_MAC$MAC" 0800 44 "$(printf '00%.0s' {1..45})"
	was_dropped tx_drop_malformed send a "$ROUTER_MAC$MAC" 86dd 45 "$(printf '00%.0s' {1..45})"
}

@test "without antiSpoof a pod gives itself addresses, but none that a sibling or the host has" {
	pod_new c
	add c "$(conf '.antiSpoof = false')"
	c=$(pod c)
	ip -n "$c" addr add 10.77.0.50/24 dev eth0
	ip -n "$c" addr add fd77::50/64 dev eth0 nodad
	reaches "$c" 10.77.0.1 -I 10.77.0.50
	reaches "$c" fd77::1 -I fd77::50
	for to in 10.77.0.50 fd77::50; do
		for from in "$ROUTER" "$(pod a)" "$NODE"; do reaches "$from" $to; done
	done
	# in the name of a sibling and of the host: the answers go where they belong
	for own in 10.77.0.11 10.77.0.2; do ip -n "$c" addr add $own/24 dev eth0; done
	for own in fd77::11 fd77::2; do ip -n "$c" addr add $own/64 dev eth0 nodad; done
	cannot_reach "$c" 10.77.0.1 -I 10.77.0.11
	cannot_reach "$c" 10.77.0.1 -I 10.77.0.2
	for to in 10.77.0.11 fd77::11 10.77.0.2 fd77::2; do reaches "$ROUTER" $to; done
}

@test "l3: the source is its own there too" {
	pod_new c
	l3=$(conf '.mode = "l3" | .ipam.ranges = [[{subnet: "10.78.0.0/24"}], [{subnet: "fd78::/64"}]]')
	add c "$l3"
	udp="00090009000800000000000000000000000000000000"
	was_dropped tx_drop_source send c "$MAC$MAC" 0800 4500001c0000000040110000 $b4 $router4 $udp
	was_dropped tx_drop_source send c "$MAC$MAC" 86dd 6000000000081140 $b6 $router6 $udp
	was_dropped tx_drop_not_ip send c "$MAC$MAC" 0806 "$(printf '00%.0s' {1..28})"
}
