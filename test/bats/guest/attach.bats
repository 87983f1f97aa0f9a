#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An attachment from ADD to DEL, with a driver.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ pod2    eth0 │   10.77.0.10…, fd77::10… (l2), 10.78.0.x, fd78::x (l3)
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘
#
# The node has an eth0 as the pods do: the interface gets a name that exists where it is asked for.

load ../helpers

# What follows is of the driver: where it refuses, eBPF would take over.
export CONF_ALSO='{"datapath": "kernel"}'

setup_file() {
	node_new
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

# What is in a pod: $d[0] interfaces with their addresses, $d[1] routes of all tables.
show() {
	ip -n "$1-$NODE" -j -d addr
	ip -n "$1-$NODE" -j -d route show table all
}

assert_pings() { # NETNS ADDRESS…
	local address

	for address in "${@:2}"; do
		enter "$1" ping -nqc 1 -W "${wait:-2}" "$address" >/dev/null ||
			fail "$1 cannot ping $address" || return
	done
}

# ---- what ADD makes -----------------------------------------------------------------------------

@test "ADD answers in exactly the fields of each cniVersion" {
	routes='[{"dst":"0.0.0.0/0","mtu":1400,"priority":7},{"dst":"::/0","gw":"fd77::3"}]'
	conf=$(conf '.ipam.routes = $routes | .dns = {domain: "x"}' --argjson routes "$routes")
	versions=(0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0)
	for version in "${versions[@]}"; do
		rm -rf "$DATA"
		add pod "${conf/1.1.0/$version}"
		echo "$answer"
		ip -n "$(pod pod)" -j link show eth0
		cni_ok DEL pod pod eth0 "${conf/1.1.0/$version}"
		[ -z "$output" ]
	done >"$BATS_TEST_TMPDIR/answers"
	assert_json '
		def at($v; $n): [$v, $n] | map(split(".") | map(tonumber)) | .[0] >= .[1];
		def expected($v; $link):
			($routes | if at($v; "1.1.0") then . else map(del(.mtu, .priority)) end) as $routes |
			{name: "eth0", mac: $link.address, sandbox: $pod} as $eth0 |
			{address: "10.77.0.10/24", gateway: "10.77.0.1"} as $v4 |
			{address: "fd77::10/64", gateway: "fd77::1"} as $v6 |
			{cniVersion: $v, dns: {domain: "x"}} +
			if at($v; "1.1.0") then {interfaces: [$eth0 + {mtu: 1500}]}
			elif at($v; "0.3.0") then {interfaces: [$eth0]} else {} end +
			if at($v; "1.0.0") then {$routes, ips: [$v4, $v6 | . + {interface: 0}]}
			elif at($v; "0.3.0") then {$routes, ips: [
				$v4 + {interface: 0, version: "4"}, $v6 + {interface: 0, version: "6"}]}
			else {
				ip4: {ip: $v4.address, gateway: $v4.gateway, routes: $routes[:1]},
				ip6: {ip: $v6.address, gateway: $v6.gateway, routes: $routes[1:]}
			} end;
		($d | length) == 14 and
		all($ARGS.positional | to_entries[];
			expected(.value; $d[.key * 2 + 1][0]) == $d[.key * 2])' \
		--argjson routes "$routes" --arg pod "/run/netns/$(pod pod)" \
		--args "${versions[@]}" <"$BATS_TEST_TMPDIR/answers"
}

@test "the interface is as the configuration wants it" {
	add pod "$CONF"
	show pod | assert_json '($d[0] | map(.ifname)) == ["lo", "eth0"] and ($d[0][1] |
		.linkinfo.info_kind == "ipvlan" and .linkinfo.info_data.mode == "l2" and
		.mtu == 1500 and .group == "default" and .ifalias == "cni:net:pod:eth0" and
		(.flags | contains(["UP", "BROADCAST", "MULTICAST"]) and (contains(["NOARP"]) | not)) and
		(.addr_info | map(select(.scope == "global") |
			[.local, .prefixlen, .broadcast, .nodad, .tentative])) ==
			[["10.77.0.10", 24, "10.77.0.255", null, null], ["fd77::10", 64, null, true, null]])
		and ($d[0][0].flags | contains(["UP"]))
		and ($d[1] | map(select(.dst == "default") | [.gateway, .dev, .table])) ==
			[["10.77.0.1", "eth0", "main"], ["fd77::1", "eth0", "main"]]'
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	[ "$(od -c "$DATA/net/10.77.0.10" | head -1)" = "$(printf 'pod\r\neth0' | od -c | head -1)" ]
	{ ip -n "$NODE" -j link && ip -n "$(pod pod)" -j link show eth0; } | assert_json '
		($d[0] | map(select(.ifname == "eth0"))[0]) as $master |
		$d[1][0].link_index == $master.ifindex and $d[1][0].address == $master.address'
	# What the tools for the person on the node say of the driver and its slaves.
	enter "$NODE" env -u CNI_COMMAND "$IPVLAN" list --json --data-dir "$DATA" | assert_json '
		$d[0].attachments | length == 1 and (.[0] | .containerID == "pod" and .master == "eth0" and
			.mode == "l2" and .datapath == "kernel")'
	mkdir "$BATS_TEST_TMPDIR/net.d"
	printf '%s' "$CONF" >"$BATS_TEST_TMPDIR/net.d/10-net.conf"
	enter "$NODE" env -u CNI_COMMAND "$IPVLAN" doctor --data-dir "$DATA" --conf-dir "$BATS_TEST_TMPDIR/net.d" |
		grep -q '^0 errors, 0 warnings, '
}

