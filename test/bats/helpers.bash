# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the suites of the plugin share: a node with a router behind it, containers as netns, the
# plugin called as a runtime calls it, and assertions. What a suite runs with can be set from outside:
#
#   IPVLAN     the plugin under test (default: build/ipvlan)
#   CONF_ALSO  a JSON object merged into each configuration (default: {})
#
# All state is read as JSON (`ip -j`). In an emulated guest each start of a program is dear, so that one
# call checks much: hence busybox, too, and no `run` around the plugin.

bats_require_minimum_version 1.5.0
tree=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
# shellcheck source=json.bash source-path=SCRIPTDIR
. "$tree/test/bats/json.bash"
export IPVLAN=${IPVLAN:-$tree/build/ipvlan}
export CNI_PATH=/usr/lib/cni
unset CNI_ARGS CNI_NETNS_OVERRIDE

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# ---- the network --------------------------------------------------------------------------------

# The node is where the plugin runs, the router is the wire behind its interface eth0.
node_new() {
	export NODE=node-$$ ROUTER=router-$$ DATA=$BATS_FILE_TMPDIR/networks

	[ -x "$IPVLAN" ] || fail "no plugin at $IPVLAN: make plugin" || return
	ip netns add "$NODE"
	ip netns add "$ROUTER"
	ip link add eth0 netns "$NODE" type veth peer name lan netns "$ROUTER"
	ip -n "$NODE" -b - <<-END
		link set lo up
		link set eth0 up
		addr add 10.77.0.2/24 dev eth0
		addr add fd77::2/64 dev eth0 nodad
		route add default via 10.77.0.1
		route add default via fd77::1
	END
	ip -n "$ROUTER" -b - <<-END
		link set lo up
		link set lan up
		addr add 10.77.0.1/24 dev lan
		addr add fd77::1/64 dev lan nodad
		route add 10.78.0.0/24 via 10.77.0.2
		route add fd78::/64 via fd77::2
	END
	NODE_LINKS=$(ip -n "$NODE" -j link | jq -c 'map(.ifname)')
	CONF=$(jq -cn --arg data "$DATA" --argjson also "${CONF_ALSO:-{\}}" '{
		cniVersion: "1.1.0", name: "net", type: "ipvlan", master: "eth0",
		ipam: { type: "host-local", dataDir: $data,
			ranges: [[{ subnet: "10.77.0.0/24", rangeStart: "10.77.0.10" }],
				 [{ subnet: "fd77::/64", rangeStart: "fd77::10" }]],
			routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }] }
	} + $also')
	export NODE_LINKS CONF
}

node_free() {
	local ns

	for ns in "$NODE" "$ROUTER"; do
		[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	done
}

# driver ours|in-tree: which one makes links of kind ipvlan in this guest from now on. None may be there.
driver() {
	local conf=/run/modprobe.d/ipvlan.conf

	rmmod ipvlan 2>/dev/null || true
	[ "$1" = ours ] || mv $conf $conf.off
	[ "$1" != ours ] || [ ! -e $conf.off ] || mv $conf.off $conf
	modprobe ipvlan
	case $1$(cat /sys/module/ipvlan/taint) in
	ours*O* | in-tree) ;;
	*) fail "the driver is not $1" ;;
	esac
}

enter() { # NETNS COMMAND…
	busybox nsenter -n"/run/netns/$1" "${@:2}"
}

# pod_new NAME…: a container's netns each, at /run/netns/$(pod NAME); pods_free takes all away.
pod() {
	echo "$1-$NODE"
}

pod_new() {
	local name

	for name; do
		ip netns add "$name-$NODE"
	done
}

# A netns dies some time after it was deleted, and until then its interface would hold its addresses.
pods_free() {
	local ns

	for ns in /run/netns/*-"$NODE"; do
		[ -e "$ns" ] || continue
		ip -n "${ns##*/}" link del eth0 2>/dev/null || true
		ip netns del "${ns##*/}"
	done
	rm -rf "$DATA"
}

# ---- the plugin ---------------------------------------------------------------------------------

# conf FILTER [JQ-ARG…]: the suite's configuration, changed.
conf() {
	jq -c "${@:2}" "$1" <<<"$CONF"
}

