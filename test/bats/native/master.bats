#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which interface is the master. Needs no driver: an mtu that no master has is refused with the name
# of the one that was chosen.
#
#      node-PID                                       router-PID
#   ┌──────────────────────────────────────┐        ┌────────────┐
#   │ eth0   10.77.0.2/24, fd77::2/64      ├────────┤ lan        │
#   │ ens1   10.81.0.2/24     02:..:01     ├────────┤ far1       │
#   │ ens2   fd82::2/64       02:..:02     ├────────┤ far2       │
#   │ ens10  down             02:..:10     ├────────┤ far10      │
#   │ ens3   port of bond-like bridge br0  ├────────┤ far3       │
#   └──────────────────────────────────────┘        └────────────┘
#
# ens1 has the alternative name "a-name-longer-than-15" and the alias "uplink of rack 7".

load ../helpers

setup_file() {
	node_new
	for n in 10 1 2 3; do
		ip link add ens$n netns "$NODE" address 02:00:00:00:00:$(printf %02d $n) \
			type veth peer name far$n netns "$ROUTER"
		ip -n "$ROUTER" link set far$n up
	done
	ip -n "$NODE" -b - <<-END
		link add br0 type bridge
		link set ens1 up
		link set ens2 up
		link set ens3 master br0 up
		link set ens1 alias "uplink of rack 7"
		link property add dev ens1 altname a-name-longer-than-15
		addr add 10.81.0.2/24 dev ens1
		addr add fd82::2/64 dev ens2 nodad
	END
	NODE_LINKS=$(ip -n "$NODE" -j link | jq -c 'map(.ifname)')
	pod_new pod
}

teardown_file() {
	pods_free
	node_free
}

# chooses MASTER WORDS [FILTER]: this interface is the one that ADD takes for "master": WORDS.
chooses() {
	cni ADD c1 pod eth0 "$(conf ".master = $2 | .mtu = 9000 | ${3:-.}")"
	assert_error 7 "mtu: 9000 is more than the 1500 of master $1\$"
}

# refuses MSG DETAILS WORDS [FILTER]
refuses() {
	cni ADD c1 pod eth0 "$(conf ".master = $3 | ${4:-.}")"
	assert_error 101 "$1" "$2"
	assert_nothing_left pod
}

@test "a name, an alternative name, an alias" {
	chooses ens1 '"ens1"'
	chooses ens1 '"a-name-longer-than-15"'
	chooses ens1 '"uplink of rack 7"'
	# A name goes before another's alias.
	ip -n "$NODE" link set ens2 alias ens1
	chooses ens1 '"ens1"'
	ip -n "$NODE" link set ens2 alias ''
}

@test "a MAC address, current or burnt in, in either case" {
	chooses ens2 '"02:00:00:00:00:02"'
	ip -n "$NODE" link set ens2 address 0a:bc:de:f0:00:02
	chooses ens2 '"0A:BC:DE:f0:00:02"'
	ip -n "$NODE" link set ens2 address 02:00:00:00:00:02
}

@test "a MAC address that a port and its bridge have means the bridge" {
	ip -n "$NODE" link set br0 address 02:00:00:00:00:03 up
	chooses br0 '"02:00:00:00:00:03"'
}

@test "a subnet means the interface that has one around it" {
	chooses ens1 '"10.81.0.0/24"'
	chooses ens1 '"10.81.0.128/25"'
	chooses ens2 '"fd82::/64"'
	chooses eth0 '"10.77.0.9/32"'
	refuses 'master 10.81.0.0/16: the host has no interface with a subnet that contains it' \
		'there are: lo.*, eth0 10.77.0.2/24 fd77::2/64, .*ens1 10.81.0.2/24' '"10.81.0.0/16"'
}

