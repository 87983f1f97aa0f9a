#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a master may be, and what becomes of it, with a driver: ours, and where it says so the kernel's.
#
#   ┌──────────────┐  ┌──────────────┐
#   │ pod     eth0 │  │ pod2    eth0 │
#   └──────────┬───┘  └─────┬────────┘
#   ┌──────────┴────────────┴────────┐                       ┌──────────────────┐
#   │ node-PID   eth0 .2             ├───────────────────────┤ lan .1  router   │
#   └────────────────────────────────┘  10.77.0.0/24, fd77:: └──────────────────┘

load ../helpers

# What follows is of the driver: where it refuses, eBPF would take over.
export CONF_ALSO='{"datapath": "kernel"}'

setup_file() {
	node_new
}

teardown_file() {
	node_free
}

setup() {
	pod_new pod pod2
}

teardown() {
	pods_free
	[ ! -e /run/modprobe.d/ipvlan.conf.off ] || driver ours
}

# status_says MSG [DETAILS [CONF]]
status_says() {
	cni STATUS "" "" "" "${3:-$CONF}"
	assert_error 50 "$@"
}

# ---- what holds it ------------------------------------------------------------------------------

@test "a port is refused with the name of what it is a port of, by ADD and STATUS" {
	ip -n "$NODE" -b - <<<$'link add v1 type veth peer name v2\nlink add br7 type bridge'
	ip -n "$NODE" link set v1 master br7 up
	port=$(conf '.master = "v1"')
	says=('master v1: it is a port of bridge br7, and a port can carry no' 'use br7 itself')
	cni ADD pod pod eth0 "$port"
	add_output=$output
	status_says "${says[@]}" "$port"
	ip -n "$NODE" -b - <<<$'link del v1\nlink del br7'
	output=$add_output
	assert_error 101 "${says[@]}"
	assert_nothing_left pod
}

@test "the parent of a macvlan is refused with what is on it, wherever that is" {
	ip -n "$NODE" -b - <<<$'link add v1 type veth peer name v2\nlink set v1 up\nlink set v2 up'
	ip -n "$NODE" link add mac0 link v1 netns "$(pod pod2)" type macvlan
	parent=$(conf '.master = "v1"')
	cni ADD pod pod eth0 "$parent"
	add_output=$output
	status_says 'master v1: it is the parent of a macvlan' 'it is mac0 in netns id [0-9]' "$parent"
	ip -n "$NODE" link add tap0 link v2 type macvtap
	status_says 'master v2: it is the parent of a macvtap' 'tap0 of the host' "${parent/v1/v2}"
	ip -n "$NODE" link del v1
	output=$add_output
	assert_error 101 'master v1: it is the parent of a macvlan' 'it is mac0 in netns id [0-9]'
	assert_nothing_left pod
}

@test "a kernel without a driver is told by ADD and STATUS, with what to do" {
	rmmod ipvlan
	mv /run/modprobe.d/ipvlan.conf{,.off}
	echo "install ipvlan /bin/false" >/run/modprobe.d/ipvlan.conf
	cni ADD pod pod eth0 "$CONF"
	add_output=$output
	cni STATUS "" "" "" "$CONF"
	mv /run/modprobe.d/ipvlan.conf{.off,}
	modprobe ipvlan
	assert_error 50 'this kernel can make no ipvlan link' 'modprobe ipvlan'
	output=$add_output
	assert_error 103 'this kernel can make no ipvlan link' 'modprobe ipvlan'
	assert_nothing_left pod
}

# ---- modes --------------------------------------------------------------------------------------

modes() {
	for p in "$@"; do
		ip -n "$(pod $p)" -j -d link show eth0
	done | jq -sc 'map(.[0].linkinfo.info_data.mode)'
}

@test "our driver: pods of different modes share a master" {
	add pod "$CONF"
	l3=$(conf '.mode = "l3"')
	cni_ok STATUS "" "" "" "$l3"
	add pod2 "$l3"
	[ "$(modes pod pod2)" = '["l2","l3"]' ]
}

@test "the kernel's driver: another mode is refused, with who uses the master, and changes nobody" {
	driver in-tree
	add pod "$CONF"
	says=('master eth0: its slaves are of mode l2, bridge, and one of mode l3, bridge would change them'
		'in use by eth0 of container pod in network net; .*ipvlan.ko')
	for datapath in kernel auto; do
		l3=$(conf ".mode = \"l3\" | .datapath = \"$datapath\"")
		cni ADD pod2 pod2 eth0 "$l3"
		assert_error 101 "${says[@]}"
		status_says "${says[@]}" "$l3"
	done
	[ "$(modes pod)" = '["l2"]' ]
	ip -n "$(pod pod2)" -j link | assert_json '$d[0] | map(.ifname) == ["lo"]'
	[ "$(reservations)" = $'10.77.0.10\nfd77::10' ]
	# The same mode is welcome; when all are gone, so is another one.
	add pod2 "$CONF"
	cni_ok DEL pod pod eth0 "$CONF"
	cni_ok DEL pod2 pod2 eth0 "$CONF"
	add pod2 "$l3"
	[ "$(modes pod2)" = '["l3"]' ]
}