# cni VERB CONTAINER NETNS IFNAME CONF: in the node's netns. NETNS is a pod's name, a path, or empty.
# Sets status, output (stdout) and stderr. under[] is put before the plugin: a tracer.
under=()
cni() {
	cni_conf=$5 status=0
	output=$(cni_exec "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

cni_exec() {
	local netns=$3

	[[ -z $netns || $netns == /* ]] || netns=/run/netns/$netns-$NODE
	export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=$netns CNI_IFNAME=$4
	printf %s "$5" | enter "$NODE" "${under[@]}" "$IPVLAN"
}

# The same, and it has to work.
cni_ok() {
	cni "$@"
	assert_success
}

# disturb [OPTION…] VERB PLUGIN POD CONF: see test/fault/fault.c.
disturb() {
	local args=("${@:1:$#-1}")

	[ -x "$tree/build/fault" ] || fail "no build/fault: make fault" || return
	args[-1]=/run/netns/${args[-1]}
	enter "$NODE" "$tree/build/fault" -d "$DATA" "${args[@]}" "${!#}" >"$BATS_TEST_TMPDIR/faults" ||
		fail "$(<"$BATS_TEST_TMPDIR/faults")" || return
	tail -1 "$BATS_TEST_TMPDIR/faults" | sed 's/^/# /' >&3
	[[ $(tail -1 "$BATS_TEST_TMPDIR/faults") =~ :\ [1-9][0-9]*\ calls ]] || fail "nothing failed"
}

# add POD CONF: container id and pod have the same name; the answer is in $answer.
add() {
	cni_ok ADD "$1" "$1" eth0 "$2"
	answer=$output
}

# with_prev CONF ANSWER: as a runtime gives it to DEL and CHECK.
with_prev() {
	printf '%s, "prevResult": %s}' "${1%\}}" "$2"
}

# ---- assertions ---------------------------------------------------------------------------------

assert_success() {
	[ "$status" -eq 0 ] || fail "exit status $status" "$output" "$stderr"
}

# assert_json FILTER [JQ-ARG…]: true of the documents on stdin, which are $d, one after the other.
assert_json() {
	local documents

	documents=$(</dev/stdin)
	jq -es ". as \$d | $1" "${@:2}" <<<"$documents" >/dev/null || fail "not so: $1" "of: $documents"
}

# assert_error CODE MSG [DETAILS]: the plugin failed with exactly one error object on stdout, of the
# configuration's cniVersion (the newest, if it could not be read), and these regular expressions are
# found in it.
assert_error() {
	[ "$status" -eq 1 ] || fail "exit status $status, expected 1" "$output" "$stderr" || return
	assert_json '($d | length == 1) and ($d[0] | .code == $code and (.msg | test($msg))
		and ((.details // "") | test($details))
		and .cniVersion == ($conf | (try fromjson catch null) |
			if type == "object" then .cniVersion // "0.1.0" else "1.1.0" end))' \
		--argjson code "$1" --arg msg "$2" --arg details "${3:-}" --arg conf "$cni_conf" <<<"$output"
}

reservations() {
	(shopt -s nullglob && cd "$DATA/net" 2>/dev/null && printf '%s\n' *[.:]*) |
		sed '/^last_reserved_ip\.[0-9]*$/d; /^$/d'
}

# Only what is there when nothing is attached: the network's lock and the address given last.
assert_nothing_reserved() {
	local file

	for file in "$DATA"/*/* "$DATA"/*/.[!.]*; do
		[[ ! -e $file || $file =~ /(lock|last_reserved_ip\.[0-9]+)$ ]] || fail "left: $file" || return
	done
}

# assert_nothing_left POD [LINK…]: no interface of ours in the pod, which has lo and these, nor in the
# node; no reservation.
assert_nothing_left() {
	local pod=$1-$NODE

	shift
	{ ip -n "$pod" -j link && ip -n "$NODE" -j link; } | assert_json \
		'($d[0] | map(.ifname)) == ["lo"] + $ARGS.positional and ($d[1] | map(.ifname)) == $node' \
		--argjson node "$NODE_LINKS" --args "$@" || return
	assert_nothing_reserved
}
