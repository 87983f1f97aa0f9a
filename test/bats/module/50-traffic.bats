# SPDX-License-Identifier: GPL-2.0-or-later
#
# What travels, where to, and what is counted.
load helpers

@test "l2 slaves send and get broadcast and multicast" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns0 ns1 router)" = "ns0 ns1 router" ]
	[ "$("$TRAFFIC" broadcast router 10.0.0.255 ns0 ns1 host)" = "host ns0 ns1" ]
	[ "$("$TRAFFIC" broadcast ns0 ff02::4711 ns1 router)" = "ns1 router" ]
	[ "$("$TRAFFIC" broadcast router ff02::4711 ns0 ns1)" = "ns0 ns1" ]
	holds ns1 link ipvl1 '.stats64.rx.multicast > 0'
	[ "$(counter ns0 ipvl0 port_flood_lost)" = 0 ]
}

@test "l3 slaves neither send nor get broadcast or multicast" {
	slave ns0 ipvl0 l3 10
	slave ns1 ipvl1 l2 11
	ip -n router route add 10.0.1.255 dev wire
	[ "$("$TRAFFIC" broadcast ns0 10.0.1.255 ns1 router)" = "" ]
	[ "$("$TRAFFIC" broadcast router 10.0.0.255 ns0 ns1)" = "ns1" ]
	[ "$(counter ns0 ipvl0 tx_drop_l3_multicast)" -gt 0 ]
}

@test "private slaves are cut off from their siblings, not from the network" {
	slave ns0 ipvl0 l2 10 private
	slave ns1 ipvl1 l2 11
	reaches ns0 10.0.0.254
	ip -n ns0 neigh replace 10.0.0.11 lladdr 02:00:00:00:00:01 dev ipvl0
	ip -n ns1 neigh replace 10.0.0.10 lladdr 02:00:00:00:00:01 dev ipvl1
	cannot_reach ns0 10.0.0.11
	cannot_reach ns1 10.0.0.10
	[ "$(counter ns0 ipvl0 tx_drop_private)" -gt 0 ]
	[ "$(counter ns1 ipvl1 tx_drop_private)" -gt 0 ]
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1 router)" = router ]
	[ "$("$TRAFFIC" broadcast ns1 10.0.0.255 ns0 router)" = router ]
	[ "$("$TRAFFIC" broadcast router 10.0.0.255 ns0 ns1)" = "ns0 ns1" ]
}

@test "a router does not carry between a private slave and its siblings what they may not" {
	slave ns0 ipvl0 l2 10 private
	slave ns1 ipvl1 l2 11
	in_ns router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.wire.send_redirects=0
	ip -n ns0 route add 10.0.0.11 via 10.0.0.254
	ip -n ns1 route add 10.0.0.10 via 10.0.0.254
	cannot_reach ns0 10.0.0.11
	[ "$(counter ns1 ipvl1 rx_drop_private)" -gt 0 ]
	cannot_reach ns1 10.0.0.10
	[ "$(counter ns0 ipvl0 rx_drop_private)" -gt 0 ]
	ip -n ns0 link set ipvl0 type ipvlan bridge
	reaches ns0 10.0.0.11
}

@test "vepa slaves leave all to the switch" {
	slave ns0 ipvl0 l2 10 vepa
	slave ns1 ipvl1 l2 11 vepa
	ip -n ns0 neigh replace 10.0.0.11 lladdr 02:00:00:00:00:01 dev ipvl0
	ip -n ns1 neigh replace 10.0.0.10 lladdr 02:00:00:00:00:01 dev ipvl1
	cannot_reach ns0 10.0.0.11
	# a switch that sends back what it gets: a bridge whose port is a hairpin
	ip -n router -batch - <<-'EOF'
		addr flush dev wire
		link add br0 type bridge
		link set wire master br0
		link set br0 up
	EOF
	in_ns router bridge link set dev wire hairpin on learning off
	eventually reaches ns0 10.0.0.11
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1)" = ns1 ]
	# one of them in bridge mode gets its siblings' broadcast once, not from both sides
	ip -n ns0 link set ipvl0 type ipvlan bridge
	ip -n ns1 link set ipvl1 type ipvlan bridge
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1)" = ns1 ]
}

