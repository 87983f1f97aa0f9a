#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian packages: built of a copy of the sources, then put into this machine's own root with a
# writable layer of its own, which ends with the test. containernetworking-plugins is installed there.
#
#     / ── read-only ─┐
#     tmpfs ──────────┴─ overlay ─► /   dpkg works here

bats_require_minimum_version 1.5.0

setup_file() {
	local copy=$BATS_FILE_TMPDIR/build/ipvlan-cni

	cd "$BATS_TEST_DIRNAME/../../.."
	export PACKAGES=$BATS_FILE_TMPDIR/build
	mkdir -p "$copy"
	git ls-files -co --exclude-standard -z | xargs -0 cp -P --parents -t "$copy"
	(cd "$copy" && DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -us -uc >"$PACKAGES/log" 2>&1) || {
		tail -20 "$PACKAGES/log" >&2
		return 1
	}
	# The next version is this one under another number.
	dpkg-deb -R "$PACKAGES"/ipvlan-cni_*_amd64.deb "$PACKAGES/next"
	sed -i 's/^Version: .*/&+next/' "$PACKAGES/next/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$PACKAGES/next" "$PACKAGES/next.deb" >&2
}

# Runs the script on stdin (bash, -e) in the root; $packages has what was built.
in_root() {
	# shellcheck disable=SC2016
	unshare --mount --propagation private --pid --fork --kill-child bash -ec '
		top=$1
		mount -t tmpfs layer "$top"
		mkdir "$top"/{upper,work,root}
		mount -t overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" overlay "$top/root"
		mount -t proc proc "$top/root/proc"
		mount --rbind /dev "$top/root/dev"
		mkdir -p "$top/root/mnt"
		mount --bind "$2" "$top/root/mnt"
		# a machine that has the reference plugins and none of ours
		rm -rf "$top/root/var/lib/dkms/ipvlan-cni" "$top"/root/usr/src/ipvlan-cni-*
		exec chroot "$top/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin packages=/mnt \
			DEBIAN_FRONTEND=noninteractive bash -ec "
				reference() { md5sum </usr/lib/cni/ipvlan.containernetworking-plugins; }
				$(cat)"
	' sh "$BATS_TEST_TMPDIR" "$PACKAGES"
}

@test "lintian has nothing to say of the packages" {
	run -0 lintian --allow-root --fail-on error,warning "$PACKAGES"/*.changes
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "installed beside the reference plugins ours has the name; removed theirs has it again" {
	in_root <<-'EOF'
		before=$(md5sum </usr/lib/cni/ipvlan)
		dpkg -i $packages/ipvlan-cni_*_amd64.deb
		[[ $(ipvlan --version) == ipvlan-cni\ * ]]
		[[ $(/usr/lib/cni/ipvlan-ipam --version) == ipvlan-cni\ * ]]
		[[ $(reference) == "$before" ]]

		dpkg -i $packages/next.deb
		[[ $(dpkg-query -W -f '${Version}' ipvlan-cni) == *+next ]]
		[[ $(/usr/lib/cni/ipvlan --version) == ipvlan-cni\ * ]]
		[[ $(reference) == "$before" ]]

		dpkg --remove ipvlan-cni
		[[ $(md5sum </usr/lib/cni/ipvlan) == "$before" ]]
		dpkg --purge ipvlan-cni
		[[ $(md5sum </usr/lib/cni/ipvlan) == "$before" ]]
		[[ $(dpkg-divert --list) != *ipvlan* ]]
		[[ $(dpkg -l) != *ipvlan-cni* ]]
		[[ $(ls /usr/lib/cni) != *ipvlan[-.]* ]]
		dpkg --verify containernetworking-plugins
	EOF
}

@test "where there are no reference plugins it leaves nothing, and theirs do not take the name later" {
	in_root <<-'EOF'
		dpkg --force-depends --purge containernetworking-plugins
		dpkg -i $packages/ipvlan-cni_*_amd64.deb
		[[ $(dpkg-divert --truename /usr/lib/cni/ipvlan) == *.containernetworking-plugins ]]
		dpkg --purge ipvlan-cni
		[ ! -e /usr/lib/cni/ipvlan ]
		[[ $(dpkg-divert --list) != *ipvlan* ]]
	EOF
}

@test "the driver's package gives its sources to DKMS and takes them back" {
	in_root <<-'EOF'
		dpkg -i $packages/ipvlan-dkms_*_all.deb
		dkms status | grep '^ipvlan-cni/'
		[ -e /usr/src/ipvlan-cni-*/module/Kbuild ]
		dpkg --purge ipvlan-dkms
		[[ $(dkms status) != *ipvlan-cni* ]]
		[[ $(ls /usr/src) != *ipvlan-cni* ]]
	EOF
}
