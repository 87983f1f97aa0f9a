# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who has this address? ARP and neighbour discovery, and multicast, reach whom they concern.
load helpers

WIRE_MAC=020000000099 MASTER_MAC=020000000001 ALL=ffffffffffff

# What the netns sees from now on, as `hears` tells; without -p the device listens to everything.
listen() { # NETNS DEVICE [TCPDUMP-OPTION...]
	local seen=$BATS_TEST_TMPDIR/$1

	ip netns exec "$1" tcpdump -i "$2" -Q in -lne "${@:3}" >"$seen" 2>"$seen.err" &
	eventually grep -q 'listening on' "$seen.err"
}

hears() { # NETNS WORDS
	grep -q -e "$2" "$BATS_TEST_TMPDIR/$1"
}

# An ARP request of the router's side, from a MAC of its own.
arp_request() { # NETNS DEVICE MAC SENDER TARGET
	"$TRAFFIC" frame "$1" "$2" $ALL "$3" 0806 0001080006040001 "$3" "$4" 000000000000 "$5" \
		"$(printf '00%.0s' {1..18})"
}

teardown() {
	local job

	for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
	wait
	ip -all netns del
}

@test "an ARP request or solicitation goes to the owner of the address alone" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	listen ns0 ipvl0 -p arp or icmp6
	listen ns1 ipvl1 -p arp or icmp6
	reaches router 10.0.0.10
	reaches router fd00::10
	hears ns0 'who-has 10.0.0.10'
	hears ns0 'who has fd00::10'
	# between siblings, and for what no slave has
	in_ns ns0 ping -q -c1 -W1 10.0.0.99 >/dev/null || true
	in_ns router ping -q -c1 -W1 fd00::99 >/dev/null || true
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	# what is said to all comes last and overtakes nothing
	arp_request router wire $WIRE_MAC 0a0000fe 0a0000fe
	eventually hears ns1 'who-has 10.0.0.254 .*tell 10.0.0.254'
	run hears ns1 'who.has \(10.0.0.10\|fd00::10\|10.0.0.99\|fd00::99\|10.0.0.254 .*tell 10.0.0.10\)'
	[ "$status" -ne 0 ] || { cat "$BATS_TEST_TMPDIR/ns1"; return 1; }
}

@test "a sibling's question is answered by the owner, in both families" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	listen ns1 ipvl1 -p arp or icmp6
	reaches ns0 10.0.0.11
	reaches ns0 fd00::11
	hears ns1 'who-has 10.0.0.11'
	hears ns1 'who has fd00::11'
	ip -n ns0 neigh show 10.0.0.11 | grep -q 02:00:00:00:00:01
}

@test "announcements, probes for free addresses and conflicts reach all" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	listen ns0 ipvl0 -p arp
	listen ns1 ipvl1 -p arp
	arp_request router wire $WIRE_MAC 0a0000fe 0a0000fe
	arp_request router wire $WIRE_MAC 00000000 0a000063
	# somebody outside with ns1's address
	arp_request router wire $WIRE_MAC 0a00000b 0a000062
	arp_request ns0 ipvl0 $MASTER_MAC 00000000 0a000061
	eventually hears ns0 'who-has 10.0.0.254 .*tell 10.0.0.254'
	eventually hears ns0 'who-has 10.0.0.99 .*tell 0.0.0.0'
	eventually hears ns1 'who-has 10.0.0.254 .*tell 10.0.0.254'
	eventually hears ns1 'who-has 10.0.0.99 .*tell 0.0.0.0'
	eventually hears ns1 'who-has 10.0.0.98 .*tell 10.0.0.11'
	eventually hears ns1 'who-has 10.0.0.97 .*tell 0.0.0.0'
}

@test "who listens to everything hears questions for others too, once" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	listen ns0 ipvl0 arp
	listen ns1 ipvl1 arp
	reaches router 10.0.0.10
	arp_request router wire $WIRE_MAC 0a0000fe 0a0000fe
	eventually hears ns1 'tell 10.0.0.254'
	eventually hears ns0 'who-has 10.0.0.254'
	[ "$(grep -c 'who-has 10.0.0.10 ' "$BATS_TEST_TMPDIR/ns0")" = 1 ]
	[ "$(grep -c 'who-has 10.0.0.10 ' "$BATS_TEST_TMPDIR/ns1")" = 1 ]
}

@test "duplicate address detection sees slaves and the wire, from every side" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	ip -n router addr add fd00::10/64 dev wire
	ip -n router addr add fd00:1::11/64 dev wire
	ip -n ns0 addr add fd00::fe/64 dev ipvl0
	eventually holds router addr wire \
		'[.addr_info[] | select(.dadfailed) | .local] | sort == ["fd00:1::11", "fd00::10"]'
	eventually holds ns0 addr ipvl0 '[.addr_info[] | select(.dadfailed) | .local] == ["fd00::fe"]'
}

