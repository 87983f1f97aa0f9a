#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Addresses whose owner is gone, and what a person sees of all of them: `ipvlan ipam …`, `ipvlan gc`.

load ../helpers

setup_file() {
	node_new
	BIN=$BATS_FILE_TMPDIR/bin
	mkdir -p "$BIN" "$BATS_FILE_TMPDIR/net.d"
	ln -s "$(readlink -f "$IPVLAN")" "$BIN/ipvlan-ipam"
	FOUR=$(conf '.ipam = {type: "ipvlan-ipam", dataDir: .ipam.dataDir,
		ranges: [[{subnet: "10.77.0.0/24", rangeStart: "10.77.0.10", rangeEnd: "10.77.0.13"}]]}')
	jq -c '{cniVersion, name, plugins: [.]}' <<<"$FOUR" >"$BATS_FILE_TMPDIR/net.d/10-net.conflist"
	export BIN FOUR
}

teardown_file() {
	node_free
}

setup() {
	rm -rf "$DATA"
	pods_free
}

teardown() {
	pods_free
}

# ipam VERB CONTAINER [POD [CONF]]: in the node's netns, as a plugin calls it.
ipam() {
	cni_conf=${4:-$FOUR} status=0
	export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=${3:+/run/netns/$3-$NODE} CNI_IFNAME=eth0
	output=$(enter "$NODE" "$BIN/ipvlan-ipam" <<<"$cni_conf" 2>/dev/null) || status=$?
	unset CNI_COMMAND
}

given() {
	jq -r '.ips[0].address // .msg' <<<"$output"
}

