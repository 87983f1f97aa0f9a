#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ipvlan list`: what there is, for people and for programs. Pods by eBPF, which any kernel has.

load ../helpers
load ../ebpf

list() {
	enter "$NODE" "$IPVLAN" list --data-dir "$DATA" "$@"
}

@test "every attachment is listed with where it is, what it has and what went through it" {
	[ "$(list)" = "" ]
	export CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0'
	pods a
	unset CNI_ARGS
	pods b
	enter "$(pod a)" busybox ping -c 1 -w 5 10.77.0.11 >/dev/null
	list --json | assert_json '$d[0].attachments as $all | ($all | length) == 2 and
		($all | map(select(.containerID == "a"))[0] | .network == "net" and .ifname == "eth0" and
			.podNamespace == "default" and .podName == "web-0" and .master == "eth0" and
			.mode == "l2" and .datapath == "ebpf" and .addresses == ["10.77.0.10", "fd77::10"] and
			(.since | test("^20..-..-..T..:..:..Z$")) and .rxBytes > 0 and .txPackets > 0) and
		($all | map(select(.containerID == "b"))[0] | .podName == "" and
			.addresses == ["10.77.0.11", "fd77::11"])'
	run list
	[[ ${lines[0]} =~ ^NETWORK\ +CONTAINER\ +POD\ +INTERFACE\ +MASTER\ +MODE\ +DATAPATH\ +ADDRESSES\ +SINCE ]]
	grep -qE '^net +a +default/web-0 +eth0 +eth0 +l2 +ebpf +10.77.0.10,fd77::10 +20.* B' <<<"$output"
	[ "${#lines[@]}" -eq 3 ]
	# Of another network there is nothing; without reservations there is what the kernel knows.
	[ "$(list --network other 2>/dev/null)" = "" ]
	rm -rf "$DATA"
	list --json | assert_json '[$d[0].attachments[].containerID] | sort == ["a", "b"]'
}
