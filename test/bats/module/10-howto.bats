# SPDX-License-Identifier: GPL-2.0-or-later
#
# The example that everyone knows ipvlan by, line by line.
load helpers

# A host in the role of the example: its two slaves go to ns0 and ns1.
howto() { # MODE ADDRESS0 ADDRESS1 ROUTE
	local i address

	for i in 0 1; do
		address=$2
		if [ $i = 1 ]; then address=$3; fi
		in_ns host ip link add link eth0 ipvl$i type ipvlan mode "$1"
		in_ns host ip link set dev ipvl$i netns ns$i
		in_ns ns$i ip link set dev ipvl$i up
		in_ns ns$i ip link set dev lo up
		in_ns ns$i ip -4 addr add "$address" dev ipvl$i
		in_ns ns$i ip -4 route add default $4 dev ipvl$i
	done
}

@test "l2: the HOWTO's two namespaces reach each other and the router" {
	howto l2 10.0.0.10/24 10.0.0.11/24 'via 10.0.0.254'
	reaches ns0 10.0.0.11
	reaches ns1 10.0.0.10
	reaches ns0 10.0.0.254
	reaches router 10.0.0.11
	holds ns0 link ipvl0 '.linkinfo.info_data.mode == "l2" and (.flags | index("NOARP") | not)'
}

@test "l3: the HOWTO's two namespaces reach each other and the router" {
	howto l3 10.0.1.10/24 10.0.1.11/24 ''
	reaches ns0 10.0.1.11
	reaches ns1 10.0.1.10
	reaches ns0 10.0.0.254
	reaches router 10.0.1.11
	holds ns0 link ipvl0 '.linkinfo.info_data.mode == "l3" and (.flags | index("NOARP"))'
}

@test "l2 and l3 carry IPv6 between slaves and to the router" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	reaches ns0 fd00::11
	reaches ns0 fd00::fe
	reaches router fd00::11
	ip -n ns0 link del ipvl0
	ip -n ns1 link del ipvl1
	slave ns0 ipvl0 l3 10
	slave ns1 ipvl1 l3 11
	reaches ns0 fd00:1::11
	reaches ns0 fd00::fe
	reaches router fd00:1::11
}

@test "an l3 slave reaches the host's own address" {
	slave ns0 ipvl0 l3 10
	# the host's answer goes out to the wire, where nobody has the slave's address
	cannot_reach ns0 10.0.0.1
	[ "$(in_ns host nstat -asz IcmpInEchos | awk '$1 == "IcmpInEchos" { print $2 }')" -ge 1 ]
}
