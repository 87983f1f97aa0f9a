#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A VLAN sub-interface of the master, made for the first attachment and gone with the last.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ pod2    eth0 │
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐
#   │ node-PID   eth0.5              │                       ┌──────────────────┐
#   │            eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘
#                                       VLAN 5: 10.80.0.0/24

load ../helpers

# What holds a VLAN interface is the driver's to mind: eBPF would do beside a macvlan.
export CONF_ALSO='{"datapath": "kernel"}'

setup_file() {
	node_new
	ip -n "$ROUTER" -b - <<-END
		link add link lan name lan.5 type vlan id 5
		link set lan.5 up
		addr add 10.80.0.1/24 dev lan.5
	END
	VLAN=$(conf '.vlan = 5 | .ipam.ranges = [[{subnet: "10.80.0.0/24", rangeStart: "10.80.0.10"}]] |
		.ipam.routes = [{dst: "0.0.0.0/0"}]')
	export VLAN
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod pod2
}

teardown() {
	pods_free
	# Not so the next test, when this one failed.
	ip -n "$NODE" -j -d link | jq -r '.[] | select(.ifalias == "ipvlan-cni:vlan") | "link del " + .ifname' |
		ip -n "$NODE" -b -
}

node_links() {
	ip -n "$NODE" -j -d link | jq -c 'map(.ifname)'
}

@test "made with the first attachment, shared by the next, gone with the last" {
	add pod "$VLAN"
	first=$answer
	ip -n "$NODE" -j -d addr show eth0.5 | assert_json '$d[0][0] | .linkinfo.info_kind == "vlan" and
		.linkinfo.info_data.id == 5 and .link == "eth0" and .addr_info == [] and
		(.flags | contains(["UP"])) and .ifalias == "ipvlan-cni:vlan" and (.altnames | length) == 1'
	add pod2 "$VLAN"
	second=$answer
	{ ip -n "$NODE" -j link show eth0.5 && ip -n "$(pod pod)" -j -d link show eth0; } | assert_json '
		$d[0][0].ifindex == $d[1][0].link_index and ($d[0][0].altnames | length) == 2'
	for peer in 10.80.0.1 10.80.0.11; do
		enter "$(pod pod)" ping -nqc 1 -W 2 $peer >/dev/null || fail "no $peer"
	done
	cni_ok CHECK pod pod eth0 "$(with_prev "$VLAN" "$first")"
	cni_ok DEL pod pod eth0 "$VLAN"
	cni_ok CHECK pod2 pod2 eth0 "$(with_prev "$VLAN" "$second")"
	enter "$(pod pod2)" ping -nqc 1 -W 2 10.80.0.1 >/dev/null
	# Once more changes nothing.
	cni_ok DEL pod pod eth0 "$VLAN"
	[[ $(node_links) == *eth0.5* ]]
	cni_ok DEL pod2 pod2 eth0 "$VLAN"
	assert_nothing_left pod2
}

@test "DEL takes it away without a netns, and when the configuration says nothing of it any more" {
	add pod "$VLAN"
	cni_ok DEL pod "" eth0 "$(jq -c 'del(.vlan, .master)' <<<"$VLAN")"
	[ "$(node_links)" = "$NODE_LINKS" ]
	assert_nothing_reserved
}

@test "one that somebody else made is used and stays" {
	ip -n "$NODE" -b - <<<$'link add link eth0 name vlan5 type vlan id 5\nlink set vlan5 up'
	add pod "$VLAN"
	{ ip -n "$NODE" -j link show vlan5 && ip -n "$(pod pod)" -j link show eth0; } |
		assert_json '$d[0][0] | .ifindex == $d[1][0].link_index and (has("altnames") | not)'
	cni_ok CHECK pod pod eth0 "$(with_prev "$VLAN" "$answer")"
	cni_ok DEL pod pod eth0 "$VLAN"
	cni_ok GC "" "" "" "$(jq -c '."cni.dev/valid-attachments" = []' <<<"$VLAN")"
	ip -n "$NODE" link del vlan5
	assert_nothing_left pod
}

@test "one of ours that the host uses, too, stays and is told" {
	add pod "$VLAN"
	ip -n "$NODE" addr add 10.80.0.2/24 dev eth0.5
	cni_ok DEL pod pod eth0 "$VLAN"
	[[ $stderr == *'VLAN interface eth0.5: it has addresses or is a port; it stays'* ]]
	ip -n "$NODE" link del eth0.5
	assert_nothing_left pod
}

@test "a second ADD of the same attachment is refused, and what it uses stays" {
	add pod "$VLAN"
	cni ADD pod pod eth0 "$VLAN"
	assert_error 106 'VLAN interface eth0.5: this attachment uses it already'
	cni_ok CHECK pod pod eth0 "$(with_prev "$VLAN" "$answer")"
}

@test "an ADD that fails later leaves none" {
	cni ADD pod pod eth0 "$(jq -c '.ipam.routes += [{dst: "10.99.0.0/16", gw: "192.0.2.1"}]' <<<"$VLAN")"
	assert_error 100 'route 10.99.0.0/16'
	assert_nothing_left pod
	ip -n "$NODE" -b - <<<$'link add link eth0 name vlan5 type vlan id 5\nlink set vlan5 mtu 1400 up'
	cni ADD pod pod eth0 "$(jq -c '.mtu = 1450' <<<"$VLAN")"
	ip -n "$NODE" link del vlan5
	assert_error 7 'mtu: 1450 is more than the 1400 of master vlan5'
	assert_nothing_left pod
}

@test "a name that is too long or taken gives way to one that is not" {
	ip -n "$NODE" -b - <<-END
		link add quite-long-name type veth peer name v2
		link set quite-long-name up
		link add eth0.5 type veth peer name v3
	END
	links=$(node_links)
	add pod "$(jq -c '.master = "quite-long-name"' <<<"$VLAN")"
	add pod2 "$VLAN"
	ip -n "$NODE" -j -d link | assert_json '$d[0] | map(select(.ifalias == "ipvlan-cni:vlan")) |
		map([.link, (.ifname | test("^vl[0-9a-f]+.5$"))]) | sort ==
		[["eth0", true], ["quite-long-name", true]]'
	cni_ok DEL pod pod eth0 "$VLAN"
	cni_ok DEL pod2 pod2 eth0 "$VLAN"
	[ "$(node_links)" = "$links" ]
	ip -n "$NODE" -b - <<<$'link del v2\nlink del v3'
}

@test "GC takes away what the listed do not use, and leaves another network's" {
	add pod "$VLAN"
	other=$(jq -c '.name = "other" | .ipam.ranges[0][0].rangeStart = "10.80.0.50"' <<<"$VLAN")
	cni_ok ADD pod2 pod2 eth0 "$other"
	gc() { # CONF LIST
		cni_ok GC "" "" "" "$(jq -c '."cni.dev/valid-attachments" = $list' --argjson list "$2" <<<"$1")"
	}
	uses() {
		ip -n "$NODE" -j link show eth0.5 | jq '.[0].altnames | length'
	}
	ip netns del "$(pod pod)"
	gc "$VLAN" '[{"containerID": "pod", "ifname": "eth0"}]'
	[ "$(uses)" -eq 2 ]
	gc "$VLAN" '[{"containerID": "pod2", "ifname": "eth0"}]'
	[ "$(uses)" -eq 1 ]
	gc "$other" '[]'
	[ "$(node_links)" = "$NODE_LINKS" ]
}

@test "many at once make one and leave none" {
	pods=(v{1..4})
	pod_new "${pods[@]}"
	for p in "${pods[@]}"; do
		# Each comes and goes while others do.
		{ cni_exec ADD $p $p eth0 "$VLAN" && cni_exec DEL $p $p eth0 "$VLAN" &&
			cni_exec ADD $p $p eth0 "$VLAN"; } >"$BATS_TEST_TMPDIR/$p" &
	done
	for p in "${pods[@]}"; do wait -n || fail "failed: $(cat "$BATS_TEST_TMPDIR"/v*)"; done
	{ for p in "${pods[@]}"; do ip -n "$(pod $p)" -j link show eth0; done && ip -n "$NODE" -j -d link; } |
		assert_json '($d | length == 5) and ($d[4] | map(select(.linkinfo.info_kind == "vlan")) |
			length == 1 and (.[0].altnames | length) == 4)'
	for p in "${pods[@]}"; do
		cni_exec DEL $p $p eth0 "$VLAN" &
	done
	for p in "${pods[@]}"; do wait -n; done
	assert_nothing_left v1
}

