#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The runtime that the other tests call plugins with (test/cni/runtime.py) does what the specification
# says that a runtime does: seen by plugins that write down what they are asked.

load ../helpers

setup_file() {
	export CNI_PATH=$BATS_FILE_TMPDIR
	cat >"$CNI_PATH/first" <<-'END'
		#!/bin/sh
		request=$(cat)
		jq -cn --argjson r "$request" --arg type "${0##*/}" '{$type, verb: env.CNI_COMMAND,
			id: env.CNI_CONTAINERID, netns: env.CNI_NETNS, ifname: env.CNI_IFNAME, r: $r}' >>"$LOG"
		case $CNI_COMMAND:$(echo "$request" | jq -r .fail) in
		VERSION:*) jq -n --argjson v "$(cat "$0.versions")" '{cniVersion: "1.1.0", supportedVersions: $v}' ;;
		"$CNI_COMMAND:$CNI_COMMAND") echo '{"code": 11, "msg": "not now"}'; exit 1 ;;
		ADD:*) echo "$request" | jq -c '.prevResult // {cniVersion} | .ips += [{address: "10.0.0.1/8"}]' ;;
		esac
	END
	chmod +x "$CNI_PATH/first"
	cp "$CNI_PATH/first" "$CNI_PATH/second"
	echo '["0.4.0", "1.0.0", "1.1.0"]' >"$CNI_PATH/first.versions"
	echo '["0.3.1", "0.4.0", "1.0.0"]' >"$CNI_PATH/second.versions"
}

setup() {
	export CNI_PATH=$BATS_FILE_TMPDIR CNI_CACHE=$BATS_TEST_TMPDIR LOG=$BATS_TEST_TMPDIR/log LIST='{"cniVersion": "1.1.0",
		"name": "n", "plugins": [{"type": "first", "a": 1}, {"type": "second"}]}'
}

# runtime VERB [FILTER]: with the list changed, for container c in /n; output is what it printed.
runtime() {
	local where=(c /n if0)

	[[ $1 != gc && $1 != status ]] || where=()
	: >"$LOG"
	run "$tree/test/cni/runtime.py" "$1" <(jq "${2:-.}" <<<"$LIST") "${where[@]}"
}

# asked FILTER: true of the array of what the plugins were asked, $d.
asked() {
	assert_json "$1" <"$LOG"
}

@test "ADD: each plugin in turn, with the result of the one before" {
	runtime add
	assert_success
	asked '($d | map(.type)) == ["first", "second"] and all($d[]; .verb == "ADD" and .id == "c"
		and .netns == "/n" and .ifname == "if0" and .r.name == "n" and .r.cniVersion == "1.1.0")
		and ($d[0].r | has("prevResult") | not) and ($d[1].r.prevResult.ips | length) == 1'
	assert_json '($d[0].ips | length) == 2' <<<"$output"
}

@test "DEL: backwards, each with the last result, which is then forgotten" {
	runtime add
	runtime del
	assert_success
	asked '($d | map(.type)) == ["second", "first"] and all($d[]; (.r.prevResult.ips | length) == 2)'
	runtime del
	assert_success
	asked 'all($d[]; .r | has("prevResult") | not)'
	runtime add '.cniVersion = "0.3.1"'
	runtime del '.cniVersion = "0.3.1"'
	asked 'all($d[]; .r | has("prevResult") | not)'
}

@test "CHECK: in turn, with the last result, unless the list or its version forbid it" {
	runtime check
	[ "$status" -eq 1 ]
	runtime add
	runtime check
	assert_success
	asked '($d | map(.type)) == ["first", "second"] and all($d[]; (.r.prevResult.ips | length) == 2)'
	runtime check '.disableCheck = true'
	asked '$d == []'
	runtime check '.cniVersion = "0.3.1"'
	[ "$status" -eq 1 ]
}

@test "capabilities: what the plugin declares comes as runtimeConfig, to DEL too" {
	export CAPABILITIES='{"ips": ["10.0.0.9"], "mac": "x"}'
	runtime add '.plugins[0].capabilities = {ips: true, mac: false}'
	asked '$d[0].r.runtimeConfig == {ips: ["10.0.0.9"]} and ($d[1].r | has("runtimeConfig") | not)
		and all($d[]; .r | has("capabilities") | not)'
	unset CAPABILITIES
	runtime del '.plugins[0].capabilities = {ips: true, mac: false}'
	asked '$d[1].r.runtimeConfig == {ips: ["10.0.0.9"]}'
}

@test "GC: DEL of what is not listed, then all plugins are told what lives, past a failure" {
	runtime add
	VALID="d/if1" runtime gc '.plugins[0].fail = "GC"'
	[ "$status" -eq 1 ]
	asked '($d | map("\(.verb) \(.type)")) == ["DEL second", "DEL first", "GC first", "GC second"]
		and $d[3].r["cni.dev/valid-attachments"] == [{containerID: "d", ifname: "if1"}]'
	runtime gc '.disableGC = true'
	asked '$d == []'
}

@test "STATUS: each plugin, from 1.1.0 on" {
	runtime status
	asked '($d | map(.verb)) == ["STATUS", "STATUS"]'
	runtime status '.cniVersion = "1.0.0"'
	asked '$d == []'
}

@test "cniVersions: the newest that every plugin supports" {
	runtime add '.cniVersions = ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]'
	assert_success
	asked 'all($d[] | select(.verb == "ADD"); .r.cniVersion == "1.0.0")'
	runtime add '.cniVersions = ["0.1.0", "1.1.0"]'
	[ "$status" -eq 1 ]
}

@test "a plugin that fails ends ADD with its error, and nothing is remembered" {
	runtime add '.plugins[1].fail = "ADD"'
	[ "$status" -eq 1 ]
	assert_json '$d == [{code: 11, msg: "not now", plugin: "second"}]' <<<"$output"
	[ ! -e "$CNI_CACHE/results" ]
}

@test "one configuration is a list of itself" {
	runtime add '{cniVersion, name} + .plugins[0]'
	assert_success
	asked '($d | map(.type)) == ["first"]'
}
