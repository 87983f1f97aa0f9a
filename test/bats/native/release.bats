#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make dist` makes, where there is nothing else: an empty root with /proc and no library.
#
#     root/ ─┬─ ipvlan                 the released file
#            ├─ netns                  the pod's, bound here
#            └─ var/lib/cni            its reservations

load ../helpers
load ../ebpf

setup_file() {
	node_new
	export DIST=$tree/build/dist EMPTY=$BATS_FILE_TMPDIR/empty
	[ -x "$DIST/ipvlan" ] || fail "no $DIST/ipvlan: make dist"
}

teardown_file() {
	node_free
}

setup() {
	pod_new a
}

teardown() {
	pods_free
}

# alone VERB: by the released file in the empty root, in a mount namespace that ends with it.
alone() {
	status=0
	# shellcheck disable=SC2016
	output=$(conf ".ipam.dataDir = \"/var/lib/cni\" | ${2:-.}" |
		ip netns exec "$NODE" unshare --mount --propagation private sh -ec '
			mount -t tmpfs empty "$1"
			cp "$2" "$1/ipvlan"
			mkdir "$1/proc"
			mount -t proc proc "$1/proc"
			touch "$1/netns"
			mount --bind "$3" "$1/netns"
			mkdir -p "$1/var/lib/cni"
			mount --bind "$4" "$1/var/lib/cni"
			CNI_COMMAND=$5 CNI_CONTAINERID=a CNI_NETNS=/netns CNI_IFNAME=eth0 CNI_PATH=/ \
				exec chroot "$1" /ipvlan
		' sh "$EMPTY" "$DIST/ipvlan" "/run/netns/$(pod a)" "$DATA" "$1") || status=$?
	stderr=
}

@test "the released file attaches, checks and detaches a pod in a root that has nothing else" {
	mkdir -p "$EMPTY" "$DATA"
	alone ADD
	assert_success
	answer=$output
	enter "$(pod a)" ping -nqc 1 -W 2 10.77.0.1 >/dev/null
	enter "$(pod a)" ping -nqc 1 -W 2 fd77::1 >/dev/null
	alone CHECK ". + {prevResult: $answer}"
	assert_success
	alone DEL
	assert_success
	assert_nothing_left a
}

@test "the released file is one, position-independent, without symbols, and of less than 1.5 MB" {
	run -0 readelf -lWd "$DIST/ipvlan"
	[[ $output == *"DYN (Position-Independent"* && $output == *GNU_RELRO* && $output == *PIE* ]]
	[[ $output != *NEEDED* && $output != *INTERP* && $output != *RWE* ]]
	[ -z "$(nm "$DIST/ipvlan" 2>/dev/null)" ]
	[ "$(stat -c %s "$DIST/ipvlan")" -lt 1500000 ]
	# nothing says where it was built
	! grep -aqF "$tree" "$DIST/ipvlan"
}

@test "its SBOM names each library inside with a version, and the checksums are right" {
	(cd "$DIST" && sha256sum --quiet -c SHA256SUMS)
	assert_json '$d[0] | .spdxVersion == "SPDX-2.3" and (.creationInfo.created | fromdate > 0) and
		(.packages | map(.name)) == ["ipvlan", "cjson", "elfutils", "libbpf", "zlib", "musl"] and
		(.packages | all(.versionInfo | test("^[0-9]"))) and
		.packages[0].checksums[0].checksumValue == $sum and
		([.relationships[] | .relatedSpdxElement] | sort) == ([.packages[].SPDXID] | sort)' \
		--arg sum "$(sha256sum "$DIST/ipvlan" | cut -d' ' -f1)" <"$DIST/ipvlan.spdx.json"
}
