#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a node tells of itself: the log of calls, and `ipvlan metrics`. The verbs of this machine are
# counted in a directory of the suite's own.

load ../helpers
load ../ebpf

setup_file() {
	node_new
}

teardown_file() {
	node_free
	rmdir /run/ipvlan-cni 2>/dev/null || true
}

setup() {
	LOG=$BATS_TEST_TMPDIR/ipvlan.log
	TALLY=$BATS_FILE_TMPDIR/tally
	mkdir -p "$TALLY" /run/ipvlan-cni
}

teardown() {
	under=()
	unset TRACEPARENT CNI_ARGS
	pods_gone
	[ -z "${listener:-}" ] || kill "$listener" 2>/dev/null || true
}

# Puts what follows into a mount namespace where PATH is DIR.
# shellcheck disable=SC2016
put_over() { # DIR PATH
	under=(unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh "$@")
}

metrics() { # ARGUMENT…
	put_over "$TALLY" /run/ipvlan-cni
	output=$(enter "$NODE" "${under[@]}" "$IPVLAN" metrics --data-dir "$DATA" \
		--conf-dir "$BATS_FILE_TMPDIR" "$@")
}

value() { # the metric of exactly that name and labels
	awk -v name="$1" '$1 == name {print $2}' <<<"$output"
}

# ---- the log -------------------------------------------------------------------------------------

@test "a call is a line of text with all that it was about and how long each step took" {
	local line

	export CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0'
	export TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
	conf=$(conf '.log = $log' --arg log "$LOG") pods a
	line=$(<"$LOG")
	[ "$(wc -l <"$LOG")" -eq 1 ]
	[[ $line =~ ^time=20[0-9-]+T[0-9:.]+Z\ verb=ADD\ network=net\ container=a\ ifname=eth0\ netns=/run/netns/a-$NODE\  ]]
	[[ $line == *" podNamespace=default podName=web-0 master=eth0 datapath=ebpf addresses=10.77.0.10/24,fd77::10/64 "* ]]
	[[ $line == *" traceparent=$TRACEPARENT code=0 tookUs="* ]]
	[[ $line =~ \ steps=master:[0-9]+,vlan:[0-9]+,ipam:[0-9]+,.*link:[0-9]+,.*answer:[0-9]+$ ]]
	# A trace that is none is left out; what fails says why, on stdout as ever.
	export TRACEPARENT=nonsense
	cni ADD b a eth0 "$(conf '.log = $log | .master = "ens 9"' --arg log "$LOG")"
	assert_error 101 'ens 9'
	line=$(tail -1 "$LOG")
	[[ $line == *' container=b '*' error="master ens 9: '*' code=101 '* && $line != *traceparent* ]]
}

@test "as JSON it is an object a line, also of what was undone and of a way back" {
	local json

	json=$(conf '.log = $log | .logFormat = "json"' --arg log "$LOG")
	conf=$json pods a
	# The name is taken: what was done is undone.
	cni ADD other a eth0 "$json"
	assert_error 102 eth0
	cni_ok DEL a a eth0 "$json"
	assert_json '($d | length) == 3 and ($d[0] | .verb == "ADD" and .code == 0 and .datapath == "ebpf" and
		.addresses == "10.77.0.10/24,fd77::10/64" and .stepsUs.link > 0 and .tookUs >= .stepsUs.link) and
		($d[1] | .code == 102 and (.error | test("eth0")) and (.stepsUs | has("undo.ipam"))) and
		($d[2] | .verb == "DEL" and .code == 0 and (.stepsUs | has("undo.link")))' <"$LOG"
}

@test "calls at the same time have whole lines, and a log that is renamed is begun anew" {
	local i json

	json=$(conf '.log = $log | .logFormat = "json"' --arg log "$LOG")
	for i in {1..20}; do
		cni_exec STATUS '' '' '' "$json" >/dev/null &
	done
	wait
	assert_json '($d | length) == 20 and all($d[]; .verb == "STATUS" and .code == 0)' <"$LOG"
	[ "$(wc -l <"$LOG")" -eq 20 ]
	mv "$LOG" "$LOG.1"
	cni_ok STATUS '' '' '' "$json"
	[ "$(wc -l <"$LOG") $(wc -l <"$LOG.1")" = "1 20" ]
}

# listens PATH: writes what comes to the datagram socket PATH into $LOG.
listens() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
sys.stdout.buffer.write(s.recv(65536) + b"\n")' "$1" >"$LOG" 3>&- &
	listener=$!
	eventually grep -q ready "$LOG"
}

