#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `ipvlan doctor`: each finding, provoked. What is wrong with the host itself (drivers, services,
# firmware) is laid over its directories in a mount namespace of its own.

load ../helpers
load ../ebpf

setup_file() {
	node_new
	export NETD=$BATS_FILE_TMPDIR/net.d
}

teardown_file() {
	node_free
}

setup() {
	LAID=$BATS_TEST_TMPDIR/laid
	mkdir -p "$NETD" "$LAID"
	configure 10-net "$CONF"
}

teardown() {
	local link

	pods_gone
	for link in eth1 br0 mac0; do
		ip -n "$NODE" link del "$link" 2>/dev/null || true
	done
	ip -n "$NODE" link set eth0 up mtu 1500
	ip -n "$NODE" route replace default via 10.77.0.1
	rm -rf "$NETD"
}

configure() { # FILE CONF: as a list of one
	jq -c '{cniVersion, name, plugins: [.]}' <<<"$2" >"$NETD/$1.conflist"
}

# lay PATH TEXT: a file of the host's for the doctor to see.
lay() {
	mkdir -p "$LAID${1%/*}"
	printf '%b' "$2" >"$LAID$1"
}

# What was laid, and of the kernel's modules nothing else, in a mount namespace.
# shellcheck disable=SC2016
over='
	laid=$1; shift
	mkdir -p "$laid/etc" "$laid/usr/lib/modules" "$laid/sys/module"
	mount -t overlay -o "lowerdir=$laid/etc:/etc" overlay /etc
	mount -t overlay -o "lowerdir=$laid/usr/lib:/usr/lib" overlay /usr/lib
	mount --bind "$laid/usr/lib/modules" /usr/lib/modules
	for path in /run/systemd /run/NetworkManager; do
		[ ! -d "$path" ] || mount -t tmpfs none "$path"
	done
	[ ! -d "$laid/run" ] || mount -t overlay -o "lowerdir=$laid/run:/run" overlay /run
	for path in /proc/cpuinfo /sys/firmware /sys/module /sys/class/net; do
		[ ! -e "$laid$path" ] || mount --bind "$laid$path" "$path"
	done
	exec "$@"'

