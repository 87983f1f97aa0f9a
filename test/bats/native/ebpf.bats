#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An attachment by eBPF from ADD to DEL, and what travels in mode l2.

load ../helpers
load ../ebpf

has() { # POD MTU MAC
	ip -n "$(pod "$1")" -j link show eth0 | assert_json '$d[0][0] | .mtu == $mtu and .address == $mac' \
		--argjson mtu "$2" --arg mac "$3"
}

# ---- an attachment ------------------------------------------------------------------------------

@test "the interface is a veth with the master's MAC, the programs are on the host's side" {
	pods a
	{ ip -n "$(pod a)" -j -d addr show eth0 && ip -n "$NODE" -j -d addr; } | assert_json '
		$d[0][0] as $eth0 | ($d[1] | map(select(.ifname == "eth0"))[0]) as $master |
		($d[1] | map(select(.ifname | startswith("ipvl")))) as $ends |
		$eth0.linkinfo.info_kind == "veth" and $eth0.address == $master.address and
		$eth0.mtu == 1500 and $eth0.ifalias == "cni:net:a:eth0" and $eth0.group == "default" and
		($eth0.addr_info | map(select(.scope == "global") | [.local, .prefixlen, .nodad])) ==
			[["10.77.0.10", 24, null], ["fd77::10", 64, true]] and
		($eth0.addr_info | map(select(.scope == "link").local) | length == 1) and
		($ends | length == 1) and $ends[0].address == $master.address and
		$ends[0].ifalias == "cni:net:a:eth0" and $ends[0].addr_info == [] and
		$eth0.link_index == $ends[0].ifindex'
	assert_json '$d[0].interfaces[0].mac == $mac' --arg mac \
		"$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')" <<<"$answer"
	[ "$(programs_on eth0)" = $'ingress ipvlan_wire_in\negress ipvlan_host_out' ]
	[ "$(programs_on "$(host_ends)")" = "ingress ipvlan_pod_out" ]
	cni_ok CHECK a a eth0 "$(with_prev "$CONF" "$answer")"
	cni_ok STATUS a a eth0 "$CONF"
}

@test "where the kernel has no ipvlan it is chosen by itself, and DEL knows without being told" {
	[ ! -e /sys/module/ipvlan ] && [ -z "${IPVLAN_GUEST:-}" ] || skip "unavailable: this kernel has ipvlan"
	auto=$(conf 'del(.datapath)')
	pod_new a
	cni_ok STATUS a a eth0 "$auto"
	add a "$auto"
	ip -n "$(pod a)" -j -d link show eth0 | assert_json '$d[0][0].linkinfo.info_kind == "veth"'
	cni_ok CHECK a a eth0 "$(with_prev "$auto" "$answer")"
	cni_ok DEL a a eth0 "$auto"
	assert_nothing_left a
	cni ADD a a eth0 "$(conf '.datapath = "kernel"')"
	assert_error 103 'can make no ipvlan link'
	assert_nothing_left a
}

@test "with the last pod the programs go, and what others have on the master stays and runs" {
	tc_node qdisc add dev eth0 clsact
	# whose verdict is that the host gets what is for the first pod
	tc_node filter add dev eth0 ingress pref 7 protocol ip u32 match ip dst 10.77.0.10/32 flowid 1:1
	foreign=$(tc_node filter show dev eth0 ingress)
	pods a b
	reaches "$(pod a)" fd77::1
	cannot_reach "$(pod a)" 10.77.0.1
	reaches "$(pod b)" 10.77.0.1
	reaches "$NODE" 10.77.0.11
	cni_ok DEL a a eth0 "$CONF"
	reaches "$(pod b)" 10.77.0.1
	[ "$(programs_on eth0)" = $'ingress ipvlan_wire_in\negress ipvlan_host_out' ]
	cni_ok DEL b b eth0 "$CONF"
	[ -z "$(programs_on eth0)" ]
	assert_nothing_left a
	[ "$(tc_node filter show dev eth0 ingress)" = "$foreign" ]
	tc_node qdisc del dev eth0 clsact
	pods c
	cni_ok DEL c c eth0 "$CONF"
	[[ $(tc_node qdisc show dev eth0) != *clsact* ]]
}