@test "the kernel's driver: a slave that somebody else made is not changed either" {
	driver in-tree
	ip -n "$NODE" link add host0 link eth0 type ipvlan mode l2 private
	cni ADD pod pod eth0 "$CONF"
	assert_error 101 'of mode l2, private, and one of mode l2, bridge would change' \
		'in use by host0 of the host'
	ip -n "$NODE" link set host0 netns "$(pod pod2)"
	cni ADD pod pod eth0 "$CONF"
	assert_error 101 'of mode l2, private' 'in use by host0 in netns id'
}

@test "the kernel's driver: of six at once in two modes one mode wins, and nobody is changed" {
	driver in-tree
	pods=(m{1..6})
	pod_new "${pods[@]}"
	for p in "${pods[@]}"; do
		((mode = mode == 2 ? 3 : 2))
		cni_exec ADD $p $p eth0 "$(conf ".mode = \"l$mode\"")" >"$BATS_TEST_TMPDIR/$p" || true &
	done
	wait
	cd "$BATS_TEST_TMPDIR"
	cat "${pods[@]}" | assert_json '(map(select(.ips)) | length) == 3 and
		all($d[] | select(.code); .code == 101 and (.msg | test("its slaves are of mode")))'
}

# ---- what becomes of it -------------------------------------------------------------------------

@test "a master that is down is told by CHECK and STATUS" {
	add pod "$CONF"
	ip -n "$NODE" link set eth0 down
	cni CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	check_output=$output
	cni STATUS "" "" "" "$CONF"
	status_output=$output
	ip -n "$NODE" -b - <<-END
		link set eth0 up
		addr add fd77::2/64 dev eth0 nodad
		route add default via 10.77.0.1
		route add default via fd77::1
	END
	assert_error 51 'master eth0: down'
	output=$check_output
	assert_error 107 'master eth0: down'
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
}

@test "a master that was renamed is told by CHECK, STATUS and ADD; DEL does not mind" {
	add pod "$CONF"
	ip -n "$NODE" -b - <<<$'link set eth0 down\nlink set eth0 name uplink\nlink set uplink up'
	cni CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	assert_error 107 'interface eth0: its master is uplink, should be eth0' 'an interface that was renamed'
	status_says 'master eth0: the host has no interface' 'there are: lo, uplink'
	# What it was called before as an alternative name: all is well again.
	ip -n "$NODE" link property add dev uplink altname eth0
	cni_ok CHECK pod pod eth0 "$(with_prev "$CONF" "$answer")"
	cni_ok STATUS "" "" "" "$CONF"
	ip -n "$NODE" link property del dev uplink altname eth0
	cni_ok DEL pod pod eth0 "$CONF"
	ip -n "$NODE" -b - <<-END
		link set uplink down
		link set uplink name eth0
		link set eth0 up
		addr add fd77::2/64 dev eth0 nodad
		route add default via 10.77.0.1
		route add default via fd77::1
	END
	assert_nothing_left pod
}

@test "a slave stays where it is when a better master comes" {
	first=$(conf '.master = ["bond0", "10.77.0.0/24"]')
	add pod "$first"
	ip -n "$NODE" -b - <<-END
		link add bond0 type veth peer name bond1
		link set bond0 up
		link set bond1 up
	END
	cni_ok CHECK pod pod eth0 "$(with_prev "$first" "$answer")"
	add pod2 "$first"
	{ ip -n "$NODE" -j link show bond0 && ip -n "$(pod pod2)" -j link show eth0; } |
		assert_json '$d[0][0].ifindex == $d[1][0].link_index'
	# One that is none of those meant.
	ip -n "$NODE" addr del 10.77.0.2/24 dev eth0
	cni CHECK pod pod eth0 "$(with_prev "$first" "$answer")"
	ip -n "$NODE" -b - <<<$'addr add 10.77.0.2/24 dev eth0\nroute add default via 10.77.0.1\nlink del bond0'
	assert_error 107 'its master is eth0, should be one of bond0, 10.77.0.0/24'
}

@test "a slave of the host's is no master by what it shares with its own" {
	ip -n "$NODE" link add host0 index 2147480000 link eth0 type ipvlan mode l2
	mac=$(ip -n "$NODE" -j link show eth0 | jq -r '.[0].address')
	ip -n "$NODE" -b - <<<$'addr add 10.79.0.1/24 dev host0\nlink set host0 up'
	for words in "\"$mac\"" '"*0"'; do
		cni ADD pod pod eth0 "$(conf ".master = $words | .mtu = 9000")"
		assert_error 7 'master eth0$'
	done
	cni ADD pod pod eth0 "$(conf '.master = "10.79.0.0/24"')"
	ip -n "$NODE" link del host0
	assert_error 101 'no interface with a subnet'
	assert_nothing_left pod
}
