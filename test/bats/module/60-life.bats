# SPDX-License-Identifier: GPL-2.0-or-later
#
# How ports and slaves end: masters that go, namespaces that go, the module that goes.
load helpers

@test "slaves go with their master, wherever they are" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	ip -n host link del eth0
	run ip -n ns0 link show ipvl0
	[ "$status" -ne 0 ]
	run ip -n ns1 link show ipvl1
	[ "$status" -ne 0 ]
}

@test "a master that moves to another netns keeps its slaves and their traffic" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip -n host link set eth0 netns router
	ip -n router link set eth0 up
	eventually holds ns0 link ipvl0 '.flags | index("LOWER_UP")'
	reaches ns0 10.0.0.11
	reaches ns0 10.0.0.254
	# the solicited-node group of fd00::10
	ip -n router -j maddr show dev eth0 | jq -e '.[0].maddr | map(.link) |
		index("33:33:ff:00:00:10")'
	ip -n router link add link eth0 name x type ipvlan
	# moved back
	ip -n router link set eth0 netns host
	ip -n host link set eth0 up
	eventually reaches ns0 10.0.0.254
}

@test "a slave that moves to another netns is itself there, without its addresses" {
	slave ns0 ipvl0 l2 10
	ip -n ns0 link set ipvl0 netns ns1
	holds ns1 addr ipvl0 '.addr_info == []'
	ip -n ns1 addr add 10.0.0.10/24 dev ipvl0
	ip -n ns1 link set ipvl0 up
	reaches ns1 10.0.0.254
	holds ns1 link ipvl0 '.link_netnsid != null'
}

@test "a slave that cannot be registered leaves nothing" {
	refused "exists" ip -n host link add link eth0 index 1 name x type ipvlan
	refused "exists" ip -n host link add link eth0 name eth0 type ipvlan
	# no port was left
	ip -n host link add link eth0 name mv0 type macvlan
}

@test "slaves go with their netns, and the master is then free for others" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	reaches ns0 10.0.0.254
	ip netns del ns0
	ip netns del ns1
	eventually ip -n host link add link eth0 name mv0 type macvlan
}

@test "the master's netns goes while slaves live elsewhere" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	reaches ns0 10.0.0.254
	ip netns del host
	eventually sh -c '! ip -n ns0 link show ipvl0'
	eventually sh -c '! ip -n ns1 link show ipvl1'
}

@test "slaves come, go and change under traffic" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip netns exec ns0 ping -q -f -w 30 10.0.0.11 >/dev/null 2>&1 &
	ip netns exec router ping -q -f -w 30 10.0.0.10 >/dev/null 2>&1 &
	ip netns exec router ping -q -f -b -w 30 10.0.0.255 >/dev/null 2>&1 &
	local i

	for i in {1..6}; do
		ip -n ns1 addr add 10.0.0.$((i + 20))/24 dev ipvl1
		ip -n ns1 addr add fd00::$((i + 20))/64 dev ipvl1
		ip -n ns1 link set ipvl1 type ipvlan mode l$((2 + i % 2))
		ip -n host link add link eth0 name x netns ns0 type ipvlan mode l2
		ip -n ns0 link set x up
		ip -n ns1 link set ipvl1 down
		ip -n ns1 link set ipvl1 up
		ip -n ns0 link del x
	done
	ip -n ns1 link set ipvl1 type ipvlan mode l2
	kill %2 %3
	eventually reaches ns1 10.0.0.254 # what the flood fills loses frames
	ip -n host link del eth0
	kill %1
	wait
}

@test "the module goes after use, takes its slaves along, and leaves nothing" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	reaches ns0 10.0.0.254
	modprobe -r ipvlan
	run ip -n ns0 link show ipvl0
	[ "$status" -ne 0 ]
	ip -n host link add link eth0 name mv0 type macvlan
	ip -n host link del mv0
	[ ! -e /sys/module/ipvlan ]
	# and comes when a link of its kind is asked for
	slave ns0 ipvl0 l2 10
	[ -e /sys/module/ipvlan ]
	reaches ns0 10.0.0.254
}

@test "the module exports nothing, and the kernel had nothing to say" {
	run grep -w '\[ipvlan\]' /proc/kallsyms
	[ "$status" -eq 0 ]
	run grep '__ksymtab.*\[ipvlan\]' /proc/kallsyms
	[ "$status" -ne 0 ]
	run dmesg --level=emerg,alert,crit,err,warn --notime
	run grep -E '^(WARNING|BUG|INFO: )|refcount|unregister_netdevice: waiting' <<<"$output"
	[ "$status" -ne 0 ] || { echo "$output"; return 1; }
}
