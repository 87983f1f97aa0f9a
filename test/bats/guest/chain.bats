#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's plugins after ours in one list: what can work on an interface of ours, does. What cannot is
# said in README, "After us in a list", and shown here.
#
#   ┌──────────────┐
#   │ pod     eth0 │   10.77.0.10, fd77::10
#   └──────────┬───┘
#   ┌──────────┴─────────────────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

setup_file() {
	node_new
	OLD=$(conf '.cniVersion = "1.0.0"') # what Debian 12's plugins know
	export OLD
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

# plugin TYPE VERB CONF: one of Debian's, as a runtime calls it.
plugin() {
	status=0
	output=$(CNI_COMMAND=$2 CNI_CONTAINERID=pod CNI_NETNS=/run/netns/$(pod pod) CNI_IFNAME=eth0 \
		enter "$NODE" "/usr/lib/cni/$1" <<<"$3" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
}

# after TYPE KEYS: ADD of ours and then of that plugin, which takes our answer. Sets second (its
# configuration with our answer) and answer (the list's).
after() {
	add pod "$OLD"
	second=$(jq -c --arg type "$1" --argjson prev "$answer" \
		'{cniVersion: "1.0.0", name: "net", type: $type, prevResult: $prev} + '"$2" <<<'{}')
	plugin "$1" ADD "$second"
	assert_success
	# What we answered is still in it.
	jq -c --argjson prev "$answer" '[$prev.ips, .ips]' <<<"$output" | assert_json '$d[0][0] == $d[0][1]'
	answer=$output
	second=$(jq -c --argjson prev "$answer" '.prevResult = $prev' <<<"$second")
}

# check_and_delete TYPE: both answer for what the list answered; DEL comes in reverse.
check_and_delete() {
	cni_ok CHECK pod pod eth0 "$(with_prev "$OLD" "$answer")"
	plugin "$1" CHECK "$second"
	assert_success
	plugin "$1" DEL "$second"
	assert_success
	cni_ok DEL pod pod eth0 "$(with_prev "$OLD" "$answer")"
	assert_nothing_left pod
}

@test "tuning sets sysctls, MTU and flags, and cannot set a MAC address" {
	after tuning '{sysctl: {"net.ipv4.conf.eth0.arp_filter": "1"}, mtu: 1400, promisc: true}'
	ip -n "$(pod pod)" -j link show eth0 |
		assert_json '$d[0][0] | .mtu == 1400 and (.flags | contains(["PROMISC"]))'
	[ "$(enter "$(pod pod)" cat /proc/sys/net/ipv4/conf/eth0/arp_filter)" = 1 ]
	check_and_delete tuning
	add pod "$OLD"
	plugin tuning ADD "$(jq -c --argjson prev "$answer" \
		'.prevResult = $prev | .mac = "02:00:00:00:00:09"' <<<"$second")"
	[ "$status" -ne 0 ]
	cni_ok DEL pod pod eth0 "$OLD"
	assert_nothing_left pod
}

@test "sbr routes by source address" {
	after sbr '{}'
	ip -n "$(pod pod)" -j rule | assert_json '[$d[0][] | select(.src == "10.77.0.10").table] == ["100"]'
	ip -n "$(pod pod)" -j route show table 100 |
		assert_json '[$d[0][] | select(.dst == "default") | [.gateway, .dev]] == [["10.77.0.1", "eth0"]]'
	enter "$(pod pod)" ping -nqc 1 -W 2 -I 10.77.0.10 10.77.0.1
	check_and_delete sbr
}

@test "vrf takes the interface into one" {
	after vrf '{vrfname: "blue"}'
	ip -n "$(pod pod)" -j -d link show eth0 | assert_json '$d[0][0] | .master == "blue" and
		.linkinfo.info_kind == "ipvlan"'
	enter "$(pod pod)" ping -nqc 1 -W 2 -I blue 10.77.0.1
	# The kernel takes the interface down for it: what led by a gateway is lost, and told.
	cni CHECK pod pod eth0 "$(with_prev "$OLD" "$answer")"
	assert_error 107 'route 0.0.0.0/0 is gone'
	answer=$(jq -c '.routes = []' <<<"$answer")
	check_and_delete vrf
}

@test "portmap and firewall write their rules and take them back" {
	after portmap '{runtimeConfig: {portMappings: [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]}}'
	enter "$NODE" iptables -t nat -S | grep -q -- '--dport 8080 .*-j DNAT --to-destination 10.77.0.10:80'
	plugin portmap DEL "$second" # its CHECK stumbles over its own rules
	assert_success
	cni_ok DEL pod pod eth0 "$(with_prev "$OLD" "$answer")"
	! enter "$NODE" iptables -t nat -S | grep -q -- 8080 || fail "its rules are left"
	after firewall '{backend: "iptables"}'
	enter "$NODE" iptables -S CNI-FORWARD | grep -q -- '-d 10.77.0.11/32 .*-j ACCEPT'
	check_and_delete firewall
}

@test "bandwidth can limit no interface of ours, and says so" {
	add pod "$OLD"
	plugin bandwidth ADD "$(jq -cn --argjson prev "$answer" '{cniVersion: "1.0.0", name: "net",
		type: "bandwidth", prevResult: $prev, ingressRate: 1000000, ingressBurst: 1000000}')"
	[ "$status" -ne 0 ]
	assert_json '$d[0].msg | test("veth")' <<<"$output"
	cni_ok DEL pod pod eth0 "$(with_prev "$OLD" "$answer")"
	assert_nothing_left pod
}
