#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each configuration in examples/, run as it stands on the network that it is written for.
#
#   ┌──────────────┐
#   │ pod     eth0 │   10.1.0.x, fd00:1::x (l2), 10.2.0.x, fd00:2::x (l3)
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                         ┌──────────────────┐
#   │ node-PID   eth0 .2             ├─────────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘ 10.1.0.0/24, fd00:1::/64└──────────────────┘

load ../helpers

setup_file() {
	node_new
	ip -n "$NODE" -b - <<-END
		addr add 10.1.0.2/24 dev eth0
		addr add fd00:1::f:2/64 dev eth0 nodad
	END
	ip -n "$ROUTER" -b - <<-END
		addr add 10.1.0.1/24 dev lan
		addr add fd00:1::1/64 dev lan nodad
		route add 10.2.0.0/24 via 10.1.0.2
		route add fd00:2::/64 via fd00:1::f:2
	END
	# The examples keep their reservations where the plugin does by default.
	export DATA=/var/lib/cni/networks EXAMPLES=$tree/examples
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod
}

teardown() {
	pods_free
}

# works CONF ADDRESS…: it attaches, has these addresses, reaches the router, checks and detaches.
works() {
	local conf=$1 answer

	cni_ok ADD pod pod eth0 "$conf"
	answer=$output
	{ echo "$answer" && ip -n "$(pod pod)" -j addr show eth0; } | assert_json \
		'($d[0].ips | map(.address)) == $ARGS.positional and
		([$d[1][0].addr_info[] | select(.scope == "global") | "\(.local)/\(.prefixlen)"]) ==
			$ARGS.positional' --args "${@:2}"
	for address in 10.1.0.1 fd00:1::1; do
		enter "$(pod pod)" ping -nqc 1 -W 2 $address >/dev/null
	done
	cni_ok CHECK pod pod eth0 "$(with_prev "$conf" "$answer")"
	cni_ok DEL pod pod eth0 "$(with_prev "$conf" "$answer")"
	assert_nothing_left pod
}

@test "l2.conf" {
	works "$(<"$EXAMPLES/l2.conf")" 10.1.0.100/24 fd00:1::2/64
}

@test "l3.conf" {
	works "$(<"$EXAMPLES/l3.conf")" 10.2.0.2/24 fd00:2::2/64
}

@test "dual-stack.conf" {
	works "$(<"$EXAMPLES/dual-stack.conf")" 10.1.0.32/24 fd00:1::2:0/64
}

@test "static.conf" {
	works "$(<"$EXAMPLES/static.conf")" 10.1.0.9/24 fd00:1::9/64
}

# As libcni takes a list apart: each plugin gets the list's name and version, and what came before.
@test "kubernetes.conflist" {
	mapfile -t plugins < <(jq -c '{cniVersion, name} as $list | .plugins[] | del(.capabilities) + $list' \
		"$EXAMPLES/kubernetes.conflist")
	[ "${#plugins[@]}" -eq 2 ]
	cni_ok ADD pod pod eth0 "${plugins[0]}"
	ours=$output
	IPVLAN=/usr/lib/cni/tuning cni_ok ADD pod pod eth0 "$(with_prev "${plugins[1]}" "$ours")"
	printf '%s' "$ours" "$output" | assert_json '$d[0] == ($d[1] | del(.dns))'
	[ "$(enter "$(pod pod)" sysctl -n net.core.somaxconn)" = 1024 ]
	cni_ok CHECK pod pod eth0 "$(with_prev "${plugins[0]}" "$ours")"
	IPVLAN=/usr/lib/cni/tuning cni_ok DEL pod pod eth0 "$(with_prev "${plugins[1]}" "$ours")"
	cni_ok DEL pod pod eth0 "$(with_prev "${plugins[0]}" "$ours")"
	assert_nothing_left pod
}

@test "no other example is there" {
	cd "$EXAMPLES"
	[ "$(printf '%s ' *)" = "dual-stack.conf kubernetes kubernetes.conflist l2.conf l3.conf static.conf " ]
}
