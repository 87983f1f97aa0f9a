#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the manual pages say, against the tables that the programs are made of: neither can be changed
# without the other.

load ../helpers

setup_file() {
	cd "$tree"
	ip netns add "docs-$$"
	export NS=docs-$$
	ip -n "$NS" link add eth0 type veth peer name peer
}

teardown_file() {
	ip netns del "$NS"
}

setup() {
	cd "$tree"
	page5=docs/man/ipvlan-cni.5 page8=docs/man/ipvlan.8
}

# The keys of the table, as the manual page has them: a range's and ipam's with what they are in.
keys() {
	sed -nE 's/^\t\{ KEY_PLUGIN, "(.*)" \},/\1/p; s/^\t\{ KEY_IPAM, "(.*)" \},/ipam.\1/p
		s/^\t\{ KEY_RANGE, "(.*)" \},/ranges.\1/p' plugin/conf_keys.c
}

# Each key of ipvlan-cni(5), with its example: KEY<tab>EXAMPLE
examples() {
	awk '/^\.It Ic /{key = $3} /^Example: /{sub(/^Example: /, ""); print key "\t" $0}' $page5
}

@test "the parser reads no key that is not in the table of keys" {
	local name

	[ "$(keys | wc -l)" -gt 40 ]
	# What is deeper: of a runtime, an attachment, an address, a pod's wishes.
	grep -ohE 'json_get\(&?[a-z]+, "[^"]+"|^	\{ "[a-zA-Z]+", read_' \
		plugin/conf{,_detect,_ipam,_pool,_pod,_runtime}.c | sed -E 's/.*"([^"]+)".*/\1/' | sort -u |
		while read -r name; do
			case $name in
			cni | ips | ipRanges | containerID | ifname | address | servers | searches | options | \
				mac | sysctls) continue ;;
			esac
			keys | grep -qE "^(ipam\.|ranges\.)?$name\$" || fail "not in conf_keys.c: $name"
		done
}

@test "ipvlan-cni(5) tells of each key its type, default and an example, and of no other" {
	local key

	diff <(keys | sort) <(sed -n 's/^\.It Ic //p' $page5 | sort)
	for key in $(keys); do
		awk -v key="$key" '/^\.It Ic /{on = $3 == key} /^\.El/{on = 0} on' $page5 >"$BATS_TEST_TMPDIR/item"
		for part in Type Default Example; do
			grep -q "^$part: ." "$BATS_TEST_TMPDIR/item" || fail "$key: no $part"
		done
	done
}

@test "each example of ipvlan-cni(5) is taken, and each of its keys means something" {
	local key example filter n=0

	mkdir "$BATS_TEST_TMPDIR/net.d"
	while IFS=$'\t' read -r key example; do
		case $key in
		ipam.*) filter='.ipam += $ex' ;;
		ranges.*) filter='.ipam.ranges = [[$ex]]' ;;
		*) filter='. += $ex' ;;
		esac
		n=$((n + 1))
		jq -n --argjson ex "{$example}" --arg name "n$n" "{cniVersion: \"1.1.0\", name: \$name,
			type: \"ipvlan\", master: \"eth0\", ipam: {type: \"host-local\",
			ranges: [[{subnet: \"10.7.0.0/24\"}]]}} | $filter" \
			>"$BATS_TEST_TMPDIR/net.d/$n-$key.conf" 2>/dev/null || {
			key=${key//\//_}
			jq -n --argjson ex "{$example}" '{cniVersion: "1.1.0", name: "x", type: "ipvlan",
				master: "eth0"} + $ex' >"$BATS_TEST_TMPDIR/net.d/$n-$key.conf"
		}
	done < <(examples)
	[ "$n" -eq "$(keys | wc -l)" ]
	run enter "$NS" "$IPVLAN" doctor --conf-dir "$BATS_TEST_TMPDIR/net.d" \
		conf-unreadable conf-refused key-unknown
	[ "$status" -eq 0 ] || fail "$output"
}

@test "ipvlan(8) tells of each tool and of each option that one takes" {
	local name option

	for name in $("$IPVLAN" --help | sed -nE 's/^  ipvlan ([a-z]+) .*/\1/p'); do
		grep -qE "^\.It Ic $name( |$)" $page8 || fail "$page8: no $name"
		for option in $("$IPVLAN" "$name" --help 2>&1 | grep -oE -- '--[a-z-]+' | sort -u); do
			grep -qE -- "Fl -${option#--}( |$)" $page8 || fail "$page8: no $option, which $name has"
		done
	done
	[ -n "$name" ]
}

@test "the manual pages are ones that groff takes" {
	local page

	for page in "$page5" "$page8"; do
		run groff -mandoc -Tutf8 -ww -z "$page"
		[ -z "$output" ] || fail "$output"
	done
}

# Indented, from "{" to "}" in the same column, as documents have them.
configurations() { # FILE
	awk '/^ *\{$/ && !on {on = 1; match($0, /^ */); column = RLENGTH} on
		on && /^ *\}$/ {match($0, /^ */); if (RLENGTH == column) {on = 0; print "\036"}}' "$1"
}

@test "configurations in the operator's documents are taken, and their links lead somewhere" {
	local page text link n=0

	mkdir "$BATS_TEST_TMPDIR/net.d"
	for page in docs/*.md "$page5"; do
		while IFS= read -r -d $'\036' text; do
			[[ $text == *cniVersion* ]] || continue
			n=$((n + 1))
			jq --arg name "n$n" '.name = $name' <<<"$text" >"$BATS_TEST_TMPDIR/net.d/$n.conflist"
		done < <(configurations "$page")
	done
	[ "$n" -ge 2 ]
	run enter "$NS" "$IPVLAN" doctor --conf-dir "$BATS_TEST_TMPDIR/net.d" \
		conf-unreadable conf-refused key-unknown
	[ "$status" -eq 0 ] || fail "$output"
	for page in README.md docs/*.md; do
		for link in $(grep -oE '\]\([a-zA-Z./_-]+' "$page" | sed 's/..//'); do
			[ -e "${page%/*}/$link" ] || [ -e "$link" ] || fail "$page: $link"
		done
	done
}
