#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ipvlan-cluster on a real etcd of three members. A node is a name and a directory.
#
#      members-PID
#   ┌───────────────────────────────────────────────────────┐
#   │ etcd m1 ─── etcd m2 ─── etcd m3      on its loopback   │
#   │    └───────────┼───────────┘                          │
#   │  ipvlan-cluster as node n1, n2, n3 …                  │
#   └───────────────────────────────────────────────────────┘

load ../helpers
load ../../cluster/members.sh
load ../cluster

@test "an address is given, checked and taken back" {
	local given

	ok n1 ADD c1
	given=$(given)
	[[ $given == 10.90.*/16 ]]
	[ "$(addresses | wc -l)" -eq 1 ]
	ok n1 CHECK c1 '.prevResult = {ips: []}'
	ok n1 STATUS x
	tool n1 list --json | jq -e --arg ip "${given%/16}" '.reservations | length == 1 and
		(.[0] | .address == $ip and .node == "n1" and .containerID == "c1")'
	tool n1 check
	ok n1 DEL c1
	ok n1 DEL c1
	[ -z "$(addresses)" ]
	as n1 CHECK c1 '.prevResult = {ips: []}'
	refused 107 'holds no address'
}

@test "an attachment gets no second address, wherever its book went" {
	ok n1 ADD c1
	as n1 ADD c1
	refused 106 'already holds 10.90.'
	as n1 ADD "$(printf 'c%.0s' {1..240})"
	refused 4 'CNI_CONTAINERID: 240 bytes, of which'
	rm -rf "$DATA/n1"
	as n1 ADD c1
	refused 106 'already holds 10.90.'
	[ "$(addresses | wc -l)" -eq 1 ]
	# The lost book was written again from what etcd has.
	tool n1 check
	ok n1 DEL c1
	[ -z "$(addresses)" ]
}

@test "a requested address is given once, to whatever node asks first" {
	CNI_ARGS=IP=10.90.7.7 ok n1 ADD c1
	[ "$(given)" = 10.90.7.7/16 ]
	CNI_ARGS=IP=10.90.7.7 as n2 ADD c2
	refused 105 '10.90.7.7 is taken'
	[ "$(addresses | wc -l)" -eq 1 ]
	ok n2 ADD c2
	ok n2 DEL c2
	ok n1 DEL c1
	CNI_ARGS=IP=10.90.7.7 ok n2 ADD c2
}

@test "nodes share a range to its last address, and say when it is full" {
	local filter='.ipam.ranges = [[{subnet: "10.91.0.0/28"}]]' i

	for i in 1 2 3 4; do
		ok n1 ADD "a$i" "$filter"
		ok n2 ADD "b$i" "$filter"
		ok n3 ADD "c$i" "$filter"
	done
	ok n3 ADD last "$filter"
	[ "$(addresses | sort -u | wc -l)" -eq 13 ]
	as n2 ADD more "$filter"
	refused 104 'no address is free'
	as n2 STATUS x "$filter"
	refused 50 'no address is free'
	[ "$(addresses | wc -l)" -eq 13 ]
	# What one gives back, another gets.
	ok n1 DEL a1 "$filter"
	ok n2 ADD more "$filter"
	[ "$(addresses | wc -l)" -eq 13 ]
}

@test "excluded and reserved addresses hold for every node" {
	local filter='.ipam.ranges = [[{subnet: "10.91.0.0/29"}]] | .ipam.exclude = ["10.91.0.2-10.91.0.4"] |
		.ipam.reserved = {"default/db-0": ["10.91.0.5"]}'

	ok n1 ADD c1 "$filter"
	[ "$(given)" = 10.91.0.6/29 ]
	as n2 ADD c2 "$filter"
	refused 104 'no address is free'
	CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=db-0' ok n2 ADD c2 "$filter"
	[ "$(given)" = 10.91.0.5/29 ]
}

@test "a sticky pod has its address again on another node, and none else has it meanwhile" {
	local pod='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0' given i
	local filter='.ipam.sticky = true | .ipam.ranges = [[{subnet: "10.91.0.0/29"}]]'

	CNI_ARGS=$pod ok n1 ADD c1 "$filter"
	given=$(given)
	ok n1 DEL c1 "$filter"
	for i in 1 2 3 4; do
		ok n2 ADD "x$i" "$filter"
		[ "$(given)" != "$given" ]
	done
	CNI_ARGS=$pod ok n2 ADD c2 "$filter"
	[ "$(given)" = "$given" ]
	# One that is not there gives it up when nothing else is left.
	ok n2 DEL c2 "$filter"
	ok n3 ADD x5 "$filter"
	[ "$(given)" = "$given" ]
}