# doctor ARGUMENT…; as[] is put before it.
as=()
doctor() {
	status=0
	output=$(enter "$NODE" unshare -m bash -ec "$over" sh "$LAID" "${as[@]}" "$IPVLAN" doctor \
		--conf-dir "$NETD" --data-dir "$DATA" "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

# finds ID STATUS TEXT: the check says so, and nothing else.
finds() {
	doctor --json "$1"
	[ "$status" -eq "$2" ] || fail "$1: exit status $status" "$output" "$stderr" || return
	assert_json '$d[0].findings | length == 1 and .[0].id == $id and (.[0].finding | test($text))
		and (.[0].remedy | length > 5)' --arg id "$1" --arg text "$3" <<<"$output"
}

finds_nothing() { # ID…
	doctor --json "$@"
	[ "$status" -eq 0 ] || fail "exit status $status" "$output" "$stderr" || return
	assert_json '$d[0].findings == []' <<<"$output"
}

@test "on a node that is as it should be nothing is found but notes" {
	pods a b
	doctor
	[ "$status" -eq 0 ] || fail "$output$stderr"
	[[ $output == *"0 errors, 0 warnings, "* && $output != *$'\033'* ]]
	# Colours are for a terminal alone, and for who wants them.
	export TERM=xterm
	grep -qF $'\033[2m' < <(script -qec "$IPVLAN doctor --list" /dev/null)
	! grep -qF $'\033' < <(NO_COLOR=1 script -qec "$IPVLAN doctor --list" /dev/null)
	doctor --list
	[ "$(grep -cE '^(error|warning|note) +[a-z-]+ ' <<<"$output")" -gt 30 ]
}

# So that no check is without a test: each id of the list is looked for here.
@test "each check has a test, and is told of in the operator's documents" {
	local id

	for id in $("$IPVLAN" doctor --list --json | jq -r '.checks[].id'); do
		grep -qE "finds $id " "$BATS_TEST_FILENAME" || fail "nothing provokes $id"
		grep -qF "\`$id\`" "$tree/docs/troubleshooting.md" || fail "docs: nothing on $id"
	done
}

@test "drivers: none, needed, not loaded, another's, unsigned, and no eBPF either" {
	local ko=/usr/lib/modules/$(uname -r)/updates/ipvlan.ko
	local secure=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c

	finds driver-absent 0 'no ipvlan driver: pods are attached by eBPF'
	as=(setpriv --bounding-set=-all)
	finds no-datapath 3 'no ipvlan driver, and takes no eBPF: .'
	as=()
	finds_nothing no-datapath driver-needed
	configure 10-net "$(conf '.datapath = "kernel"')"
	finds driver-needed 3 '10-net.conflist: "datapath": "kernel" needs the driver'
	lay "$ko" 'code'
	finds driver-not-loaded 0 "$ko|/lib/modules/.*/updates/ipvlan.ko"
	finds_nothing driver-absent driver-needed driver-unsigned driver-other
	lay /sys/module/ipvlan/refcnt 0
	finds driver-other 1 "the kernel's own driver is loaded"
	lay /sys/module/ipvlan/version 0.2.0
	finds_nothing driver-other driver-not-loaded
	lay "$secure" '\006\0000\0000\0000\001'
	finds driver-unsigned 3 'Secure Boot is on.*ipvlan.ko has no signature'
	lay "$ko" 'code~Module signature appended~\n'
	finds_nothing driver-unsigned
}

@test "configurations: unreadable, refused, twice, overlapping, with keys that mean nothing" {
	finds_nothing conf-unreadable conf-refused conf-duplicate key-unknown ranges-overlap
	configure 20-other "$(conf '.name = "other" | .ipam.ranges |= .[:1]')"
	finds ranges-overlap 1 '10-net.conflist gives addresses of 10.77.0.10-10.77.0.254.*20-other.conf'
	configure 20-other "$(conf '.name = "other" | .vlan = 5')"
	finds_nothing ranges-overlap
	configure 20-other "$CONF"
	finds conf-duplicate 3 'network net is configured by 10-net.conflist and by 20-other.conflist'
	rm "$NETD/20-other.conflist"
	echo '{"name": ' >"$NETD/30-broken.conf"
	finds conf-unreadable 3 '30-broken.conf: .*line'
	rm "$NETD/30-broken.conf"
	configure 10-net "$(conf '.mode = "l4"')"
	finds conf-refused 3 '10-net.conflist: mode: .*l4'
	configure 10-net "$(conf '.ipam.rangestart = "10.77.0.9" | .mastre = "eth0"')"
	finds key-unknown 1 'mastre means nothing; is "master" meant'
	configure 10-net "$(conf '.ipam.exlude = []')"
	finds key-unknown 1 'ipam.exlude means nothing; is "exclude" meant'
	configure 10-net "$(conf '.ipam.ranges[0][0].gatway = "10.77.0.1"')"
	finds key-unknown 1 'ipam.ranges: gatway means nothing; is "gateway" meant'
}

@test "plugins behind ours that can do nothing, and a host that forwards nothing" {
	local list='{cniVersion, name, plugins: [., {type: "portmap"}]}'

	jq -c "$list" <<<"$CONF" >"$NETD/10-net.conflist"
	finds chain-useless 1 'portmap after an interface of mode l2'
	ip netns exec "$NODE" sysctl -qw net.ipv4.ip_forward=0
	finds no-forwarding 1 'this host forwards none'
	ip netns exec "$NODE" sysctl -qw net.ipv4.ip_forward=1
	finds_nothing no-forwarding
	jq -c "$list" <<<"$(conf '.mode = "l3s"')" >"$NETD/10-net.conflist"
	finds_nothing chain-useless
}

@test "masters: missing, down, without carrier, held, too narrow" {
	finds_nothing master-missing master-down master-no-carrier master-held master-mtu rp-filter
	configure 10-net "$(conf '.mtu = 9000')"
	finds master-mtu 3 'mtu: 9000 is more than the 1500 of master eth0'
	configure 10-net "$(conf '.master = "ens9"')"
	finds master-missing 3 'master ens9: the host has no interface .*there are: lo, eth0'
	configure 10-net "$(conf '.master = "eth1"')"
	ip -n "$NODE" link add eth1 type veth peer name mac0
	finds master-down 3 'master eth1 is down'
	ip -n "$NODE" link set eth1 up
	finds master-no-carrier 1 'master eth1 has no carrier'
	ip -n "$NODE" link add br0 type bridge
	ip -n "$NODE" link set eth1 master br0
	finds master-held 1 'master eth1: it is a port of bridge br0'
	ip -n "$NODE" link set eth1 nomaster
	configure 10-net "$(conf '.master = "eth1" | .mode = "l3s"')"
	ip netns exec "$NODE" sysctl -qw net.ipv4.conf.eth1.rp_filter=1
	finds rp-filter 1 'rp_filter of eth1 is 1 .*default route is elsewhere'
	ip netns exec "$NODE" sysctl -qw net.ipv4.conf.all.rp_filter=2
	finds_nothing rp-filter
	ip netns exec "$NODE" sysctl -qw net.ipv4.conf.all.rp_filter=0
}

@test "pods whose master was made narrower, or is another by now" {
	pods a
	finds_nothing slave-mtu master-renamed
	ip -n "$NODE" link set eth0 mtu 1400
	finds slave-mtu 1 'eth0 of container a: MTU 1500, and its master eth0 has 1400'
	finds_nothing slave-mac
	ip -n "$NODE" link set eth0 address 02:00:00:00:77:01
	finds slave-mac 1 'eth0 of container a: MAC .*, and its master eth0 has 02:00:00:00:77:01'
	doctor --fix slave-mac slave-mtu
	[ "$status" -eq 0 ] || fail "$output"
	ip -n "$(pod a)" -j link show eth0 | assert_json \
		'$d[0][0] | .mtu == 1400 and .address == "02:00:00:00:77:01"'
	ip -n "$NODE" link add eth1 type veth peer name mac0
	configure 10-net "$(conf '.master = "eth1"')"
	finds master-renamed 1 'eth0 of container a stands on eth0; 10-net.conflist means eth1'
}

@test "services that want the interfaces, and hints for what is beyond the wire" {
	lay /run/NetworkManager/pid 1
	finds networkmanager 1 'NetworkManager runs'
	lay /etc/NetworkManager/conf.d/ipvlan.conf '[keyfile]\nunmanaged-devices=interface-name:ipvl*\n'
	finds_nothing networkmanager
	finds_nothing networkd
	lay /run/systemd/netif/state ''
	lay /etc/systemd/network/all.network '[Match]\nName=*\n'
	finds networkd 1 '.network file in /etc/systemd/network means'
	lay /etc/systemd/network/all.network '[Match]\nName=!ipvl* docker0\n'
	finds_nothing networkd
	lay /etc/systemd/network/all.network '[Match]\nName=!docker0\n'
	finds networkd 1 '.network file'
	lay /proc/cpuinfo 'flags : fpu hypervisor lahf_lm\n'
	finds port-security 0 'this node is a virtual machine'
	lay /proc/cpuinfo 'flags : fpu lahf_lm\n'
	finds_nothing port-security
	lay /sys/class/net/eth0/phy80211/name phy0
	finds master-wifi 0 'master eth0 is a Wi-Fi station'
}

@test "reservations: leaked and freed, foreign, without a configuration" {
	pods a
	finds_nothing reservation-leaked reservation-foreign network-unconfigured
	ip -n "$(pod a)" link del eth0
	: >"$DATA/net/10.77.0.40"
	mkdir "$DATA/net/10.77.0.50"
	finds reservation-foreign 1 '10.77.0.50 in network net: .* is no reservation'
	finds reservation-leaked 1 '10.77.0.40 in network net: nobody can be using it .empty'
	doctor --fix --json reservation-leaked
	assert_json '$d[0].findings == []' <<<"$output"
	[ "$status" -eq 0 ]
	[ ! -e "$DATA/net/10.77.0.40" ]
	rmdir "$DATA/net/10.77.0.50"
	configure 10-net "$(conf '.name = "other"')"
	doctor --json network-unconfigured
	assert_json '$d[0].findings | length == 1 and
		(.[0].finding | test("reservations of network net .*no configuration"))' <<<"$output"
	finds network-unconfigured 0 'of network net'
}

@test "pools: near their end, and at it" {
	local name

	configure 10-net "$(conf '.ipam.ranges = [[{subnet: "10.77.0.0/24", rangeStart: "10.77.0.10",
		rangeEnd: "10.77.0.19"}]]')"
	mkdir -p "$DATA/net"
	for name in 0 1 2 3 4 5 6 7; do printf 'c%s\r\neth0' "$name" >"$DATA/net/10.77.0.1$name"; done
	finds_nothing pool-near-end pool-full
	printf 'c8\r\neth0' >"$DATA/net/10.77.0.18"
	finds pool-near-end 1 'network net: 9 of 10 addresses of 10.77.0.10-10.77.0.19'
	finds_nothing pool-full
	printf 'c9\r\neth0' >"$DATA/net/10.77.0.19"
	finds pool-full 3 '10 of 10 addresses'
	finds_nothing pool-near-end
}