@test "a system call that fails, or is the last: DEL leaves none" {
	disturb -c sendto,recvfrom ADD "$IPVLAN" "$(pod pod)" "$VLAN"
	disturb -c sendto -k ADD "$IPVLAN" "$(pod pod)" "$VLAN"
	disturb -c sendto -k DEL "$IPVLAN" "$(pod pod)" "$VLAN"
	assert_nothing_left pod
}

@test "CHECK says what became of it" {
	add pod "$VLAN"
	checked=$(with_prev "$VLAN" "$answer")
	says() { # MSG FILTER
		cni CHECK pod pod eth0 "$(jq -c "${2:-.}" <<<"$checked")"
		assert_error 107 "$1"
	}
	says 'interface eth0: its master eth0.5 is not of VLAN 6' '.vlan = 6'
	says 'interface eth0: its master is eth0.5, should be eth0$' 'del(.vlan)'
	says 'interface eth0: its master is eth0, should be eth9' '.master = "eth9"'
	use=$(ip -n "$NODE" -j link show eth0.5 | jq -r '.[0].altnames[0]')
	ip -n "$NODE" link property del dev eth0.5 altname "$use"
	says "VLAN interface eth0.5: this attachment's mark \(alternative name $use\) is gone"
	ip -n "$NODE" link property add dev eth0.5 altname "$use"
	ip -n "$NODE" link set eth0.5 down
	says 'VLAN interface eth0.5: down'
	ip -n "$NODE" link set eth0.5 up
	cni_ok CHECK pod pod eth0 "$checked"
	cni_ok DEL pod pod eth0 "$VLAN"
	assert_nothing_left pod
}

