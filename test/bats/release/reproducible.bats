#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make dist` twice: here, and in a copy of the sources that lies elsewhere, built at another time.

bats_require_minimum_version 1.5.0

@test "the release is the same, byte by byte, wherever and whenever it is built" {
	local copy=$BATS_TEST_TMPDIR/a/longer/way/to/the/sources

	cd "$BATS_TEST_DIRNAME/../../.."
	mkdir -p "$copy"
	git ls-files -co --exclude-standard -z | xargs -0 cp -P --parents -t "$copy"
	make -s dist
	make -s -j2 -C "$copy" dist TZ=Pacific/Auckland LC_ALL=C
	cmp build/dist/ipvlan "$copy/build/dist/ipvlan"
	cmp build/dist/ipvlan.spdx.json "$copy/build/dist/ipvlan.spdx.json"
	cmp build/dist/SHA256SUMS "$copy/build/dist/SHA256SUMS"
}
