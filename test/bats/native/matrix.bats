#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verbs × versions × what can be wrong (test/cni/matrix.py has the table).

load ../helpers

setup_file() {
	node_new
	pod_new pod
}

teardown_file() {
	pods_free
	node_free
}

@test "every verb in every version answers what is wrong with its code, and leaves nothing" {
	mkdir -p "$DATA"
	run enter "$NODE" "$tree/test/cni/matrix.py" "$IPVLAN" "/run/netns/$(pod pod)" "$DATA"
	echo "# ${lines[-1]}" >&3
	assert_success
	assert_nothing_left pod
}
