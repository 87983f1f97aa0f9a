# SPDX-License-Identifier: GPL-2.0-or-later
#
# A locked slave against a root of its netns who wants to be somebody else.
load helpers

MASTER=020000000001 OTHER=020000000099 ALL=ffffffffffff
locked="ipvlan: the slave's addresses are locked by its host"
from_outside="ipvlan: only the master's netns changes a lock or a locked slave"

# A slave of ns0 with 10.0.0.10 and fd00::10, locked.
locked_slave() { # MODE [ADDRESS...]
	slave ns0 ipvl0 "$1" 10
	"$TRAFFIC" lock host ns0 ipvl0 1 "${@:2}"
}

# One frame is dropped, under this name and no other; the sender is told. (In l3 the slave's own
# stack goes on asking for routers, in vain.)
drops() { # NAME HEX...
	local before after

	before=$(in_ns ns0 ethtool -S ipvl0)
	[ "$("$TRAFFIC" frame ns0 ipvl0 "${@:2}")" = ENOBUFS ] || { echo "sent: $*"; return 1; }
	after=$(in_ns ns0 ethtool -S ipvl0)
	diff <(echo "$before") <(echo "$after") | sed -n 's/^> *//p' |
		grep -v l3_multicast >"$BATS_TEST_TMPDIR/diff"
	[ "$(cut -d: -f1 "$BATS_TEST_TMPDIR/diff")" = "$1" ] ||
		{ echo "not $1:"; cat "$BATS_TEST_TMPDIR/diff"; return 1; }
}

passes() { # HEX...
	[ -z "$("$TRAFFIC" frame ns0 ipvl0 "$@")" ] || { echo "dropped: $*"; return 1; }
}

@test "a locked slave gets no other address, keeps its own, and is told why" {
	locked_slave l2
	slave ns1 ipvl1 l2 11
	refused "$locked" ip -n ns0 addr add 10.0.0.99/24 dev ipvl0
	refused "$locked" ip -n ns0 addr add fd00::99/64 dev ipvl0
	# the gateway's
	refused "$locked" ip -n ns0 addr add 10.0.0.254/32 dev ipvl0
	# its own, with another prefix; given up, it is nobody else's, and it may have it again
	ip -n ns0 addr add 10.0.0.10/32 dev ipvl0
	ip -n ns0 addr flush dev ipvl0
	refused "another slave of the master" ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
	ip -n ns0 addr add 10.0.0.10/24 dev ipvl0
	ip -n ns0 addr add fd00::10/64 dev ipvl0 nodad
	ip -n ns0 link set ipvl0 down
	ip -n ns0 link set ipvl0 up
	ip -n ns0 addr replace fd00::10/64 dev ipvl0 nodad
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	eventually holds ns0 addr ipvl0 '[.addr_info[] | select(.scope == "link")] | length == 1'

	"$TRAFFIC" lock host ns0 ipvl0 0
	ip -n ns0 addr add 10.0.0.99/24 dev ipvl0
	ip -n ns0 addr del 10.0.0.10/24 dev ipvl0
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl1
}

@test "a slave is born locked, with the addresses that it may have" {
	slave ns1 ipvl1 l2 11
	ip -n host link add link eth0 name ipvl0 netns ns0 type ipvlan mode l2
	refused "an address to be allowed is another slave's" \
		"$TRAFFIC" lock host ns0 ipvl0 1 10.0.0.20 10.0.0.11
	ip -n ns1 addr add 10.0.0.20/24 dev ipvl1
	ip -n ns1 addr del 10.0.0.20/24 dev ipvl1
	"$TRAFFIC" lock host ns0 ipvl0 1 10.0.0.20 fd00::20
	refused "another slave of the master" ip -n ns1 addr add 10.0.0.20/24 dev ipvl1
	refused "$locked" ip -n ns0 addr add 10.0.0.21/24 dev ipvl0
	ip -n ns0 addr add 10.0.0.20/24 dev ipvl0
	ip -n ns0 addr add fd00::20/64 dev ipvl0 nodad
	ip -n ns0 link set ipvl0 up
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	refused "not an address that a slave can have" "$TRAFFIC" lock host ns0 ipvl0 1 224.0.0.1
	refused "addresses are allowed with a lock" "$TRAFFIC" lock host ns0 ipvl0 0 10.0.0.20
	refused "a lock is 1, none is 0" "$TRAFFIC" lock host ns0 ipvl0 2
}

