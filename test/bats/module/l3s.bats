# SPDX-License-Identifier: GPL-2.0-or-later
#
# Mode l3s: what its slaves send and get, the host's rules see, and may change or refuse.
load helpers

# Rules of the netns, in nft's words. The comment of one that counts is its name.
rules() { # NETNS < RULES
	in_ns "$1" nft -f -
}

counted() { # NETNS NAME
	in_ns "$1" nft -j list ruleset | jq --arg name "$2" '[.nftables[].rule | select(.comment == $name)
		| .expr[] | .counter.packets? // 0] | add'
}

# A table of both families with a look at each hook that a slave's traffic must pass.
watch() { # NETNS
	rules "$1" <<-'EOF'
		table inet t {
			chain input {
				type filter hook input priority filter
				iifname "eth0" ct state new counter comment "in_new"
				iifname "eth0" ct state established counter comment "in_established"
			}
			chain output {
				type filter hook output priority filter
				oifname "eth0" ct state new counter comment "out_new"
				oifname "eth0" ct state established counter comment "out_established"
			}
			chain post {
				type filter hook postrouting priority filter
				oifname "eth0" icmp type { echo-request, echo-reply } counter comment "post"
				oifname "eth0" icmpv6 type { echo-request, echo-reply } counter comment "post"
			}
		}
	EOF
}

unwatch() { # NETNS
	in_ns "$1" nft flush ruleset
}

@test "an l3s slave talks with the wire and its siblings, watched or not" {
	local address

	slave ns0 ipvl0 l3s 10
	slave ns1 ipvl1 l3s 11
	holds ns0 link ipvl0 '(.linkinfo.info_data.mode == "l3s") and (.flags | index("NOARP"))'
	for watched in no yes; do
		if [ $watched = yes ]; then watch host; fi
		for address in 10.0.0.254 fd00::fe 10.0.1.11 fd00:1::11; do reaches ns0 $address; done
		for address in 10.0.1.10 10.0.1.11 fd00:1::10 fd00:1::11; do
			reaches router $address
		done
	done
	holds ns0 link ipvl0 '.stats64.rx.dropped == 0 and .stats64.tx.errors == 0'
	holds host link eth0 '.stats64.rx.dropped == 0'
}

@test "the host's rules and connection tracking see an l3s slave's traffic, both ways" {
	slave ns0 ipvl0 l3s 10
	watch host
	reaches router 10.0.1.10 -c2 -i0.2
	reaches router fd00:1::10 -c2 -i0.2
	[ "$(counted host in_new)" = 2 ]
	[ "$(counted host in_established)" = 2 ]
	[ "$(counted host out_established)" = 4 ]
	reaches ns0 10.0.0.254 -c2 -i0.2
	reaches ns0 fd00::fe -c2 -i0.2
	[ "$(counted host out_new)" = 2 ]
	[ "$(counted host out_established)" = 6 ]
	[ "$(counted host in_established)" = 6 ]
	[ "$(counted host post)" = 8 ]
}

# Echo requests of both families, each by a rule of its own.
requests() { # add|insert VERDICT
	rules host <<-EOF
		$1 rule inet t post icmp type echo-request $2
		$1 rule inet t post icmpv6 type echo-request $2
	EOF
}

@test "POSTROUTING alone sees what an l3 slave sends: counts it, asks a program, refuses it" {
	slave ns0 ipvl0 l3 10
	rules host <<<'table inet t { chain post { type filter hook postrouting priority filter; }; }'
	requests add 'counter comment "post"'
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	[ "$(counted host post)" = 2 ]
	timeout 60 "$TRAFFIC" accept host 7 3>&- &
	requests add 'queue num 7'
	eventually reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	kill $!
	cannot_reach ns0 10.0.0.254
	requests insert drop
	cannot_reach ns0 10.0.0.254
	cannot_reach ns0 fd00::fe
	[ "$(counter ns0 ipvl0 tx_drop_host_refused)" -ge 2 ]
}

