# SPDX-License-Identifier: GPL-2.0-or-later
#
# What drivers of this kind have got wrong before: each was a crash, a leak or a loss somewhere. Where
# it was memory, the guest ends with the kernel's first complaint, and kernels with KASAN run it too.
load helpers

ODD=$BATS_TEST_DIRNAME/odd.py OWN=020000000001

# UDP to port 9 of the router, from the slave with 10 in l2 (0) or l3 (1).
udp() { # 0|1
	echo "4500001c00000000 40110000 0a000${1}0a 0a0000fe 0009000900080000"
}

# The words that tcpdump has for what the router's side gets, until `kill %%`.
watch() { # FILTER...
	ip netns exec router tcpdump -i wire -Q in -lnvvve "$@" >"$BATS_TEST_TMPDIR/seen" \
		2>"$BATS_TEST_TMPDIR/seen.err" &
	eventually grep -q 'listening on' "$BATS_TEST_TMPDIR/seen.err"
}

sees() { # WORDS
	eventually grep -q -e "$1" "$BATS_TEST_TMPDIR/seen"
}

teardown() {
	local job

	for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
	wait
	ip -all netns del
}

@test "a master that wants room around its frames gets it (CVE-2026-74744)" {
	local mode net

	ip -n host link add vx0 mtu 1400 type vxlan id 7 local 10.0.0.1 remote 10.0.0.254 \
		dstport 4789 dev eth0
	ip -n router link add vx0 mtu 1400 type vxlan id 7 local 10.0.0.254 remote 10.0.0.1 \
		dstport 4789 dev wire
	ip -n host link set vx0 up
	ip -n router -batch - <<-'EOF'
		addr add 10.5.0.254/24 dev vx0
		addr add fd05::fe/64 dev vx0 nodad
		link set vx0 up
	EOF
	ip -n host route add 10.5.0.0/24 dev vx0
	ip -n host route add fd05::/64 dev vx0
	for mode in l2 l3; do
		ip -n host link add link vx0 name ipvl0 netns ns0 type ipvlan mode $mode
		ip -n ns0 -batch - <<-'EOF'
			addr add 10.5.0.10/24 dev ipvl0
			addr add fd05::10/64 dev ipvl0 nodad
			link set ipvl0 up
		EOF
		reaches ns0 10.5.0.254 -s 1300
		reaches ns0 fd05::fe -s 1300
		reaches router fd05::10 -s 5000
		ip -n ns0 link del ipvl0
	done
}

@test "what the host sends to a group and hears itself is no slave's" {
	slave ns0 ipvl0 l2 10
	reaches host fd00::fe # the wire carries by now
	[ "$("$TRAFFIC" broadcast host ff02::4711 host ns0 router)" = "host router" ]
}

@test "IPv6 goes through a tower of devices (CVE-2023-52796)" {
	ip -n host -batch - <<-'EOF'
		link add br0 address 02:00:00:00:00:01 type bridge
		link set eth0 master br0
		link add bond0 type bond mode active-backup
		link add bp type veth peer name bs
		link set bp master br0
		link set bs master bond0
		link set br0 up
		link set bp up
		link set bs up
		link set bond0 up
		link add link bond0 name vlan5 type vlan id 5
		link set vlan5 up
		addr add fd05::1/64 dev vlan5 nodad
		link add link vlan5 name ipvl0 netns ns0 type ipvlan mode l3
	EOF
	ip -n router -batch - <<-'EOF'
		link add link wire name vlan5 type vlan id 5
		addr add fd05::fe/64 dev vlan5 nodad
		link set vlan5 up
	EOF
	ip -n ns0 -batch - <<-'EOF'
		addr add fd05::10/64 dev ipvl0 nodad
		link set ipvl0 up
	EOF
	eventually reaches ns0 fd05::fe
	reaches ns0 fd05::fe -s 4000
}

@test "an ICMP error about a packet with IP options comes back whole (CVE-2023-3090)" {
	slave ns0 ipvl0 l3 10
	ip -n host route add 10.0.0.254 dev eth0 mtu 600
	run in_ns ns0 ping -c1 -W5 -R -M "do" -s 900 10.0.0.254
	[ "$status" -ne 0 ]
	in_ns ns0 ping -q -c1 -W5 -R -s 500 10.0.0.254
	run in_ns ns0 ping -c2 -W2 -M "do" -s 900 10.0.0.254
	[ "$status" -ne 0 ]
}