@test "the same in mode l3, with a smaller MTU and a name of its own" {
	cni_ok ADD pod pod net1 "$(conf '.mode = "l3" | .mtu = 1400')"
	assert_json '$d[0].interfaces[0] | .name == "net1" and .mtu == 1400' <<<"$output"
	show pod | assert_json '$d[0][1] | .ifname == "net1" and .linkinfo.info_data.mode == "l3" and
		.mtu == 1400 and .ifalias == "cni:net:pod:net1" and (.flags | contains(["UP", "NOARP"]))'
	cni_ok DEL pod pod net1 "$CONF"
	assert_nothing_left pod
}

@test "routes are installed with all that they say" {
	add pod "$(conf '.ipam.routes = [
		{dst: "10.9.0.0/16", gw: "10.77.0.7", mtu: 1300, advmss: 1200, priority: 50, table: 100},
		{dst: "10.8.1.1/16"}, {dst: "10.7.0.0/16", scope: 253}, {dst: "10.6.0.0/16", scope: 0},
		{dst: "fd99::/64", mtu: 1310, advmss: 1210, priority: 60, table: 1000}]')"
	show pod | assert_json '[$d[1][] | select(.protocol != "kernel") |
			[.dst, .gateway, .table, .metric, .metrics[0].mtu, .metrics[0].advmss, .scope]] == [
		["10.9.0.0/16", "10.77.0.7", "100", 50, 1300, 1200, "global"],
		["10.6.0.0/16", "10.77.0.1", "main", null, null, null, "global"],
		["10.7.0.0/16", null, "main", null, null, null, "link"],
		["10.8.0.0/16", "10.77.0.1", "main", null, null, null, "global"],
		["fd99::/64", "fd77::1", "1000", 60, 1310, 1210, "global"]]'
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
}

@test "static addresses, with gateway, routes and DNS" {
	static=$(conf '.ipam = {type: "static", dataDir: .ipam.dataDir,
		dns: {nameservers: ["10.77.0.1"], search: ["x"]},
		addresses: [{address: "10.77.0.40/24", gateway: "10.77.0.3"}, {address: "fd77::40/64"}],
		routes: [{dst: "0.0.0.0/0"}, {dst: "fd99::/64"}]}')
	add pod "$static"
	assert_json '$d[0] | .ips == [
			{interface: 0, address: "10.77.0.40/24", gateway: "10.77.0.3"},
			{interface: 0, address: "fd77::40/64"}]
		and .dns == {nameservers: ["10.77.0.1"], search: ["x"]}' <<<"$answer"
	show pod | assert_json '[$d[1][] | select(.protocol != "kernel") | [.dst, .gateway]] ==
		[["default", "10.77.0.3"], ["fd99::/64", null]]'
	cni_ok DEL pod pod eth0 "$static"
	assert_nothing_left pod
}

@test "without ipam there is an interface and nothing on it" {
	bare=$(conf 'del(.ipam)')
	add pod "$bare"
	assert_json '$d[0] | (.interfaces | length == 1) and (has("ips") or has("routes") | not)' <<<"$answer"
	show pod | assert_json '$d[0][1] | (.flags | contains(["UP"])) and
		(.addr_info | all(.scope == "link"))'
	cni_ok CHECK pod pod eth0 "$(with_prev "$bare" "$answer")"
	cni_ok DEL pod pod eth0 "$bare"
	# An answer of before 0.3.0 cannot say that: undone, although all was made.
	cni ADD pod pod eth0 "${bare/1.1.0/0.2.0}"
	assert_error 7 'cannot convert: no valid IP addresses'
	assert_nothing_left pod
}

@test "another IPAM plugin: its addresses are used, checked and given back" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s /usr/lib/cni/host-local "$BATS_TEST_TMPDIR/bin/other-local"
	export CNI_PATH=$BATS_TEST_TMPDIR/bin
	other=$(conf '.cniVersion = "1.0.0" | .ipam.type = "other-local"')
	add pod "$other"
	show pod | assert_json '($d[0][1].addr_info | map(.local)) | contains(["10.77.0.10", "fd77::10"])'
	cni_ok CHECK pod pod eth0 "$(with_prev "$other" "$answer")"
	cni_ok DEL pod pod eth0 "$other"
	assert_nothing_left pod
}

