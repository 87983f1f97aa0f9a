# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything at once, for STORM_SECONDS each. The kernel must not complain (the guest ends if it
# does), no address may be on two slaves, and nothing may be left.
load helpers

: "${STORM_SECONDS:=6}"

# Repeats lines of `ip -batch` for a netns until the time is over, whatever becomes of each.
churn() { # NETNS LINES
	local end=$((SECONDS + STORM_SECONDS))

	while [ $SECONDS -lt $end ]; do
		ip -n "$1" -force -batch - <<<"$2" >/dev/null 2>&1
	done
}

@test "addresses, modes and links change under traffic from all sides" {
	slave ns0 ipvl0 l2 10
	slave ns1 ipvl1 l2 11
	ip netns exec ns0 ping -q -f -w $STORM_SECONDS 10.0.0.11 >/dev/null 2>&1 &
	ip netns exec router ping -q -f -w $STORM_SECONDS 10.0.0.10 >/dev/null 2>&1 &
	ip netns exec router ping -q -f -b -w $STORM_SECONDS 10.0.0.255 >/dev/null 2>&1 &
	churn ns0 "$(printf 'addr add 10.0.0.%d/24 dev ipvl0\naddr add fd00::%d/64 dev ipvl0\n' \
		{100..120}{,} ; printf 'addr del 10.0.0.%d/24 dev ipvl0\n' {100..120})" &
	churn ns1 "$(printf 'addr add 10.0.0.%d/24 dev ipvl1\naddr add fd00::%d/64 dev ipvl1\n' \
		{100..120}{,} ; printf 'addr del 10.0.0.%d/24 dev ipvl1\n' {110..120})" &
	churn ns0 $'link set ipvl0 type ipvlan mode l3\nlink set ipvl0 type ipvlan mode l2 private
		link set ipvl0 type ipvlan bridge\nlink set ipvl0 down\nlink set ipvl0 up' &
	churn host $'link add link eth0 name x type ipvlan mode l2\nlink set x up
		link set x allmulticast on\nlink set x netns ns1\nlink set eth0 mtu 1400
		link set eth0 mtu 1500\nlink set eth0 address 02:00:00:00:00:02
		link set eth0 address 02:00:00:00:00:01' &
	churn ns1 $'link set x up\nlink set x name y\nlink del y\nlink del x' &
	wait

	local both

	both=$( (ip -n ns0 -j addr; ip -n ns1 -j addr) | jq -r '.[].addr_info[]? |
		select(.scope == "global") | .local' | sort | uniq -d)
	[ -z "$both" ] || { echo "on two slaves: $both"; return 1; }
	ip netns del ns0
	ip netns del ns1
	ip -n host link del x 2>/dev/null || true
	# the master is free again, and nobody's groups are left on it
	eventually ip -n host link add link eth0 name mv0 type macvlan
	holds host link eth0 '.allmulti == 0 and .promiscuity == 0'
}

@test "masters and namespaces vanish under traffic" {
	local end=$((SECONDS + STORM_SECONDS)) master i

	ip netns exec router ping -q -f -b -w $STORM_SECONDS 10.0.0.255 >/dev/null 2>&1 &
	while [ $SECONDS -lt $end ]; do
		for master in eth0 vlan0; do
			ip netns add ns2
			ip -n host link add link eth0 name vlan0 type vlan id 5
			ip -n host link set vlan0 up
			ip -n host -batch - < <(for i in {1..8}; do
				echo "link add link $master name v$i netns ns2 type ipvlan mode l2"
			done)
			ip -n ns2 -batch - < <(for i in {1..8}; do
				echo "link set v$i up"
				echo "addr add 10.0.0.3$i/24 dev v$i"
			done)
			ip netns exec ns2 ping -q -f -b -w 1 -c 50 10.0.0.255 >/dev/null 2>&1 &
			if [ $master = vlan0 ]; then ip -n host link del vlan0; fi
			ip netns del ns2
			ip -n host link del vlan0 2>/dev/null || true
		done
	done
	wait
	ip -n host link del eth0
}

@test "the module goes while slaves are made and frames arrive" {
	local end=$((SECONDS + STORM_SECONDS))

	ip netns exec router ping -q -f -b -w $STORM_SECONDS 10.0.0.255 >/dev/null 2>&1 &
	churn host $'link add link eth0 name x type ipvlan mode l2\nlink set x up\nlink del x' &
	churn host $'link add link eth0 name y type ipvlan\nlink set y up\nlink del y' &
	while [ $SECONDS -lt $end ]; do
		rmmod ipvlan 2>/dev/null || true
	done
	wait
	modprobe ipvlan
	slave ns0 ipvl0 l2 10
	reaches ns0 10.0.0.254
}
