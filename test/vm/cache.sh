# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# Where the guests' kernels lie, and how a name becomes one. Sourced by fetch, build-module and run.
#
#	$kernels/VERSION             a small Debian root: kernel, modules, headers and the compiler
#	                             that they ask for, each at its own path (chroot works)
#	$kernels/VERSION/packages    what it was unpacked from; written last: the tree is whole
#	$kernels/ALIAS               symlink to VERSION
#	$kernels/ALIAS.unavailable   instead of the symlink: why this kernel cannot be had

aliases=(bookworm trixie newest)
kernels=${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/kernels

die() {
	echo "${0##*/}: $*" >&2
	exit "${die_status:-1}"
}

kernel_is_whole() { # ALIAS|VERSION
	[ -e "$kernels/$1/packages" ]
}

# Sets $version and $tree for ALIAS|VERSION, or dies saying what there is instead.
kernel_find() {
	local why=$kernels/$1.unavailable

	case $1 in
	'' | */* | .*) die "'$1' is no kernel's name: try ${aliases[*]} or a version" ;;
	esac
	if kernel_is_whole "$1"; then
		tree=$(readlink -f "$kernels/$1")
		version=${tree##*/}
		return
	fi
	[ ! -e "$why" ] || die "kernel $1 is unavailable: $(<"$why")"
	die "no kernel '$1' in $kernels (test/vm/fetch brings ${aliases[*]})"
}
