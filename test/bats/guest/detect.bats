#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Addresses that another host has, and neighbours that remember who had ours.
#
#   ┌──────────────┐
#   │ pod     eth0 │   10.77.0.10…, fd77::10…
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │ and what it took
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

setup_file() {
	node_new
	MAC=$(ip -n "$ROUTER" -j link show lan | jq -r '.[0].address')
	export MAC
	# The node asks for IPv6 addresses from its own, once nobody else has that.
	for _ in {1..100}; do
		[ -n "$(ip -n "$NODE" addr show dev eth0 scope link -tentative)" ] && return
		sleep 0.1
	done
	fail "the node got no link-local address"
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod
}

teardown() {
	ip -n "$ROUTER" -b - <<-END
		addr flush dev lan
		neigh flush dev lan nud all
		addr add 10.77.0.1/24 dev lan
		addr add fd77::1/64 dev lan nodad
	END
	pods_free
}

# taken ADDRESS…: the other host has them.
taken() {
	local address

	for address; do
		[[ $address == *:* ]] && address+=" nodad"
		echo "addr add dev lan $address"
	done | ip -n "$ROUTER" -b -
}

# ---- detect -------------------------------------------------------------------------------------

@test "an address that another host has is not given; the next one is, and the list says whose it is" {
	taken 10.77.0.10/24 fd77::10/64 fd77::11/64
	for dad in '.' '.dad = "wait" | .dadWaitMs = 250'; do
		# Optimistic hears who answers at once: a busy machine may need more than one try.
		for try in 1 2 3 4 5; do
			add pod "$(conf "$dad")"
			[[ $dad == . && $answer =~ \"(10.77.0.10/24|fd77::1[01]/64)\" && $try -lt 5 ]] || break
			cni_ok DEL pod pod eth0 "$CONF"
			rm -rf "$DATA"
		done
		assert_json '$d[0].ips | map(.address) == ["10.77.0.11/24", "fd77::12/64"]' <<<"$answer"
		[[ $stderr == *"address 10.77.0.10 is in use by $MAC, seen on master eth0: 10.77.0.11 is taken"* ]]
		[[ $stderr == *"address fd77::11 is in use by $MAC, seen on master eth0: fd77::12 is taken"* ]]
		ip -n "$(pod pod)" -j addr show eth0 | assert_json '[$d[0][0].addr_info[] |
			select(.scope == "global") | .local] == ["10.77.0.11", "fd77::12"]'
		"$IPVLAN" ipam list --json --data-dir "$DATA" | assert_json '$d[0].reservations |
			map(select(.state == "resting") | [.address, .reason]) == [
				["10.77.0.10", $by], ["fd77::10", $by], ["fd77::11", $by]] and
			(map(select(.state == "held").address) == ["10.77.0.11", "fd77::12"])' \
			--arg by "in use by $MAC"
		# Nothing is left of the question.
		[ -z "$(ip -n "$NODE" neigh show dev eth0 10.77.0.10)$(ip -n "$NODE" neigh show dev eth0 fd77::12)" ]
		cni_ok DEL pod pod eth0 "$CONF"
		rm -rf "$DATA"
	done
}

@test "off asks nobody" {
	taken 10.77.0.10/24
	add pod "$(conf '.dad = "off"')"
	assert_json '$d[0].ips[0].address == "10.77.0.10/24"' <<<"$answer"
	[ -z "$stderr" ]
}

@test "a router that answers for everybody has not all addresses" {
	enter "$ROUTER" busybox sysctl -q -w net.ipv4.conf.lan.forwarding=1 \
		net.ipv4.conf.lan.proxy_arp_pvlan=1 net.ipv4.neigh.lan.proxy_delay=0
	enter "$NODE" busybox arping -q -c 1 -w 2 -I eth0 10.77.0.77 # it does
	add pod "$CONF"
	enter "$ROUTER" busybox sysctl -q -w net.ipv4.conf.lan.proxy_arp_pvlan=0
	assert_json '$d[0].ips[0].address == "10.77.0.10/24"' <<<"$answer"
	[ -z "$stderr" ]
}

@test "the node's own address is given to no pod, in no mode" {
	for mode in l2 l3; do
		add pod "$(conf ".mode = \"$mode\" | .ipam.ranges[0][0].rangeStart = \"10.77.0.2\"")"
		assert_json '$d[0].ips[0].address == "10.77.0.3/24"' <<<"$answer"
		[[ $stderr == *"address 10.77.0.2 is in use by the node itself"* ]]
		cni_ok DEL pod pod eth0 "$CONF"
		rm -rf "$DATA"
	done
}

