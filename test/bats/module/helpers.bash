# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each test has this to itself, and leaves nothing of it:
#
#       netns ns0            netns ns1
#      ┌───────────┐        ┌───────────┐
#      │   ipvl0   │        │   ipvl1   │        slaves, made by the test
#      └─────┬─────┘        └─────┬─────┘
#      ┌─────┴────────────────────┴─────┐        ┌─────────────────┐
#      │              eth0 ─────────────┼────────┼─ wire           │
#      │  10.0.0.1/24         a veth    │  pair  │  10.0.0.254/24  │
#      │  fd00::1/64                    │        │  fd00::fe/64    │
#      └────────────────────────────────┘        └─────────────────┘
#       netns host                                netns router
#
# l2 slaves take addresses of the wire's subnet, 10.0.0.0/24 and fd00::/64; for l3 slaves there is
# 10.0.1.0/24 and fd00:1::/64, which the router reaches through the host.

TRAFFIC=${BASH_SOURCE[0]%/*}/traffic.py
# shellcheck source=../json.bash source-path=SCRIPTDIR
. "${BASH_SOURCE[0]%/*}/../json.bash"

setup() {
	ip -batch - <<-'EOF'
		netns add host
		netns add router
		netns add ns0
		netns add ns1
	EOF
	ip -n host -batch - <<-'EOF'
		link add eth0 address 02:00:00:00:00:01 type veth peer name wire netns router
		addr add 10.0.0.1/24 dev eth0
		addr add fd00::1/64 dev eth0 nodad
		link set eth0 up
		link set lo up
	EOF
	ip -n router -batch - <<-'EOF'
		addr add 10.0.0.254/24 dev wire
		addr add fd00::fe/64 dev wire nodad
		link set wire up
		route add 10.0.1.0/24 via 10.0.0.1
		route add fd00:1::/64 via fd00::1
	EOF
}

teardown() {
	ip -all netns del
}

in_ns() { # NETNS COMMAND...
	ip netns exec "$@"
}

# A slave that is up, with an address of its own in each family: 10.0.N.I and fd00:N::I, N being 0
# in l2 and 1 in l3. Its netns has a default route through it.
slave() { # NETNS DEVICE MODE I [FLAG]
	local net=0 six=fd00: gw4='via 10.0.0.254' gw6='via fd00::fe'

	if [ "$3" != l2 ]; then net=1 six=fd00:1: gw4='' gw6=''; fi
	ip -n host link add link eth0 name "$2" netns "$1" type ipvlan mode "$3" ${5:-}
	ip -n "$1" -batch - <<-EOF
		link set lo up
		addr add 10.0.$net.$4/24 dev $2
		addr add $six:$4/64 dev $2 nodad
		link set $2 up
		route add 0.0.0.0/0 $gw4 dev $2
		route add ::/0 $gw6 dev $2
	EOF
}

# A bond of two ports, p0 in use, and an l2 slave on it in ns0: 10.0.2.10, fd00:2::10. The router has
# the other ends, w0 and w1.
slave_of_bond() {
	ip -n host -batch - <<-'EOF'
		link add bond0 type bond mode active-backup
		link add p0 type veth peer name w0 netns router
		link add p1 type veth peer name w1 netns router
		link set p0 master bond0
		link set p1 master bond0
		link set bond0 type bond active_slave p0
		addr add 10.0.2.1/24 dev bond0
		link set bond0 up
		link add link bond0 name ipvl0 netns ns0 type ipvlan mode l2
	EOF
	ip -n router -batch - <<-'EOF'
		link set w0 up
		link set w1 up
	EOF
	ip -n ns0 -batch - <<-'EOF'
		addr add 10.0.2.10/24 dev ipvl0
		addr add fd00:2::10/64 dev ipvl0 nodad
		link set ipvl0 up
	EOF
	eventually holds ns0 link ipvl0 '.flags | index("LOWER_UP")'
}

reaches() { # NETNS ADDRESS [PING-OPTION...]
	in_ns "$1" ping -q -c1 -W5 "${@:3}" "$2" >/dev/null ||
		{ echo "$1 does not reach $2"; return 1; }
}

cannot_reach() { # NETNS ADDRESS [PING-OPTION...]
	! in_ns "$1" ping -q -c1 -W1 "${@:3}" "$2" >/dev/null || { echo "$1 reaches $2"; return 1; }
}

# The jq FILTER holds for what `ip -d -j link|addr show` says of the device.
holds() { # NETNS link|addr DEVICE FILTER
	local state

	state=$(ip -n "$1" -d -s -j "$2" show dev "$3")
	jq -e ".[0] | $4" >/dev/null <<<"$state" || { echo "not so: $4, in: $state"; return 1; }
}

fails() { # COMMAND...
	! "$@" >/dev/null 2>&1 || { echo "does not fail: $*"; return 1; }
}

# The command fails, and says why in these words.
refused() { # WORDS COMMAND...
	local words=$1

	shift
	run "$@"
	[ "$status" -ne 0 ] || { echo "not refused: $*"; return 1; }
	[[ $output == *"$words"* ]] || { echo "refused, but: $output"; return 1; }
}

# A counter of `ethtool -S`.
counter() { # NETNS DEVICE NAME
	in_ns "$1" ethtool -S "$2" | awk -v name="$3:" '$1 == name { print $2; found = 1 }
		END { exit !found }'
}

# Waits for what comes by itself, up to 5 s.
eventually() { # COMMAND...
	local i

	for i in {1..25}; do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.2
	done
	"$@"
}