@test "an address that another host uses, interfaces without one, frames in another's name" {
	local ends

	ip -n "$ROUTER" addr add 10.77.0.10/32 dev lan
	conf=$(conf '.dad = "wait" | .dadWaitMs = 1000') pods a
	ip -n "$ROUTER" addr del 10.77.0.10/32 dev lan
	finds address-quarantined 1 '10.77.0.10 in network net is used by [0-9a-f:]{17}, which is no pod'
	finds_nothing interface-leaked frames-dropped ebpf-leftover
	ip -n "$(pod a)" addr add 10.77.0.99/24 dev eth0
	! enter "$(pod a)" ping -c 1 -W 1 -I 10.77.0.99 10.77.0.1 >/dev/null
	finds frames-dropped 0 'eth0 of container a: [0-9]+ frames in another'
	rm "$DATA/net/10.77.0.11" "$DATA/net/fd77::10"
	finds interface-leaked 1 'eth0 of container a in network net holds no address'
	ends=$(host_ends)
	ip -n "$NODE" link del "$ends"
	finds ebpf-leftover 0 'a pod by eBPF on eth0 is gone'
	doctor --fix ebpf-leftover
	finds_nothing ebpf-leftover
}

@test "what is no check or option is refused" {
	doctor bones
	[ "$status" -eq 2 ]
	[[ $stderr == *'there is no check "bones"'* ]]
	doctor --dry-run
	[ "$status" -eq 2 ]
	[[ $stderr == *'no such option here: --dry-run'* ]]
}
