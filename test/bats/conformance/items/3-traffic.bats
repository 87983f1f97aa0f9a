# SPDX-License-Identifier: GPL-2.0-or-later
#
# Items 32 to 45: what travels, and where to.
load ../helpers

own=020000000001

@test "32, 36: what is received from a sibling counts twice its header, with ours once" {
	slave ns1 ipvl1 l3 11
	slave ns0 ipvl0 l3 10
	local header=28 dropped

	if ours; then header=14; fi
	reaches ns0 10.0.1.11 -c2 -i 0.2 -s 100
	holds ns0 link ipvl0 '.stats64.tx.packets == 2 and .stats64.tx.bytes == 284'
	holds ns1 link ipvl1 ".stats64.rx.packets == 2 and .stats64.rx.bytes == 2 * (128 + $header)"

	# longer than the receiver takes; the sender is told
	ip -n ns1 link set ipvl1 mtu 1300
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 0800 45000578 00000000 40110000 0a00010a 0a00010b \
		"$(printf '00%.0s' {1..1380})")" = ENOBUFS ]
	holds ns1 link ipvl1 '.stats64.rx.packets == 2'

	dropped=$(count ns0 ipvl0 tx.dropped)
	ip -n ns0 link set ipvl0 type ipvlan mode l3 private
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 0800 45000014 00000000 40110000 0a00010a \
		0a00010b)" = ENOBUFS ]
	holds ns0 link ipvl0 ".stats64.tx.dropped > $dropped"
}

@test "33, 37, 40: l2 reaches siblings and wire, each once; our MAC is otherwise the host" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	reaches ns0 10.0.0.11
	reaches ns0 fd00::11
	reaches ns0 10.0.0.254
	ip -n ns0 neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev ipvl0
	# the host's answer goes out to the wire
	cannot_reach ns0 10.0.0.1
	[ "$(mib host IcmpInEchos)" -eq 1 ]
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 host ns1 router)" = "ns1 router" ]
	[ "$("$TRAFFIC" broadcast router 10.0.0.255 host ns0 ns1)" = "host ns0 ns1" ]
	# a switch that sends back what it gets
	ip -n router -batch - <<-'EOF'
		addr flush dev wire
		link add br0 type bridge
		link set wire master br0
		link set br0 up
	EOF
	in_ns router bridge link set dev wire hairpin on learning off
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1)" = ns1 ]
}

@test "34, 35: l3 is routed by the host over the master; no route: the slave's error with ours" {
	slave ns0 ipvl0 l3 10
	ip -n host -batch - <<-'EOF'
		link add eth1 type veth peer name peer netns ns1
		addr add 10.5.0.1/24 dev eth1
		link set eth1 up
		route add unreachable fd77::/16
	EOF
	ip -n ns1 -batch - <<-'EOF'
		addr add 10.5.0.2/24 dev peer
		link set peer up
		route add default via 10.5.0.1
	EOF
	in_ns host sysctl -qw net.ipv4.ip_forward=1
	in_ns host iptables -t mangle -A POSTROUTING -s 10.0.1.10
	in_ns host iptables -t mangle -A FORWARD -s 10.0.1.10
	# the TTL stays as it was
	reaches ns0 10.0.0.254 -t 1
	[ "$(in_ns host iptables -t mangle -nvxL POSTROUTING | awk 'NR == 3 { print $1 }')" -eq 1 ]
	[ "$(in_ns host iptables -t mangle -nvxL FORWARD | awk 'NR == 3 { print $1 }')" -eq 0 ]
	[ "$("$TRAFFIC" frame ns0 ipvl0 $own $own 88b5 "$(printf '00%.0s' {1..46})")" = ENOBUFS ]

	reaches host 10.5.0.2
	cannot_reach ns0 10.5.0.2
	[ "$(mib ns1 IcmpInEchos)" -eq 1 ]

	# IPv4 takes what the master is wished for as on link; what was no IP is no error
	cannot_reach ns0 fd77::1
	if ours; then
		[ "$(counter ns0 ipvl0 tx_drop_no_route)" -ge 1 ]
		holds ns0 link ipvl0 '.stats64.tx.errors >= 1 and .stats64.tx.dropped > .stats64.tx.errors'
	else
		holds ns0 link ipvl0 '.stats64.tx.errors == 0 and .stats64.tx.dropped >= 1'
	fi
}

