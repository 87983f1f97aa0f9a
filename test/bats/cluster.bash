# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# ipvlan-cluster called as a runtime and as a person call it, on the members of test/cluster/members.sh.

setup_file() {
	CLUSTER=$tree/build/ipvlan-cluster
	[ -x "$CLUSTER" ] || fail "no $CLUSTER: make plugin"
	export CLUSTER
	members_start
}

teardown_file() {
	members_free
}

setup() {
	members_mend
	DATA=$BATS_TEST_TMPDIR/data
	NETWORK=net-$BATS_TEST_NUMBER
	CONF=$(jq -cn --arg name "$NETWORK" --argjson members "$MEMBERS" '{
		cniVersion: "1.1.0", name: $name, type: "bridge",
		ipam: {type: "ipvlan-cluster", endpoints: $members, timeout: 3000,
			ranges: [[{subnet: "10.90.0.0/16"}]]}}')
}

# as NODE VERB CONTAINER [FILTER]: sets status and output (stdout), stderr in a file.
as() {
	export CNI_COMMAND=$2 CNI_CONTAINERID=$3 CNI_NETNS=/none CNI_IFNAME=eth0
	local conf

	conf=$(jq -c --arg node "$1" --arg data "$DATA/$1" \
		".ipam.node = \$node | .ipam.dataDir = \$data | ${4:-.}" <<<"$CONF")
	status=0
	output=$(ip netns exec "$members_ns" "$CLUSTER" <<<"$conf" 2>"$BATS_TEST_TMPDIR/stderr") ||
		status=$?
	unset CNI_COMMAND
}

ok() {
	as "$@"
	[ "$status" -eq 0 ] || fail "$*: $output" "$(cat "$BATS_TEST_TMPDIR/stderr")"
}

refused() { # CODE TEXT
	[ "$status" -ne 0 ] || fail "it succeeded: $output" || return
	jq -e --argjson code "$1" --arg text "$2" '.code == $code and (.msg | contains($text))' \
		<<<"$output" >/dev/null || fail "expected $1 with \"$2\", got: $output"
}

given() {
	jq -r '[.ips[].address] | join(" ")' <<<"$output"
}

# tool NODE COMMAND…: the person's side, as on that node.
tool() {
	local node=$1

	mkdir -p "$BATS_TEST_TMPDIR/conf-$node"
	jq -c --arg node "$node" --arg data "$DATA/$node" \
		'.ipam.node = $node | .ipam.dataDir = $data' <<<"$CONF" \
		>"$BATS_TEST_TMPDIR/conf-$node/net.conf"
	shift
	ip netns exec "$members_ns" "$CLUSTER" "$1" --conf-dir "$BATS_TEST_TMPDIR/conf-$node" "${@:2}"
}

# Addresses that etcd has, as HEX.
addresses() {
	ctl get --prefix --keys-only "/ipvlan-cni/1/$NETWORK/address/" | sed -n 's|.*/address/||p'
}
