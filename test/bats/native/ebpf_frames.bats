#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole frames, broken ones and such as are made of both, through the programs in the kernel.

bats_require_minimum_version 1.5.0

@test "of 100,000 frames those pass that may, and no others" {
	tree=$BATS_TEST_DIRNAME/../../..
	[ -x "$tree/build/bpf/frames" ] || { echo "make unit builds it"; false; }
	run -0 "$tree/build/bpf/frames" 1 100000 <"$tree/test/bpf/corpus"
	[[ $output == *', 0 wrong' ]]
}