# ---- the master ---------------------------------------------------------------------------------

@test "without a master the one of the best default route is taken" {
	ip -n "$NODE" -b - <<-END
		link add spare type dummy
		link set spare up
		addr add 10.79.0.2/24 dev spare
		route add default via 10.79.0.1 metric 5
	END
	auto=$(conf 'del(.master)')
	add pod "$auto"
	eth0=$(ip -n "$(pod pod)" -j link show eth0)
	# The interface says itself what it stands on, whatever the best route is by now.
	ip -n "$NODE" link del spare
	cni_ok CHECK pod pod eth0 "$(with_prev "$auto" "$answer")"
	cni_ok DEL pod pod eth0 "$auto"
	{ ip -n "$NODE" -j link && echo "$eth0"; } |
		assert_json '($d[0] | map(select(.ifname == "eth0"))[0].ifindex) == $d[1][0].link_index'
}

@test "a master inside the container" {
	ip -n "$(pod pod)" -b - <<<$'link add net0 type dummy\nlink set net0 up'
	inside=$(conf '.linkInContainer = true | .master = "net0"')
	add pod "$inside"
	ip -n "$(pod pod)" -j -d link | assert_json '$d[0] | map(select(.ifname == "eth0"))[0] |
		.link == "net0" and .linkinfo.info_kind == "ipvlan"'
	cni_ok CHECK pod pod eth0 "$(with_prev "$inside" "$answer")"
	cni_ok DEL pod pod eth0 "$inside"
	assert_nothing_left pod net0
}

@test "chained: the interface before is the master, the addresses before are the slave's" {
	chained=$(conf 'del(.master, .ipam) | .prevResult = {cniVersion: "1.1.0",
		interfaces: [{name: "eth0"}], ips: [{address: "10.77.0.44/24", gateway: "10.77.0.1"}],
		routes: [{dst: "0.0.0.0/0"}], dns: {domain: "x"}}')
	add pod "$chained"
	assert_json '$d[0] | (.interfaces | map([.name, has("sandbox")])) == [["eth0", false], ["eth0", true]]
		and .ips == [{interface: 1, address: "10.77.0.44/24", gateway: "10.77.0.1"}]
		and .routes == [{dst: "0.0.0.0/0"}] and .dns == {domain: "x"}' <<<"$answer"
	show pod | assert_json '($d[0][1].addr_info[0].local == "10.77.0.44") and
		($d[1] | map(select(.dst == "default").gateway)) == ["10.77.0.1"]'
	cni_ok CHECK pod pod eth0 "$(with_prev "$chained" "$answer")"
	cni_ok DEL pod pod eth0 "$(with_prev "$chained" "$answer")"
	assert_nothing_left pod
}

# ---- many at once -------------------------------------------------------------------------------

@test "five at once get ten addresses, and give them all back" {
	pods=(p{1..5})
	pod_new "${pods[@]}"
	for p in "${pods[@]}"; do
		cni_exec ADD $p $p eth0 "$CONF" >"$BATS_TEST_TMPDIR/$p" &
	done
	for p in "${pods[@]}"; do wait -n; done
	(cd "$BATS_TEST_TMPDIR" && cat "${pods[@]}") |
		assert_json '[$d[].ips[].address] | length == 10 and (unique | length == 10)'
	for p in "${pods[@]}"; do
		cni_exec DEL $p $p eth0 "$CONF" &
	done
	for p in "${pods[@]}"; do wait -n; done
	assert_nothing_left p5
}

# ---- traffic ------------------------------------------------------------------------------------

@test "l2: pods reach each other and the router, IPv6 at once after ADD" {
	pod_new pod2
	add pod2 "$CONF"
	add pod "$CONF"
	wait=1 assert_pings "$(pod pod)" fd77::10 fd77::1 10.77.0.10 10.77.0.1
	assert_pings "$(pod pod2)" 10.77.0.11 fd77::11
	assert_pings "$ROUTER" 10.77.0.11 fd77::11
}

@test "l3: pods reach each other and the router, which has a route to their network" {
	pod_new pod2
	l3=$(conf '.mode = "l3" | .ipam.ranges[0][0].subnet = "10.78.0.0/24" |
		.ipam.ranges[1][0].subnet = "fd78::/64" | del(.ipam.ranges[][].rangeStart)')
	add pod2 "$l3"
	add pod "$l3"
	wait=1 assert_pings "$(pod pod)" fd78::2 fd77::1 10.78.0.2 10.77.0.1
	assert_pings "$ROUTER" 10.78.0.3 fd78::3
}
