#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Addresses that are taken, given back, and asked for elsewhere, as far as that goes without a driver:
# with lo as the master ADD gets past the addresses and fails at the interface, on any kernel.
#
#      node-PID                           router-PID
#   ┌────────────┐                      ┌────────────┐
#   │ plugin eth0├──────────────────────┤lan         │
#   └────────────┘                      └────────────┘
#   ┌────────────┐
#   │ pod        │   stays empty
#   └────────────┘

load ../helpers

# An ADD that fails once its addresses are taken: there is no driver here, and eBPF is not asked.
export CONF_ALSO='{"datapath": "kernel"}'

setup_file() {
	node_new
	pod_new pod
	LO=$(conf '.master = "lo"')
	export LO
}

teardown_file() {
	pods_free
	node_free
}

setup() {
	rm -rf "$DATA"
}

# reserve ADDRESS CONTAINER [IFNAME]: as host-local writes it.
reserve() {
	mkdir -p "$DATA/net"
	printf '%s\r\n%s' "$2" "${3:-eth0}" >"$DATA/net/$1"
}

has_driver() {
	ip -n "$NODE" link add link eth0 name probe type ipvlan 2>/dev/null &&
		ip -n "$NODE" link del probe
}

# ---- our own host-local -------------------------------------------------------------------------

@test "where the kernel can make no ipvlan link ADD says what to do and leaves nothing" {
	! has_driver || skip "unavailable: this kernel has a driver"
	cni ADD c1 pod eth0 "$CONF"
	assert_error 103 'this kernel can make no ipvlan link' 'modprobe ipvlan'
	assert_nothing_left pod
	cni STATUS "" "" "" "$CONF"
	assert_error 50 'this kernel can make no ipvlan link' 'modprobe ipvlan'
}

@test "a later step fails: the addresses are given back, the next ADD takes the next ones" {
	for last in 10 11 12; do
		cni ADD c1 pod eth0 "$LO"
		assert_error 101 'master lo'
		assert_nothing_left pod
		[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.$last ]
		[ "$(<"$DATA/net/last_reserved_ip.1")" = fd77::$last ]
	done
}

@test "an exhausted range is refused, what other ranges gave is given back" {
	one=$(conf '.ipam.ranges[1][0] |= . + {rangeStart: "fd77::10", rangeEnd: "fd77::11"}')
	reserve fd77::10 other
	reserve fd77::11 other
	cni ADD c1 pod eth0 "$one"
	assert_error 104 'no address is free in range set 1 \(fd77::10-fd77::11\)'
	[ "$(reservations)" = $'fd77::10\nfd77::11' ]
	cni STATUS "" "" "" "$one"
	assert_error 50 .
}

@test "the gateway is never given" {
	one=$(conf '.master = "lo" | .ipam.ranges = [[{subnet: "10.99.0.0/30", gateway: "10.99.0.2"}]]')
	for _ in 1 2; do
		cni ADD c1 pod eth0 "$one"
		assert_error 101 'master lo'
		[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.99.0.1 ]
	done
	CNI_ARGS=IP=10.99.0.2 cni ADD c1 pod eth0 "$one"
	assert_error 105 'requested address 10.99.0.2 is its range.s gateway'
	reserve 10.99.0.1 other
	cni ADD c1 pod eth0 "$one"
	assert_error 104 'range set 0'
}

@test "a requested address is given or refused, whichever way it is asked for" {
	CNI_ARGS='IP=10.77.0.99' cni ADD c1 pod eth0 "$LO"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.99 ]
	cni ADD c1 pod eth0 "$(conf '.master = "lo" | .args.cni.ips = ["fd77::99"]')"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.1")" = fd77::99 ]
	cni ADD c1 pod eth0 "$(conf '.master = "lo" | .runtimeConfig.ips = ["10.77.0.98/24"]')"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.98 ]
	reserve 10.77.0.99 other
	for ip in 10.77.0.99:'10.77.0.99 is taken' 10.77.0.1:'is in no range set' \
		192.0.2.1:'is in no range set'; do
		CNI_ARGS=IP=${ip%%:*} cni ADD c1 pod eth0 "$LO"
		assert_error 105 "${ip#*:}"
	done
	[ "$(reservations)" = 10.77.0.99 ]
}

