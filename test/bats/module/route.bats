# SPDX-License-Identifier: GPL-2.0-or-later
#
# How l3 slaves leave: by the routes that the host has now, not by those that it had.
load helpers

# Behind the router, and known to the host: 10.9.0.0/16 and fd09::/64, all of it the router's own.
far() {
	ip -n router -batch - <<-'EOF'
		link set lo up
		route add local 10.9.0.0/16 dev lo
		route add local fd09::/64 dev lo
	EOF
	ip -n host -batch - <<-'EOF'
		route add 10.9.0.0/16 via 10.0.0.254
		route add fd09::/64 via fd00::fe
	EOF
	slave ns0 ipvl0 l3 10
	reaches ns0 10.9.0.1
	reaches ns0 fd09::1
}

# What the router gets of its wire until it has so many, one line each.
see() { # COUNT FILTER COMMAND...
	local seen=$BATS_TEST_TMPDIR/seen

	ip netns exec router timeout 20 tcpdump -i wire -Q in -nl -c "$1" "$2" >"$seen" 2>"$seen.err" &
	eventually grep -q 'listening on' "$seen.err"
	"${@:3}"
	wait $!
}

# 10.0.0.200 and fd00::200 are nobody's.
@test "an l3 slave's next datagram takes the route that the host has by then" {
	far
	ip -n host route replace 10.9.0.0/16 via 10.0.0.200
	ip -n host route replace fd09::/64 via fd00::200
	cannot_reach ns0 10.9.0.1
	cannot_reach ns0 fd09::1
	ip -n host route replace 10.9.0.0/16 via 10.0.0.254
	ip -n host route replace fd09::/64 via fd00::fe
	reaches ns0 10.9.0.1
	reaches ns0 fd09::1
	# a rule above them
	ip -n host route add default via 10.0.0.200 table 77
	ip -n host route add default via fd00::200 table 77
	ip -n host rule add from 10.0.1.10 table 77
	ip -n host -6 rule add from fd00:1::10 table 77
	cannot_reach ns0 10.9.0.1
	cannot_reach ns0 fd09::1
	ip -n host rule del from 10.0.1.10
	ip -n host -6 rule del from fd00:1::10
	reaches ns0 10.9.0.1
	reaches ns0 fd09::1
	# no route any more
	ip -n host route del fd09::/64
	cannot_reach ns0 fd09::1
	[ "$(counter ns0 ipvl0 tx_drop_no_route)" -ge 1 ]
	# the master goes down, and its routes with it
	ip -n host link set eth0 down
	ip -n host link set eth0 up
	ip -n host route add 10.9.0.0/16 via 10.0.0.254
	eventually reaches ns0 10.9.0.1
}

@test "an l3 slave's datagrams fit the route's MTU and the path MTU that the host has learned" {
	local any_piece='ip[6:2] & 0x3fff != 0'

	far
	"$TRAFFIC" udp ns0 router 10.9.0.1 1400
	ip -n host route replace 10.9.0.0/16 via 10.0.0.254 mtu 1200
	see 2 "$any_piece" "$TRAFFIC" piece ns0 10.9.0.1 1400
	# behind the router a link of 1300, which the host is told of
	ip -n router link add thin mtu 1300 type veth peer name end netns ns1
	ip -n router addr add 10.8.0.254/24 dev thin
	ip -n router link set thin up
	in_ns router sysctl -qw net.ipv4.ip_forward=1
	ip -n ns1 addr add 10.8.0.1/24 dev end
	ip -n ns1 link set end up
	ip -n ns1 route add default via 10.8.0.254
	ip -n host route add 10.8.0.0/24 via 10.0.0.254
	reaches ns0 10.8.0.1
	run in_ns host ping -c1 -W1 -M do -s 1400 10.8.0.1
	ip -n host route get 10.8.0.1 | grep -q 'mtu 1300'
	see 2 "$any_piece" "$TRAFFIC" piece ns0 10.8.0.1 1400
}

@test "an l3 slave talks with more peers than the host keeps routes for" {
	far
	"$TRAFFIC" peers ns0 router 10.9 1500
	ip -n host rule add from all lookup main pref 100
	"$TRAFFIC" peers ns0 router 10.9 1500
}

@test "an l3 slave's route may lead by way of IPv6, and its neighbour may be new" {
	far
	ip -n host route replace 10.9.0.0/16 via inet6 fd00::fe
	reaches ns0 10.9.0.1
	ip -n host neigh flush all
	reaches ns0 10.9.0.1
	reaches ns0 fd09::1
	reaches ns0 10.0.0.254
}
