#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The power goes at any instant: what was given stays given, what was not is free.

load ../helpers

setup_file() {
	[ -n "${IPVLAN_GUEST:-}" ] || fail "not in a guest (test/vm/run)"
	modprobe -a loop dm-mod dm-log-writes ext4
	# The program from memory: it runs some hundred times.
	WORK=/dev/shm/ipam-power
	mkdir -p $WORK
	cp "$(readlink -f "$IPVLAN")" $WORK/ipvlan-ipam
	export WORK
}

@test "power cuts in the middle of ADDs and DELs lose no address and give none twice" {
	run python3 "$tree/test/bats/guest/ipam_power.py" $WORK/ipvlan-ipam $WORK "${POWER_CUTS:-24}"
	echo "$output"
	[ "$status" -eq 0 ]
	echo "# ${lines[-1]}" >&3
}
