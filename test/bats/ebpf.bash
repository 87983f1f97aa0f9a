# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the suites of the eBPF datapath share, beside helpers.bash. They run on any kernel that takes
# the programs, this machine's among them, and with clsact where a kernel has no tcx.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ a       eth0 │  │ b       eth0 │   10.77.0.10…, fd77::10…
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

TRAFFIC=$tree/test/bats/module/traffic.py
export CONF_ALSO='{"datapath": "ebpf"}'

# What a suite does not have otherwise.
setup_file() {
	node_new
}

teardown_file() {
	node_free
}

teardown() {
	pods_gone
}

# pods NAME…: pods that are attached, in this order: the first has .10, the next .11 …
pods() {
	local name

	pod_new "$@"
	for name; do add "$name" "${conf:-$CONF}"; done
}

# All pods away, and what the host has for them, as a runtime does.
pods_gone() {
	pods_free
	cni_ok GC '' '' '' "$(conf '. + {"cni.dev/valid-attachments": []}')"
}

reaches() { # NETNS ADDRESS [PING-OPTION…]
	enter "$1" ping -nqc 1 -W "${wait:-2}" "${@:3}" "$2" >/dev/null || fail "$1 cannot reach $2"
}

cannot_reach() { # NETNS ADDRESS [PING-OPTION…]
	! enter "$1" ping -nqc 1 -W 1 "${@:3}" "$2" >/dev/null || fail "$1 reaches $2"
}

# Waits for what comes by itself, up to 5 s.
eventually() { # COMMAND…
	local i

	for i in {1..50}; do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.1
	done
	"$@"
}

# broadcast FROM ADDRESS NETNS…: who of them got a datagram, by the name that its netns has here.
broadcast() {
	"$TRAFFIC" broadcast "$@" | sed "s/-$NODE//g; s/$NODE/node/; s/$ROUTER/router/"
}

# The BPF programs on a device of the node, `HOOK NAME` a line.
programs_on() { # DEVICE
	python3 "$tree/test/bats/programs.py" "$NODE" "$1"
}

# All that tc shows is asked of the real one: busybox has another.
tc_node() {
	ip netns exec "$NODE" tc "$@"
}

# drops REASON: how often, of all pods together and of what is no pod's.
drops() {
	ip netns exec "$NODE" env -u CNI_COMMAND "$IPVLAN" ebpf --json |
		jq --arg reason "$1" '[.pods[].drops[$reason]] | add'
}

host_ends() {
	ip -n "$NODE" -j link show type veth | jq -r '.[].ifname | select(startswith("ipvl"))'
}
