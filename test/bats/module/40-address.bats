# SPDX-License-Identifier: GPL-2.0-or-later
#
# Addresses: whose they are, and that nobody else gets them.
load helpers

taken="ipvlan: another slave of the master has this address"

@test "an address of one slave is refused to another, in both families" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	refused "$taken" ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	refused "$taken" ip -n ns1 addr add fd00::10/64 dev ipvl1
	holds ns1 addr ipvl1 '.addr_info | map(.local) | index("10.0.0.10") | not'

	# also while its slave is down; and no longer when it is gone
	ip -n ns0 link set ipvl0 down
	refused "$taken" ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	ip -n ns0 addr del 10.0.0.10/24 dev ipvl0
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	ip -n ns1 addr add fd00::10/64 dev ipvl1 nodad
	reaches router 10.0.0.10
	reaches router fd00::10
}

@test "a slave's address is free again when the slave is gone or has left the netns" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip -n ns0 link set ipvl0 netns host
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	ip -n ns1 link del ipvl1
	ip -n host addr add 10.0.0.10/24 dev ipvl0
	ip -n host addr add 10.0.0.11/24 dev ipvl0
}

@test "an address may be had with several prefixes and lasts as long as one of them" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip -n ns0 addr add 10.0.0.10/32 dev ipvl0
	ip -n ns0 addr del 10.0.0.10/24 dev ipvl0
	refused "$taken" ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	ip -n ns0 route add 10.0.0.0/24 dev ipvl0 src 10.0.0.10
	reaches ns1 10.0.0.10
	ip -n ns0 addr del 10.0.0.10/32 dev ipvl0
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
}

@test "of a point-to-point address the local side is the slave's" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip -n ns0 addr add 10.0.0.20 peer 10.0.0.254 dev ipvl0
	reaches router 10.0.0.20
	refused "$taken" ip -n ns1 addr add 10.0.0.20/24 dev ipvl1
	reaches ns1 10.0.0.254
}

@test "a slave that is down gets nothing, and gets it again when it is up" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	reaches ns1 10.0.0.10
	ip -n ns0 link set ipvl0 down
	cannot_reach ns1 10.0.0.10
	cannot_reach router 10.0.0.10
	ip -n ns0 link set ipvl0 up
	reaches ns1 10.0.0.10
}

@test "six hundred addresses on one master are told apart, also when half of them have gone" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip -n router -batch - <<-EOF
		route add 10.9.0.0/16 dev wire
		route add fd09::/16 dev wire
	EOF
	ip -n ns0 -batch - < <(printf 'addr add 10.9.0.%d/32 dev ipvl0\n' {1..200})
	ip -n ns1 -batch - < <(printf 'addr add 10.9.1.%d/32 dev ipvl1\n' {1..200})
	ip -n ns0 -batch - < <(printf 'addr add fd09::1:%x/128 dev ipvl0 nodad\n' {1..100})
	ip -n ns1 -batch - < <(printf 'addr add fd09::2:%x/128 dev ipvl1 nodad\n' {1..100})
	"$TRAFFIC" sweep router ns0 10.9.0.1 200
	"$TRAFFIC" sweep router ns1 10.9.1.1 200
	"$TRAFFIC" sweep router ns0 fd09::1:1 100
	"$TRAFFIC" sweep router ns1 fd09::2:1 100
	refused "$taken" ip -n ns1 addr add 10.9.0.1/32 dev ipvl1

	ip -n ns0 link del ipvl0
	"$TRAFFIC" sweep router ns1 10.9.1.1 200
	ip -n ns1 addr add 10.9.0.1/32 dev ipvl1
	ip -n ns1 addr add fd09::1:1/128 dev ipvl1 nodad
	reaches router 10.9.0.1
	reaches router fd09::1:1
}

@test "an address of the master is refused to its slaves, and a slave's to the master" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	refused "ipvlan: the master itself has this address" ip -n ns0 addr add 10.0.0.1/24 dev ipvl0
	refused "ipvlan: the master itself has this address" ip -n ns1 addr add fd00::1/64 dev ipvl1
	refused "ipvlan: a slave of this device has this address" \
		ip -n host addr add 10.0.0.10/32 dev eth0
	refused "ipvlan: a slave of this device has this address" \
		ip -n host addr add fd00:1::11/64 dev eth0
	reaches router 10.0.0.1
	reaches router fd00::1
	reaches router 10.0.0.10
	# given up by one it is the other's
	ip -n ns0 addr del 10.0.0.10/24 dev ipvl0
	ip -n host addr add 10.0.0.10/32 dev eth0
	reaches router 10.0.0.10
}

@test "an advertised address that another slave or the master has goes away again" {
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
	ip -n ns1 link set ipvl1 up
	ip -n ns1 monitor address >"$BATS_TEST_TMPDIR/seen" &
	sleep 0.5
	"$TRAFFIC" advertise router wire fd00:9::
	eventually grep -q '^Deleted.*fd00:9::77' "$BATS_TEST_TMPDIR/seen"
	kill $!
	holds ns1 addr ipvl1 "$own | not"
	holds ns0 addr ipvl0 "$own"
	reaches router fd00:9::77 -I wire || ip -n router route add fd00:9::/64 dev wire
	reaches router fd00:9::77
}
