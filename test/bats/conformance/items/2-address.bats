# SPDX-License-Identifier: GPL-2.0-or-later
#
# Items 24 to 31: whose an address is.
load ../helpers

own=020000000001

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

@test "26: an advertised address that a sibling has stays, without traffic; with ours it goes" {
	local netns own='[.addr_info[].local] | index("fd00:9::77")'

	in_ns router sysctl -qw net.ipv6.conf.all.forwarding=1
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	for netns in ns0 ns1; do
		# the same token; and no detection of its own that would find it out
		in_ns $netns sysctl -qw net.ipv6.conf.${netns/ns/ipvl}.accept_dad=0
		ip -n $netns token set ::77 dev ${netns/ns/ipvl}
	done
	ip -n ns1 link set ipvl1 down
	eventually sh -c "ip -n router addr show dev wire | grep -q 'fe80.*link' &&
		! ip -n router addr show dev wire tentative | grep -q fe80"
	"$TRAFFIC" advertise router wire fd00:9::
	eventually holds ns0 addr ipvl0 "$own"
	in_ns ns0 sysctl -qw net.ipv6.conf.ipvl0.accept_ra=0
	ip -n ns1 link set ipvl1 up
	"$TRAFFIC" advertise router wire fd00:9::
	# what comes later has been seen: the one before has been, too
	"$TRAFFIC" advertise router wire fd00:a::
	eventually holds ns1 addr ipvl1 '[.addr_info[].local] | index("fd00:a::77")'
	if ours; then
		eventually holds ns1 addr ipvl1 "$own | not"
	else
		holds ns1 addr ipvl1 "$own"
	fi
	holds ns0 addr ipvl0 "$own"
}

@test "29: a slave may take the host's own address and gets its frames, with ours it may not" {
	slave ns0 ipvl0 l2 10
	if ours; then
		refused "the master itself has this address" ip -n ns0 addr add 10.0.0.1/24 dev ipvl0
	else
		ip -n ns0 addr add 10.0.0.1/24 dev ipvl0
	fi
	reaches router 10.0.0.1
	if ours; then [ "$(mib host IcmpInEchos)" -eq 1 ]; else [ "$(mib ns0 IcmpInEchos)" -eq 1 ]; fi
}

@test "none: who is root in the slave's netns can be anybody, with ours not where it is locked" {
	local spoofed="ffffffffffff $own 0800 4500001c00000000 40110000 0a0000fe ffffffff 0009000900080000"

	slave ns0 ipvl0 l2 10
	"$TRAFFIC" lock host ns0 ipvl0 1
	if ours; then
		refused "locked by its host" ip -n ns0 addr add 10.0.0.254/32 dev ipvl0
		[ "$("$TRAFFIC" frame ns0 ipvl0 $spoofed)" = ENOBUFS ]
	else
		ip -n ns0 addr add 10.0.0.254/32 dev ipvl0
		[ -z "$("$TRAFFIC" frame ns0 ipvl0 $spoofed)" ]
	fi
}