@test "the wire finds l3 slaves by ARP and neighbour discovery" {
	slave ns0 ipvl0 l3 10
	# no route through the host: the slaves' network is the wire's
	ip -n router -batch - <<-'EOF'
		route del 10.0.1.0/24
		route del fd00:1::/64
		addr add 10.0.1.254/24 dev wire
		addr add fd00:1::fe/64 dev wire nodad
	EOF
	ip -n host route add 10.0.1.0/24 dev eth0
	ip -n host route add fd00:1::/64 dev eth0
	# the host would answer too; there must be one answer
	in_ns host sysctl -qw net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.conf.eth0.proxy_arp_pvlan=1
	listen router wire -p arp or icmp6
	reaches router 10.0.1.10
	reaches router fd00:1::10
	[ "$(grep -c '10.0.1.10 is-at 02:00:00:00:00:01' "$BATS_TEST_TMPDIR/router")" = 1 ]
	[ "$(grep -c 'neighbor advertisement, tgt is fd00:1::10' "$BATS_TEST_TMPDIR/router")" = 1 ]

	# asked in person, as a neighbour that was known before is
	"$TRAFFIC" frame router wire $MASTER_MAC $WIRE_MAC 0806 0001080006040001 $WIRE_MAC 0a0001fe \
		000000000000 0a00010a "$(printf '00%.0s' {1..18})"
	# who only probes has no address
	arp_request router wire $WIRE_MAC 00000000 0a00010a
	eventually sh -c "[ \$(grep -c '10.0.1.10 is-at' '$BATS_TEST_TMPDIR/router') = 3 ]"
	# what is not there is not answered for
	run cannot_reach router 10.0.1.77
	[ "$status" -eq 0 ]
	run grep '10.0.1.77 is-at' "$BATS_TEST_TMPDIR/router"
	[ "$status" -ne 0 ]

	# a host that keeps ARP off the wire
	ip -n host link set eth0 arp off
	ip -n router neigh flush all
	cannot_reach router 10.0.1.10
	[ "$(grep -c '10.0.1.10 is-at' "$BATS_TEST_TMPDIR/router")" = 3 ]
}

@test "l2 slaves find their l3 siblings" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	ip -n ns1 addr add 10.0.0.11/24 dev ipvl1
	ip -n ns1 addr add fd00::11/64 dev ipvl1 nodad
	reaches ns0 10.0.0.11
	reaches ns0 fd00::11
	reaches ns1 10.0.0.10
	# a private one is not found
	ip -n ns0 neigh flush all
	ip -n ns1 link set ipvl1 type ipvlan private
	cannot_reach ns0 10.0.0.11
	ip -n ns0 neigh show 10.0.0.11 | grep -qE 'FAILED|INCOMPLETE'
}

@test "the master listens for each address of a slave, whatever its mode, and no longer" {
	local joined='.[0].maddr | map(.link) | index("33:33:ff:00:00:10")'

	slave ns0 ipvl0 l3 10
	ip -n host -j maddr show dev eth0 | jq -e "$joined"
	ip -n ns0 link set ipvl0 type ipvlan mode l2
	ip -n host -j maddr show dev eth0 | jq -e "$joined"
	ip -n ns0 addr add fd00::10/64 dev ipvl0 nodad
	reaches router fd00::10
	ip -n ns0 -6 addr flush dev ipvl0
	ip -n host -j maddr show dev eth0 | jq -e "$joined | not"
}

@test "a slave gets the multicast groups that it joined, and no other" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	local netns before

	# nothing else is to be on the way
	for netns in ns0 ns1 host router; do
		in_ns $netns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	done
	sleep 0.5
	before=$(ip -n ns1 -s -j link show ipvl1 | jq '.[0].stats64.rx.packets')
	"$TRAFFIC" groups router wire 300
	"$TRAFFIC" groups ns0 ipvl0 300
	arp_request router wire $WIRE_MAC 0a0000fe 0a0000fe
	eventually holds ns1 link ipvl1 ".stats64.rx.packets == $before + 1"
	# joined by a socket; wanted all of
	ip -n ns1 maddr add 33:33:ee:00:00:07 dev ipvl1
	"$TRAFFIC" groups router wire 300
	eventually holds ns1 link ipvl1 ".stats64.rx.packets == $before + 2"
	ip -n ns1 link set ipvl1 allmulticast on
	"$TRAFFIC" groups router wire 300
	eventually holds ns1 link ipvl1 ".stats64.rx.packets == $before + 302"
	ip -n ns1 link set ipvl1 allmulticast off
	ip -n ns1 maddr del 33:33:ee:00:00:07 dev ipvl1
	"$TRAFFIC" groups router wire 300
	arp_request router wire $WIRE_MAC 0a0000fe 0a0000fe
	eventually holds ns1 link ipvl1 ".stats64.rx.packets == $before + 303"
	ip -n host -j maddr show dev eth0 | jq -e '.[0].maddr | map(.link) |
		index("33:33:ee:00:00:07") | not'
}