@test "ipam:range means the interface whose subnets contain all the ranges" {
	chooses eth0 '"ipam:range"'
	one='.ipam.ranges = [[{subnet: "10.81.0.0/24"}]]'
	chooses ens1 '"ipam:range"' "$one"
	# Of a subnet that is larger than the interface's, the part that is given away counts.
	chooses ens1 '"ipam:range"' '.ipam = {type: "host-local", dataDir: .ipam.dataDir,
		subnet: "10.81.0.0/16", rangeStart: "10.81.0.20", rangeEnd: "10.81.0.30"}'
	chooses ens2 '"ipam:range"' \
		'.ipam = {type: "static", dataDir: .ipam.dataDir, addresses: [{address: "fd82::9/64"}]}'
	refuses 'no interface with subnets that contain the ranges of ipam' 'eth0 10.77.0.2/24' \
		'"ipam:range"' '.ipam.ranges[1] = [{subnet: "10.81.0.0/24"}]'
	for ipam in '{type: "dhcp"}' '{}'; do
		cni ADD c1 pod eth0 "$(conf ".master = \"ipam:range\" | .ipam = $ipam")"
		assert_error 7 'master: "ipam:range" goes by .* this ipam says neither'
	done
}

@test "a pattern means the best that matches: up before down, a port never, then the oldest" {
	chooses ens1 '"ens*"'
	chooses ens2 '"ens[!1]*"'
	ip -n "$NODE" link set ens1 down
	chooses ens2 '"ens*"'
	# Without carrier is better than down.
	ip -n "$ROUTER" link set far2 down
	chooses ens2 '"ens*"'
	ip -n "$NODE" link set ens2 down
	chooses ens10 '"ens*"'
	ip -n "$ROUTER" link set far2 up
	ip -n "$NODE" -b - <<-END
		link set ens1 up
		link set ens2 up
		addr add fd82::2/64 dev ens2 nodad
	END
}

@test "of a list the first that is there and can be one" {
	chooses ens2 '["bond0", "ens2", "ens1"]'
	chooses ens1 '["bond0", "en?1", "eth0"]'
	# Down, and a port: the next one, and if there is no next one, it after all.
	chooses ens1 '["ens10", "ens3", "ens1"]'
	chooses ens10 '["ens3", "ens10"]'
	refuses 'master: the host has no interface that is one of bond0, em\*, 02:00:00:00:00:99' \
		'there are: lo, eth0, ' '["bond0", "em*", "02:00:00:00:00:99"]'
}

@test "what is not there is told with what there is, seen from the same side" {
	refuses 'master eth9: the host has no interface of that name, alternative name or alias' \
		'there are: lo, .*eth0.*ens1 "uplink of rack 7"' '"eth9"'
	refuses 'master em\*: the host has no interface whose name matches' 'eth0' '"em*"'
	refuses 'master 02:00:00:00:00:99: the host has no interface with that MAC' \
		'ens1 02:00:00:00:00:01' '"02:00:00:00:00:99"'
	refuses 'master 0000:99:00.0: the host has no interface at that PCI address' \
		'there are: lo, ' '"0000:99:00.0"'
	refuses 'master eth9: the container has no interface' 'there are: lo$' '"eth9"' \
		'.linkInContainer = true'
}

@test "words that mean nothing are refused" {
	for words in '[]' '[""]' '["eth0", ""]' '5' '[5]' '{}'; do
		cni ADD c1 pod eth0 "$(conf ".master = $words")"
		assert_error 7 '^master'
	done
	# As the reference has it, none is the default route's.
	chooses eth0 '""'
	chooses eth0 'null'
}

@test "STATUS looks as ADD does" {
	cni STATUS "" "" "" "$(conf '.master = ["bond0", "em*"]')"
	assert_error 50 'master: the host has no interface that is one of bond0, em\*' 'there are: lo'
}

@test "a VLAN has an id of 1 to 4094" {
	for id in 4095 -1 '"5"' 1.5; do
		cni ADD c1 pod eth0 "$(conf ".vlan = $id")"
		assert_error 7 'vlan: expected an integer from 0 to 4094'
	done
}

@test "where the kernel can make no VLAN, ADD and STATUS say so, and nothing is left" {
	! ip -n "$NODE" link add link eth0 name try type vlan id 9 2>/dev/null ||
		{ ip -n "$NODE" link del try; skip "unavailable: this kernel has VLANs"; }
	cni ADD c1 pod eth0 "$(conf '.vlan = 5')"
	assert_error 103 'VLAN 5 of eth0: this kernel can make no VLAN' 'modprobe 8021q'
	assert_nothing_left pod
	cni STATUS "" "" "" "$(conf '.vlan = 5')"
	assert_error 50 'vlan: this kernel can make no VLAN interface'
	cni_ok DEL c1 pod eth0 "$(conf '.vlan = 5')"
}
