#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# containerd of the distribution with many pods at once, and killed between (make check-clients).

load ../helpers
load ../clients

MANY=50

setup_file() {
	node_new
	podman_new
	write_rootfs "$TOP/root"
	export NETWORK=net-$$
	containerd_new "$(conf '{cniVersion: "1.0.0", name: $name, plugins: [del(.cniVersion, .name)]}' \
		--arg name "$NETWORK")"
}

teardown_file() {
	containerd_free
	podman_free
	node_free
}

gone() { # SANDBOX…
	cri stop "$@"
	cri remove "$@"
	[ -z "$(held)" ] || fail "left: $(held)" || return
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}

@test "$MANY sandboxes at once have addresses of their own, and all of them come back" {
	run -0 cri run $(printf 'pod%d ' $(seq $MANY))
	mapfile -t ids <<<"$output"
	[ "${#ids[@]}" -eq "$MANY" ]
	[ "$(held | wc -l)" -eq $((2 * MANY)) ]
	for id in "${ids[@]}"; do cri status "$id"; done >"$BATS_TEST_TMPDIR/status"
	jq -s '[.[].ips[]] | (length, (unique | length))' "$BATS_TEST_TMPDIR/status" | xargs >"$BATS_TEST_TMPDIR/n"
	[ "$(<"$BATS_TEST_TMPDIR/n")" = "$((2 * MANY)) $((2 * MANY))" ]
	address=$(jq -rs '.[-1].ips[0]' "$BATS_TEST_TMPDIR/status")
	enter "$ROUTER" ping -nqc 1 -W 5 "$address" >&2
	gone "${ids[@]}"
}

@test "pods outlive containerd, which knows them again when it is back" {
	id=$(cri run outlives)
	address=$(cri status "$id" | jq -r '.ips[0]')
	containerd_kill KILL
	enter "$ROUTER" ping -nqc 1 -W 5 "$address" >&2
	containerd_start
	cri status "$id" | assert_json '$d[0].ips[0] == $address' --arg address "$address"
	gone "$id"
}

# What it was doing is nobody's: the pods are tried again under other ids, as kubelet does.
@test "containerd killed while it attaches pods: what it left is found and given again" {
	ls /run/netns >"$BATS_TEST_TMPDIR/before"
	cri run $(printf 'cut%d ' {1..10}) >&2 &
	until [ "$(held | wc -l)" -ge 4 ]; do sleep 0.05; done
	containerd_kill KILL
	wait $! || true
	containerd_start
	mapfile -t ids < <(cri list)
	[ -z "${ids[0]}" ] || { cri stop "${ids[@]}"; cri remove "${ids[@]}"; }
	# Netns of pods that it did not come to know of: a reboot would take them.
	ls /run/netns | comm -13 "$BATS_TEST_TMPDIR/before" - | grep '^cni-' | xargs -rn 1 ip netns del
	cni_ok GC '' '' '' "$(conf '.name = $name | . + {"cni.dev/valid-attachments": []}' --arg name "$NETWORK")"
	[ -z "$(held)" ] || fail "left: $(held)"
	ip -n "$NODE" -j link | assert_json '($d[0] | map(.ifname)) == $node' --argjson node "$NODE_LINKS"
}
