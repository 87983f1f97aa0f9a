# SPDX-License-Identifier: GPL-2.0-or-later
#
# Items 24 to 31: whose an address is.
load ../helpers

@test "24, 27: addresses on the slave are its; of a pair the peer is, with ours the local one" {
	slave ns0 ipvl0 l2 10
	ip -n ns0 addr add 10.0.0.77/32 dev lo
	ip -n ns0 addr add 10.0.0.20 peer 10.0.0.99 dev ipvl0
	ip -n router route add 10.0.0.77 via 10.0.0.10
	reaches router 10.0.0.10
	cannot_reach router 10.0.0.77
	if ours; then reaches router 10.0.0.20; else cannot_reach router 10.0.0.20; fi
}

@test "25, 28: an address is one slave's, up or down; no other prefix of it, with ours any" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	fails ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	fails ip -n ns1 addr add fd00::10/64 dev ipvl1
	ip -n ns0 link set ipvl0 down
	fails ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	cannot_reach router 10.0.0.10
	ip -n ns0 link set ipvl0 up
	reaches router 10.0.0.10
	if ours; then
		ip -n ns0 addr add 10.0.0.10/32 dev ipvl0
	else
		refused "Address already assigned" ip -n ns0 addr add 10.0.0.10/32 dev ipvl0
	fi
}