@test "from inside nothing undoes the lock" {
	ip -n host link add link eth0 name spare netns ns0 type ipvlan mode l2
	locked_slave l2
	refused "$from_outside" "$TRAFFIC" lock ns0 ns0 ipvl0 0
	refused "$from_outside" "$TRAFFIC" lock ns0 ns0 ipvl0 1 10.0.0.254
	refused "$from_outside" ip -n ns0 link set ipvl0 type ipvlan mode l3
	refused "$from_outside" ip -n ns0 link set ipvl0 type ipvlan private
	refused "$from_outside" "$TRAFFIC" lock ns0 ns0 spare 1
	refused "beside a locked slave" ip -n ns0 link add link ipvl0 name x type ipvlan mode l2
	holds ns0 link ipvl0 '.linkinfo.info_data | .mode == "l2" and .bridge'
	# nor does it help to give the slave up
	ip -n ns0 link del ipvl0
	refused "beside a locked slave" ip -n ns0 link add link spare name x type ipvlan mode l2
	# the host may do all of it
	ip -n host link add link eth0 name ipvl0 netns ns0 type ipvlan mode l2
	"$TRAFFIC" lock host ns0 ipvl0 1
	"$TRAFFIC" lock host ns0 ipvl0 0
	ip -n ns0 link add link spare name x type ipvlan mode l2
}

@test "a lock goes along into another netns, and with the master's MAC" {
	locked_slave l2
	ip -n host link set eth0 address 02:00:00:00:00:77
	ip -n ns0 link set ipvl0 down
	ip -n ns0 link set ipvl0 up
	eventually holds ns0 addr ipvl0 '[.addr_info[].local] | index("fe80::200:0:100:77")'
	ip -n ns0 link set ipvl0 netns ns1
	refused "$locked" ip -n ns1 addr add 10.0.0.99/24 dev ipvl0
	refused "beside a locked slave" ip -n ns1 link add link ipvl0 name x type ipvlan
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl0
	ip -n ns1 link set ipvl0 up
	reaches ns1 10.0.0.254
}

@test "a locked slave sends nothing in another's name" {
	local ip4=4500001c0000000040110000 udp=0009000900080000 pad fd=fd0000000000000000000000
	local to_all=ff020000000000000000000000000001 nobody=00000000000000000000000000000000

	pad=$(printf '00%.0s' {1..32})
	locked_slave l2
	# another source: to one, to all; from nobody to one
	drops tx_drop_source $OTHER $MASTER 0800 $ip4 0a0000fe 0a000063 $udp
	drops tx_drop_source $ALL $MASTER 0800 $ip4 0a0000fe ffffffff $udp
	drops tx_drop_source $OTHER $MASTER 0800 $ip4 00000000 0a000063 $udp
	drops tx_drop_source $OTHER $MASTER 86dd 6000000000081140 ${fd}00fe00fe ${fd}0000ffff $udp
	drops tx_drop_source $OTHER $MASTER 86dd 6000000000081140 $nobody ${fd}0000ffff $udp
	# another MAC, the gateway's ARP, a probe for its address, another MAC in ARP
	drops tx_drop_mac $OTHER $OTHER 0800 $ip4 0a00000a 0a000063 $udp
	drops tx_drop_arp_sender $ALL $MASTER 0806 0001080006040001 $MASTER 0a0000fe 000000000000 \
		0a0000fe
	drops tx_drop_arp_sender $ALL $MASTER 0806 0001080006040002 $MASTER 0a0000fe $OTHER 0a000063
	drops tx_drop_arp_sender $ALL $MASTER 0806 0001080006040001 $MASTER 00000000 000000000000 \
		0a0000fe
	drops tx_drop_arp_sender $ALL $MASTER 0806 0001080006040001 $OTHER 0a00000a 000000000000 \
		0a0000fe
	drops tx_drop_malformed $ALL $MASTER 0806 0006080006040001 $MASTER 0a0000fe 000000000000 \
		0a0000fe
	# neighbour advertisement and probe for the gateway's, router advertisement, redirect
	drops tx_drop_nd_sender 333300000001 $MASTER 86dd 6000000000183aff ${fd}00000010 $to_all \
		8800000020000000 ${fd}000000fe
	drops tx_drop_nd_sender 3333ff0000fe $MASTER 86dd 6000000000183aff $nobody $to_all \
		8700000000000000 ${fd}000000fe
	drops tx_drop_router 333300000001 $MASTER 86dd 6000000000183aff ${fd}00000010 $to_all \
		8600000040000708 $pad
	drops tx_drop_router $OTHER $MASTER 86dd 6000000000283aff ${fd}00000010 ${fd}000000fe \
		8900000000000000 $pad
	# the same behind destination options, in a fragment, and where the chain is cut
	drops tx_drop_nd_hidden 333300000001 $MASTER 86dd 6000000000203cff ${fd}00000010 $to_all \
		3a00010400000000 8800000020000000 ${fd}000000fe
	drops tx_drop_nd_hidden 333300000001 $MASTER 86dd 6000000000202cff ${fd}00000010 $to_all \
		3a00000100000001 8800000020000000 ${fd}000000fe
	drops tx_drop_nd_hidden 333300000001 $MASTER 86dd 6000000000082cff ${fd}00000010 $to_all \
		3c00000100000001
	# what is neither IP nor ARP, and a VLAN of its own
	drops tx_drop_not_ip $ALL $MASTER 88b5 $pad
	drops tx_drop_vlan $ALL $MASTER 8100 0005 0800 $ip4 0a00000a ffffffff $udp
	in_ns ns0 tc qdisc add dev ipvl0 clsact
	in_ns ns0 tc filter add dev ipvl0 egress matchall action vlan push id 5
	drops tx_drop_vlan $ALL $MASTER 0800 $ip4 0a00000a ffffffff $udp
	in_ns ns0 tc qdisc del dev ipvl0 clsact
	holds ns0 link ipvl0 '.stats64.tx.dropped >= 20 and .stats64.tx.errors == 1'
}

