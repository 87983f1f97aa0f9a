# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Where the debug kernels lie. Sourced by build, module and run, which set $here before.
#
#	$debug/source-VERSION   Debian's kernel source, with the patches of patches/
#	$debug/KIND-KEY         where it was built; KEY is a hash of source version, patches and
#	                        configuration
#	$debug/KIND             symlink to KIND-KEY; made last: it says that the kernel is whole
#	$debug/KIND/vmlinux     the kernel: an ELF file that QEMU starts, or that is a program (uml)
#	$debug/KIND/root        its modules, as /usr/lib/modules has them
#	$debug/KIND/config      the lines it was configured from
#	$debug/KIND/recipe      configuration and patches

kinds=(uml x86)
debug=${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/debug

die() {
	echo "${0##*/}: $*" >&2
	exit "${die_status:-1}"
}

kind_is_one() { # KIND
	[[ " ${kinds[*]} " == *" $1 "* ]] || die "'$1' is none of ${kinds[*]}"
}

# The lines a kernel is configured from.
kind_config() { # KIND
	cat "$here/config/common" "$here/config/$1"
}

# All that makes a kernel what it is, but for its source.
kind_recipe() { # KIND
	kind_config "$1" && cat "$here"/patches/*.patch
}

kind_arch() { # KIND
	if [ "$1" = uml ]; then echo um; else echo x86_64; fi
}

# Whole, and of the recipe that the files here have now.
kind_is_built() { # KIND
	kind_recipe "$1" | cmp -s - "$debug/$1/recipe"
}

# Sets $tree and $version, or dies saying what to do.
kind_find() { # KIND
	kind_is_one "$1"
	kind_is_built "$1" || die "no debug kernel '$1' of this recipe (test/vm/debug/build $1)"
	tree=$(readlink -f "$debug/$1")
	version=$(<"$tree/include/config/kernel.release")
}
