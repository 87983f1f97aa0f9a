#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What eBPF has to show on each kernel: that the programs are taken, by clsact and by tcx, and what
# needs more of a kernel than this machine may have. All else runs natively (native/ebpf*.bats).

load ../helpers
load ../ebpf

@test "l2 and l3 pods, host and wire reach each other on this kernel" {
	l3=$(conf '.mode = "l3" | .ipam.ranges = [[{subnet: "10.78.0.0/24"}], [{subnet: "fd78::/64"}]]')
	pods a b
	conf=$l3 pods c d
	programs_on eth0 | grep -q wire_in
	reaches "$(pod a)" 10.77.0.11
	reaches "$(pod a)" fd77::11
	reaches "$(pod a)" 10.77.0.1
	reaches "$(pod c)" 10.78.0.3
	reaches "$(pod c)" fd78::3
	reaches "$(pod c)" 10.77.0.1
	for from in "$NODE" "$ROUTER"; do
		for to in 10.77.0.10 fd77::10 10.78.0.2 fd78::2; do eventually reaches "$from" $to; done
	done
	"$TRAFFIC" udp "$(pod a)" "$ROUTER" 10.77.0.1 20000
	"$TRAFFIC" tcp "$ROUTER" "$(pod c)" 10.78.0.2 200000
	[ "$(broadcast "$(pod a)" 10.77.0.255 "$(pod b)" "$(pod c)" "$NODE" "$ROUTER")" = "b node router" ]
	ip -n "$(pod a)" addr add 10.77.0.99/24 dev eth0
	cannot_reach "$(pod a)" 10.77.0.1 -I 10.77.0.99
	[ "$(drops tx_drop_source)" -ge 1 ] || [ "$(drops tx_drop_arp_sender)" -ge 1 ]
	cni_ok DEL a a eth0 "$CONF"
	cni_ok DEL b b eth0 "$CONF"
	cni_ok DEL c c eth0 "$l3"
	cni_ok DEL d d eth0 "$l3"
	[ -z "$(programs_on eth0)" ]
	assert_nothing_left a
}

@test "a bridge's port and a macvlan's parent have pods by eBPF, without being told" {
	auto=$(conf 'del(.datapath)')
	ip -n "$NODE" -b - <<-END
		link add mac0 link eth0 type macvlan
	END
	conf=$auto pods a
	reaches "$(pod a)" 10.77.0.1
	reaches "$ROUTER" 10.77.0.10
	cni_ok CHECK a a eth0 "$(with_prev "$auto" "$answer")"
	cni_ok DEL a a eth0 "$auto"
	ip -n "$NODE" -b - <<-END
		link del mac0
		link add br0 type bridge
		link set eth0 master br0
		link set br0 up
	END
	pod_new b
	add b "$auto"
	reaches "$(pod b)" 10.77.0.1
	reaches "$ROUTER" "$(jq -r '.ips[0].address | sub("/.*"; "")' <<<"$answer")"
	cni_ok DEL b b eth0 "$auto"
	ip -n "$NODE" link del br0
	assert_nothing_left b
}

@test "a VLAN sub-interface is a master as any other" {
	ip -n "$NODE" -b - <<-END
		link add link eth0 name eth0.5 type vlan id 5
		link set eth0.5 up
		addr add 10.79.0.2/24 dev eth0.5
	END
	ip -n "$ROUTER" -b - <<-END
		link add link lan name lan.5 type vlan id 5
		link set lan.5 up
		addr add 10.79.0.1/24 dev lan.5
	END
	vlan=$(conf '.master = "eth0.5" | .ipam.ranges = [[{subnet: "10.79.0.0/24", rangeStart: "10.79.0.10"}]]
		| .ipam.routes = []')
	conf=$vlan pods a b
	for from in "$(pod a)" "$NODE" "$ROUTER"; do eventually reaches "$from" 10.79.0.11; done
	reaches "$(pod a)" 10.79.0.1
	cni_ok DEL a a eth0 "$vlan"
	cni_ok DEL b b eth0 "$vlan"
	ip -n "$NODE" link del eth0.5
	ip -n "$ROUTER" link del lan.5
	assert_nothing_left a
}
