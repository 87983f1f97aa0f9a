# SPDX-License-Identifier: GPL-2.0-or-later
#
# Masters of every kind: what stands below a slave, and what it does with the slave's frames.
load helpers

# Debian's kernels have them all, a debug kernel need not.
has_kind() { # KIND
	modprobe -q "rtnl-link-$1" || skip "unavailable: this kernel has no link of kind $1"
}

# The host's address and eth0's neighbour move onto the device that stands on eth0.
give_host() { # DEVICE
	ip -n host -batch - <<-EOF
		addr flush dev eth0
		addr add 10.0.0.1/24 dev $1
		addr add fd00::1/64 dev $1 nodad
		link set $1 up
	EOF
}

# Two l2 slaves on the master reach each other and the router; as l3 slaves likewise.
carries() { # MASTER
	local i mode

	for i in 0 1; do
		ip -n host link add link "$1" name ipvl$i netns ns$i type ipvlan mode l2
		ip -n ns$i -batch - <<-EOF
			addr add 10.0.0.1$i/24 dev ipvl$i
			addr add fd00::1$i/64 dev ipvl$i nodad
			link set ipvl$i up
		EOF
	done
	for mode in l2 l3; do
		reaches ns0 10.0.0.11 || return
		# the path to the wire may still be learning
		eventually reaches ns0 fd00::fe -s 1400 || return
		"$TRAFFIC" tcp ns0 router 10.0.0.254 100000 || return
		ip -n ns0 link set ipvl0 type ipvlan mode l3
		ip -n ns1 link set ipvl1 type ipvlan mode l3
	done
}

@test "a VLAN is a master: what slaves send is tagged, with and without the device's help" {
	ip -n host link add link eth0 name vlan5 type vlan id 5
	in_ns host ethtool -K eth0 tx-vlan-offload off
	give_host vlan5
	ip -n router -batch - <<-'EOF'
		addr flush dev wire
		link add link wire name wire5 type vlan id 5
		link set wire5 up
		addr add 10.0.0.254/24 dev wire5
		addr add fd00::fe/64 dev wire5 nodad
	EOF
	carries vlan5
	in_ns host ethtool -K eth0 tx-vlan-offload on
	reaches ns0 10.0.0.254
}

@test "a bridge is a master: slaves reach what is on its ports, and the wire" {
	ip -n host -batch - <<-'EOF'
		link add br0 address 02:00:00:00:00:01 type bridge
		link set eth0 master br0
	EOF
	give_host br0
	carries br0
}

@test "a macvlan device is a master" {
	ip -n host link add link eth0 name mv0 type macvlan mode bridge
	give_host mv0
	carries mv0
}

@test "a bond is a master" {
	ip -n host -batch - <<-'EOF'
		link add bond0 type bond mode active-backup
		link set eth0 down
		link set eth0 master bond0
	EOF
	give_host bond0
	carries bond0
}

@test "a MACsec device is a master: the room that it wants before and behind a frame is there" {
	local mac0=02:00:00:00:00:01 mac1

	has_kind macsec
	mac1=$(ip -n router -j link show wire | jq -r '.[0].address')
	macsec() { # NETNS DEVICE NAME PEER KEY0 KEY1
		ip -n "$1" -batch - <<-EOF
			link add link $2 name $3 type macsec encrypt on
			macsec add $3 tx sa 0 pn 1 on key 01 $5
			macsec add $3 rx port 1 address $4
			macsec add $3 rx port 1 address $4 sa 0 pn 1 on key 02 $6
			link set $3 up
		EOF
	}
	macsec host eth0 ms0 "$mac1" 11111111111111111111111111111111 22222222222222222222222222222222
	macsec router wire ms1 $mac0 22222222222222222222222222222222 11111111111111111111111111111111
	ip -n router -batch - <<-'EOF'
		addr flush dev wire
		addr add 10.0.0.254/24 dev ms1
		addr add fd00::fe/64 dev ms1 nodad
	EOF
	give_host ms0
	carries ms0
	refused "ipvlan: another driver has the master's frames" \
		ip -n host link add link eth0 name x type ipvlan
}

@test "a port of a bond or a team is no master, and a master with slaves becomes no port" {
	local kind

	ip -n host link add link eth0 name on-eth0 type ipvlan
	for kind in bond team; do
		[ $kind = bond ] || has_kind team
		ip -n host -batch - <<-EOF
			link add ${kind}0 type $kind
			link add in-$kind type dummy
			link set in-$kind master ${kind}0
			link add link ${kind}0 name on-$kind type ipvlan
		EOF
		refused "ipvlan: master is in a bond or team" \
			ip -n host link add link in-$kind type ipvlan
		refused "" ip -n host link set eth0 master ${kind}0
	done
}

@test "a master with slaves keeps its type" {
	ip -n host -batch - <<-'EOF'
		link add bond0 type bond mode active-backup
		link add link bond0 name x type ipvlan
		link add ipip0 type ipip local 10.0.0.1 remote 10.0.0.2
	EOF
	refused "" ip -n host link set ipip0 master bond0
	holds host link bond0 '.link_type == "ether"'
	ip -n host link del x
	ip -n host link set ipip0 master bond0
}
