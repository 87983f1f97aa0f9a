#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our plugin beside the reference's ipvlan: the same requests, and results, reservations, interfaces,
# addresses and routes compared (test/cni/compare.py).

load ../helpers

# compare REFERENCES LEAST: see native/compare.bats.
compare() {
	run "$tree/test/cni/compare.py" ipvlan "${IPVLAN%/*}" "$1" "$BATS_TEST_TMPDIR"
	printf '# %s\n' "$(grep -c ': the same$' <<<"$output") the same, $(grep -c ': differs: ' <<<"$output") not" >&3
	assert_success
	[ "$(grep -c '^ok' <<<"$output")" -ge "$2" ]
}

@test "Debian 12's reference ipvlan, asked the same" {
	compare /usr/lib/cni 17
}

@test "the newest reference ipvlan, asked the same" {
	cache=${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/plugins
	[ ! -e "$cache.unavailable" ] || skip "unavailable: $(<"$cache.unavailable")"
	compare "$cache/usr/lib/cni" 19
}