@test "DEL takes all away when the pod's netns is gone, and GC what nobody owns" {
	pods a b c
	ip netns del "$(pod a)"
	cni_ok DEL a a eth0 "$CONF"
	eventually eval '[ "$(host_ends | wc -l)" -eq 2 ]'
	cni_ok GC '' '' '' "$(conf '. + {"cni.dev/valid-attachments": [{containerID: "c", ifname: "eth0"}]}')"
	[ "$(host_ends | wc -l)" -eq 1 ]
	reaches "$ROUTER" 10.77.0.12
	cni_ok GC '' '' '' "$(conf '. + {"cni.dev/valid-attachments": []}')"
	[ -z "$(programs_on eth0)" ]
	assert_nothing_left c
}

@test "DEL finds what a pod hid: its interface renamed, its alias changed" {
	pods a
	ip -n "$(pod a)" -b - <<<$'link set eth0 down\nlink set eth0 name eth9 alias mine'
	cni_ok DEL a a eth0 "$CONF"
	assert_nothing_left a
	[ -z "$(programs_on eth0)" ]
}

@test "CHECK says what is no longer as ADD made it" {
	pods a
	prev=$(with_prev "$CONF" "$answer")
	end=$(host_ends)
	ip -n "$(pod a)" link set eth0 address 02:00:00:00:00:99
	cni CHECK a a eth0 "$prev"
	assert_error 107 'its MAC address is 02:00:00:00:00:99'
	ip -n "$(pod a)" link set eth0 address "$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')"
	cni_ok CHECK a a eth0 "$prev"
	ip -n "$NODE" link set "$end" down
	cni CHECK a a eth0 "$prev"
	assert_error 107 "interface $end: it is down"
	ip -n "$NODE" link set "$end" up
	tc_node filter del dev "$end" ingress
	cni CHECK a a eth0 "$prev"
	assert_error 107 'program.* is gone'
}

@test "a master that changes its MAC address or MTU is followed by the next DEL, GC or ADD" {
	pods a b c
	reaches "$ROUTER" 10.77.0.10
	reaches "$ROUTER" fd77::10
	old=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')
	ip -n "$NODE" -b - <<-END
		link set eth0 mtu 1400
		link set eth0 address 02:00:00:00:00:77
	END
	# CHECK says so and leaves it
	cni CHECK c c eth0 "$(with_prev "$CONF" "$answer")"
	assert_error 107 'master eth0: its MAC address or MTU has changed since eth0 got them' 'next ADD or DEL'
	has a 1500 "$old"
	# DEL of another one
	cni_ok DEL b b eth0 "$CONF"
	has a 1400 02:00:00:00:00:77
	cni_ok CHECK c c eth0 "$(with_prev "$CONF" "$(sed "s/$old/02:00:00:00:00:77/; s/1500/1400/" <<<"$answer")")"
	# told to the wire by the pods themselves
	for address in 10.77.0.10 fd77::10; do
		eventually eval 'ip -n "$ROUTER" neigh show $address | grep -q 02:00:00:00:00:77'
		reaches "$ROUTER" $address
	done
	reaches "$(pod a)" fd77::12
	# GC
	ip -n "$NODE" -b - <<<$'link set eth0 mtu 1450\nlink set eth0 address 02:00:00:00:00:78'
	cni_ok GC '' '' '' "$(conf '. + {"cni.dev/valid-attachments":
		[{containerID: "a", ifname: "eth0"}, {containerID: "c", ifname: "eth0"}]}')"
	has a 1450 02:00:00:00:00:78
	# ADD
	ip -n "$NODE" -b - <<<"link set eth0 mtu 1500 address $old"
	pods d
	has a 1500 "$old"
	has c 1500 "$old"
}

@test "what fails in the middle leaves nothing" {
	pods a
	pod_new b
	cni ADD b b eth0 "$(conf '.ipam.routes = [{dst: "10.9.0.0/16", gw: "10.99.0.1"}]')"
	assert_error 100 'route 10.9.0.0/16'
	[ "$(host_ends | wc -l)" -eq 1 ]
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	ip -n "$(pod b)" link add eth0 type bridge
	cni ADD b b eth0 "$CONF"
	assert_error 102 'already has one'
	[ "$(host_ends | wc -l)" -eq 1 ]
	cni ADD b b eth0 "$(conf '.mode = "l3s"')"
	assert_error 2 'mode: "l3s"'
	ip -n "$(pod b)" link del eth0
	cni ADD b b eth0 "$(conf '.linkInContainer = true | .master = "lo"')"
	assert_error 2 'linkInContainer'
	cni_ok DEL a a eth0 "$CONF"
}