@test "an attachment that holds an address gets no second one, and keeps the first" {
	reserve 10.77.0.50 c1
	cni ADD c1 pod eth0 "$CONF"
	assert_error 106 'eth0 of container c1 already holds 10.77.0.50'
	[ "$(reservations)" = 10.77.0.50 ]
	# Another interface of the container is another attachment.
	cni ADD c1 pod eth1 "$LO"
	assert_error 101 'master lo'
}

@test "DEL gives back what this attachment holds and nothing else, netns or not" {
	for netns in pod "" /run/netns/gone; do
		reserve 10.77.0.50 c1
		reserve fd77::50 c1
		reserve 10.77.0.51 c1 eth1
		reserve 10.77.0.52 c2
		cni_ok DEL c1 "$netns" eth0 "$CONF"
		[ "$(reservations)" = $'10.77.0.51\n10.77.0.52' ]
	done
}

@test "GC gives back what is on no list" {
	reserve 10.77.0.50 c1
	reserve 10.77.0.51 c1 eth1
	reserve 10.77.0.52 c2
	reserve fd77::52 c2
	cni_ok GC "" "" "" "$(conf '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth1"}]')"
	[ "$(reservations)" = 10.77.0.51 ]
}

@test "GC goes on past what it cannot give back, and tells all of it" {
	for last in 50 51 52; do reserve 10.77.0.$last c$last; done
	# A file that something is mounted on cannot be taken away.
	under=(busybox unshare -m busybox sh -c 'for f in 50 51; do
		busybox mount -o bind "$0/net/10.77.0.$f" "$0/net/10.77.0.$f"; done; exec "$@"' "$DATA")
	cni GC "" "" "" "$(conf '."cni.dev/valid-attachments" = []')"
	for f in 50 51; do assert_error 109 "10.77.0.$f: Device or resource busy"; done
	[ "$(reservations)" = $'10.77.0.50\n10.77.0.51' ]
}

@test "a state directory that cannot be used is named" {
	touch "$BATS_TEST_TMPDIR/file"
	bad=$(conf '.ipam.dataDir = $dir' --arg dir "$BATS_TEST_TMPDIR/file/networks")
	for verb in ADD DEL; do
		cni $verb c1 pod eth0 "$bad"
		assert_error 109 'ipam: .*/file/networks/net: Not a directory'
	done
	assert_nothing_left pod
}

@test "a reservation that was never written whole does not eat its address" {
	mkdir -p "$DATA/net"
	one=$(conf '.master = "lo" | .ipam.ranges = [[{subnet: "10.99.0.0/30"}]]')
	: >"$DATA/net/10.99.0.2"
	cni ADD c1 pod eth0 "$one"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.99.0.2 ]
}

# ---- beside the reference host-local ------------------------------------------------------------

host_local() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/dummy CNI_IFNAME=eth0 /usr/lib/cni/host-local \
		<<<"${CONF/1.1.0/1.0.0}"
}

@test "a node that had the reference host-local loses nothing, and can go back" {
	host_local ADD c1 | assert_json '$d[0].ips | map(.address) == ["10.77.0.10/24", "fd77::10/64"]'
	# Ours goes on behind it, and it behind ours.
	cni ADD c2 pod eth0 "$LO"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.11 ]
	host_local ADD c3 | assert_json '$d[0].ips | map(.address) == ["10.77.0.12/24", "fd77::12/64"]'
	cni ADD c3 pod eth0 "$CONF"
	assert_error 106 'eth0 of container c3 already holds 10.77.0.12'
	CNI_ARGS=IP=10.77.0.10 cni ADD c2 pod eth0 "$CONF"
	assert_error 105 '10.77.0.10 is taken'
	# Ours takes back what it gave.
	cni_ok DEL c1 "" eth0 "$CONF"
	[ "$(reservations)" = $'10.77.0.12\nfd77::12' ]
	host_local CHECK c3
	cni_ok GC "" "" "" "$(conf '."cni.dev/valid-attachments" = []')"
	assert_nothing_reserved
	host_local ADD c1 | assert_json '$d[0].ips[0].address == "10.77.0.13/24"'
}

@test "a network that the reference has locked is waited for" {
	host_local ADD c1 >/dev/null
	exec {lock}<"$DATA/net/lock"
	flock "$lock"
	CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_IFNAME=eth0 run timeout 1 "$IPVLAN" <<<"$CONF"
	[ "$status" -eq 124 ]
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	exec {lock}<&-
	cni_ok DEL c1 "" eth0 "$CONF"
	assert_nothing_reserved
}

