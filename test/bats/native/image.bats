#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The image that brings the plugin to a node, as buildah builds it and podman runs it.

load ../helpers
load ../clients

setup_file() {
	node_new
	podman_new
	enter "$NODE" buildah --root "$TOP/store" --runroot "$TOP/run" --storage-driver vfs \
		build --isolation chroot -qt localhost/ipvlan-cni -f "$tree/dist/Containerfile" \
		"$tree/build/dist" >&2
}

teardown_file() {
	podman_free
	node_free
}

@test "the image has one file, which installs itself and a configuration into the node's directories" {
	local node=$BATS_TEST_TMPDIR/node

	mkdir -p "$node"/{bin,net.d,conf}
	cp "$tree/examples/kubernetes.conflist" "$node/conf/10-lan.conflist"
	podman run --rm --network none --read-only -v "$node:/host" localhost/ipvlan-cni \
		--bin-dir /host/bin --conf-dir /host/net.d --conf /host/conf/10-lan.conflist >&2
	cmp "$tree/build/dist/ipvlan" "$node/bin/ipvlan"
	cmp "$tree/examples/kubernetes.conflist" "$node/net.d/10-lan.conflist"

	podman create --name one --network none localhost/ipvlan-cni >&2
	[ "$(podman export one | tar -t | grep -vE '/$|^(dev|etc|proc|run|sys)/')" = ipvlan ]
}

@test "as a container of a DaemonSet it stays, and ends as soon as it is told to" {
	local node=$BATS_TEST_TMPDIR/node

	mkdir -p "$node"
	podman run -d --name stays --network none -v "$node:/host" localhost/ipvlan-cni \
		--bin-dir /host/bin --stay >&2
	until [ -e "$node/bin/ipvlan-ipam" ]; do sleep 0.1; done
	[ "$(podman inspect -f '{{.State.Running}}' stays)" = true ]
	podman stop -t 60 stays >&2
	[ "$(podman inspect -f '{{.State.ExitCode}}' stays)" = 0 ]
}