@test "on the wire there is one MAC, and every slave's address behind it" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	local seen=$BATS_TEST_TMPDIR/seen

	ip netns exec router timeout 60 tcpdump -i wire -Q in -nel -c 4 icmp \
		>"$seen" 2>"$seen.err" &
	eventually grep -q 'listening on' "$seen.err"
	reaches ns0 10.0.0.254 -c3 -i 0.2
	reaches ns1 10.0.0.254 -c3 -i 0.2
	wait
	[ "$(awk '{ print $2 }' "$seen" | sort -u)" = 02:00:00:00:00:01 ]
	grep -q '10\.0\.0\.10 > 10\.0\.0\.254' "$seen"
	grep -q '10\.0\.1\.11 > 10\.0\.0\.254' "$seen"
}

@test "fragments and datagrams of 64 KiB arrive, in every mode and direction" {
	local mode net six

	for mode in l2 l3; do
		slave ns0 ipvl0 $mode 10
		slave ns1 ipvl1 $mode 11
		if [ $mode = l2 ]; then net=0 six=fd00; else net=1 six=fd00:1; fi
		"$TRAFFIC" udp ns0 ns1 10.0.$net.11 65507
		"$TRAFFIC" udp ns0 router 10.0.0.254 65507
		"$TRAFFIC" udp router ns0 10.0.$net.10 65507
		"$TRAFFIC" udp ns0 ns1 $six::11 65000
		"$TRAFFIC" udp router ns0 $six::10 65000
		reaches ns0 fd00::fe -s 20000
		ip -n ns0 link del ipvl0
		ip -n ns1 link del ipvl1
	done
}

@test "TCP with segmentation offload arrives, in every mode and direction" {
	local mode net six

	for mode in l2 l3; do
		slave ns0 ipvl0 $mode 10
		slave ns1 ipvl1 $mode 11
		if [ $mode = l2 ]; then net=0 six=fd00; else net=1 six=fd00:1; fi
		"$TRAFFIC" tcp ns0 ns1 10.0.$net.11 1500000
		"$TRAFFIC" tcp ns0 router 10.0.0.254 1500000
		"$TRAFFIC" tcp router ns0 10.0.$net.10 1500000
		"$TRAFFIC" tcp ns0 ns1 $six::11 500000
		"$TRAFFIC" tcp router ns0 $six::10 500000
		in_ns router ethtool -K wire gro off tso off gso off
		in_ns host ethtool -K eth0 tso off gso off tx off
		"$TRAFFIC" tcp ns0 router 10.0.0.254 300000
		"$TRAFFIC" tcp router ns0 10.0.$net.10 300000
		in_ns host ethtool -K eth0 tso on gso on tx on
		ip -n ns0 link del ipvl0
		ip -n ns1 link del ipvl1
	done
}

@test "every drop is counted once, under its reason and in the link's statistics" {
	slave ns0 ipvl0 l3 10
	slave ns1 ipvl1 l3 11
	local own=020000000001 dropped

	# IPv4 and IPv6 that the master's netns has no route for
	ip -n host route add unreachable 10.77.0.0/16
	ip -n host route add unreachable fd77::/16
	holds ns0 link ipvl0 '.stats64.tx.errors == 0'
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 0800 45000014 00000000 40110000 0a00010a \
		0a4d0001)" = ENOBUFS ]
	[ "$(counter ns0 ipvl0 tx_drop_no_route)" = 1 ]
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 86dd 6000000000001140 fd00000100000000 \
		0000000000000010 fd77000000000000 0000000000000001)" = ENOBUFS ]
	[ "$(counter ns0 ipvl0 tx_drop_no_route)" = 2 ]
	holds ns0 link ipvl0 '.stats64.tx.errors == 2'
	holds host link eth0 '.stats64.tx.errors == 0'

	# ARP, an IPv4 header that says it has no length, a frame that ends in the Ethernet header
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 0806 000108000604000100)" = ENOBUFS ]
	[ "$(counter ns0 ipvl0 tx_drop_l3_not_ip)" = 1 ]
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 0800 40000014 00000000 40110000 \
		0a00010a 0a0000fe)" = ENOBUFS ]
	[ "$(counter ns0 ipvl0 tx_drop_malformed)" = 1 ]

	# longer than the receiver takes
	ip -n ns1 link set ipvl1 mtu 600
	dropped=$(ip -n ns1 -s -j link show ipvl1 | jq '.[0].stats64.rx.dropped')
	"$TRAFFIC" frame ns0 ipvl0 $own $own 0800 450003e8 00000000 40110000 0a00010a 0a00010b \
		"$(printf '00%.0s' {1..980})"
	[ "$(counter ns0 ipvl0 tx_drop_peer_mtu)" = 1 ]
	holds ns1 link ipvl1 ".stats64.rx.dropped == $dropped + 1"

	# PAUSE, which would stop the master's link
	ip -n ns0 link set ipvl0 type ipvlan mode l2
	[ "$("$TRAFFIC" frame ns0 ipvl0 0180c2000001 $own 8808 0001ffff)" = ENOBUFS ]
	[ "$(counter ns0 ipvl0 tx_drop_pause)" = 1 ]
}

