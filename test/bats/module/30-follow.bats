# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a slave takes over from its master, and when.
load helpers

@test "the MTU follows the master until one is chosen, and a chosen one stays" {
	ip -n host -batch - <<-'EOF'
		link set eth0 mtu 1400
		link add link eth0 name follows type ipvlan
		link add link eth0 name chosen mtu 1300 type ipvlan
		link add link eth0 name larger mtu 9000 type ipvlan
		link set follows up
		link set chosen up
		link set eth0 mtu 1450
	EOF
	holds host link follows '.mtu == 1450'
	holds host link chosen '.mtu == 1300'
	[ "$(in_ns host cat /proc/sys/net/ipv6/conf/follows/mtu)" = 1450 ]

	# below what was chosen: it has to give way, and does not come back
	ip -n host link set eth0 mtu 1280
	ip -n host link set eth0 mtu 1500
	holds host link follows '.mtu == 1500'
	holds host link chosen '.mtu == 1280'

	# chosen while it lives; and given back to the master
	ip -n host link set follows mtu 1350
	ip -n host link set eth0 mtu 1499
	holds host link follows '.mtu == 1350'
	ip -n host link set follows mtu 1499
	ip -n host link set eth0 mtu 1500
	holds host link follows '.mtu == 1500'
	refused "mtu" ip -n host link set follows mtu 60
}

@test "a change of the master's MTU is told to those who watch" {
	ip -n host link add link eth0 name i0 type ipvlan
	ip -n host -o monitor link dev i0 >"$BATS_TEST_TMPDIR/seen" &
	sleep 0.5
	eventually sh -c "ip -n host link set eth0 mtu 1500; ip -n host link set eth0 mtu 1400
		grep -q 'mtu 1400' '$BATS_TEST_TMPDIR/seen'"
	kill $!
}

@test "the carrier is the master's, and none while the master is down" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	holds ns0 link ipvl0 '.flags | index("LOWER_UP")'

	ip -n router link set wire down
	eventually holds ns0 link ipvl0 '.flags | index("NO-CARRIER")'
	ip -n router link set wire up
	eventually holds ns0 link ipvl0 '.flags | index("LOWER_UP")'

	ip -n host link set eth0 down
	eventually holds ns0 link ipvl0 '.flags | index("NO-CARRIER")'
	cannot_reach ns0 10.0.0.11
	ip -n host link set eth0 up
	eventually holds ns0 link ipvl0 '.flags | index("LOWER_UP")'
	eventually reaches ns0 10.0.0.11

	# a master that reports carrier although it is down
	ip -n host link add d0 type dummy
	ip -n host link add link d0 name i0 type ipvlan
	ip -n host link set i0 up
	holds host link i0 '.flags | index("LOWER_UP") | not'
	ip -n host link set d0 up
	eventually holds host link i0 '.flags | index("LOWER_UP")'
}

@test "the MAC is the master's, now and after it changed" {
	slave ns0 ipvl0 l2 10
	ip -n host link set eth0 address 02:00:00:00:00:77
	holds ns0 link ipvl0 '.address == "02:00:00:00:00:77"'
	in_ns router ip neigh flush all
	reaches ns0 10.0.0.254
}

@test "allmulti reaches the master and goes with the slave" {
	ip -n host link add link eth0 name i0 type ipvlan
	ip -n host link set i0 up allmulticast on
	holds host link eth0 '.allmulti == 1'
	ip -n host link set i0 down
	holds host link eth0 '.allmulti == 0'
	ip -n host link set i0 up
	holds host link eth0 '.allmulti == 1'
	ip -n host link del i0
	holds host link eth0 '.allmulti == 0'

	ip -n host link add link eth0 name i1 type ipvlan
	ip -n host link set i1 allmulticast on
	ip -n host link del i1
	holds host link eth0 '.allmulti == 0'
}

@test "features that only the master's hardware gives go and come with it" {
	ip -n host link add link eth0 name i0 type ipvlan
	on() { in_ns host ethtool -k i0 | grep -q "^$1: on"; }
	off() { in_ns host ethtool -k i0 | grep -q "^$1: off"; }

	in_ns host ethtool -K eth0 gro on rx on
	on generic-receive-offload
	in_ns host ethtool -K eth0 gro off rx off
	off generic-receive-offload
	off rx-checksumming
	on tcp-segmentation-offload
	in_ns host ethtool -K eth0 gro on rx on
	on generic-receive-offload
	on rx-checksumming
	in_ns host ethtool -K i0 tso off
	off tcp-segmentation-offload
}

@test "ethtool names the driver, and the reasons to drop" {
	ip -n host link add link eth0 name i0 type ipvlan
	in_ns host ethtool -i i0 | grep -qx 'driver: ipvlan'
	[ "$(in_ns host ethtool -i i0 | awk '$1 == "version:" { print $2 }')" = \
		"$(cat /sys/module/ipvlan/version)" ]
	[ "$(counter host i0 tx_drop_no_route)" = 0 ]
	[ "$(counter host i0 port_flood_lost)" = 0 ]
}
