#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Addresses for the interfaces of others: ipvlan-ipam as ipam.type of the reference bridge and macvlan,
# with real interfaces, on any kernel.
#
#      node-PID                                router-PID
#   ┌──────────────────────────┐            ┌────────────┐
#   │ bridge br0   plugin eth0 ├────────────┤lan         │
#   └────┬──────────────────┬──┘            └────────────┘
#       veth             macvlan
#   ┌────┴─────┐        ┌───┴────┐
#   │ pod eth0 │        │ pod2   │
#   └──────────┘        └────────┘

load ../helpers

setup_file() {
	node_new
	pod_new pod pod2
	BIN=$BATS_FILE_TMPDIR/bin
	mkdir -p "$BIN"
	ln -s "$(readlink -f "$IPVLAN")" "$BIN/ipvlan-ipam"
	export BIN
	IPAM=$(jq -c '.ipam.type = "ipvlan-ipam" | .cniVersion = "1.0.0" | .ipam' <<<"$CONF")
	export IPAM
}

teardown_file() {
	pods_free
	node_free
}

setup() {
	export CNI_PATH=$BIN:/usr/lib/cni
	rm -rf "$DATA"
}

# through PLUGIN VERB CONTAINER POD EXTRA: the reference plugin with our IPAM under it.
through() {
	export CNI_COMMAND=$2 CNI_CONTAINERID=$3 CNI_NETNS=/run/netns/$4-$NODE CNI_IFNAME=eth0
	jq -cn --argjson ipam "$IPAM" --argjson also "$5" --arg type "$1" \
		'{cniVersion: "1.0.0", name: "net", type: $type, ipam: $ipam} + $also' |
		enter "$NODE" "/usr/lib/cni/$1"
}

# alone VERB CONTAINER POD [CONF]: ours itself, as a plugin calls it.
alone() {
	export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$3-$NODE CNI_IFNAME=eth0
	cni_conf=${4:-$(conf '.ipam.type = "ipvlan-ipam" | .type = "bridge" | .mode = "bridge"')}
	status=0
	output=$(enter "$NODE" "$BIN/ipvlan-ipam" <<<"$cni_conf" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
}

for_each_plugin() { # FUNCTION
	"$1" bridge pod '{"bridge": "br0"}'
	"$1" macvlan pod2 '{"master": "eth0", "mode": "bridge"}'
}

add_check_del() {
	local answer

	answer=$(through "$1" ADD c1 "$2" "$3")
	assert_json '$d[0].ips | map(.address) == ["10.77.0.10/24", "fd77::10/64"]' <<<"$answer"
	assert_json '$d[0].routes | length == 2' <<<"$answer"
	ip -n "$2-$NODE" -j addr show eth0 | assert_json '[$d[0][0].addr_info[].local] |
		contains(["10.77.0.10", "fd77::10"])'
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	through "$1" CHECK c1 "$2" "$(jq -c --argjson prev "$answer" '. + {prevResult: $prev}' <<<"$3")"
	through "$1" DEL c1 "$2" "$3"
	assert_nothing_reserved
	rm -rf "$DATA"
}

@test "bridge and macvlan give, check and take back its addresses" {
	for_each_plugin add_check_del
}

exhausted_below() {
	local out rc=0

	IPAM=$(jq -c '.ranges = [[{subnet: "10.99.0.0/30"}]]' <<<"$IPAM")
	through "$1" ADD c1 "$2" "$3" >/dev/null
	ip netns add "extra-$NODE"
	out=$(through "$1" ADD c2 extra "$3") || rc=$?
	ip netns del "extra-$NODE"
	[ "$rc" -eq 1 ]
	assert_json '$d[0].msg | test("no address is free in range set 0")' <<<"$out"
	through "$1" DEL c1 "$2" "$3"
	rm -rf "$DATA"
}

@test "its errors come through them" {
	for_each_plugin exhausted_below
}

@test "it answers with addresses, routes and DNS, and no interface" {
	printf '# a remark\nnameserver 10.77.0.53\nnameserver fd77::53 # ours\nsearch a.example b.example\n' \
		>"$BATS_TEST_TMPDIR/resolv.conf"
	printf 'domain example\noptions ndots:2 rotate' >>"$BATS_TEST_TMPDIR/resolv.conf"
	alone ADD c1 pod "$(conf '.ipam.type = "ipvlan-ipam" | .ipam.resolvConf = $file' \
		--arg file "$BATS_TEST_TMPDIR/resolv.conf")"
	assert_success
	assert_json '$d[0] | .cniVersion == "1.1.0" and has("interfaces") == false
		and (.ips | map(.address)) == ["10.77.0.10/24", "fd77::10/64"]
		and (.ips | all(has("interface") | not))
		and .dns == {nameservers: ["10.77.0.53", "fd77::53"], domain: "example",
			search: ["a.example", "b.example"], options: ["ndots:2", "rotate"]}' <<<"$output"
	alone DEL c1 pod
	assert_success
	alone ADD c1 pod "$(conf '.ipam.type = "ipvlan-ipam" | .ipam.resolvConf = "/none"')"
	assert_error 5 'ipam.resolvConf: /none: No such file'
	assert_nothing_reserved
}

@test "GC and STATUS work, VERSION too" {
	alone ADD c1 pod
	alone ADD c2 pod
	alone GC x pod "$(conf '.ipam.type = "ipvlan-ipam" |
		."cni.dev/valid-attachments" = [{containerID: "c2", ifname: "eth0"}]')"
	assert_success
	[ "$(reservations)" = $'10.77.0.11\nfd77::11' ]
	alone STATUS x pod "$(conf '.ipam.type = "ipvlan-ipam"')"
	assert_success
	alone STATUS x pod "$(conf '.ipam.type = "ipvlan-ipam" | .ipam.ranges = [[{subnet: "10.99.0.0/30",
		gateway: "10.99.0.1", rangeEnd: "10.99.0.1"}]]')"
	assert_error 50 'no address is free'
	alone VERSION x pod
	assert_json '$d[0].supportedVersions | contains(["1.1.0"])' <<<"$output"
}