@test "bytes and packets are counted on both sides" {
	slave ns0 ipvl0 l3 10
	slave ns1 ipvl1 l3 11
	reaches ns0 10.0.1.11 -c4 -i 0.2 -s 100
	reaches router 10.0.1.11 -c2 -i 0.2 -s 100
	# 4 + 2 requests of 14 + 20 + 8 + 100 bytes, and as many answers
	holds ns1 link ipvl1 '.stats64.rx.packets == 6 and .stats64.rx.bytes == 852'
	holds ns1 link ipvl1 '.stats64.tx.packets == 6 and .stats64.tx.bytes == 852'
}

@test "marks of the host's netns stay in the host's netns" {
	slave ns0 ipvl0 l2 10
	in_ns host tc qdisc add dev eth0 ingress
	in_ns host tc filter add dev eth0 ingress matchall action skbedit mark 7
	in_ns ns0 tc qdisc add dev ipvl0 ingress
	in_ns ns0 tc filter add dev ipvl0 ingress handle 7 fw action drop
	reaches router 10.0.0.10
}

@test "padding behind a datagram does not reach the wire as part of it" {
	slave ns0 ipvl0 l3 10
	local own=020000000001 seen=$BATS_TEST_TMPDIR/seen

	ip netns exec router timeout 60 tcpdump -i wire -Q in -nvc 1 udp port 9 \
		>"$seen" 2>"$seen.err" &
	eventually grep -q 'listening on' "$seen.err"
	# 28 bytes of UDP to port 9, padded to 46 as short frames are
	"$TRAFFIC" frame ns0 ipvl0 $own $own 0800 4500001c 00000000 401164ca 0a00010a 0a0000fe \
		00090009 00080000 000000000000000000000000000000000000
	wait
	grep -q 'proto UDP (17), length 28)' "$seen"
}

@test "a slave does not get back what it sends to all" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	local received='.[0].stats64.rx.multicast' before

	# nothing else is to be on the way
	in_ns ns0 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	in_ns ns1 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	sleep 0.5
	before=$(ip -n ns0 -s -j link show ipvl0 | jq "$received")
	"$TRAFFIC" frame ns0 ipvl0 ffffffffffff 020000000001 88b5 "$(printf '00%.0s' {1..46})"
	eventually holds ns1 link ipvl1 '.stats64.rx.multicast > 0'
	[ "$(ip -n ns0 -s -j link show ipvl0 | jq "$received")" = "$before" ]
}

@test "an l3 slave whose route leads back to it drops the frame, once" {
	local -A drops
	local name count

	ip -n host -batch - <<-'EOF'
		link add link eth0 name own0 type ipvlan mode l3
		addr add fd00:5::1/64 dev own0 nodad
		link set own0 up
	EOF
	cannot_reach host fd00:5::2
	while read -r name count; do drops[${name%:}]=$count; done < <(in_ns host ethtool -S own0)
	# ping is told (ENOBUFS) and tries a second time
	[ "${drops[tx_drop_no_route]}" -ge 1 ] && [ "${drops[tx_drop_no_route]}" -le 2 ]
	[ "${drops[tx_drop_host_refused]}" -eq 0 ]
}