@test "what the host's rules refuse does not reach an l3s slave, while l2 and l3 go past them" {
	local hook

	slave ns0 ipvl0 l3s 10
	slave ns1 ipvl1 l2 11
	ip -n host link add link eth0 name ipvl2 netns ns1 type ipvlan mode l3
	ip -n ns1 -batch - <<-'EOF'
		addr add 10.0.1.12/32 dev ipvl2
		addr add fd00:1::12/128 dev ipvl2 nodad
		link set ipvl2 up
	EOF
	for hook in prerouting input; do
		rules host <<-EOF
			table inet t { chain c { type filter hook $hook priority filter
				ip protocol icmp drop
				icmpv6 type echo-request drop
			}; }
		EOF
		cannot_reach router 10.0.1.10
		cannot_reach router fd00:1::10
		reaches router 10.0.0.11
		reaches router 10.0.1.12
		reaches router fd00::11
		unwatch host
		reaches router 10.0.1.10
		reaches router fd00:1::10
	done
	# refused aloud: the host says so, by an address of its own
	rules host <<-'EOF'
		table inet t { chain c { type filter hook input priority filter
			meta l4proto { icmp, icmpv6 } reject
		}; }
	EOF
	run in_ns router ping -c1 -W2 10.0.1.10
	[[ $output == *"From 10.0.0.1 "*"Destination Port Unreachable"* ]]
	# and what an l3s slave or an l3 one sends
	unwatch host
	rules host <<-'EOF'
		table inet t { chain c { type filter hook output priority filter; oifname "eth0" drop; }; }
	EOF
	cannot_reach ns0 10.0.0.254
	cannot_reach ns0 fd00::fe
	cannot_reach ns1 10.0.0.254 -I ipvl2
}

@test "a port of the host's leads to an l3s slave (DNAT), and only to one in l3s" {
	slave ns0 ipvl0 l3s 10
	rules host <<-'EOF'
		table inet t { chain c { type nat hook prerouting priority dstnat
			ip daddr 10.0.0.1 meta l4proto { tcp, udp } dnat ip to 10.0.1.10
			ip6 daddr fd00::1 meta l4proto { tcp, udp } dnat ip6 to fd00:1::10
		}; }
	EOF
	"$TRAFFIC" tcp router ns0 10.0.1.10 300000 10.0.0.1
	"$TRAFFIC" tcp router ns0 fd00:1::10 300000 fd00::1
	"$TRAFFIC" udp router ns0 10.0.1.10 20000 10.0.0.1
	# while another one of the master's is
	slave ns1 ipvl1 l3s 11
	ip -n ns0 link set ipvl0 type ipvlan mode l3
	run timeout 3 "$TRAFFIC" udp router ns0 10.0.1.10 100 10.0.0.1
	[ "$status" -ne 0 ]
}

@test "a service address leads an l3s slave to who serves it (DNAT in OUTPUT)" {
	slave ns0 ipvl0 l3s 10
	rules host <<-'EOF'
		table inet t { chain c { type nat hook output priority -100
			ip daddr 10.96.0.1 dnat ip to 10.0.0.254
			ip6 daddr fd96::1 dnat ip6 to fd00::fe
		}; }
	EOF
	ip -n host -batch - <<-'EOF'
		route add default via 10.0.0.254
		route add default via fd00::fe
	EOF
	reaches ns0 10.96.0.1
	reaches ns0 fd96::1
	"$TRAFFIC" tcp ns0 router 10.0.0.254 300000 10.96.0.1
	"$TRAFFIC" tcp ns0 router fd00::fe 300000 fd96::1
}

