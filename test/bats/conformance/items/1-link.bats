# SPDX-License-Identifier: GPL-2.0-or-later
#
# Items 1 to 23: the requests of user space, what a new slave is, and changes.
load ../helpers

@test "1, 5, 53: loaded on demand; exports symbols and has no counters, ours the reverse" {
	local exported

	rmmod ipvlan
	ip -n host link add link eth0 name x type ipvlan
	exported=$(grep -c '__ksymtab_.*\[ipvlan\]' /proc/kallsyms || true)
	in_ns host ethtool -i x >"$BATS_TEST_TMPDIR/info"
	grep -qx 'driver: ipvlan' "$BATS_TEST_TMPDIR/info"
	[ "$(in_ns host ethtool x | grep -E 'Speed|Duplex|Port:')" = \
		"$(in_ns host ethtool eth0 | grep -E 'Speed|Duplex|Port:')" ]
	if ours; then
		[ "$exported" -eq 0 ]
		grep -qx "version: $(cat /sys/module/ipvlan/version)" "$BATS_TEST_TMPDIR/info"
		in_ns host ethtool -S x | grep -q tx_drop_
	else
		[ "$exported" -ge 5 ]
		grep -qx 'version: 0.1' "$BATS_TEST_TMPDIR/info"
		fails in_ns host ethtool -S x
	fi
}

@test "2, 6, 8: which requests are EINVAL, ENODEV, EBUSY, and which masters are taken" {
	ip -n host -batch - <<-'EOF'
		link add mv0 type dummy
		link add link mv0 name mv1 type macvlan
		link add br0 type bridge
		link add port0 type dummy
		link set port0 master br0
		link add vrf0 type vrf table 10
		link add ipip0 type ipip local 10.0.0.1 remote 10.0.0.2
		link add bond0 type bond
		link add in-bond type dummy
		link set in-bond master bond0
		link add link eth0 name vlan0 type vlan id 5
	EOF
	[ "$(answers eth0:3:0 eth0:0:4 eth0:0:3 -:-:- 4711:-:- lo:-:- ipip0:-:- vrf0:-:-)" = \
		"EINVAL EINVAL EINVAL EINVAL ENODEV EINVAL EINVAL EINVAL" ]
	[ "$(answers mv0:-:- port0:-:- in-bond:-:-)" = "EBUSY EBUSY EBUSY" ]
	[ "$(answers br0:-:- bond0:-:- vlan0:0:2 mv1:1:1 eth0:-:-)" = "ok ok ok ok ok" ]
	holds host link probe4 '.linkinfo.info_data | .mode == "l3" and .bridge and .private == null'
	fails ip -n host link add link eth0 name mv2 type macvlan
	fails ip -n host link set vlan0 master br0
	ip -n host link set eth0 master vrf0
}

@test "3, 4, 17, 20-22: mode and flags are the port's and change for all; ours are the slave's" {
	ip -n host -batch - <<-'EOF'
		link add link eth0 name i0 type ipvlan mode l2 private
		link set i0 up
		link add link eth0 name i1 type ipvlan
	EOF
	holds host link i1 '.linkinfo.info_data.mode == "l3"'
	if ours; then
		holds host link i0 '.linkinfo.info_data | .mode == "l2" and .private'
		holds host link i0 '.flags | index("NOARP") | not'
		holds host link i1 '.linkinfo.info_data.bridge'
	else
		holds host link i0 '.linkinfo.info_data | .mode == "l3" and .private'
		holds host link i0 '.flags | index("NOARP")'
		holds host link i1 '.linkinfo.info_data.private'
	fi
	# what is left out stays; iproute2 never leaves the flags out
	"$TRAFFIC" setlink host i0 0 -
	holds host link i0 '.linkinfo.info_data | .mode == "l2" and .private'
	holds host link i0 '.flags | index("NOARP") | not'
	"$TRAFFIC" setlink host i0 - 2
	holds host link i0 '.linkinfo.info_data | .mode == "l2" and .vepa and .private == null'
	ip -n host link set i0 type ipvlan mode l3
	holds host link i0 '.linkinfo.info_data | .mode == "l3" and .bridge and .vepa == null'
}

