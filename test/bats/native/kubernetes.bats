#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What examples/kubernetes says is what Kubernetes' API takes, and what it makes runs.

load ../helpers
load ../ebpf

setup_file() {
	node_new
	ip -n "$NODE" addr add 10.1.0.2/24 dev eth0
	ip -n "$ROUTER" addr add 10.1.0.1/24 dev lan
	export EXAMPLES=$tree/examples/kubernetes
}

teardown_file() {
	node_free
}

teardown() {
	pods_free
}

# field FILE KIND PATH: the value, as JSON.
field() {
	/usr/bin/python3 -c '
import functools, json, sys, yaml
document = next(d for d in yaml.safe_load_all(open(sys.argv[1])) if d["kind"] == sys.argv[2])
step = lambda at, key: at[int(key)] if isinstance(at, list) else at[key]
print(json.dumps(functools.reduce(step, sys.argv[3].split("/"), document)))' "$@"
}

@test "the manifests are valid by the schema of Kubernetes' API" {
	"$tree/test/bats/manifest.py" "$EXAMPLES"/*.yaml
	sed 's/hostNetwork/hostNetwerk/' "$EXAMPLES/daemonset.yaml" >"$BATS_TEST_TMPDIR/wrong.yaml"
	run -1 "$tree/test/bats/manifest.py" "$BATS_TEST_TMPDIR/wrong.yaml"
}

@test "the DaemonSet's container installs the example's configuration with the words that it has" {
	local host=$BATS_TEST_TMPDIR/host conf=$BATS_TEST_TMPDIR/conf words

	mkdir "$conf"
	field "$EXAMPLES/daemonset.yaml" ConfigMap data/10-lan.conflist | jq -j . >"$conf/10-lan.conflist"
	cmp "$conf/10-lan.conflist" "$tree/examples/kubernetes.conflist"
	mapfile -t words < <(field "$EXAMPLES/daemonset.yaml" DaemonSet spec/template/spec/containers/0/args |
		jq -r --arg host "$host" --arg conf "$conf" '.[] | select(. != "--stay") |
			sub("=/host"; "=" + $host) | sub("=/conf"; "=" + $conf)')
	"$IPVLAN" install "${words[@]}" >&2
	cmp "$IPVLAN" "$host/opt/cni/bin/ipvlan"
	cmp "$conf/10-lan.conflist" "$host/etc/cni/net.d/10-lan.conflist"
}

@test "the network for Multus attaches a pod, with the address and the MTU that Multus hands on" {
	local conf

	pod_new a
	conf=$(field "$EXAMPLES/multus.yaml" NetworkAttachmentDefinition spec/config | jq -c --arg data "$DATA" \
		'fromjson | .ipam.dataDir = $data | del(.capabilities) |
		. + {runtimeConfig: {ips: ["10.1.0.70"]}, args: {cni: {mtu: 1400}}}')
	cni_ok ADD a a net1 "$conf"
	ip -n "$(pod a)" -j addr show net1 | assert_json '$d[0][0] | .mtu == 1400 and
		(.addr_info | any(.local == "10.1.0.70" and .prefixlen == 24))'
	enter "$(pod a)" ping -nqc 1 -W 2 10.1.0.1 >/dev/null
	cni_ok DEL a a net1 "$conf"
	assert_nothing_left a
}
