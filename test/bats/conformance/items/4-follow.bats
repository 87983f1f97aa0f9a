# SPDX-License-Identifier: GPL-2.0-or-later
#
# Items 46 to 52: what a slave takes over from its master, and the master from it.
load ../helpers

@test "46: the carrier is the master's; up to 6.1 not when that is down, with ours always" {
	ip -n host -batch - <<-'EOF'
		link add d0 up type dummy
		link add link d0 name x type ipvlan
		link set x up
	EOF
	eventually holds host link x '.flags | index("LOWER_UP")'
	ip -n host link set d0 carrier off
	eventually holds host link x '.flags | index("NO-CARRIER")'
	ip -n host link set d0 carrier on
	eventually holds host link x '.flags | index("LOWER_UP")'
	# it has carrier even when it is down
	ip -n host link set d0 down
	if ours || since 6.12; then
		eventually holds host link x '.flags | index("NO-CARRIER")'
	else
		holds host link x '.flags | index("LOWER_UP")'
	fi
}

@test "47: a master that moves keeps its slaves, one that goes takes them along" {
	slave ns0 ipvl0 l2 10
	ip -n host link set eth0 netns ns1
	ip -n ns1 link set eth0 up
	eventually holds ns0 link ipvl0 '.flags | index("LOWER_UP")'
	reaches ns0 10.0.0.254
	ip -n ns1 link del eth0
	fails ip -n ns0 link show ipvl0
}

@test "48-51: MAC and features follow; chosen MTUs and allmulti do not, with ours they do" {
	local stays=1

	in_ns host ethtool -K eth0 gro on
	ip -n host -batch - <<-'EOF'
		link add link eth0 name i0 type ipvlan mode l2
		link add link eth0 name i1 mtu 1300 type ipvlan mode l2
		link set i0 up promisc on
		link set i0 allmulticast on
		addr add 10.0.0.10/24 dev i0
		addr add fd00::10/64 dev i0
		link set eth0 mtu 1400
		link set eth0 address 02:00:00:00:00:77
	EOF
	in_ns host ethtool -K eth0 gro off
	holds host link i0 '.mtu == 1400 and .address == "02:00:00:00:00:77"'
	in_ns host ethtool -k i0 | grep -q '^generic-receive-offload: off'
	holds host link eth0 '.allmulti == 1 and .promiscuity == 0'
	in_ns host ip maddr show dev eth0 | grep -q '33:33:ff:00:00:10'
	if ours; then
		holds host link i1 '.mtu == 1300'
		[ "$(in_ns host cat /proc/sys/net/ipv6/conf/i0/mtu)" = 1400 ]
	else
		holds host link i1 '.mtu == 1400'
		[ "$(in_ns host cat /proc/sys/net/ipv6/conf/i0/mtu)" = 1500 ]
	fi
	ip -n host link set i0 down
	fails sh -c "ip -n host maddr show dev eth0 | grep '33:33:ff:00:00:10'"
	# that of a slave that is down, or gone
	if ours; then stays=0; fi
	holds host link eth0 ".allmulti == $stays"
	ip -n host link del i0
	holds host link eth0 ".allmulti == $stays"
}

@test "48: a bond's failover is announced for its slaves' addresses from 7.2 on, with ours always" {
	slave_of_bond
	local seen=$BATS_TEST_TMPDIR/seen

	ip netns exec router timeout 60 tcpdump -i w1 -nel arp or 'icmp6[0] == 136' \
		>"$seen" 2>"$seen.err" 3>&- &
	eventually grep -q 'listening on' "$seen.err"
	ip -n host link set bond0 type bond active_slave p1
	# the bond's own comes in any case
	eventually grep -q 'Request who-has 10.0.2.1 .*tell 10.0.2.1' "$seen"
	if ours || since 7.2; then
		eventually grep -q 'Request who-has 10.0.2.10 .*tell 10.0.2.10' "$seen"
		eventually grep -q 'neighbor advertisement, tgt is fd00:2::10' "$seen"
	else
		fails grep -q 'who-has 10.0.2.10' "$seen"
	fi
	kill $!
}
