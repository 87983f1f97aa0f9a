# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the kernel's own driver does, item by item (test/conformance.md), asked of both drivers in one
# guest:
#
#	bats test/bats/conformance/in-tree test/bats/conformance/ours
#
# Both are names of the directory items/; by which one a file was reached says which driver is loaded
# for it. What a test says holds for both, but for its two branches of `if ours`: there we differ on
# purpose. The netns are those of ../module/helpers.bash.

load ../../module/helpers

driver=${BATS_TEST_DIRNAME##*/}

setup_file() {
	sh /run/guest/driver "$driver"
}

ours() {
	[ "$driver" = ours ]
}

# The guest's kernel is this one or a later one.
since() { # VERSION
	printf '%s\n' "$1" "$IPVLAN_GUEST" | sort -CV
}

# A counter of the netns' IP stack.
mib() { # NETNS NAME
	in_ns "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# A counter of a link, as "rx.dropped".
count() { # NETNS DEVICE NAME
	ip -n "$1" -s -j link show dev "$2" | jq ".[0].stats64.$3"
}

# What link requests in numbers are answered with, a word each: ok, or the name of an errno. The first
# makes probe0, the second probe1, and so on.
answers() { # MASTER:MODE:FLAGS...
	"$TRAFFIC" answers host "$@" | cut -d ' ' -f 1 | paste -sd ' '
}
