# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A real etcd of three members in a netns of its own, on its loopback; and nodes that are only names.
# The members' files are in memory: their fsync costs nothing, and the disk of a test machine says
# nothing of that of an etcd.
#
# Sets members_ns, members_dir and MEMBERS (a JSON array of URLs).

members_url() { # NUMBER
	echo "${members_scheme:-http}://127.0.0.1:2379$1"
}

# Options for all that follow, from members_options (TLS …).
member_start() { # NUMBER
	local peers='m1=http://127.0.0.1:23801,m2=http://127.0.0.1:23802,m3=http://127.0.0.1:23803'

	# shellcheck disable=SC2086
	ip netns exec "$members_ns" etcd --name "m$1" --data-dir "$members_dir/m$1" \
		--listen-peer-urls "http://127.0.0.1:2380$1" \
		--initial-advertise-peer-urls "http://127.0.0.1:2380$1" \
		--listen-client-urls "$(members_url "$1")" \
		--advertise-client-urls "$(members_url "$1")" \
		--initial-cluster "$peers" --initial-cluster-state new \
		--initial-cluster-token "${members_token:-first}" --heartbeat-interval 100 \
		--election-timeout 1000 $members_options \
		>"$members_dir/m$1.log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$members_dir/m$1.pid"
}

member_stop() { # NUMBER [SIGNAL]
	local pid

	pid=$(cat "$members_dir/m$1.pid") || return
	kill "-${2:-TERM}" "$pid"
	while [ "${2:-TERM}" != STOP ] && [ "${2:-TERM}" != CONT ] && [ -e "/proc/$pid" ] &&
		! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
		sleep 0.05
	done
}

# Whatever a test left.
members_mend() {
	local i

	for i in 1 2 3; do
		[ -e "/proc/$(cat "$members_dir/m$i.pid")" ] || member_start "$i"
	done
	members_wait
}

members_wait() {
	local i

	for i in $(seq 100); do
		ctl endpoint health --cluster >/dev/null 2>&1 && return
		sleep 0.1
	done
	tail -n 5 "$members_dir"/m*.log >&2
	return 1
}

members_start() {
	local i

	members_ns=members-$$
	members_dir=$(mktemp -d /dev/shm/members.XXXXXX)
	ip netns add "$members_ns"
	ip -n "$members_ns" link set lo up
	for i in 1 2 3; do
		member_start "$i"
	done
	MEMBERS=$(printf '"%s",' "$(members_url 1)" "$(members_url 2)" "$(members_url 3)")
	MEMBERS="[${MEMBERS%,}]"
	export members_ns members_dir MEMBERS
	members_wait
}

members_free() {
	local i

	for i in 1 2 3; do
		[ ! -e "$members_dir/m$i.pid" ] || member_stop "$i" KILL 2>/dev/null
	done
	[ ! -e "/run/netns/$members_ns" ] || ip netns del "$members_ns"
	rm -rf "$members_dir"
}

# What an independent reader sees.
# shellcheck disable=SC2086
ctl() {
	ETCDCTL_API=3 ip netns exec "$members_ns" etcdctl --endpoints "$(members_url 1)" \
		--command-timeout=10s $members_ctl_options "$@"
}
