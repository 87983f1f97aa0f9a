#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make dkms-install` with Debian's dkms on each kernel of the test guests. Each in a root of its own,
# which has that kernel's headers and compiler; nothing is installed on this machine.
#
#     kernels/VERSION ── read-only ──┐
#     BATS_TEST_TMPDIR ──────────────┴─ overlay ─► /   with this machine's dkms, and the project in /mnt

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../../.."
	key=$BATS_TEST_TMPDIR/mok
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=the owner of this machine' \
		-keyout "$key.key" -outform DER -out "$key.pub" 2>/dev/null
}

# Runs the script on stdin (bash, -e) in the root of a kernel; $version is the kernel's. All of it ends
# with the script.
in_root_of() { # KERNEL
	local why tree

	why=$(test/vm/fetch --list | sed -n "s/^$1 - //p")
	[ -z "$why" ] || skip "unavailable: $why"
	tree=$(readlink -f "${IPVLAN_CACHE:-/var/cache/ipvlan-cni}/kernels/$1")
	# shellcheck disable=SC2016
	setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
		bash -ec '
		tree=$1 top=$2 root=$2/root
		mkdir -p "$top"/{upper,work,root}
		mount -t overlay -o "lowerdir=$tree,upperdir=$top/upper,workdir=$top/work" overlay "$root"
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		mkdir -p "$root"/{mnt,etc/dkms,var/lib/dkms}
		mount --bind -o ro . "$root/mnt"
		cp /usr/sbin/dkms "$root/usr/sbin/"
		cp /etc/dkms/framework.conf "$root/etc/dkms/"
		cp "$top"/mok.{key,pub} "$root/var/lib/dkms/"
		# what the dkms package depends on, where the headers do not
		[ -e "$root/usr/bin/xz" ] || cp /usr/bin/xz "$root/usr/bin/"
		for tool in strip readelf; do
			[ -e "$root/usr/bin/$tool" ] || ln -s x86_64-linux-gnu-$tool "$root/usr/bin/$tool"
		done
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			version="${tree##*/}" bash -ec "cd /mnt; $(cat)"
	' sh "$tree" "$BATS_TEST_TMPDIR"
}

# After an attempt that failed (there are no headers of such a kernel): installed it is built of these
# sources, signed, and the one that is loaded; removed nothing of it is left, the kernel's own is back.
installs_and_removes() { # KERNEL
	in_root_of "$1" <<-'EOF'
		everything() { find / -xdev ! -path '/tmp/*' ! -name modules.weakdep | sort; } # that is depmod's
		everything >/tmp/before
		! make dkms-install DKMS_KERNEL=6.1.0-0-amd64
		make dkms-install DKMS_KERNEL=$version
		dkms status | grep -x "ipvlan-cni/.*, $version, x86_64: installed"
		modprobe -S $version --show-depends rtnl-link-ipvlan |
			grep "^insmod /lib/modules/$version/updates/dkms/ipvlan.ko"
		modinfo -k $version -F vermagic ipvlan | grep "^$version "
		modinfo -k $version -F description ipvlan | grep '^ipvlan-cni: '
		modinfo -k $version -F signer ipvlan | grep -x 'the owner of this machine'
		! grep -i warning: /var/lib/dkms/ipvlan-cni/*/$version/x86_64/log/make.log

		make dkms-remove
		make dkms-remove
		modprobe -S $version --show-depends ipvlan | grep /kernel/drivers/net/ipvlan/
		everything | diff /tmp/before -
	EOF
}

@test "DKMS installs the signed module for bookworm's kernel and removes it without a trace" {
	installs_and_removes bookworm
}

@test "DKMS installs the signed module for trixie's kernel and removes it without a trace" {
	installs_and_removes trixie
}

@test "DKMS installs the signed module for the newest kernel and removes it without a trace" {
	installs_and_removes newest
}

@test "DKMS leaves kernels alone that the module is not for" {
	local kernel pattern

	pattern=$(. datapath/module/dkms.conf && echo "$BUILD_EXCLUSIVE_KERNEL")
	for kernel in 6.1.0-56-amd64 6.12.117+deb13-amd64 7.2.13+deb14-amd64 10.0.1; do
		[[ $kernel =~ $pattern ]]
	done
	for kernel in 5.10.0-30-amd64 6.0.12 4.19.0-27-amd64; do
		[[ ! $kernel =~ $pattern ]]
	done
}
