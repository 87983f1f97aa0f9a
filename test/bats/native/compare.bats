#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our IPAM beside the reference's host-local and static: the same requests, and results, files and
# refusals compared (test/cni/compare.py has the scenarios, and where they differ on purpose).

load ../helpers

# compare REFERENCES LEAST: at least so many scenarios, each the same or listed with its reason.
compare() {
	run "$tree/test/cni/compare.py" ipam "${IPVLAN%/*}" "$1" "$BATS_TEST_TMPDIR"
	printf '# %s\n' "$(grep -c ': the same$' <<<"$output") the same, $(grep -c ': differs: ' <<<"$output") not" >&3
	assert_success
	[ "$(grep -c '^ok' <<<"$output")" -ge "$2" ]
}

@test "host-local and static of Debian 12's reference plugins, asked the same" {
	compare /usr/lib/cni 43
}

@test "host-local and static of the newest reference plugins, asked the same" {
	cache=${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/plugins
	[ ! -e "$cache.unavailable" ] || skip "unavailable: $(<"$cache.unavailable")"
	compare "$cache/usr/lib/cni" 47
}