@test "an address that a pod on the master has is not given to another" {
	pods a
	pod_new b
	static=$(conf '.name = "other" | .ipam = {type: "static", dataDir: .ipam.dataDir,
		addresses: [{address: "10.77.0.10/24"}]}')
	cni ADD b b eth0 "$static"
	assert_error 105 'address 10.77.0.10: another pod on this master has it'
	[ "$(host_ends | wc -l)" -eq 1 ]
	cni_ok DEL a a eth0 "$CONF"
	add b "$static"
	cni_ok DEL b b eth0 "$static"
	assert_nothing_left b
}

@test "addresses whose last bits are the same are different ones, whoever comes and goes" {
	alike=$(conf '.name = "alike" | .ipam = {type: "static", dataDir: .ipam.dataDir,
		addresses: [{address: "10.77.16.10/16"}, {address: "fd77::1:10/64"}]}')
	ip -n "$ROUTER" route add 10.77.16.0/24 dev lan
	pods a
	pod_new b
	add b "$alike"
	for to in 10.77.0.10 10.77.16.10 fd77::10 fd77::1:10; do reaches "$ROUTER" $to; done
	cni_ok DEL a a eth0 "$CONF"
	cannot_reach "$ROUTER" 10.77.0.10
	for to in 10.77.16.10 fd77::1:10; do reaches "$ROUTER" $to; done
	pods c
	for to in 10.77.0.11 10.77.16.10 fd77::11 fd77::1:10; do reaches "$ROUTER" $to; done
	cni_ok DEL b b eth0 "$alike"
	ip -n "$ROUTER" route del 10.77.16.0/24 dev lan
}

@test "ten at once on a master that has no programs yet, and away again" {
	names=(p{0..9})
	pod_new "${names[@]}"
	for p in "${names[@]}"; do
		cni_exec ADD $p $p eth0 "$CONF" >"$BATS_TEST_TMPDIR/$p" &
	done
	for p in "${names[@]}"; do wait -n; done
	[ "$(programs_on eth0 | wc -l)" -eq 2 ]
	[ "$(host_ends | wc -l)" -eq 10 ]
	for p in "${names[@]}"; do reaches "$(pod $p)" 10.77.0.1 & done
	for p in "${names[@]}"; do wait -n; done
	for p in "${names[@]}"; do cni_exec DEL $p $p eth0 "$CONF" & done
	for p in "${names[@]}"; do wait -n; done
	[ -z "$(programs_on eth0)" ]
	assert_nothing_left p0
}

# ---- traffic ------------------------------------------------------------------------------------

@test "pods, host and wire reach each other, with both families and link-local" {
	pods a b
	for from in "$(pod a)" "$(pod b)" "$NODE" "$ROUTER"; do
		for to in 10.77.0.{10,11,1,2} fd77::{10,11,1,2}; do
			reaches "$from" $to
		done
	done
	local_b=$(ip -n "$(pod b)" -j addr show eth0 |
		jq -r '.[0].addr_info[] | select(.scope == "link" and .family == "inet6").local')
	reaches "$(pod a)" "$local_b%eth0"
	reaches "$NODE" "$local_b%eth0"
	reaches "$ROUTER" "$local_b%lan"
}

@test "marks of the host and of a sibling stay where they are" {
	pods a b
	enter "$(pod b)" nft -f - <<-END
		table inet t {
			chain in {
				type filter hook input priority 0
				ip saddr { 10.77.0.2, 10.77.0.10 } meta mark 0 counter name unmarked
				meta mark != 0 counter name marked
			}
			counter unmarked {}
			counter marked {}
		}
	END
	# Busybox has a ping of its own, which cannot.
	for from in "$NODE" "$(pod a)"; do
		ip netns exec "$from" ping -nqc 1 -W 2 -m 7 10.77.0.11
	done
	enter "$(pod b)" nft -j list counters | assert_json '[$d[0].nftables[].counter | values |
		{(.name): .packets}] | add | .marked == 0 and .unmarked >= 2'
}