@test "38: a slave gets the groups that it listens to, and with allmulti all" {
	slave ns0 ipvl0 l2 10
	local seen=$BATS_TEST_TMPDIR/seen

	ip netns exec ns0 timeout 60 tcpdump -p -i ipvl0 -nelc 1 ether proto 0x88b5 \
		>"$seen" 2>"$seen.err" 3>&- &
	eventually grep -q 'listening on' "$seen.err"
	"$TRAFFIC" frame router wire 01005e7f1234 0200000000fe 88b5 "$(printf '00%.0s' {1..46})"
	ip -n ns0 link set ipvl0 allmulticast on
	"$TRAFFIC" frame router wire 01005e7f1235 0200000000fe 88b5 "$(printf '00%.0s' {1..46})"
	wait $!
	grep -q '> 01:00:5e:7f:12:35' "$seen"
}

@test "39: siblings get what private and vepa slaves send to all, with ours they do not" {
	slave ns1 ipvl1 l2 11
	slave ns0 ipvl0 l2 10 private
	local siblings=ns1

	if ours; then siblings=; fi
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1)" = "$siblings" ]
	ip -n ns0 link set ipvl0 type ipvlan vepa
	[ "$("$TRAFFIC" broadcast ns0 10.0.0.255 ns1)" = "$siblings" ]
}

@test "41: marks of the host's netns go along to the slave, with ours they stay" {
	slave ns0 ipvl0 l2 10
	ip -n router neigh replace 10.0.0.10 lladdr 02:00:00:00:00:01 dev wire
	in_ns host tc qdisc add dev eth0 ingress
	in_ns host tc filter add dev eth0 ingress matchall action skbedit mark 7
	in_ns ns0 tc qdisc add dev ipvl0 ingress
	in_ns ns0 tc filter add dev ipvl0 ingress handle 7 fw action drop
	if ours; then reaches router 10.0.0.10; else cannot_reach router 10.0.0.10; fi
}

@test "42: who asks by ARP for an l3 slave's address is not answered, with ours is" {
	slave ns0 ipvl0 l3 10
	in_ns host sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.proxy_arp_pvlan=1
	ip -n host route add 10.0.1.0/24 dev eth0
	ip -n router route replace 10.0.1.0/24 dev wire
	if ours; then
		reaches router 10.0.1.10
	else
		# not even by the host as a proxy
		cannot_reach router 10.0.1.10
		ip -n router neigh replace 10.0.1.10 lladdr 02:00:00:00:00:01 dev wire
		reaches router 10.0.1.10
	fi
}

@test "43: an l3s slave's frames pass the host's INPUT, not its own ingress, with ours both" {
	slave ns0 ipvl0 l3s 10
	slave ns1 ipvl1 l3s 11
	reaches ns0 10.0.0.254
	reaches ns0 10.0.1.11
	reaches router 10.0.1.10
	in_ns host iptables -A INPUT -d 10.0.1.10 -p icmp -j DROP
	cannot_reach router 10.0.1.10
	in_ns ns1 tc qdisc add dev ipvl1 ingress
	in_ns ns1 tc filter add dev ipvl1 ingress matchall action drop
	if ours; then cannot_reach router 10.0.1.11; else reaches router 10.0.1.11; fi
}

@test "44, 45: a broken header is the host's to judge, with ours the slave's; VLANs reach none" {
	slave ns0 ipvl0 l2 10
	local judge=host before

	broken() { # VERSION-AND-LENGTH JUDGE: whose stack counts the header's error
		before=$(mib $2 IpInHdrErrors)
		"$TRAFFIC" frame router wire $own 0200000000fe 0800 ${1}00002e 00000000 40110000 \
			0a0000fe 0a00000a "$(printf '00%.0s' {1..26})"
		one_more() { [ "$(mib $1 IpInHdrErrors)" -eq $((before + 1)) ]; }
		eventually one_more $2
	}
	if ours; then judge=ns0; fi
	broken 44 $judge
	broken 55 host
	ip -n router -batch - <<-'EOF'
		link add link wire name v5 type vlan id 5
		link set v5 up
		route add 10.0.0.10/32 dev v5 src 10.0.0.254
		neigh add 10.0.0.10 lladdr 02:00:00:00:00:01 dev v5
	EOF
	before=$(count ns0 ipvl0 rx.packets)
	cannot_reach router 10.0.0.10
	[ "$(mib ns0 IcmpInEchos)" -eq 0 ]
	if ours; then
		[ "$(count ns0 ipvl0 rx.packets)" -eq "$before" ]
	else
		[ "$(count ns0 ipvl0 rx.packets)" -gt "$before" ]
	fi
}