@test "an address rests on every node before it is given again" {
	local filter='.ipam.cooldown = 3600 | .ipam.ranges = [[{subnet: "10.91.0.0/29"}]]' i rested

	for i in 4 3 2 1; do
		ok n1 ADD "c$i" "$filter"
	done
	rested=$(given)
	ok n1 DEL c1 "$filter"
	ok n1 DEL c2 "$filter"
	# Of five addresses two are held, two rest.
	ok n2 ADD d1 "$filter"
	as n2 ADD d2 "$filter"
	refused 104 'no address is free'
	as n1 ADD d2 "$filter"
	refused 104 'no address is free'
	tool n2 free "${rested%/*}"
	ok n2 ADD d2 "$filter"
	[ "$(given)" = "$rested" ]
	ok n2 ADD d3 "${filter/3600/0}"
}

@test "while the engine is away ADD fails in time and leaves nothing, DEL is done later" {
	local i

	ok n1 ADD c1
	for i in 1 2 3; do
		member_stop "$i"
	done
	as n1 ADD c2
	refused 11 'Connection refused'
	as n1 STATUS x
	refused 50 'Connection refused'
	ok n1 DEL c1
	grep -q 'given back when it can be reached' "$BATS_TEST_TMPDIR/stderr"
	ok n1 DEL c2
	# The longest id that has an address can be noted, too; what is longer never had one.
	ok n1 DEL "$(printf 'c%.0s' {1..239})"
	ok n1 DEL "$(printf 'c%.0s' {1..300})"
	noted=("$DATA/n1/.ipvlan-cluster/$NETWORK/pending/"c*:eth0)
	[ "${#noted[@]} $(ls "${noted[0]%/*}" | wc -l)" = "3 3" ]
	for i in 1 2 3; do
		member_start "$i"
	done
	members_wait
	[ "$(addresses | wc -l)" -eq 1 ]
	ok n1 STATUS x
	[ -z "$(addresses)" ]
	tool n1 check
}

# Takes requests to the first member, and hangs up where its answer should come.
DEAF='
import re, socket, struct
at = socket.create_server(("127.0.0.1", 24000))
print("listening", flush=True)
while True:
    asker, _ = at.accept()
    asker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request = b""
    while not (head := re.match(rb"(?is).*content-length: (\d+).*?\r\n\r\n", request)) or \
            len(request) < head.end() + int(head[1]):
        request += asker.recv(65536)
    with socket.create_connection(("127.0.0.1", 23791)) as member:
        member.sendall(request)
        member.recv(65536)
    asker.close()
'

@test "what a member did and could not say any more is undone" {
	local listening

	ok n1 ADD c1
	exec {listening}< <(exec ip netns exec "$members_ns" /usr/bin/python3 -c "$DEAF")
	deaf=$!
	read -r -u "$listening"
	as n1 ADD c2 '.ipam.endpoints = ["http://127.0.0.1:24000"]'
	kill "$deaf"
	refused 11 '24000'
	[ "$(addresses | wc -l)" -eq 2 ]
	ok n1 ADD c3
	[ "$(addresses | wc -l)" -eq 2 ]
	as n1 CHECK c2 '.prevResult = {ips: []}'
	refused 107 'holds no address'
}

@test "a member that hangs is passed over, and not asked first again" {
	ok n1 ADD c1
	member_stop 1 STOP
	# The leader may have been that one: the others need a moment to agree on another.
	for _ in $(seq 50); do
		as n1 ADD c2
		[ "$status" -ne 0 ] || break
		ok n1 DEL c2
	done
	[ "$status" -eq 0 ]
	[ "$(sed -n 's/^endpoint //p' "$DATA/n1/.ipvlan-cluster/$NETWORK/state")" -ne 0 ]
	member_stop 1 CONT
	members_wait
	[ "$(addresses | wc -l)" -eq 2 ]
}

@test "what a node held that will not come again is freed when told, or after its time" {
	local filter='.ipam.ranges = [[{subnet: "10.91.0.0/29"}]]' i

	for i in 1 2 3 4 5; do
		ok n1 ADD "c$i" "$filter"
	done
	CONF=$(jq -c "$filter" <<<"$CONF")
	run tool n2 reclaim n1
	[ "$status" -eq 1 ]
	[[ $output == *'seen lately'* ]]
	[ "$(addresses | wc -l)" -eq 5 ]
	as n2 ADD d1
	refused 104 'no address is free'
	tool n2 reclaim n1 --force
	[ -z "$(addresses)" ]
	ok n2 ADD d1
	# By time: a node's registration is a lease.
	for i in 1 2 3 4; do
		ok n3 ADD "e$i" '.ipam.nodeTimeout = 1'
	done
	for _ in $(seq 100); do
		as n2 ADD d2 '.ipam.nodeTimeout = 1'
		[ "$status" -ne 0 ] || break
		refused 104 'no address is free'
		sleep 0.1
	done
	[ "$status" -eq 0 ]
	grep -q 'node n3 was not seen' "$BATS_TEST_TMPDIR/stderr"
}

@test "a pod that is proven dead does not keep its address" {
	local filter='.ipam.ranges = [[{subnet: "10.91.0.0/30"}]]' given

	ok n1 ADD c1 "$filter"
	given=$(given)
	as n1 ADD c2 "$filter"
	refused 104 'no address is free'
	# As if the node had been booted since.
	ctl put "/ipvlan-cni/1/$NETWORK/owner/n1/c1/eth0/$(addresses)" -- \
		"$(ctl get --print-value-only --prefix "/ipvlan-cni/1/$NETWORK/owner/n1/c1/" |
			sed 's/^boot=.*/boot=00000000-0000-0000-0000-000000000000/')" >/dev/null
	CONF=$(jq -c "$filter" <<<"$CONF")
	tool n1 gc
	[ -z "$(addresses)" ]
}

@test "GC frees what is on no list, of this node alone, and gives empty blocks back" {
	local i filter

	ok n1 ADD c1
	ok n1 ADD c2
	ok n2 ADD c3
	as n1 GC '' '."cni.dev/valid-attachments" = [{containerID: "c2", ifname: "eth0"}]'
	[ "$status" -eq 0 ]
	tool n1 list --json | jq -e '[.reservations[].containerID] | sort == ["c2", "c3"]'
	# More than one block, then none of it in use.
	for i in $(seq 1 3); do
		filter=".ipam.ranges = [[{subnet: \"10.91.$i.0/26\"}]]"
		ok n1 ADD "d$i" "$filter"
	done
	[ "$(ctl get --prefix --print-value-only "/ipvlan-cni/1/$NETWORK/block/" | grep -c '^n1$')" -eq 4 ]
	as n1 GC '' '."cni.dev/valid-attachments" = []'
	[ "$status" -eq 0 ]
	[ "$(ctl get --prefix --print-value-only "/ipvlan-cni/1/$NETWORK/block/" | grep -c '^n1$')" -eq 1 ]
	tool n1 list --json | jq -e '[.reservations[].containerID] == ["c3"]'
}

@test "a node that comes from host-local brings its pods' addresses with it" {
	local host_local='.ipam.type = "host-local"' i given=()

	for i in 1 2 3; do
		export CNI_COMMAND=ADD CNI_CONTAINERID=c$i CNI_NETNS=/none CNI_IFNAME=eth0
		given+=("$(jq -c --arg data "$DATA/n1" ".ipam.dataDir = \$data | .cniVersion = \"1.0.0\" | $host_local" \
			<<<"$CONF" | /usr/lib/cni/host-local | jq -r '.ips[0].address')")
	done
	unset CNI_COMMAND
	[ "${#given[@]}" -eq 3 ]
	ok n1 STATUS x
	[ "$(addresses | wc -l)" -eq 3 ]
	CNI_ARGS=IP=${given[0]%/*} as n2 ADD d1
	refused 105 "${given[0]%/*} is taken"
	ok n1 DEL c1
	CNI_ARGS=IP=${given[0]%/*} ok n2 ADD d1
	# A back-up can be read, and restored where nothing is.
	tool n1 export >"$BATS_TEST_TMPDIR/export"
	ctl del --prefix "/ipvlan-cni/1/$NETWORK/" >/dev/null
	rm -rf "$DATA"
	tool n3 import "$BATS_TEST_TMPDIR/export" | grep -q '3 reserved, 0 there already, 0 refused'
	[ "$(addresses | wc -l)" -eq 3 ]
	tool n3 export | jq .reservations >"$BATS_TEST_TMPDIR/again"
	jq .reservations "$BATS_TEST_TMPDIR/export" | diff - "$BATS_TEST_TMPDIR/again"
	ok n1 DEL c2
	[ "$(addresses | wc -l)" -eq 2 ]
}

@test "check tells each kind of difference" {
	ok n1 ADD c1
	ok n1 ADD c2
	ok n1 ADD c3
	ctl del "/ipvlan-cni/1/$NETWORK/address/$(addresses | sed -n 1p)" >/dev/null
	ctl del --prefix "/ipvlan-cni/1/$NETWORK/owner/n1/c2/" >/dev/null
	rm -f "$DATA/n1/$NETWORK"/*.[0-9]*.* && rm -rf "$DATA/n1/.ipvlan"
	run tool n1 check
	[ "$status" -eq 1 ]
	[[ $output == *'of n1/c1/eth0: etcd has the owner, not the address'* ]]
	[[ $output == *'of n1/c2/eth0: etcd has the address, not the owner'* ]]
	[[ $output == *"of n1/c3/eth0: in etcd, not in this node's book"* ]]
}

@test "two machines with one name are refused" {
	ok n1 ADD c1
	ctl put "/ipvlan-cni/1/$NETWORK/node/n1" "machine=0123456789abcdef0123456789abcdef" >/dev/null
	rm -rf "$DATA/n1"
	as n1 ADD c2
	refused 7 'another machine (machine-id 0123456789abcdef0123456789abcdef) has the name "n1"'
}

@test "an engine that was restored from an older copy makes nobody's address another's" {
	local copy=$members_dir/copy late i token=$members_token

	for i in $(seq 3); do
		ok n1 ADD "a$i"
		ok n2 ADD "b$i"
	done
	ctl snapshot save "$copy" >/dev/null 2>&1
	# What is given from here on, the copy does not know: a whole block of a node's among it.
	ok n1 ADD late
	late=$(given)
	ok n3 ADD late3
	for i in 1 2 3; do
		member_stop "$i"
		rm -rf "$members_dir/m$i"
		ETCDCTL_API=3 etcdctl snapshot restore "$copy" --name "m$i" --data-dir "$members_dir/m$i" \
			--initial-cluster m1=http://127.0.0.1:23801,m2=http://127.0.0.1:23802,m3=http://127.0.0.1:23803 \
			--initial-cluster-token restored --skip-hash-check \
			--initial-advertise-peer-urls "http://127.0.0.1:2380$i" >/dev/null 2>&1
	done
	members_token=restored
	for i in 1 2 3; do
		member_start "$i"
	done
	members_wait
	[ "$(addresses | wc -l)" -eq 6 ]
	# A node that needs more than its own blocks must wait until all have said what they hold.
	as n4 ADD d1
	refused 11 'have not said yet what they hold (n1, n2)'
	ok n1 STATUS x
	ok n3 STATUS x
	[ "$(addresses | wc -l)" -eq 8 ]
	CNI_ARGS=IP=${late%/*} as n2 ADD x
	refused 105 "${late%/*} is taken"
	ok n2 ADD b4
	ok n4 ADD d1
	tool n1 check
	tool n3 check
	members_token=$token
}

@test "what answers and is no etcd, or does not know us, is told as what it is" {
	local pid

	as n1 ADD c1 '.ipam.endpoints = []'
	refused 7 'ipam.endpoints: missing'
	as n1 ADD c1 '.ipam.endpoints = ["10.0.0.1:2379"]'
	refused 7 'ipam.endpoints[0]: expected a URL'
	as n1 ADD c1 '.ipam.caFile = "/none/ca.pem"'
	refused 7 '/none/ca.pem: No such file'
	as n1 ADD c1 '.ipam.endpoints |= map(sub("http:"; "https:"))'
	refused 110 'TLS'
	[[ $output != *password* ]]
	# A web server of another kind, and one that has no /v3.
	ip netns exec "$members_ns" busybox httpd -f -p 127.0.0.1:8080 -h "$BATS_TEST_TMPDIR" &
	pid=$!
	for _ in $(seq 50); do
		as n1 ADD c1 '.ipam.endpoints = ["http://127.0.0.1:8080"]'
		[[ $output == *refused* ]] || break
		sleep 0.1
	done
	kill "$pid"
	refused 110 'no etcd'
}

@test "nodes that take addresses at once while members fail give none twice and lose none" {
	run "$tree/test/cluster/storm" --nodes 4 --pods 50
	echo "$output" | sed 's/^/# /' >&3
	[ "$status" -eq 0 ]
	[[ $output == *'4 nodes, 200 addresses held'* ]]
	[[ $output == *'member 1 is killed'* ]]
	[[ $output == *'addresses given twice, lost or left: 0'* ]]
}

# Each time it is the book that is looked at; in etcd nothing may be at the end.
@test "killed at any system call, or one failing: DEL or GC takes all away, in the book and in etcd" {
	local how conf

	conf=$(jq -c --arg data "$DATA/n1" '.ipam.node = "n1" | .ipam.dataDir = $data' <<<"$CONF")
	ip netns exec "$members_ns" true
	for how in "-k ADD" "-k DEL" "ADD" "DEL"; do
		# shellcheck disable=SC2086
		ip netns exec "$members_ns" "$tree/build/fault" -d "$DATA/n1/$NETWORK" $how "$CLUSTER" \
			"/run/netns/$members_ns" "$conf" >"$BATS_TEST_TMPDIR/out" 2>&1 || fail "$how" "$(tail -30 "$BATS_TEST_TMPDIR/out")"
		echo "# $how: $(tail -1 "$BATS_TEST_TMPDIR/out")" >&3
		[ -z "$(addresses)" ]
	done
}
