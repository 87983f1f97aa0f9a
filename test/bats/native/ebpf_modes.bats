#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pods by eBPF in mode l3, and with the flags private and vepa.

load ../helpers
load ../ebpf

setup_file() {
	node_new
	L3=$(conf '.mode = "l3" | .ipam.ranges = [[{subnet: "10.78.0.0/24"}], [{subnet: "fd78::/64"}]]')
	export L3
}

@test "l3: pods, host and wire reach each other by the host's routing" {
	conf=$L3 pods a b
	eventually reaches "$(pod a)" fd77::1 # the host's own address is a second old by then
	for from in "$(pod a)" "$ROUTER" "$NODE"; do
		for to in 10.78.0.{2,3} 10.77.0.{1,2} fd78::{2,3} fd77::{1,2}; do
			reaches "$from" $to
		done
	done
	ip -n "$(pod a)" -j link show eth0 | assert_json '$d[0][0].flags | contains(["NOARP"])'
	cni_ok CHECK b b eth0 "$(with_prev "$L3" "$answer")"
	for way in "$(pod a) $ROUTER 10.77.0.1" "$ROUTER $(pod a) 10.78.0.2" "$(pod a) $(pod b) fd78::3"; do
		# shellcheck disable=SC2086
		"$TRAFFIC" tcp $way 1000000
		# shellcheck disable=SC2086
		"$TRAFFIC" udp $way 60000
	done
	for p in a b; do cni_ok DEL $p $p eth0 "$L3"; done
	[ -z "$(ip -n "$NODE" route show 10.78.0.0/16)$(ip -n "$NODE" -6 route show fd78::/16)" ]
	assert_nothing_left a
}

@test "l3: neither broadcast nor multicast in any direction" {
	conf=$L3 pods a b
	ip -n "$ROUTER" route add 10.78.0.255/32 dev lan
	[ "$(broadcast "$(pod a)" 10.78.0.255 "$(pod b)" "$NODE" "$ROUTER")" = "" ]
	[ "$(broadcast "$(pod a)" ff02::4711 "$(pod b)" "$NODE" "$ROUTER")" = "" ]
	[ "$(broadcast "$ROUTER" 10.77.0.255 "$(pod a)" "$(pod b)" "$NODE")" = "node" ]
	[ "$(drops tx_drop_l3_multicast)" -ge 2 ]
	ip -n "$ROUTER" route del 10.78.0.255/32 dev lan
}

@test "l3: what the host's tables refuse or cannot carry is answered by the host" {
	conf=$L3 pods a
	ip -n "$NODE" -b - <<-END
		route add prohibit 10.99.0.0/16
		route add 10.98.0.0/16 via 10.77.0.1 mtu lock 1300
	END
	ip -n "$ROUTER" addr add 10.98.0.1/32 dev lan
	run -1 ip netns exec "$(pod a)" ping -nc 1 -W 2 10.99.0.1
	[[ $output == *'Packet filtered'* ]] || fail "$output"
	run -1 ip netns exec "$(pod a)" ping -nc 1 -W 2 -M do -s 1400 10.98.0.1
	[[ $output == *'mtu = 1300'* || $output == *'mtu=1300'* ]] || fail "$output"
	"$TRAFFIC" tcp "$(pod a)" "$ROUTER" 10.98.0.1 300000
	ip -n "$ROUTER" addr del 10.98.0.1/32 dev lan
	ip -n "$NODE" -b - <<<$'route del prohibit 10.99.0.0/16\nroute del 10.98.0.0/16'
}

@test "l3: a route of the host that changes is followed" {
	conf=$L3 pods a
	ip -n "$ROUTER" addr add 10.98.0.1/32 dev lan
	reaches "$(pod a)" 10.98.0.1
	ip -n "$NODE" route add blackhole 10.98.0.1
	eventually cannot_reach "$(pod a)" 10.98.0.1
	ip -n "$NODE" route del blackhole 10.98.0.1
	eventually reaches "$(pod a)" 10.98.0.1
	ip -n "$ROUTER" addr del 10.98.0.1/32 dev lan
}

@test "an l3 pod in the master's own subnet is answered for, to the wire, the host and l2 siblings" {
	conf=$(conf '.mode = "l3" | .ipam.routes = []') pods a
	conf=$CONF pods b
	for from in "$ROUTER" "$NODE" "$(pod b)"; do
		reaches "$from" 10.77.0.10
		reaches "$from" fd77::10
	done
	reaches "$(pod a)" 10.77.0.11
}

@test "private: nothing to or from siblings, not by a router either" {
	private=$(conf '.flags = "private"')
	conf=$private pods a
	pods b
	a=$(pod a) b=$(pod b)
	reaches "$a" 10.77.0.1
	reaches "$NODE" 10.77.0.10
	cni_ok CHECK b b eth0 "$(with_prev "$CONF" "$answer")"
	mac=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')
	ip -n "$a" neigh replace 10.77.0.11 lladdr "$mac" dev eth0
	ip -n "$b" neigh replace 10.77.0.10 lladdr "$mac" dev eth0
	cannot_reach "$a" 10.77.0.11
	cannot_reach "$b" 10.77.0.10
	[ "$(drops tx_drop_private)" -ge 2 ]
	[ "$(broadcast "$a" 10.77.0.255 "$b" "$NODE" "$ROUTER")" = "node router" ]
	[ "$(broadcast "$b" 10.77.0.255 "$a" "$ROUTER")" = "router" ]
	[ "$(broadcast "$ROUTER" 10.77.0.255 "$a" "$b")" = "a b" ]
	ip netns exec "$ROUTER" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.lan.send_redirects=0
	ip -n "$a" route add 10.77.0.11 via 10.77.0.1
	ip -n "$b" route add 10.77.0.10 via 10.77.0.1
	cannot_reach "$a" 10.77.0.11
	[ "$(drops rx_drop_private)" -ge 1 ]
	ip netns exec "$ROUTER" sysctl -qw net.ipv4.ip_forward=0
}

@test "vepa: all goes by way of the switch, and each frame arrives once" {
	conf=$(conf '.flags = "vepa"') pods a b
	conf=$CONF pods c
	a=$(pod a) b=$(pod b) c=$(pod c)
	mac=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')
	ip -n "$a" neigh replace 10.77.0.11 lladdr "$mac" dev eth0
	ip -n "$b" neigh replace 10.77.0.10 lladdr "$mac" dev eth0
	cannot_reach "$a" 10.77.0.11
	# a switch that sends back what it gets: a bridge whose port is a hairpin
	ip -n "$ROUTER" -b - <<-END
		link add br0 type bridge
		link set lan master br0
		link set br0 up
	END
	ip netns exec "$ROUTER" bridge link set dev lan hairpin on learning off
	eventually reaches "$a" 10.77.0.11
	[ "$(broadcast "$a" 10.77.0.255 "$b" "$c" "$NODE")" = "b c node" ]
	[ "$(broadcast "$c" 10.77.0.255 "$a" "$b" "$NODE")" = "node" ] ||
		[ "$(broadcast "$c" 10.77.0.255 "$c" "$NODE")" = "c node" ]
	ip -n "$ROUTER" link del br0
}