@test "7: a slave of a slave is its sibling; a container's root alone may neither add nor change" {
	slave ns0 ipvl0 l2 10
	ip -n ns0 link add link ipvl0 name x type ipvlan mode l2
	[ "$(in_ns ns0 cat /sys/class/net/x/iflink)" = "$(in_ns host cat /sys/class/net/eth0/ifindex)" ]

	unshare --user --map-root-user --net sleep 60 3>&- &
	local pid=$! inside="nsenter --target $! --user --net --preserve-credentials"

	eventually sh -c "[ \$(readlink /proc/$pid/ns/net) != \$(readlink /proc/self/ns/net) ]"
	ip -n ns0 link set ipvl0 netns $pid
	fails $inside ip link add link ipvl0 name y type ipvlan mode l2
	fails $inside ip link set ipvl0 type ipvlan mode l3
	kill $pid
	holds ns0 link x '.linkinfo.info_data.mode == "l2"'
}

@test "9-12, 14, 15, 23: a new slave has the master's MAC, MTU and features, and an id of its own" {
	in_ns host ethtool -K eth0 gro on rx on
	ip -n host -batch - <<-'EOF'
		link set eth0 mtu 1400
		link add link eth0 name i0 address 02:00:00:00:00:99 type ipvlan
		link add link eth0 name i1 mtu 9000 type ipvlan
		link del i1
		link add link eth0 name i2 mtu 9000 type ipvlan
		link add link eth0 name away netns ns0 type ipvlan
		link add br0 type bridge
	EOF
	holds host link i0 '.address == "02:00:00:00:00:01" and .link == "eth0"'
	holds host link i0 '.mtu == 1400 and .min_mtu == 68 and .max_mtu == 65535'
	holds host link i2 '.mtu == 9000'
	if ours; then
		holds host link i0 '.flags | index("NOARP")'
	else
		holds host link i0 '.flags | index("NOARP") | not'
	fi
	ip -n host link set i0 up
	ip -n host link set i2 up
	holds host link i0 '.flags | index("NOARP")'
	holds host link i0 '.qdisc == "noqueue" and .num_tx_queues == 1'
	holds host link i0 ".tso_max_size == $(ip -n host -d -j link show eth0 | jq '.[0].tso_max_size')"
	holds host addr i2 '.addr_info | map(.local) | index("fe80::200:0:300:1")'
	in_ns host sh -c 'cd /sys/class/net && [ "$(cat i0/dev_id i2/dev_id | xargs)" = "0x1 0x3" ] &&
		[ -e eth0/upper_i0 ] && [ -e i0/lower_eth0 ]'
	holds ns0 link away ".link_index == $(in_ns host cat /sys/class/net/eth0/ifindex) and
		.link_netnsid != null"

	local feature

	in_ns host ethtool -k i0 >"$BATS_TEST_TMPDIR/has"
	for feature in tx-checksumming scatter-gather tcp-segmentation-offload \
		generic-segmentation-offload generic-receive-offload rx-checksumming; do
		grep -qE "^$feature: on" "$BATS_TEST_TMPDIR/has" || { echo "no $feature"; return 1; }
	done
	fails ip -n host link set i0 address 02:00:00:00:00:99
	fails ip -n host link set i0 master br0
	fails ip -n host link add link i0 name y type macvlan
	refused "VLANs not supported" ip -n host link add link i0 name y type vlan id 5
}

@test "13: a datagram of a packet socket gets the master's MAC as its source" {
	slave ns0 ipvl0 l2 10
	local seen=$BATS_TEST_TMPDIR/seen

	ip netns exec router timeout 60 tcpdump -i wire -Q in -nelc 1 ether proto 0x88b5 \
		>"$seen" 2>"$seen.err" 3>&- &
	eventually grep -q 'listening on' "$seen.err"
	"$TRAFFIC" datagram ns0 ipvl0 02:00:00:00:00:fe 88b5
	wait $!
	grep -q '02:00:00:00:00:01 > 02:00:00:00:00:fe, ethertype Unknown (0x88b5)' "$seen"
}

@test "16, 18-20: the last slave takes the port along, one that could not be made leaves none" {
	fails ip -n host link add link eth0 index 1 name x type ipvlan mode l2 private
	ip -n host -batch - <<-'EOF'
		link add link eth0 name mv0 type macvlan
		link del mv0
		link add link eth0 name i0 group 7 type ipvlan mode l2 private
		link add link eth0 name i1 group 7 type ipvlan mode l2 private
		addr add 10.0.0.10/24 dev i0
		addr add fd00::10/64 dev i1
	EOF
	fails ip -n host link add link eth0 name mv0 type macvlan
	ip -n host -batch - <<-'EOF'
		link del group 7
		link add link eth0 name mv0 type macvlan
		link del mv0
		link add link eth0 name i2 type ipvlan
		addr add 10.0.0.10/24 dev i2
		addr add fd00::10/64 dev i2
	EOF
	holds host link i2 '.linkinfo.info_data | .mode == "l3" and .bridge'
}
