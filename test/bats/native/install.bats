#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where `make install-module` puts the driver it goes before the kernel's own of the same name.
#
#     DIR/lib/modules/VERSION/ ─┬─ kernel/drivers/net/ipvlan/ipvlan.ko   the kernel's own
#                               └─ updates/ipvlan.ko                     ours

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../../.."
	tree=$(readlink -f "${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/kernels/bookworm")
	version=${tree##*/}
	modules=$BATS_TEST_TMPDIR/lib/modules/$version
	mkdir -p "$modules"/{kernel/drivers/net/ipvlan,updates}
	cp "$tree/usr/lib/modules/$version/kernel/drivers/net/ipvlan/ipvlan.ko" \
		"$modules/kernel/drivers/net/ipvlan/"
	touch "$modules"/modules.{order,builtin}
}

which_one() { # MODULE|ALIAS
	modprobe -d "$BATS_TEST_TMPDIR" -S "$version" --show-depends "$1"
}

@test "installed under updates/ our driver is the one that is loaded, by name and by link kind" {
	depmod -b "$BATS_TEST_TMPDIR" "$version"
	[ "$(which_one ipvlan)" = "insmod $modules/kernel/drivers/net/ipvlan/ipvlan.ko " ]

	cp "build/module/$version/ipvlan.ko" "$modules/updates/"
	depmod -b "$BATS_TEST_TMPDIR" "$version"
	[ "$(which_one ipvlan)" = "insmod $modules/updates/ipvlan.ko " ]
	[ "$(which_one rtnl-link-ipvlan)" = "insmod $modules/updates/ipvlan.ko " ]
}

@test "modinfo tells which of the two it is" {
	[ "$(modinfo -F description "build/module/$version/ipvlan.ko")" = \
		"ipvlan-cni: network devices that share a MAC and are told apart by IP address" ]
	[ "$(modinfo -F version "build/module/$version/ipvlan.ko")" != \
		"$(modinfo -F version "$modules/kernel/drivers/net/ipvlan/ipvlan.ko")" ]
	[ -z "$(modinfo -F parm "build/module/$version/ipvlan.ko")" ]
}

@test "make install puts the plugin where it is told, and make uninstall takes it away" {
	make -s install DESTDIR="$BATS_TEST_TMPDIR/root" BINDIR=/opt/cni/bin
	"$BATS_TEST_TMPDIR/root/opt/cni/bin/ipvlan" --version
	[ -s "$BATS_TEST_TMPDIR/root/usr/local/share/man/man8/ipvlan.8" ]
	make -s uninstall DESTDIR="$BATS_TEST_TMPDIR/root" BINDIR=/opt/cni/bin
	[ -z "$(find "$BATS_TEST_TMPDIR/root" ! -type d)" ]
}