@test "syslog and journald get it as their own protocols have it" {
	local dir=$BATS_TEST_TMPDIR/sockets

	mkdir "$dir"
	listens "$dir/log"
	# shellcheck disable=SC2016
	under=(unshare -m sh -c 'mount -t tmpfs none /dev && ln -s "$0" /dev/log && exec "$@"' "$dir/log")
	cni_ok STATUS '' '' '' "$(conf '.log = "syslog"')"
	wait "$listener"
	grep -qE '^<30>ipvlan\[[0-9]+\]: time=.* verb=STATUS network=net ' "$LOG"
	mkdir -p "$dir/systemd/journal"
	listens "$dir/systemd/journal/socket"
	# shellcheck disable=SC2016
	under=(unshare -m sh -c 'mount -t tmpfs none /run && ln -s "$0" /run/systemd && exec "$@"' "$dir/systemd")
	cni STATUS '' '' '' "$(conf '.log = "journald" | .master = "ens9"')"
	wait "$listener"
	[ "$(sed -n 2,3p "$LOG")" = "PRIORITY=3
SYSLOG_IDENTIFIER=ipvlan" ]
	grep -qE '^MESSAGE=time=.* verb=STATUS .* code=50 ' "$LOG"
}

@test "a log that cannot be is told, and keeps nobody from anything" {
	cni_ok STATUS '' '' '' "$(conf '.log = "/nonexistent/log"')"
	[[ $stderr == 'ipvlan: log /nonexistent/log: No such file or directory' ]]
	cni STATUS '' '' '' "$(conf '.log = "here"')"
	assert_error 7 'log: expected the path of a file, "syslog" or "journald"'
	cni STATUS '' '' '' "$(conf '.logFormat = "xml"')"
	assert_error 7 'logFormat: expected "text"'
	cni_ok DEL x '' eth0 "$(conf '.log = 5')"
}

# ---- metrics -------------------------------------------------------------------------------------

@test "metrics count verbs by result and time, from the first call on" {
	put_over "$TALLY" /run/ipvlan-cni
	cni_ok STATUS '' '' '' "$CONF"
	[ ! -e "$TALLY/tally" ]
	metrics
	[ "$(value 'ipvlan_commands_total{verb="STATUS",code="0"}')" = 0 ]
	cni_ok STATUS '' '' '' "$CONF"
	cni_ok STATUS '' '' '' "$CONF"
	cni STATUS '' '' '' "$(conf '.master = "ens9"')"
	metrics
	[ "$(value 'ipvlan_commands_total{verb="STATUS",code="0"}')" = 2 ]
	[ "$(value 'ipvlan_commands_total{verb="STATUS",code="50"}')" = 1 ]
	[ "$(value 'ipvlan_command_duration_seconds_count{verb="STATUS"}')" = 3 ]
	[ "$(value 'ipvlan_command_duration_seconds_bucket{verb="STATUS",le="30"}')" = 3 ]
	[[ $(value 'ipvlan_command_duration_seconds_sum{verb="STATUS"}') =~ ^0\.0*[1-9] ]]
	[ "$(value 'ipvlan_commands_total{verb="ADD",code="0"}')" = 0 ]
	echo other >"$TALLY/tally"
	cni_ok STATUS '' '' '' "$CONF"
	run metrics
	[ "$status" -eq 1 ]
	[[ $output == *'tally: not a tally of this version; remove it'* ]]
	rm "$TALLY/tally"
}

@test "metrics tell of pools and attachments, and a file of them is whole at each instant" {
	local labels file=$BATS_TEST_TMPDIR/ipvlan.prom

	printf '%s' "$CONF" >"$BATS_FILE_TMPDIR/10-net.conf"
	CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0' pods a
	ip -n "$(pod a)" addr add 10.77.0.99/24 dev eth0
	! enter "$(pod a)" ping -c 1 -W 1 -I 10.77.0.99 10.77.0.1 >/dev/null
	metrics
	labels='network="net",container="a",interface="eth0",namespace="default",pod="web-0"'
	[ "$(value "ipvlan_attachment_info{$labels,master=\"eth0\",mode=\"l2\",datapath=\"ebpf\"}")" = 1 ]
	[ "$(value "ipvlan_attachment_transmit_bytes_total{$labels}")" -gt 0 ]
	grep -qE "^ipvlan_attachment_drops_total\{$labels,reason=\"tx_drop_(arp_sender|source)\"\} [1-9]" <<<"$output"
	[ "$(value 'ipvlan_pool_addresses{network="net",range="10.77.0.10-10.77.0.254",state="held"}')" = 1 ]
	[ "$(value 'ipvlan_pool_addresses{network="net",range="10.77.0.10-10.77.0.254",state="free"}')" = 244 ]
	# The format: each family has its two lines in front, and no sample is there twice.
	awk '/^# HELP/{help[$3] = 1; next} /^# TYPE/{if (!help[$3]) exit 1; type[$3] = 1; next}
		{name = $1; sub(/\{.*/, "", name); base = name; sub(/_(bucket|sum|count)$/, "", base)
		 if (!type[name] && !type[base] || seen[$1]++ || NF != 2) exit 1}' <<<"$output"
	! command -v promtool >/dev/null || promtool check metrics <<<"$output"
	metrics "$file"
	[ -z "$output" ]
	grep -q '^ipvlan_attachment_info{' "$file"
	[ "$(stat -c %a "$file")" = 644 ]
	[ "$(ls -A "${file%/*}" | grep -c tmp-)" -eq 0 ]
	run metrics /nonexistent/x.prom
	[ "$status" -eq 1 ]
	[[ $output == *'/nonexistent/x.prom: No such file'* ]]
}