@test "l3s slaves may hide behind the host's address (SNAT)" {
	slave ns0 ipvl0 l3s 10
	ip -n router route del 10.0.1.0/24
	ip -n router route del fd00:1::/64
	cannot_reach ns0 10.0.0.254
	cannot_reach ns0 fd00::fe
	rules host <<-'EOF'
		table inet t { chain c { type nat hook postrouting priority srcnat
			oifname "eth0" masquerade
		}; }
	EOF
	reaches ns0 10.0.0.254
	reaches ns0 fd00::fe
	"$TRAFFIC" tcp ns0 router 10.0.0.254 300000
	"$TRAFFIC" udp ns0 router fd00::fe 20000
	# the answers to an l3 slave would be the host's
	ip -n ns0 link set ipvl0 type ipvlan mode l3
	cannot_reach ns0 10.0.0.254
}

@test "fragments, long datagrams and offloaded TCP reach an l3s slave, watched or not" {
	local watched

	slave ns0 ipvl0 l3s 10
	for watched in no yes; do
		if [ $watched = yes ]; then watch host; fi
		"$TRAFFIC" udp router ns0 10.0.1.10 65507
		"$TRAFFIC" udp router ns0 fd00:1::10 65000
		"$TRAFFIC" udp ns0 router 10.0.0.254 65507
		"$TRAFFIC" tcp router ns0 10.0.1.10 500000
		"$TRAFFIC" tcp router ns0 fd00:1::10 500000
		"$TRAFFIC" tcp ns0 router fd00::fe 500000
	done
	# INPUT was asked about datagrams, not about their pieces
	unwatch host
	rules host <<-'EOF'
		table ip t { chain c { type filter hook input priority filter; ip length < 60000 drop; }; }
	EOF
	"$TRAFFIC" udp router ns0 10.0.1.10 65507
}

@test "an l3s slave receives as any device does: taps, its own rules, bound sockets" {
	local watched seen=$BATS_TEST_TMPDIR/seen

	slave ns0 ipvl0 l3s 10
	watch ns0
	rules ns0 <<-'EOF'
		table inet t {
			chain pre { type filter hook prerouting priority raw; iifname "ipvl0" counter comment "mine"; }
			chain in { type filter hook input priority filter; iifname "ipvl0" counter comment "mine"; }
		}
	EOF
	for watched in no yes; do
		if [ $watched = yes ]; then watch host; fi
		ip netns exec ns0 timeout 60 tcpdump -i ipvl0 -Q in -nl -c 2 icmp or icmp6 \
			>"$seen" 2>"$seen.err" &
		eventually grep -q 'listening on' "$seen.err"
		reaches router 10.0.1.10
		reaches router fd00:1::10
		wait
		grep -q '10\.0\.0\.254 > 10\.0\.1\.10: ICMP echo request' "$seen"
		grep -q 'fd00::fe > fd00:1::10: ICMP6, echo request' "$seen"
		"$TRAFFIC" bound router ns0 10.0.1.10 ipvl0
		"$TRAFFIC" bound router ns0 fd00:1::10 ipvl0
	done
	[ "$(counted ns0 mine)" = 16 ]
}

@test "a change to and from l3s is one slave's own, and one that fails changes nothing" {
	slave ns0 ipvl0 l3s 10
	slave ns1 ipvl1 l2 11
	ip -n ns0 link set ipvl0 type ipvlan mode l2
	holds ns0 link ipvl0 '(.linkinfo.info_data.mode == "l2") and (.flags | index("NOARP") | not)'
	ip -n host link add vrf0 type vrf table 10
	ip -n host link set vrf0 up
	ip -n host link set eth0 master vrf0
	refused "ipvlan: master is in a VRF" ip -n ns0 link set ipvl0 type ipvlan mode l3s
	holds ns0 link ipvl0 '(.linkinfo.info_data.mode == "l2") and (.flags | index("NOARP") | not)'
	refused "ipvlan: master is in a VRF" \
		ip -n host link add link eth0 name x type ipvlan mode l3s
	ip -n host link set eth0 nomaster
	ip -n ns0 link set ipvl0 type ipvlan mode l3s
	holds ns1 link ipvl1 '.linkinfo.info_data.mode == "l2"'
	refused "ipvlan: has slaves in mode l3s" ip -n host link set eth0 master vrf0
	watch host
	reaches router 10.0.1.10
	[ "$(counted host in_new)" = 1 ]
	reaches router 10.0.0.11
	[ "$(counted host in_new)" = 1 ]
	ip -n ns0 link set ipvl0 type ipvlan mode l3
	reaches router 10.0.1.10
	[ "$(counted host in_new)" = 1 ]
	ip -n host link set eth0 master vrf0
}

