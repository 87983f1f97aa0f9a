#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person on the node asks for beside lists: `ipvlan show`, `ipvlan explain`, `ipvlan metrics`,
# help and completion. Pods by eBPF, which any kernel has.

load ../helpers
load ../ebpf

tool() { # TOOL ARGUMENT…
	status=0
	output=$(enter "$NODE" "$IPVLAN" "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

explain() { # CONF [OPTION…]
	status=0
	output=$(enter "$NODE" "$IPVLAN" explain "${@:2}" <<<"$1" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

@test "show tells all of an attachment, by container, pod or address" {
	local id mac

	CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0' pods a
	pods b
	mac=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')
	ip -n "$(pod a)" addr add 10.77.0.99/24 dev eth0
	! enter "$(pod a)" ping -c 1 -W 1 -I 10.77.0.99 10.77.0.1 >/dev/null
	for id in a web-0 default/web-0 10.77.0.10 fd77::10; do
		tool show "$id" --data-dir "$DATA" --json
		assert_success
		assert_json '$d[0].attachments | length == 1 and (.[0] | .containerID == "a" and
			.podName == "web-0" and .mac == $mac and .mtu == 1500 and .up and .antiSpoof and
			.addresses == ["10.77.0.10", "fd77::10"] and (.drops | add) > 0)' \
			--arg mac "$mac" <<<"$output"
	done
	tool show default/web-0 --data-dir "$DATA"
	[[ $output =~ ^eth0\ of\ container\ a\ in\ network\ net ]]
	grep -qE '^  addresses +10.77.0.10,fd77::10$' <<<"$output"
	grep -qE "^  netns +/run/netns/$(pod a)\$" <<<"$output"
	grep -qE '^  dropped +tx_drop_(arp_sender|source) [1-9]' <<<"$output"
	tool show c --data-dir "$DATA"
	[ "$status" -eq 1 ]
	[[ $stderr == *'c: no attachment of this node has that container id, pod or address'* ]]
}

@test "explain tells what ADD would do and why, and changes nothing" {
	local list

	explain "$CONF"
	assert_success
	grep -qE '^master +eth0, up, MTU 1500  \("master" is eth0\)$' <<<"$output"
	grep -qE '^datapath +ebpf  \("datapath" says so\)$' <<<"$output"
	grep -qE '^addresses +10.77.0.10-10.77.0.254 \(245, 245 free\), gateway 10.77.0.1' <<<"$output"
	grep -qE '^route +0.0.0.0/0 by the range' <<<"$output"
	[ "$(tail -1 <<<"$output")" = "ADD        would succeed now" ]
	assert_nothing_reserved
	# A list, as it lies in its file; and what a pod of another runtime has taken meanwhile.
	pods a
	list=$(jq -c '{cniVersion, name, plugins: [{type: "tuning"}, .]}' <<<"$(conf 'del(.master)')")
	explain "$list" --json
	assert_success
	assert_json '$d[0].wouldSucceed and ($d[0].story | map(select(.what == "master"))[0] |
		.value == "eth0, up, MTU 1500" and (.why | test("default route"))) and
		($d[0].story | map(select(.what == "addresses"))[0].value | test("245, 244 free"))' <<<"$output"
}

@test "explain tells in whose words ADD would be refused" {
	explain "$(conf '.mode = "l4"')"
	[ "$status" -eq 1 ]
	[[ $output == *'would be refused: mode: no such mode'*'(code 7)'* ]]
	explain "$(conf '.master = "ens9"')"
	[ "$status" -eq 1 ]
	[[ $output == *'would be refused now: master ens9: the host has no interface'* ]]
	explain "$(conf '.datapath = "kernel" | .mode = "l3s"')" --json
	assert_json '($d[0].wouldSucceed | not) and ($d[0].story[-1] | .what == "ADD" and
		(.value | test("no ipvlan")))' <<<"$output"
	explain '{"cniVersion": "1.1.0", "name": "x", "plugins": [{"type": "bridge"}]}'
	[ "$status" -eq 1 ]
	[[ $output == *'none of the list is of type "ipvlan"'* ]]
	explain "{"
	[ "$status" -eq 1 ]
	[[ $output == *'would be refused: stdin: '* ]]
}

# completes WORD…: what the last one may become, the tool being called by its path.
completes() {
	COMP_WORDS=("$IPVLAN" "$@") COMP_CWORD=$#
	_ipvlan "$IPVLAN"
	printf '%s\n' "${COMPREPLY[@]}"
}

@test "completion knows the tools, their options, and what there is" {
	local name

	source "$tree/completion/ipvlan.bash"
	for name in list show doctor explain ipam gc; do completes '' | grep -qx -- "$name"; done
	[ "$(completes do)" = doctor ]
	[ "$(completes doctor --f)" = --fix ]
	[ "$(completes gc --dr)" = --dry-run ]
	[ "$(completes doctor pool-n)" = pool-near-end ]
	[ "$(completes ipam imp)" = import ]
	[ "$(completes list --data-dir "${tree%/*}/${tree##*/}/plug")" = "${tree%/*}/${tree##*/}/plugin" ]
	pods somebody
	COMP_WORDS=(x show some) COMP_CWORD=2
	_ipvlan_in() { enter "$NODE" "$IPVLAN" "$@"; }
	_ipvlan _ipvlan_in
	[ "${COMPREPLY[*]}" = somebody ]
}
