# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Debian packages of any suite, downloaded and not installed, with a package state of its own: the
# system's stays as it is. Sourced by what has $work, a directory for it, and fail, which is told
# why something cannot be had and does not return.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address behind the suite RELEASE in the system's own apt sources, whichever format they have.
archive_of() { # RELEASE
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v release="$1" '$1 == release && $2 == "main" { print $3; exit }'
}

# A package state of its own under $work/apt: nothing installed, only these suites known. Given as
# -c, which apt reads after the system's own configuration: its hooks must not run here. With --sources
# it is the source packages that are known.
apt_open() { # [--sources] SUITE...
	local apt=$work/apt codename main security suite uri kind="deb [arch=amd64"

	[ "$1" != --sources ] || { kind="deb-src ["; shift; }
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	main=$(archive_of "$codename")
	security=$(archive_of "$codename-security")
	[ -n "$main" ] || fail "apt's sources name no Debian archive for '$codename' main"
	[ -e "$keyring" ] || fail "$keyring is missing (package debian-archive-keyring)"

	mkdir -p "$apt"/{lists,archives}/partial
	: >"$apt/status"
	for suite; do
		uri=$main
		[[ $suite != *-security ]] || uri=$security
		[ -z "$uri" ] || echo "$kind signed-by=$keyring] $uri $suite main"
	done >"$apt/sources.list"
	cat >"$apt/conf" <<-EOF
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	APT::Architecture "amd64";
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	// signatures are checked; a mirror that stands still at a date serves as well
	Acquire::Check-Valid-Until "false";
	Dir::State "$apt";
	Dir::State::status "$apt/status";
	Dir::State::Lists "$apt/lists";
	Dir::Cache "$apt";
	Dir::Cache::archives "$apt/archives";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	EOF
	apt_get -qq update
}

apt_get() {
	local error=$work/apt/error

	apt-get -c "$work/apt/conf" "$@" 2>"$error" ||
		fail "apt-get ${*: -1}: $(grep -m1 '^E:' "$error" || tail -1 "$error")"
}
