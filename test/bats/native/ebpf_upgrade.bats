#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The plugin is replaced by a version whose maps are others, while pods run. Which version a set is of
# stands in its first word.

load ../helpers
load ../ebpf

# The set of a host end becomes another version's.
make_old() { # HOST-END
	local program map

	program=$(tc_node -j filter show dev "$1" ingress | jq '[.. | .prog?.id // empty][0]')
	for map in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
		[ "$(bpftool -j map show id "$map" | jq -r .name)" = .data.master ] || continue
		# shellcheck disable=SC2046
		bpftool map update id "$map" key 0 0 0 0 value \
			$(bpftool -j map lookup id "$map" key 0 0 0 0 | jq -r '["0x63"] + .value[1:] | join(" ")')
		return
	done
	fail "no set on $1"
}

@test "pods of another version lose no frame and nothing else; with the last of them it gives way" {
	pods a b
	make_old "$(host_ends | head -1)"
	busybox nsenter -n"/run/netns/$ROUTER" ping -nqi 0.05 10.77.0.10 >"$BATS_TEST_TMPDIR/ping" &
	ping=$!
	pod_new c
	cni ADD c c eth0 "$CONF"
	assert_error 103 'of another version of ipvlan .maps 99, .*when the last of its old ones has gone'
	[ "$(host_ends | wc -l)" -eq 2 ]
	[ "$(reservations | wc -l)" -eq 4 ]
	cni_ok CHECK b b eth0 "$(with_prev "$CONF" "$answer")"
	reaches "$(pod a)" 10.77.0.11
	cni_ok DEL b b eth0 "$CONF"
	reaches "$(pod a)" fd77::1
	kill -INT $ping
	wait $ping
	grep -q ' 0% packet loss' "$BATS_TEST_TMPDIR/ping" || fail "$(<"$BATS_TEST_TMPDIR/ping")"
	cni_ok DEL a a eth0 "$CONF"
	[ -z "$(programs_on eth0)" ]
	add c "$CONF"
	reaches "$(pod c)" 10.77.0.1
}

@test "another version's programs that no pod needs any more are no hindrance" {
	pods a
	make_old "$(host_ends)"
	ip -n "$(pod a)" link del eth0
	pods b
	reaches "$(pod b)" 10.77.0.1
	[ "$(programs_on eth0 | wc -l)" -eq 2 ]
}