@test "what a locked slave says in its own name, or in nobody's where that is right, arrives" {
	local ip4=4500001c0000000040110000 udp=0044004300080000 fd=fd0000000000000000000000
	local to_all=ff020000000000000000000000000001 nobody=00000000000000000000000000000000

	locked_slave l2
	slave ns1 ipvl1 l2 11
	reaches ns0 10.0.0.254
	reaches ns0 10.0.0.11
	reaches ns1 10.0.0.10
	reaches router fd00::10
	reaches ns0 10.0.0.254 -s 4000
	reaches ns0 fd00::fe -s 4000
	# DHCP's question, a probe and an announcement, joining a group before there is an address
	passes $ALL $MASTER 0800 $ip4 00000000 ffffffff $udp
	passes $ALL $MASTER 0806 0001080006040001 $MASTER 00000000 000000000000 0a00000a
	passes $ALL $MASTER 0806 0001080006040001 $MASTER 0a00000a 000000000000 0a00000a
	passes 3333ff000010 $MASTER 86dd 6000000000183aff $nobody $to_all 8700000000000000 ${fd}00000010
	passes 333300000016 $MASTER 86dd 6000000000240001 $nobody ff020000000000000000000000000016 \
		3a00050200000000 8f00000000000001 04000000 $to_all
	# detection of a double of its own address works as ever
	ip -n ns0 addr del fd00::10/64 dev ipvl0
	ip -n router addr add fd00::10/64 dev wire nodad
	ip -n ns0 addr add fd00::10/64 dev ipvl0
	eventually holds ns0 addr ipvl0 '.addr_info[] | select(.local == "fd00::10") | .dadfailed'
}

@test "a locked slave in l3 sends nothing in another's name either" {
	local ip4=4500001c0000000040110000 udp=0009000900080000

	locked_slave l3
	drops tx_drop_source $MASTER $MASTER 0800 $ip4 0a0000fe 0a000063 $udp
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	# an address of another device of the netns does not go out
	ip -n ns0 addr add 10.0.0.254/32 dev lo
	cannot_reach ns0 10.0.0.253 -I 10.0.0.254
}

@test "an advertised address does not open a lock" {
	in_ns router sysctl -qw net.ipv6.conf.all.forwarding=1
	locked_slave l2
	eventually sh -c "ip -n router addr show dev wire | grep -q 'fe80.*link' &&
		! ip -n router addr show dev wire tentative | grep -q fe80"
	ip -n ns0 monitor address >"$BATS_TEST_TMPDIR/seen" &
	sleep 0.5
	"$TRAFFIC" advertise router wire fd00:9::
	eventually grep -q '^Deleted.*fd00:9::' "$BATS_TEST_TMPDIR/seen"
	kill $!
	holds ns0 addr ipvl0 '[.addr_info[].local | select(startswith("fd00:9:"))] == []'
}