@test "a master that can carry no slave can carry a VLAN, and STATUS knows" {
	ip -n "$NODE" -b - <<-END
		link add v1 type veth peer name v2
		link add br7 type bridge
		link set v1 master br7 up
		link set v2 up
	END
	port=$(jq -c '.master = "v1"' <<<"$VLAN")
	cni_ok STATUS "" "" "" "$port"
	add pod "$port"
	cni_ok STATUS "" "" "" "$port"
	cni_ok DEL pod pod eth0 "$port"
	# A sub-interface that is held, or down.
	ip -n "$NODE" -b - <<-END
		link add link v2 name held type vlan id 5
		link add mac0 link held type macvlan
	END
	cni STATUS "" "" "" "${port/v1/v2}"
	assert_error 51 'VLAN interface held: down'
	ip -n "$NODE" link set held up
	cni STATUS "" "" "" "${port/v1/v2}"
	ip -n "$NODE" -b - <<<$'link del v1\nlink del br7'
	assert_error 50 'master held: it is the parent of a macvlan'
}

@test "inside the container" {
	ip -n "$(pod pod)" -b - <<<$'link add net0 type dummy\nlink set net0 up'
	inside=$(jq -c '.master = "net0" | .linkInContainer = true | .ipam.routes = []' <<<"$VLAN")
	add pod "$inside"
	ip -n "$(pod pod)" -j -d link | assert_json '$d[0] | map([.ifname, .link]) | sort ==
		[["eth0", "net0.5"], ["lo", null], ["net0", null], ["net0.5", "net0"]]'
	cni_ok CHECK pod pod eth0 "$(with_prev "$inside" "$answer")"
	cni_ok DEL pod pod eth0 "$inside"
	assert_nothing_left pod net0
}