@test "broadcast and multicast reach all who listen, once" {
	pods a b c
	a=$(pod a) b=$(pod b) c=$(pod c)
	[ "$(broadcast "$a" 10.77.0.255 "$a" "$b" "$c" "$NODE" "$ROUTER")" = "a b c node router" ]
	[ "$(broadcast "$NODE" 10.77.0.255 "$a" "$b" "$c" "$ROUTER")" = "a b c router" ]
	[ "$(broadcast "$ROUTER" 10.77.0.255 "$a" "$b" "$NODE")" = "a b node" ]
	# Who joins is heard of when its kernel reports it, some milliseconds later.
	eventually eval '[ "$(broadcast "$a" ff02::4711 "$b" "$c")" = "b c" ]'
	[ "$(broadcast "$a" ff02::4711 "$b" "$c" "$NODE" "$ROUTER")" = "b c node router" ]
	[ "$(broadcast "$NODE" ff02::4711 "$b" "$c" "$ROUTER")" = "b c router" ]
	[ "$(broadcast "$ROUTER" ff02::4711 "$b" "$c" "$NODE")" = "b c node" ]
}

@test "on the wire there is one MAC address" {
	pods a b
	seen=$BATS_TEST_TMPDIR/seen
	enter "$ROUTER" timeout 30 tcpdump -i lan -Q in -nel -c 8 icmp or icmp6 >"$seen" 2>"$seen.err" &
	eventually grep -q 'listening on' "$seen.err"
	for p in a b; do reaches "$(pod $p)" 10.77.0.1 -c 2 -i 0.1; reaches "$(pod $p)" fd77::1 -c 3 -i 0.1; done
	wait
	[ "$(awk '{ print $2 }' "$seen" | sort -u)" = "$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')" ]
}

@test "fragments, datagrams of 64 KiB and TCP with segmentation offload arrive" {
	pods a b
	a=$(pod a) b=$(pod b)
	for way in "$a $b 10.77.0.11" "$a $ROUTER 10.77.0.1" "$ROUTER $a 10.77.0.10" \
		"$a $NODE 10.77.0.2" "$NODE $a 10.77.0.10" "$a $b fd77::11" "$ROUTER $a fd77::10" \
		"$NODE $a fd77::10"; do
		# shellcheck disable=SC2086
		"$TRAFFIC" udp $way 65000
		# shellcheck disable=SC2086
		"$TRAFFIC" tcp $way 1000000
	done
	reaches "$a" 10.77.0.1 -s 6000
	reaches "$a" fd77::11 -s 6000
}

@test "without offloads the checksums on the wire are right" {
	pods a
	enter "$NODE" ethtool -K eth0 tx off tso off gso off sg off >/dev/null
	"$TRAFFIC" tcp "$(pod a)" "$ROUTER" 10.77.0.1 300000
	"$TRAFFIC" udp "$(pod a)" "$ROUTER" 10.77.0.1 9000
	enter "$NODE" ethtool -K eth0 tx on tso on gso on sg on >/dev/null
}

# Its IP header has no checksum: a stack that gets it counts it, and says no more.
@test "frames with a VLAN tag or for another station go to no pod" {
	pods a
	ip -n "$NODE" link set eth0 promisc on
	own=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address | gsub(":"; "")')
	udp=4500001c00000000401100000a4d00010a4d000a0009000900080000$(printf '00%.0s' {1..20})
	"$TRAFFIC" frame "$ROUTER" lan 020000000099 020000000098 0800 "$udp"
	"$TRAFFIC" frame "$ROUTER" lan "$own" 020000000098 81000005 0800 "$udp"
	"$TRAFFIC" frame "$ROUTER" lan "$own" 020000000098 0800 "$udp"
	reaches "$ROUTER" 10.77.0.10
	ip -n "$NODE" link set eth0 promisc off
	[ "$(ip netns exec "$(pod a)" nstat -asz IpInHdrErrors IpExtInCsumErrors | awk '/Csum/ {print $2}')" = 1 ]
}