# ---- another IPAM plugin ------------------------------------------------------------------------

# plugin NAME <SCRIPT: an executable in CNI_PATH that notes how it is called (calls/N.env, N.conf).
plugin() {
	CALLS=$BATS_TEST_TMPDIR/calls
	mkdir -p "$BATS_TEST_TMPDIR/bin" "$CALLS"
	cat >"$BATS_TEST_TMPDIR/bin/$1" - <<-END
		#!/bin/bash
		n=\$(ls $CALLS | grep -c env)
		tr '\0' '\n' </proc/\$\$/environ >$CALLS/\$n.env
		cat >$CALLS/\$n.conf
	END
	cat >>"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
	export CNI_PATH=/nonexistent:$BATS_TEST_TMPDIR/bin
	OTHER=$(conf '.master = "lo" | .ipam = {type: $type, colour: "red"}' --arg type "$1")
}

# The verbs it was called with, in their order.
calls() {
	local env

	for env in "$CALLS"/*.env; do
		[ ! -e "$env" ] || sed -n 's/^CNI_COMMAND=//p' "$env"
	done | paste -sd ' '
}

answer='{"cniVersion": "1.1.0", "ips": [{"address": "10.77.0.40/24", "gateway": "10.77.0.1"}]}'

@test "an IPAM plugin is asked, and told to give back when a later step fails" {
	plugin other <<-END
		[ \$CNI_COMMAND != ADD ] || echo '$answer'
	END
	CNI_ARGS='A=b;IgnoreUnknown=1' cni ADD c1 pod eth0 "$OTHER"
	assert_error 101 'master lo'
	[ "$(calls)" = "ADD DEL" ]
	# Each time the same environment and the whole configuration.
	for call in 0 1; do
		[ "$(<"$CALLS/$call.conf")" = "$OTHER" ]
		for variable in CNI_CONTAINERID=c1 CNI_NETNS="/run/netns/pod-$NODE" CNI_IFNAME=eth0 \
			CNI_PATH="$CNI_PATH" 'CNI_ARGS=A=b;IgnoreUnknown=1'; do
			grep -qxF "$variable" "$CALLS/$call.env" || fail "call $call: no $variable"
		done
		[ "$(grep -c ^CNI_COMMAND= "$CALLS/$call.env")" -eq 1 ]
	done
	[ ! -e "$DATA" ]
}

@test "its error is ours, with its name, and it is told to give back" {
	plugin other <<-'END'
		[ $CNI_COMMAND = ADD ] || exit 0
		echo '{"cniVersion": "1.1.0", "code": 11, "msg": "not now", "details": "in a minute"}'
		exit 1
	END
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 11 '^other: not now$' '^in a minute$'
	[ "$(calls)" = "ADD DEL" ]
}

@test "an error while it gives back does not hide the first one" {
	plugin other <<-'END'
		echo "{\"code\": 11, \"msg\": \"$CNI_COMMAND failed\", \"details\": \"of $CNI_COMMAND\"}"
		exit 1
	END
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 11 '^other: ADD failed$' '^of ADD$'
	[ "$(calls)" = "ADD DEL" ]
}

@test "what it writes to stderr is passed through" {
	plugin other <<-END
		echo "\$CNI_COMMAND: a word on stderr" >&2
		[ \$CNI_COMMAND != ADD ] || echo '$answer'
	END
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 101 'master lo'
	[ "$stderr" = $'ADD: a word on stderr\nDEL: a word on stderr' ]
}

@test "an answer that is none is refused, and given back" {
	for reply in '{"ips": ' 'address: 10.0.0.1' ''; do
		plugin other <<<"[ \$CNI_COMMAND != ADD ] || echo '$reply'"
		cni ADD c1 pod eth0 "$OTHER"
		assert_error 6 '^other: '
		[ "$(calls)" = "ADD DEL" ]
		rm -r "$CALLS"
	done
	plugin other <<<"[ \$CNI_COMMAND != ADD ] || echo '{\"cniVersion\": \"1.1.0\"}'"
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 108 '^other: its result has no address'
	[ "$(calls)" = "ADD DEL" ]
	rm -r "$CALLS"
	plugin other <<<"[ \$CNI_COMMAND != ADD ] || echo '{\"ips\": [{\"address\": \"10.0.0.1\"}]}'"
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 7 'ips\[0\].address: expected an IP address with "/length", got "10.0.0.1"'
	[ "$(calls)" = "ADD DEL" ]
}

@test "one that ends without an error object is told by its exit status or signal" {
	plugin other <<<'[ $CNI_COMMAND != ADD ] || { echo Segmentation; exit 3; }'
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 108 '^other: failed with exit status 3' 'it printed: Segmentation'
	plugin other <<<'[ $CNI_COMMAND != ADD ] || kill -9 $$'
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 108 '^other: killed by signal 9'
}

@test "one that is missing is told with where it was looked for" {
	plugin other <<<''
	missing=$(conf '.ipam = {type: "missing"}')
	for verb in ADD DEL; do
		cni $verb c1 pod eth0 "$missing"
		assert_error 108 'plugin "missing" not found in CNI_PATH' "$CNI_PATH"
	done
	assert_nothing_left pod
	# A file that cannot be run is none, nor is one in a relative directory.
	chmod -x "$BATS_TEST_TMPDIR/bin/other"
	cni ADD c1 pod eth0 "$OTHER"
	assert_error 108 'plugin "other" not found'
	chmod +x "$BATS_TEST_TMPDIR/bin/other"
	cd "$BATS_TEST_TMPDIR"
	CNI_PATH=bin:.: cni ADD c1 pod eth0 "$OTHER"
	assert_error 108 'plugin "other" not found' 'only absolute directories'
	[ -z "$(calls)" ]
}

@test "a type is a name, not a path" {
	plugin other <<<''
	for type in ../bin/other /bin/true a/b; do
		cni ADD c1 pod eth0 "$(conf '.ipam.type = $type' --arg type "$type")"
		assert_error 7 "\"$type\" is not the name of a plugin"
	done
	[ -z "$(calls)" ]
}

@test "DEL, CHECK, STATUS and GC are passed on, and so are their errors" {
	plugin other <<<''
	OTHER=$(jq -c '.prevResult = {cniVersion: "1.1.0"} | ."cni.dev/valid-attachments" = []' <<<"$OTHER")
	cni_ok DEL c1 "" eth0 "$OTHER"
	cni_ok GC "" "" "" "$OTHER"
	[ "$(calls)" = "DEL GC" ]
	plugin other <<-'END'
		echo "{\"code\": 11, \"msg\": \"$CNI_COMMAND failed\"}"
		exit 1
	END
	OTHER=$(jq -c '.prevResult = {cniVersion: "1.1.0"} | ."cni.dev/valid-attachments" = []' <<<"$OTHER")
	for verb in DEL CHECK GC; do
		cni $verb c1 pod eth0 "$OTHER"
		assert_error 11 "^other: $verb failed"
	done
	[ "$(calls)" = "DEL GC DEL CHECK GC" ]
}

@test "host-local and static are built in: no file of that name is run" {
	plugin host-local <<<'exit 1'
	plugin static <<<'exit 1'
	cni ADD c1 pod eth0 "$LO"
	assert_error 101 'master lo'
	cni ADD c1 pod eth0 "$(conf '.master = "lo" | .ipam = {type: "static",
		dataDir: .ipam.dataDir, addresses: [{address: "10.77.0.40/24"}]}')"
	assert_error 101 'master lo'
	[ -z "$(calls)" ]
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.10 ]
}

@test "the reference host-local works as another plugin" {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -s /usr/lib/cni/host-local "$BATS_TEST_TMPDIR/bin/other-local"
	other=$(conf '.cniVersion = "1.0.0" | .master = "lo" | .ipam.type = "other-local"')
	CNI_PATH=$BATS_TEST_TMPDIR/bin cni ADD c1 pod eth0 "$other"
	assert_error 101 'master lo'
	[ "$(<"$DATA/net/last_reserved_ip.0")" = 10.77.0.10 ]
	assert_nothing_reserved
	CNI_PATH=$BATS_TEST_TMPDIR/bin cni ADD c1 pod eth0 "$(jq -c '.ipam.ranges = []' <<<"$other")"
	assert_error 999 '^other-local: .'
}