@test "frames past the queueing discipline arrive, in every mode (6.0: header used before it was set)" {
	local mode net router

	router=$(in_ns router cat /sys/class/net/wire/address | tr -d :)
	watch udp port 9
	for mode in l2 l3; do
		slave ns0 ipvl0 $mode 10
		reaches ns0 10.0.0.254
		if [ $mode = l2 ]; then net=0; else net=1; fi
		"$ODD" bypass ns0 ipvl0 "$router $OWN 0800 $(udp $net)"
		sees "10.0.$net.10.9 > 10.0.0.254.9"
		"$ODD" bypass ns0 ipvl0 ffffffffffff
		ip -n ns0 link del ipvl0
	done
}

@test "a packet socket's segments are made smaller on their way out (6.12: protocol of the frame)" {
	local router data

	slave ns0 ipvl0 l2 10
	reaches ns0 10.0.0.254
	router=$(in_ns router cat /sys/class/net/wire/address | tr -d :)
	data=$(printf '61%.0s' {1..2000})
	in_ns host ethtool -K eth0 tso off gso off
	watch tcp port 9
	"$ODD" gso ns0 ipvl0 1000 "$router $OWN 0800 450007f8 00004000 40060000 0a00000a 0a0000fe
		0009000900000001 00000001 50101000 00000000 $data"
	eventually sh -c "[ \$(grep -c 'Flags.*length 1000' '$BATS_TEST_TMPDIR/seen') = 2 ]"
	# and a rule of the slave's own netns knows what it is
	in_ns ns0 tc qdisc add dev ipvl0 clsact
	in_ns ns0 tc filter add dev ipvl0 egress protocol ip matchall action drop
	[ "$("$TRAFFIC" frame ns0 ipvl0 $router $OWN 0800 "$(udp 0)")" = ENOBUFS ]
}

@test "the host routes an l3 slave's packets by what they are marked with (6.1.130: DSCP)" {
	slave ns0 ipvl0 l3 10
	# to nobody, for one class of service
	ip -n host route add 10.0.0.254/32 via 10.0.0.253 dev eth0 table 100
	ip -n host rule add tos 0x10 table 100
	reaches ns0 10.0.0.254
	cannot_reach ns0 10.0.0.254 -Q 0x10
}

@test "packet sockets that send through the host's routing leave no socket behind (CVE-2024-33621)" {
	slave ns0 ipvl0 l3 10
	watch udp port 9
	"$TRAFFIC" frame ns0 ipvl0 $OWN $OWN 0800 "$(udp 1)"
	sees '10.0.1.10.9 > 10.0.0.254.9'
	# to a group, from a raw socket whose netns is another
	[ "$("$TRAFFIC" frame ns0 ipvl0 01005e000001 $OWN 0800 4500001c00000000 01110000 0a00010a \
		e0000001 0009000900080000)" = ENOBUFS ]
	[ "$("$TRAFFIC" frame ns0 ipvl0 $OWN $OWN 0800 4500001c00000000 01110000 0a00010a \
		e0000001 0009000900080000)" = ENOBUFS ]
}

@test "a link event that comes late finds its master (CVE-2025-21652)" {
	local i

	for i in {1..20}; do
		ip -n host -batch - <<-'EOF'
			link add d0 type dummy
			link set d0 up
			link add link d0 name i0 netns ns0 type ipvlan
			link set d0 down
		EOF
		ip -n ns0 link set i0 up
		ip -n host link set d0 carrier off 2>/dev/null || true
		ip -n host link del d0
	done
	run ip -n ns0 link show i0
	[ "$status" -ne 0 ]
}

@test "addresses that come and go on many slaves at once are never doubled (CVE-2026-23103)" {
	local n

	for n in 0 1; do
		slave ns$n ipvl$n l2 1$n
	done
	for n in 0 1; do
		( for _ in {1..6}; do
			printf 'addr add 10.0.0.%d/32 dev ipvl'$n'\naddr add fd00::%d/128 dev ipvl'$n' nodad\n' \
				{100..119}{,}
			printf 'addr del 10.0.0.%d/32 dev ipvl'$n'\naddr del fd00::%d/128 dev ipvl'$n'\n' \
				{100..109}{,}
		done | ip -n ns$n -force -batch - >/dev/null 2>&1 ) &
	done
	wait
	[ -z "$( (ip -n ns0 -j addr; ip -n ns1 -j addr) | jq -r '.[].addr_info[]? |
		select(.scope == "global") | .local' | sort | uniq -d)" ]
	# and none is lost: whoever has it answers
	for n in 110 119; do
		reaches router 10.0.0.$n
		reaches router fd00::$n
	done
}