@test "it answers without a netns, as the reference does" {
	CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/none CNI_IFNAME=eth0 run "$BIN/ipvlan-ipam" \
		<<<"$(conf '.ipam.type = "ipvlan-ipam"')"
	[ "$status" -eq 0 ]
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
}

@test "an answer that nobody reads leaves nothing reserved" {
	export CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/none CNI_IFNAME=eth0
	! "$BIN/ipvlan-ipam" <<<"$(conf '.ipam.type = "ipvlan-ipam"')" >/dev/full
	assert_nothing_reserved
}

# ---- what the configuration can say -------------------------------------------------------------

with() { # FILTER: the configuration, with ipam changed
	conf ".ipam.type = \"ipvlan-ipam\" | .ipam.ranges |= .[:1] | .ipam |= ($1)"
}

address() {
	jq -r '.ips[0].address // .msg' <<<"$output"
}

@test "excluded addresses are never given" {
	excluding=$(with '. + {exclude: ["10.77.0.10", "10.77.0.12/30", "10.77.0.16-10.77.0.250"]}')
	for want in 10.77.0.11/24 10.77.0.251/24; do
		alone ADD "c${want//[.\/]/-}" pod "$excluding"
		[ "$(address)" = "$want" ]
	done
	CNI_ARGS=IP=10.77.0.13 alone ADD c3 pod "$excluding"
	assert_error 105 '10.77.0.13 is excluded'
	for wrong in '"10.77.0.300"' '"10.77.0.9-10.77.0.8"' '"10.77.0.9-fd77::8"' '5'; do
		alone ADD c3 pod "$(with ". + {exclude: [\"10.77.0.1\", $wrong]}")"
		assert_error 7 'ipam.exclude\[1\]: '
	done
}

@test "reserved addresses are their pods' alone" {
	reserving=$(with '. + {reserved: {"default/db-0": ["10.77.0.10", "10.77.0.5"]}}')
	alone ADD c1 pod "$reserving"
	[ "$(address)" = 10.77.0.11/24 ]
	export CNI_ARGS='K8S_POD_NAMESPACE=default;K8S_POD_NAME=db-0;IgnoreUnknown=1'
	alone ADD c2 pod "$reserving"
	[ "$(address)" = 10.77.0.10/24 ]
	alone ADD c3 pod "$reserving"
	[ "$(address)" = 10.77.0.5/24 ]
	alone ADD c4 pod "$reserving"
	assert_error 11 '10.77.0.5, reserved for pod default/db-0, is still held' 'ipvlan ipam show'
	unset CNI_ARGS
	CNI_ARGS=IP=10.77.0.10 alone ADD c5 pod "$reserving"
	assert_error 105 '10.77.0.10 is reserved for another pod'
	for wrong in '{"db-0": []}' '{"default/": []}' '{"a/b": "10.77.0.9"}' '{"a/b": ["x"]}' \
		'{"a/b": ["10.77.0.9"], "a/c": ["10.77.0.9"]}' '[]'; do
		alone ADD c6 pod "$(with ". + {reserved: $wrong}")"
		assert_error 7 'ipam.reserved'
	done
}

@test "a pod keeps its address by its name, across restarts" {
	sticky=$(with '. + {sticky: true}')
	export CNI_ARGS='K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0'
	alone ADD c1 pod "$sticky"
	[ "$(address)" = 10.77.0.10/24 ]
	alone DEL c1 pod "$sticky"
	assert_success
	[ -z "$(reservations)" ]
	CNI_ARGS='K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1' alone ADD c2 pod "$sticky"
	[ "$(address)" = 10.77.0.11/24 ]
	alone ADD c3 pod "$sticky"
	[ "$(address)" = 10.77.0.10/24 ]
	# Of the same name in another namespace it is another.
	CNI_ARGS='K8S_POD_NAMESPACE=other;K8S_POD_NAME=web-0' alone ADD c4 pod "$sticky"
	[ "$(address)" = 10.77.0.12/24 ]
}

@test "an address rests before it is given again" {
	resting=$(with '. + {cooldown: 2, ranges: [[{subnet: "10.99.0.0/30"}]]}')
	alone ADD c1 pod "$resting"
	alone DEL c1 pod "$resting"
	alone ADD c2 pod "$resting"
	assert_error 104 'no address is free'
	sleep 3
	alone ADD c2 pod "$resting"
	assert_success
	alone ADD c3 pod "$(with '. + {cooldown: -1}')"
	assert_error 7 'ipam.cooldown: '
}

@test "a pool is asked for by name" {
	pools=$(with '. + {pools: {blue: [[{subnet: "10.88.0.0/24"}]], red: [[{subnet: "10.89.0.0/24"}]]}}' |
		jq -c '.podSettings = ["pool"]')
	alone ADD c1 pod "$pools"
	[ "$(address)" = 10.77.0.10/24 ]
	alone ADD c2 pod "$(jq -c '.args.cni.pool = "blue"' <<<"$pools")"
	[ "$(address)" = 10.88.0.2/24 ]
	alone ADD c3 pod "$(jq -c '.runtimeConfig["io.kubernetes.cri.pod-annotations"] =
		{"ipvlan-cni/pool": "red"}' <<<"$pools")"
	[ "$(address)" = 10.89.0.2/24 ]
	alone ADD c4 pod "$(jq -c '.ipam.pool = "red"' <<<"$pools")"
	[ "$(address)" = 10.89.0.3/24 ]
	alone ADD c5 pod "$(jq -c '.args.cni.pool = "green"' <<<"$pools")"
	assert_error 7 'there is no pool "green"'
	alone DEL c2 pod "$pools"
	assert_success
	[ ! -e "$DATA/net/10.88.0.2" ]
}

@test "messages name the place in the configuration" {
	alone ADD c1 pod "$(with '.subnet = "10.77.0.0/25" | .ranges[0][0] = {subnet: "10.77.0.0/24"}')"
	assert_error 7 '^ipam.ranges\[0\]: 10.77.0.1-10.77.0.254 overlaps 10.77.0.1-10.77.0.126 of ipam$'
	alone ADD c1 pod "$(with '.ranges[0] = [{subnet: "10.77.0.0/24"}]' |
		jq -c '.runtimeConfig.ipRanges = [[{subnet: "10.77.0.0/28"}]]')"
	assert_error 7 '^ipam.ranges\[0\]: .* of runtimeConfig.ipRanges\[0\]$'
}

# ---- static -------------------------------------------------------------------------------------

@test "static refuses an address that another attachment of the network holds" {
	static=$(conf '.master = "lo" | .ipam = {type: "static", dataDir: .ipam.dataDir,
		addresses: [{address: "10.77.0.10/24"}]}')
	alone ADD c1 pod
	cni ADD c2 pod eth0 "$static"
	assert_error 105 'address 10.77.0.10 is held by another attachment of the network' 'ipvlan ipam show'
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	alone DEL c1 pod
	# Past the address, it fails at its master, and has given it back.
	cni ADD c2 pod eth0 "$static"
	assert_error 101 'master lo'
	assert_nothing_reserved
}
