#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ipvlan install` into directories that a runtime reads meanwhile.

load ../helpers

setup() {
	BIN=$BATS_TEST_TMPDIR/opt/cni/bin CONFS=$BATS_TEST_TMPDIR/etc/net.d
	LIST=$BATS_TEST_TMPDIR/10-lan.conflist
	cp "$tree/examples/kubernetes.conflist" "$LIST"
}

place() {
	"$IPVLAN" install --bin-dir "$BIN" --conf-dir "$CONFS" "$@"
}

@test "install makes the directories and puts the plugin there, then the configuration" {
	run -0 place --conf "$LIST"
	[ "$output" = "$BIN/ipvlan: installed"$'\n'"$CONFS/10-lan.conflist: installed" ]
	cmp "$IPVLAN" "$BIN/ipvlan"
	cmp "$LIST" "$CONFS/10-lan.conflist"
	[ "$(stat -c %a "$BIN/ipvlan" "$CONFS/10-lan.conflist" | xargs)" = "755 644" ]
	[ "$("$BIN/ipvlan-ipam" --version)" = "$("$IPVLAN" --version)" ]
	[ "$(ls -A "$BIN" "$CONFS" | wc -w)" -eq 5 ] # with the two directories' names
}

@test "what was there is kept once, stays kept when the same is installed again, and comes back" {
	mkdir -p "$BIN" "$CONFS"
	echo old >"$BIN/ipvlan"
	chmod 700 "$BIN/ipvlan"
	echo '{}' >"$CONFS/10-lan.conflist"
	place --conf "$LIST" >&2
	run -0 place --conf "$LIST"
	[[ $output == *"ipvlan: unchanged"*"10-lan.conflist: unchanged" ]]
	[ "$(<"$BIN/ipvlan.previous")" = old ]

	place --rollback --conf "$LIST" >&2
	[ "$(<"$BIN/ipvlan")" = old ]
	[ "$(stat -c %a "$BIN/ipvlan")" = 700 ]
	[ "$(<"$CONFS/10-lan.conflist")" = '{}' ]
	place --rollback --conf "$LIST" >&2
	cmp "$IPVLAN" "$BIN/ipvlan"
	cmp "$LIST" "$CONFS/10-lan.conflist"
}

@test "a rollback without anything to go back to is refused and changes nothing" {
	mkdir -p "$BIN" "$CONFS"
	echo one >"$CONFS/10-lan.conflist"
	echo two >"$CONFS/10-lan.conflist.previous"
	cp "$IPVLAN" "$BIN/ipvlan"
	run -1 place --rollback --conf "$LIST"
	[[ $output == *"ipvlan: exchange with ipvlan.previous: No such file or directory"* ]]
	[ "$(<"$CONFS/10-lan.conflist")" = one ]
	cmp "$IPVLAN" "$BIN/ipvlan"
}

@test "a configuration that no runtime would take is refused before anything is installed" {
	refused() { # FILE CONTENT TEXT
		echo "$2" >"$BATS_TEST_TMPDIR/$1"
		run -1 place --conf "$BATS_TEST_TMPDIR/$1"
		[[ $output == *"$1"*"$3"* ]] || fail "$output" || return
		[ ! -e "$BIN" ]
	}
	refused 10.conflist '{"name": "lan", "plugins": [' 'line 2'
	refused 10.conflist '{"name": "lan", "type": "ipvlan"}' '"plugins" is missing'
	refused 10.conf '{"type": "ipvlan"}' '"name" or'
	refused 10.yaml '{"name": "lan", "type": "ipvlan"}' 'end in .conflist'
	run -1 place --conf "$BATS_TEST_TMPDIR/none.conf"
	[[ $output == *"none.conf: No such file"* ]]
}

@test "a plugin that is running is replaced, and a directory without room keeps the old one" {
	mkdir -p "$BIN"
	cp /bin/sleep "$BIN/ipvlan"
	"$BIN/ipvlan" 100 &
	sleeper=$!
	place >&2
	kill $sleeper
	cmp "$IPVLAN" "$BIN/ipvlan"

	# shellcheck disable=SC2016
	run -0 unshare --mount --propagation private bash -ec '
		mount -t tmpfs -o size=64k small "$2"
		echo old >"$2/ipvlan"
		if "$1" install --bin-dir "$2"; then exit 1; fi
		[ "$(<"$2/ipvlan")" = old ]
		ls -A "$2"' bash "$IPVLAN" "$BIN"
	[[ $output == *"ipvlan: install: No space left on device"* && $output != *.tmp-* ]]
}

# Whoever looks sees one of the two, whole, at each moment; and so it is left by a kill at any.
@test "killed at any call that writes it leaves the old plugin or the new one" {
	local call

	mkdir -p "$BIN"
	for call in write fsync linkat renameat; do
		cp /bin/sleep "$BIN/swap" && mv "$BIN/swap" "$BIN/ipvlan"
		run -137 strace -qqo /dev/null -e "inject=$call:signal=KILL" "$IPVLAN" install --bin-dir "$BIN"
		cmp "$BIN/ipvlan" /bin/sleep
	done
	place >&2
	cmp "$IPVLAN" "$BIN/ipvlan"
}