# tool COMMAND…: `ipvlan …` as a person calls it.
tool() {
	local dirs=(--data-dir "$DATA")

	[ "$1" != ipam ] || dirs+=(--conf-dir "$BATS_FILE_TMPDIR/net.d")
	status=0
	output=$(enter "$NODE" "$IPVLAN" "$@" "${dirs[@]}" \
		2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

fill() { # POD…: an address of each
	local name

	for name; do
		pod_new "$name"
		ipam ADD "c-$name" "$name"
		assert_success
	done
}

# pod_gone POD: until the kernel has let go of its netns, which takes a moment.
pod_gone() {
	local before

	before=$(ip -n "$NODE" netns list-id | wc -l)
	ip netns del "$1-$NODE"
	for _ in {1..100}; do
		[ "$(ip -n "$NODE" netns list-id | wc -l)" -ge "$before" ] || return 0
		sleep 0.1
	done
	fail "the netns of $1 lives"
}

# ---- what is proven dead ------------------------------------------------------------------------

@test "a netns that is gone is proven gone: its address is given when no other is left" {
	fill a b c
	pod_gone b
	pod_new d e
	ipam ADD c-d d
	[ "$(given)" = 10.77.0.13/24 ] # the last free one goes first
	ipam ADD c-e e
	[ "$(given)" = 10.77.0.11/24 ]
	# The old owner's DEL is late.
	ipam DEL c-b
	assert_success
	[ "$(<"$DATA/net/10.77.0.11")" = $'c-e\r\neth0' ]
	pod_new f
	ipam ADD c-f f
	assert_error 104 'no address is free'
}

@test "a netns that lives without its path is not gone" {
	fill a b c d
	# A process keeps b's alive, a mount elsewhere c's.
	enter "b-$NODE" sleep 60 &
	sleeper=$!
	touch "$BATS_TEST_TMPDIR/kept"
	mount --bind "/run/netns/c-$NODE" "$BATS_TEST_TMPDIR/kept"
	sleep 0.3
	ip netns del "b-$NODE"
	ip netns del "c-$NODE"
	pod_new e
	ipam ADD c-e e
	assert_error 104 'no address is free'
	tool ipam check
	[ "$status" -eq 1 ]
	grep -q "10.77.0.11 .*/run/netns/b-$NODE is gone, but nothing proves that its netns is" <<<"$output"
	kill $sleeper
	wait $sleeper || true
	umount "$BATS_TEST_TMPDIR/kept"
	for _ in {1..100}; do
		ipam ADD c-e e
		[ "$status" -ne 0 ] || break
		sleep 0.1
	done
	[[ $(given) == 10.77.0.1[12]/24 ]]
}

@test "another netns under the same path and id does not stand in for the one that is gone" {
	fill a b c d
	pod_gone b
	pod_new b
	ipam ADD c-new b
	[ "$(given)" = 10.77.0.11/24 ]
}

@test "one whose id in the node's netns the kernel gave, and gave again, is told from its successor" {
	fill a b c
	pod_new d
	# As veth makers cause it: the kernel gives the lowest id, and the same to the next one.
	ip -n "$NODE" link add v0 type veth peer name v1 netns "d-$NODE"
	ip -n "$NODE" -j link show v0 | assert_json '$d[0][0].link_netnsid < 100'
	ipam ADD c-d d
	pod_gone d
	pod_new e
	ip -n "$NODE" link add v0 type veth peer name v1 netns "e-$NODE"
	ipam ADD c-e e
	[ "$(given)" = 10.77.0.13/24 ]
	ip -n "$NODE" link del v0
}

@test "a reservation of another plugin's is never taken by a guess" {
	reference=$(jq -c '.cniVersion = "1.0.0" | .ipam.type = "host-local"' <<<"$FOUR")
	for c in 1 2 3 4; do
		CNI_COMMAND=ADD CNI_CONTAINERID=ref$c CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none \
			/usr/lib/cni/host-local <<<"$reference" >/dev/null
	done
	pod_new a
	ipam ADD c-a a
	assert_error 104 'no address is free'
	tool gc
	[ "$output" = "net: 0 freed" ]
}

@test "gc frees what is proven dead, list says before which and why" {
	fill a b
	pod_gone a
	: >"$DATA/net/10.77.0.13"
	tool ipam list
	assert_success
	[ "$(awk 'NR > 1 {print $2, $3}' <<<"$output")" = "10.77.0.10 stale:
10.77.0.11 held
10.77.0.13 stale:" ]
	grep -q '10.77.0.10 .*its netns is gone' <<<"$output"
	grep -q '10.77.0.13 .*empty: its writer died' <<<"$output"
	tool gc --dry-run
	[ "$output" = "net: 10.77.0.10 would be freed: its netns is gone
net: 10.77.0.13 would be freed: empty: its writer died" ] || fail "$output"
	tool gc --dry-run --json
	assert_json '[$d[0].reservations[].address] == ["10.77.0.10", "10.77.0.13"]' <<<"$output"
	[ "$(reservations | wc -l)" -eq 3 ]
	tool gc
	assert_success
	[ "$output" = "net: 2 freed" ]
	[ "$(reservations)" = 10.77.0.11 ]
}

@test "a reservation of an earlier boot is stale" {
	fill a
	# As if the node had been started again since: the tool in another boot.
	echo 11111111-2222-3333-4444-555555555555 >"$BATS_TEST_TMPDIR/boot"
	in_another_boot() {
		unshare -m sh -c 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' \
			"$BATS_TEST_TMPDIR/boot" "$IPVLAN" "$@" --data-dir "$DATA"
	}
	in_another_boot ipam list | grep -q '10.77.0.10 .*stale: of an earlier boot'
	[ "$(in_another_boot gc)" = "net: 1 freed" ]
	[ -z "$(reservations)" ]
}

# ---- looking ------------------------------------------------------------------------------------

@test "list is a table for people and JSON for programs" {
	CNI_ARGS='K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0' fill a
	tool ipam list
	[ "$(sed -n 1p <<<"$output")" = "NETWORK  ADDRESS     STATE  SINCE             CONTAINER  INTERFACE  POD" ]
	[[ $(sed -n 2p <<<"$output") =~ ^'net      10.77.0.10  held   '20..-..-..\ ..:..'  c-a        eth0       default/web-0'$ ]]
	tool ipam list --json
	assert_json '$d[0].reservations | length == 1 and (.[0] | .network == "net" and .address == "10.77.0.10"
		and .state == "held" and .containerID == "c-a" and .ifname == "eth0" and .podNamespace == "default"
		and .podName == "web-0" and (.since | fromdate > 1700000000))' <<<"$output"
	tool ipam list --network none
	[ "$status" -eq 1 ]
	[[ $stderr == *"no network none"* ]]
}

@test "show tells how full each range is, and all of an address" {
	fill a b
	pod_gone b
	tool ipam show
	assert_success
	[ "$(awk 'NR == 2 {print $1, $2, $3, $4, $5, $6, $7, $8, $9}' <<<"$output")" = \
		"net 0 10.77.0.10-10.77.0.13 4 1 1 0 2 50%" ]
	tool ipam show --json
	assert_json '$d[0].ranges == [{network: "net", set: 0, first: "10.77.0.10", last: "10.77.0.13",
		size: "4", held: 1, stale: 1, resting: 0, free: "2", file: $file}]' \
		--arg file "$BATS_FILE_TMPDIR/net.d/10-net.conflist" <<<"$output"
	tool ipam show 10.77.0.10
	assert_success
	[[ $output == *"10.77.0.10 in network net: held"*"container  c-a"*"netns      /run/netns/a-$NODE"* ]]
	tool ipam show 10.77.0.99
	[ "$status" -eq 1 ]
	[ "$output" = "10.77.0.99: nobody holds it" ]
	tool ipam show 10.77.0
	[ "$status" -eq 2 ]
}

@test "free takes away what is dead; what may live only by force" {
	fill a b
	pod_gone b
	tool ipam free 10.77.0.11
	assert_success
	tool ipam free 10.77.0.10
	[ "$status" -eq 1 ]
	[[ $stderr == *"is held by eth0 of container c-a, and nothing proves that it is gone"* ]]
	[ "$(reservations)" = 10.77.0.10 ]
	tool ipam free --force 10.77.0.10
	[ "$output" = "10.77.0.10 in network net: free" ]
	[ -z "$(reservations)" ]
	tool ipam free 10.77.0.10
	assert_success
	pod_new c
	ipam ADD c-c c
	assert_success
}

@test "what was exported is imported, facts and all" {
	CNI_ARGS='K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0' fill a b
	tool ipam export
	assert_success
	printf %s "$output" >"$BATS_TEST_TMPDIR/export"
	tool ipam import "$BATS_TEST_TMPDIR/export"
	[ "$output" = "0 reserved, 2 there already, 0 refused" ]
	rm -rf "$DATA"
	tool ipam import "$BATS_TEST_TMPDIR/export"
	[ "$output" = "2 reserved, 0 there already, 0 refused" ]
	tool ipam export
	[ "$(jq -c '.reservations[] | del(.since)' <<<"$output")" = \
		"$(jq -c '.reservations[] | del(.since)' "$BATS_TEST_TMPDIR/export")" ]
	printf 'other\r\neth0' >"$DATA/net/10.77.0.10"
	tool ipam import "$BATS_TEST_TMPDIR/export"
	[ "$status" -eq 1 ]
	[[ $stderr == *"10.77.0.10 in network net: another attachment has it"* ]]
	# Nothing of a file with a mistake is done.
	rm -rf "$DATA"
	jq '.reservations[1].address = "x"' "$BATS_TEST_TMPDIR/export" >"$BATS_TEST_TMPDIR/wrong"
	tool ipam import "$BATS_TEST_TMPDIR/wrong"
	[ "$status" -eq 1 ]
	[[ $stderr == *"reservations[1].address: "* ]]
	[ ! -e "$DATA" ]
}

# ---- comparing ----------------------------------------------------------------------------------

interface() { # POD ADDRESS
	ip -n "$1-$NODE" link add eth0 type veth peer name peer
	ip -n "$1-$NODE" addr add "$2/24" dev eth0
	ip -n "$1-$NODE" link set eth0 up
}

@test "check finds no difference where all is as it should be" {
	fill a b
	interface a 10.77.0.10
	interface b 10.77.0.11
	ip -n "a-$NODE" link set eth0 alias cni:net:c-a:eth0
	tool ipam check
	[ -z "$output" ]
	assert_success
	tool ipam check --json
	assert_json '$d[0].differences == []' <<<"$output"
}

@test "check finds each kind of difference, and exits with 1" {
	fill a b c
	interface a 10.77.0.99
	ip -n "a-$NODE" link set eth0 alias cni:net:lost:eth0
	pod_gone c
	mkdir "$DATA/net/10.77.0.50"
	tool ipam check
	[ "$status" -eq 1 ]
	grep -qE "net +10.77.0.10 +eth0 in /run/netns/a-$NODE does not carry it" <<<"$output"
	grep -qE "net +10.77.0.11 +there is no eth0 in /run/netns/b-$NODE" <<<"$output"
	grep -qE "net +10.77.0.12 +stale: its netns is gone" <<<"$output"
	grep -qE "net +10.77.0.50 +what has this name is no reservation" <<<"$output"
	grep -qE "net +- +eth0 in /run/netns/a-$NODE is cni:net:lost:eth0, which holds no address" <<<"$output"
	[ "$(wc -l <<<"$output")" -eq 6 ]
	tool ipam check --json
	[ "$status" -eq 1 ]
	assert_json '$d[0].differences | length == 5' <<<"$output"
}

@test "what is no command or option is refused with how to use it" {
	for args in "ipam" "ipam lst" "ipam list --colour" "gc --colour"; do
		status=0
		# shellcheck disable=SC2086
		"$IPVLAN" $args 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
		[ "$status" -eq 2 ]
		grep -q '^usage: ipvlan' "$BATS_TEST_TMPDIR/stderr"
	done
	"$IPVLAN" ipam list --help | grep -q '^usage: ipvlan ipam'
}
