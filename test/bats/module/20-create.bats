# SPDX-License-Identifier: GPL-2.0-or-later
#
# Making slaves and changing them: what is refused, in which words, and what belongs to whom.
load helpers

add() { # MASTER [TYPE-OPTION...]
	ip -n host link add link "$1" name x type ipvlan "${@:2}"
}

@test "a master that cannot be one is refused in words" {
	ip -n host -batch - <<-'EOF'
		link add mv0 type dummy
		link add link mv0 name mv1 type macvlan
		link add br0 type bridge
		link add port0 type dummy
		link set port0 master br0
		link add vrf0 type vrf table 10
		link add ipip0 type ipip local 10.0.0.1 remote 10.0.0.2
	EOF
	refused "ipvlan: no master given" ip -n host link add x type ipvlan
	refused "ipvlan: master is the loopback device" add lo
	refused "ipvlan: master carries macvlan" add mv0
	refused "ipvlan: master is a bridge port" add port0
	refused "ipvlan: master hands its frames to none" add vrf0
	refused "ipvlan: master is not an Ethernet device" add ipip0
	run ip -n host link show x
	[ "$status" -ne 0 ]
}

@test "modes and flags that do not exist are refused in words" {
	# iproute2 cannot write these
	refused "ipvlan: unknown mode" "$TRAFFIC" newlink host eth0 x 3 0
	refused "ipvlan: unknown flag" "$TRAFFIC" newlink host eth0 x 0 4
	refused "ipvlan: a slave is private or vepa, not both" "$TRAFFIC" newlink host eth0 x 0 3
	refused "ipvlan: no such master" "$TRAFFIC" newlink host 4711 x 0 0
	run ip -n host link show x
	[ "$status" -ne 0 ]
	"$TRAFFIC" newlink host eth0 x 0 2
	holds host link x '.linkinfo.info_data | .mode == "l2" and .vepa'
}

@test "a master with slaves is refused to macvlan and bridge, and a slave to both" {
	slave ns0 ipvl0 l2 10
	ip -n host link add br0 type bridge
	ip -n ns0 link add br0 type bridge
	refused "busy" ip -n host link add link eth0 type macvlan
	refused "busy" ip -n host link set eth0 master br0
	refused "" ip -n ns0 link add link ipvl0 type macvlan
	refused "" ip -n ns0 link set ipvl0 master br0
	refused "VLANs not supported" ip -n ns0 link add link ipvl0 name v type vlan id 5
	refused "" ip -n ns0 link set ipvl0 address 02:00:00:00:00:99
	reaches ns0 10.0.0.254
}

@test "a slave of a slave is a slave of the master" {
	ip -n host link add link eth0 name i0 type ipvlan mode l2
	ip -n host link add link i0 name i1 type ipvlan mode l2
	holds host link i1 '.link == "eth0"'
}

@test "without a mode a slave is l3 and bridge" {
	add eth0
	holds host link x '.linkinfo.info_data | .mode == "l3" and .bridge'
}

@test "modes live side by side, and a change is one slave's own" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l3 11
	holds ns0 link ipvl0 '.linkinfo.info_data.mode == "l2" and (.flags | index("NOARP") | not)'
	holds ns1 link ipvl1 '.linkinfo.info_data.mode == "l3" and (.flags | index("NOARP"))'
	reaches ns0 10.0.0.254
	reaches ns1 10.0.0.254

	ip -n ns1 link set ipvl1 type ipvlan mode l2
	holds ns0 link ipvl0 '.linkinfo.info_data.mode == "l2"'
	holds ns1 link ipvl1 '.linkinfo.info_data.mode == "l2" and (.flags | index("NOARP") | not)'
	ip -n ns1 addr add 10.0.0.11/24 dev ipvl1
	reaches ns1 10.0.0.10

	ip -n ns0 link set ipvl0 type ipvlan mode l3 private
	holds ns0 link ipvl0 '.linkinfo.info_data | .mode == "l3" and .private'
	holds ns1 link ipvl1 '.linkinfo.info_data | .mode == "l2" and .bridge'
}

@test "a mode change keeps a slave's other flags as they were" {
	slave ns0 ipvl0 l2 10
	# a capture holds the device promiscuous; that is not the slave's own flag
	ip netns exec ns0 tcpdump -i ipvl0 -w /dev/null 2>/dev/null &
	eventually holds ns0 link ipvl0 '.promiscuity == 1'
	ip -n ns0 link set ipvl0 type ipvlan mode l3
	holds ns0 link ipvl0 '.promiscuity == 1'
	kill $!
	wait
	holds ns0 link ipvl0 '.promiscuity == 0'
}

@test "slaves have the master's MAC, and dev_ids and link-local addresses of their own" {
	ip -n host -batch - <<-'EOF'
		link add link eth0 name i0 type ipvlan
		link add link eth0 name i1 type ipvlan
		link set i0 up
		link set i1 up
	EOF
	holds host link i0 '.address == "02:00:00:00:00:01"'
	[ "$(in_ns host cat /sys/class/net/i0/dev_id)" = 0x1 ]
	[ "$(in_ns host cat /sys/class/net/i1/dev_id)" = 0x2 ]
	holds host addr i0 '.addr_info | map(.local) | index("fe80::200:0:100:1")'
	holds host addr i1 '.addr_info | map(.local) | index("fe80::200:0:200:1")'
	# handed out in turn: a new slave is not taken for the one that went
	ip -n host link del i1
	ip -n host link add link eth0 name i2 type ipvlan
	[ "$(in_ns host cat /sys/class/net/i2/dev_id)" = 0x3 ]
}

@test "a container may add slaves beside its own only with power over the master" {
	slave ns0 ipvl0 l2 10
	# root in a user namespace of its own, in ns0 only
	local in_userns="unshare --user --map-root-user --net"

	run in_ns ns0 $in_userns true
	[ "$status" -eq 0 ] || { echo "no user namespaces: $output"; return 1; }
	$in_userns sleep 60 3>&- &
	local pid=$!
	eventually sh -c "[ \$(readlink /proc/$pid/ns/net) != \$(readlink /proc/self/ns/net) ]"
	ip -n ns0 link set ipvl0 netns $pid
	local inside="nsenter --target $pid --user --net --preserve-credentials"
	refused "ipvlan: a slave beside it needs CAP_NET_ADMIN" \
		$inside ip link add link ipvl0 name x type ipvlan
	refused "ipvlan: changing a slave needs CAP_NET_ADMIN" \
		$inside ip link set ipvl0 type ipvlan mode l3
	kill $pid
}