@test "l3s goes along when the slave or the master moves to another netns" {
	slave ns0 ipvl0 l3s 10
	watch host
	ip -n ns0 link set ipvl0 netns ns1
	ip -n ns1 -batch - <<-'EOF'
		addr add 10.0.1.10/24 dev ipvl0
		addr add fd00:1::10/64 dev ipvl0 nodad
		link set ipvl0 up
		route add 0.0.0.0/0 dev ipvl0
		route add ::/0 dev ipvl0
	EOF
	reaches router 10.0.1.10
	reaches router fd00:1::10
	[ "$(counted host in_new)" = 2 ]
	# the rules of the netns where the master is
	watch ns0
	ip -n host link set eth0 netns ns0
	ip -n ns0 -batch - <<-'EOF'
		addr add 10.0.0.1/24 dev eth0
		addr add fd00::1/64 dev eth0 nodad
		link set eth0 up
	EOF
	ip -n router neigh flush all
	eventually reaches router 10.0.1.10
	eventually reaches router fd00:1::10
	[ "$(counted ns0 in_new)" -ge 2 ]
	[ "$(counted host in_new)" = 2 ]
	ip netns del host
	reaches router 10.0.1.10
	reaches router fd00:1::10
	# the netns of the master ends, and the slave with it
	ip netns del ns0
	eventually sh -c '! ip -n ns1 link show ipvl0'
}

@test "l3s slaves, their netns and the module go under traffic that the host watches" {
	local i

	watch host
	slave ns0 ipvl0 l3s 10
	ip netns exec router ping -q -f -w 20 10.0.1.10 >/dev/null 2>&1 &
	ip netns exec router ping -q -f -w 20 fd00:1::10 >/dev/null 2>&1 &
	for i in {1..8}; do
		ip -n ns0 link set ipvl0 type ipvlan mode l$((2 + i % 2))
		ip -n ns0 link set ipvl0 type ipvlan mode l3s
		slave ns1 ipvl1 l3s 11
		ip -n ns0 link del ipvl0
		ip -n ns1 link del ipvl1
		slave ns0 ipvl0 l3s 10
	done
	reaches router 10.0.1.10
	ip netns del ns0
	ip netns add ns0
	slave ns0 ipvl0 l3s 12
	modprobe -r ipvlan
	kill %1 %2
	wait
	slave ns0 ipvl0 l3s 10
	reaches router 10.0.1.10
	[ "$(counted host in_established)" -gt 0 ]
}

# How many datagrams wait for a program's verdict.
held() { # NETNS
	in_ns "$1" awk '{ sum += $3 } END { print sum + 0 }' /proc/net/netfilter/nfnetlink_queue
}

@test "the module goes while a program holds datagrams for l3s slaves" {
	[ -e /proc/net/netfilter/nfnetlink_queue ] || modprobe nfnetlink_queue ||
		skip "this kernel has no NFQUEUE"
	slave ns0 ipvl0 l3s 10
	rules host <<-'EOF'
		table inet t { chain c { type filter hook input priority filter
			icmp type echo-request queue num 7
			icmpv6 type echo-request queue num 7
		}; }
	EOF
	"$TRAFFIC" hold host 7 &
	eventually sh -c 'ip netns exec host grep -q "^ *7 " /proc/net/netfilter/nfnetlink_queue'
	cannot_reach router 10.0.1.10
	cannot_reach router fd00:1::10
	[ "$(held host)" = 2 ]
	ip -n ns0 link del ipvl0
	modprobe -r ipvlan
	[ "$(held host)" = 0 ]
	kill %1
	slave ns0 ipvl0 l3s 10
	unwatch host
	reaches router 10.0.1.10
}