@test "who probes for the same address at the same time has it, too" {
	enter "$ROUTER" timeout 20 busybox sh -c \
		'while :; do busybox arping -D -q -c 1 -w 1 -I lan 10.77.0.10; done' &
	add pod "$(conf '.dad = "wait" | .dadWaitMs = 3000')"
	kill $!
	assert_json '$d[0].ips[0].address == "10.77.0.11/24"' <<<"$answer"
}

@test "an address that was asked for and is in use is refused with whose it is" {
	taken 10.77.0.50/24 fd77::50/64
	refused() { # FILTER
		cni ADD pod pod eth0 "$(conf "$1 | .dad = \"wait\"")"
		assert_error 105 "address .*50 is in use by $MAC, seen on master eth0"
		[ "$(ip -n "$(pod pod)" -j link | jq -c 'map(.ifname)')" = '["lo"]' ]
		[ -z "$(reservations)" ]
	}
	refused '.args.cni.ips = ["10.77.0.50"]'
	refused '.runtimeConfig.ips = ["fd77::50"]'
	refused '.ipam = {type: "static", dataDir: .ipam.dataDir, addresses: [{address: "10.77.0.50/24"}]}'
}

@test "an address that a pod of another network has is refused, with where to look" {
	add pod "$CONF"
	pod_new pod2
	cni ADD pod2 pod2 eth0 "$(conf '.name = "other"')"
	assert_error 105 'address 10.77.0.10.*: .*another pod on .*master' 'ipvlan list'
	ip -n "$(pod pod2)" -j link | assert_json '$d[0] | map(.ifname) == ["lo"]'
	[ ! -e "$DATA/other/10.77.0.10" ]
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
}

@test "many in a row that are in use end the search" {
	mapfile -t all < <(printf '10.77.0.%d/24\n' {10..17})
	taken "${all[@]}"
	cni ADD pod pod eth0 "$(conf 'del(.ipam.ranges[1]) | .dad = "wait"')"
	assert_error 11 '8 addresses in a row are in use by other hosts, seen on master eth0' 'ipam list'
	[ -z "$(reservations)" ]
	# Those are known now.
	add pod "$(conf 'del(.ipam.ranges[1])')"
	assert_json '$d[0].ips[0].address == "10.77.0.19/24"' <<<"$answer"
}

@test "waiting makes sense in mode l2 alone, and with a master that is up" {
	cni ADD pod pod eth0 "$(conf '.dad = "wait" | .mode = "l3"')"
	assert_error 2 'dad: only in mode l2'
	ip -n "$NODE" link add down0 type veth peer name down1
	cni ADD pod pod eth0 "$(conf '.dad = "wait" | .master = "down0"')"
	ip -n "$NODE" link del down0
	assert_error 11 'probe for addresses: Network is down'
	assert_nothing_left pod
}

# ---- announce -----------------------------------------------------------------------------------

remember() { # MAC
	ip -n "$ROUTER" -b - <<-END
		neigh replace 10.77.0.10 lladdr $1 dev lan nud reachable
		neigh replace fd77::10 lladdr $1 dev lan nud reachable
	END
}

# remembered: whom the router takes for the pod.
remembered() {
	ip -n "$ROUTER" -j neigh show dev lan | jq -c 'map(select(.dst | test("\\.10$|::10$")).lladdr) | unique'
}

@test "a neighbour that remembers who had the addresses learns at once who has them" {
	here=$(ip -n "$NODE" -j link show eth0 | jq -c 'map(.address)')
	read_only='busybox mount -o bind /proc/sys /proc/sys &&
		busybox mount -o remount,ro,bind /proc/sys && exec "$@"'
	# Where /proc/sys cannot be written the kernel cannot be told to do it.
	for under in "" "busybox unshare -m busybox sh -c"; do
		under=($under)
		[ ${#under[@]} -eq 0 ] || under+=("$read_only" sh)
		remember 02:00:00:00:00:77
		add pod "$CONF"
		# On a busy machine a frame may be on its way for some milliseconds.
		for _ in {1..20}; do
			[ "$(remembered)" != "$here" ] || break
			sleep 0.1
		done
		[ "$(remembered)" = "$here" ] || fail "$(remembered) not $here, under: ${under[*]}"
		enter "$ROUTER" ping -nqc 1 -W 2 10.77.0.10
		enter "$ROUTER" ping -nqc 1 -W 2 fd77::10
		under=()
		cni_ok DEL pod pod eth0 "$CONF"
		rm -rf "$DATA"
	done
	remember 02:00:00:00:00:77
	add pod "$(conf '.announce = false')"
	[ "$(remembered)" = '["02:00:00:00:00:77"]' ]
}
