#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the plugin says before it makes anything: needs no driver.
#
#      node-PID                           router-PID
#   ┌────────────┐                      ┌────────────┐
#   │ plugin eth0├──────────────────────┤lan         │
#   └────────────┘                      └────────────┘
#   ┌────────────┐
#   │ pod        │   stays empty
#   └────────────┘

load ../helpers

setup_file() {
	node_new
	pod_new pod
}

teardown_file() {
	pods_free
	node_free
}

# env_cni NAME=VALUE…: with nothing else in the environment, and the suite's configuration.
env_cni() {
	cni_conf=
	run --separate-stderr env -i "$@" "$IPVLAN" <<<"$CONF"
}

# refuse CODE MSG FILTER…: ADD refuses the configuration changed by each filter.
refuse() {
	local filter

	for filter in "${@:3}"; do
		cni ADD c1 pod eth0 "$(conf "$filter")"
		assert_error "$1" "$2" || fail "configuration: $filter"
	done
	assert_nothing_left pod
}

# ---- VERSION, and no command at all -------------------------------------------------------------

versions='["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]'

@test "VERSION lists all versions and echoes the one asked for" {
	for asked in 0.2.0 0.4.0 1.0.0 1.1.0 9.9.9; do
		cni_ok VERSION "" "" "" "{\"cniVersion\": \"$asked\"}"
		assert_json "\$d == [{cniVersion: \"$asked\", supportedVersions: $versions}]" <<<"$output"
	done
}

@test "VERSION works with an empty stdin, none at all, and one that is no JSON" {
	for stdin in "" " " "{}" "VERSION?" "[1]"; do
		cni_ok VERSION "" "" "" "$stdin"
		assert_json "\$d == [{cniVersion: \"1.1.0\", supportedVersions: $versions}]" <<<"$output"
	done
	CNI_COMMAND=VERSION run "$IPVLAN" </dev/null
	assert_success
}

@test "VERSION does not mind variables that are of no use to it" {
	env_cni CNI_COMMAND=VERSION CNI_NETNS=dummy CNI_IFNAME=dummy/dummy CNI_PATH=dummy
	assert_success
}

@test "without a command it tells a person how it is used, on stderr" {
	run --separate-stderr "$IPVLAN"
	assert_success
	[ -z "$output" ]
	[[ $stderr == *CNI_COMMAND=ADD*"1.1.0"* ]]
	run --separate-stderr "$IPVLAN" --version
	assert_success
	[[ $output =~ ^ipvlan-cni\ [0-9.]+$ ]]
	run --separate-stderr "$IPVLAN" --no-such-option
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

# ---- the environment ----------------------------------------------------------------------------

@test "all missing variables are named in one error" {
	env_cni CNI_COMMAND=ADD
	assert_error 4 'required env variables \[CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME\] missing'
	env_cni CNI_COMMAND=CHECK CNI_NETNS=/x
	assert_error 4 'required env variables \[CNI_CONTAINERID,CNI_IFNAME\] missing'
	env_cni CNI_COMMAND=DEL CNI_CONTAINERID=
	assert_error 4 'required env variables \[CNI_CONTAINERID,CNI_IFNAME\] missing'
	env_cni CNI_COMMAND=GC
	assert_error 4 'required env variables \[CNI_PATH\] missing'
}

@test "an unknown command is refused" {
	for command in FLY add "ADD "; do
		env_cni CNI_COMMAND="$command" CNI_CONTAINERID=c1 CNI_NETNS=/x CNI_IFNAME=eth0
		assert_error 4 "unknown CNI_COMMAND: $command"
	done
}

@test "a container id keeps the rule" {
	for id in .c -c _c 'c 1' c/1 'c;1' 'c1é' $'c\n1'; do
		env_cni CNI_COMMAND=DEL CNI_CONTAINERID="$id" CNI_IFNAME=eth0
		assert_error 4 'CNI_CONTAINERID: invalid characters' 'must begin with a letter or digit'
	done
	cni_ok DEL 0c_.-Z "" eth0 "$CONF"
}

@test "an interface name keeps the kernel's rule" {
	for name in . .. a/b a:b 'a b' $'a\tb' sixteen-bytes-ab; do
		env_cni CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_IFNAME="$name"
		assert_error 4 'CNI_IFNAME: invalid interface name' .
	done
	cni_ok DEL c1 "" fifteen-bytes-a "$CONF"
}

@test "CNI_ARGS are pairs, of known keys unless IgnoreUnknown lets others pass" {
	lo=$(conf '.master = "lo"')
	for args in IP 'IP=10.77.0.9;' 'A=B=C;IgnoreUnknown=1'; do
		CNI_ARGS=$args cni ADD c1 pod eth0 "$lo"
		assert_error 4 'CNI_ARGS: ".*" is not KEY=VALUE'
	done
	CNI_ARGS='COLOUR=red' cni ADD c1 pod eth0 "$lo"
	assert_error 4 'CNI_ARGS: unknown key "COLOUR"'
	CNI_ARGS='IP=10.77.0.999' cni ADD c1 pod eth0 "$lo"
	assert_error 4 'CNI_ARGS: IP=10.77.0.999: expected an IP address'
	# These get as far as the master.
	for args in 'COLOUR=red;IgnoreUnknown=1' 'K8S_POD_NAME=a;K8S_POD_UID=b' 'IP=10.77.0.99'; do
		CNI_ARGS=$args cni ADD c1 pod eth0 "$lo"
		assert_error 101 'master lo: not an Ethernet interface'
	done
	assert_nothing_left pod
}

# ---- the text of the configuration --------------------------------------------------------------

@test "text that is not JSON is refused with line and column" {
	cni ADD c1 pod eth0 $'{\n  "cniVersion": "1.0.0",\n  "name": }'
	assert_error 6 "^network configuration: line 3, column 11: expected a value, got '}'"
	cni ADD c1 pod eth0 '{"name": "net",}'
	assert_error 6 'line 1, column 16: expected a key in double quotes'
	cni ADD c1 pod eth0 '{"name": "net"'
	assert_error 6 'line 1, column 15: expected "," or "}", got the end'
	cni ADD c1 pod eth0 '{"name": "net"} {}'
	assert_error 6 "line 1, column 17: expected the end of the document, got '{'"
	cni DEL c1 pod eth0 'master: eth0'
	assert_error 6 "line 1, column 1: expected a value, got 'm'"
}

@test "an empty configuration, and one that is no object, are refused" {
	for stdin in "" $' \n'; do
		cni ADD c1 pod eth0 "$stdin"
		assert_error 6 'network configuration: empty'
	done
	for stdin in '[]' '"net"' null 1; do
		cni ADD c1 pod eth0 "$stdin"
		assert_error 6 'network configuration: expected a JSON object'
	done
}

@test "a configuration of more than 4 MiB is refused, not read on" {
	run --separate-stderr bash -c \
		'yes x | CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_NETNS=/x CNI_IFNAME=eth0 "$IPVLAN"'
	cni_conf=
	assert_error 5 'stdin: the network configuration is longer than 4194304 bytes'
}

# ---- its values ---------------------------------------------------------------------------------

@test "a wrong type or value is refused with its path and value" {
	refuse 7 'master: expected a string, got 5' '.master = 5'
	refuse 7 'mode: expected a string, got true' '.mode = true'
	refuse 7 'mtu: expected an integer from 0 to 65535, got "1500"' '.mtu = "1500"'
	refuse 7 'mtu: expected an integer from 0 to 65535, got -1' '.mtu = -1'
	refuse 7 'mtu: expected an integer from 0 to 65535, got 1.5' '.mtu = 1.5'
	refuse 7 'mtu: expected 0 \(the master.s\) or 68 to 65535 \(got 67\)' '.mtu = 67'
	refuse 7 'linkInContainer: expected true or false, got "yes"' '.linkInContainer = "yes"'
	refuse 7 'ipam: expected an object, got "host-local"' '.ipam = "host-local"'
	refuse 7 'ipam.type: expected a string, got 1' '.ipam.type = 1'
	refuse 7 'ipam.dataDir: expected a string' '.ipam.dataDir = 1'
	refuse 7 'ipam.ranges: expected an array' '.ipam.ranges = {}'
	refuse 7 'ipam.ranges\[1\]\[0\].subnet: expected an IP address with "/length", got "fd77::"' \
		'.ipam.ranges[1][0].subnet = "fd77::"'
	refuse 7 'ipam.ranges\[0\]\[0\].rangeStart: expected an IP address, got "ten"' \
		'.ipam.ranges[0][0].rangeStart = "ten"'
	refuse 7 'ipam.routes\[1\].dst' '.ipam.routes[1].dst = "elsewhere"'
	refuse 7 'runtimeConfig.ips\[0\]: expected an IP address' '.runtimeConfig.ips = ["x"]'
	refuse 7 'dns.nameservers: expected an array' '.dns.nameservers = "10.0.0.1"'
	refuse 7 'prevResult.ips\[0\].address' '.prevResult = {ips: [{address: "10.0.0.1"}]}'
}

@test "ranges that give no address are refused" {
	refuse 7 'ipam: no range to take an address from' '.ipam.ranges = []' 'del(.ipam.ranges)'
	refuse 7 'ipam.ranges\[0\]: an empty set' '.ipam.ranges[0] = []'
	refuse 7 'ipam.ranges\[0\]\[0\].subnet: missing' 'del(.ipam.ranges[0][0].subnet)'
	refuse 7 'ipam.ranges\[0\]\[0\]' '.ipam.ranges[0][0].subnet = "10.77.0.0/31"' \
		'.ipam.ranges[0][0].subnet = "10.77.0.1/24"' \
		'.ipam.ranges[0][0].rangeStart = "10.99.0.1"' \
		'.ipam.ranges[0][0].rangeEnd = "10.77.0.5"'
	refuse 7 'ipam.ranges' '.ipam.ranges[1] = .ipam.ranges[0]' '.ipam.ranges = [[.ipam.ranges[][]]]'
}

@test "more than one address of a family needs cniVersion 0.3.0" {
	refuse 7 'needs cniVersion 0.3.0' \
		'.cniVersion = "0.2.0" | .ipam.ranges += [[{subnet: "10.99.0.0/24"}]]'
}

@test "static refuses to have no address, and one without a length" {
	static='.ipam = {type: "static", dataDir: .ipam.dataDir}'
	refuse 7 'ipam.addresses: missing' "$static" "$static | .ipam.addresses = []"
	refuse 7 'ipam.addresses\[0\]: "address" is missing' "$static | .ipam.addresses = [{}]"
	refuse 7 'ipam.addresses\[0\].address: expected an IP address with "/length"' \
		"$static | .ipam.addresses = [{address: \"10.77.0.9\"}]"
	refuse 7 'runtimeConfig.ips: 10.77.0.9: expected an address with its prefix length' \
		"$static | .runtimeConfig.ips = [\"10.77.0.9\"]"
}

@test "a mode that does not exist is refused, with those that do" {
	refuse 7 'mode: .*"l2".*"l3".*"l3s".*\(got "l4"\)' '.mode = "l4"'
	refuse 7 'mode:' '.mode = "L2"' '.mode = "bridge"'
}

@test "a network has a name that keeps the rule" {
	refuse 7 'name: missing' 'del(.name)' '.name = ""' '.name = null'
	refuse 7 'name: a network name is .*\(got "\.\./x"\)' '.name = "../x"'
	refuse 7 'name:' '.name = "a b"' '.name = "-a"' '.name = 7'
}

@test "keys that are not known, and capabilities, are accepted" {
	refuse 101 'master lo' '.master = "lo" | .colour = "red" | .capabilities = {ips: true}'
}

# ---- versions -----------------------------------------------------------------------------------

@test "a cniVersion that is not supported is refused with those that are" {
	for version in 0.5.0 1.2.0 2.0.0 v1.0.0 1.0 x; do
		cni ADD c1 pod eth0 "{\"cniVersion\": \"$version\", \"name\": \"net\"}"
		assert_error 1 "incompatible CNI versions: cniVersion is \"$version\"" '0.1.0, .*1.1.0'
	done
}

@test "CHECK needs 0.4.0, STATUS and GC need 1.1.0" {
	for version in 0.1.0 0.2.0 0.3.0 0.3.1; do
		cni CHECK c1 pod eth0 "${CONF/1.1.0/$version}"
		assert_error 1 "config version does not allow CHECK: it is $version"
	done
	for version in 0.4.0 1.0.0; do
		cni STATUS "" "" "" "${CONF/1.1.0/$version}"
		assert_error 1 'config version does not allow STATUS'
		conf=$(conf ".cniVersion = \"$version\" | .\"cni.dev/valid-attachments\" = []")
		cni GC "" "" "" "$conf"
		assert_error 1 'config version does not allow GC'
	done
	# No version means the oldest.
	cni CHECK c1 pod eth0 "$(conf 'del(.cniVersion)')"
	assert_error 1 'config version does not allow CHECK: it is 0.1.0'
}

@test "CHECK needs what ADD answered" {
	cni CHECK c1 pod eth0 "$CONF"
	assert_error 7 'prevResult: missing'
}

# ---- the netns ----------------------------------------------------------------------------------

@test "ADD and CHECK refuse a netns that is gone, or is none; with 3 where nothing is to be cleaned up" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	touch "$BATS_TEST_TMPDIR/file"
	prev=$(conf '.prevResult = {cniVersion: "1.1.0"}')
	cni ADD c1 /run/netns/gone eth0 "$CONF"
	assert_error 3 'netns /run/netns/gone: open: No such file'
	for verb in ADD CHECK; do
		cni $verb c1 /run/netns/gone eth0 "$prev"
		assert_error 8 'netns /run/netns/gone: open: No such file'
		cni $verb c1 "$BATS_TEST_TMPDIR/file" eth0 "$prev"
		assert_error 8 'netns .*/file: a file is there, but no namespace is mounted on it'
		cni $verb c1 "$BATS_TEST_TMPDIR/fifo" eth0 "$prev"
		assert_error 8 'no namespace is mounted on it'
		cni $verb c1 /proc/self/ns/uts eth0 "$prev"
		assert_error 8 'netns /proc/self/ns/uts: a namespace, but not a network namespace'
	done
	assert_nothing_reserved
}

@test "the plugin's own netns is refused, unless CNI_NETNS_OVERRIDE says so" {
	for verb in ADD DEL CHECK; do
		cni $verb c1 "/run/netns/$NODE" eth0 "$(conf '.prevResult = {cniVersion: "1.1.0"}')"
		assert_error 8 "is the plugin.s own netns"
	done
	assert_nothing_left pod
	for value in 1 TRUE true; do
		CNI_NETNS_OVERRIDE=$value cni ADD c1 "/run/netns/$NODE" eth1 "$(conf '.master = "lo"')"
		assert_error 101 'master lo'
	done
	CNI_NETNS_OVERRIDE=0 cni ADD c1 "/run/netns/$NODE" eth1 "$CONF"
	assert_error 8 "own netns"
}

# ---- the master ---------------------------------------------------------------------------------

@test "a master that is not there, or can be none, is refused" {
	refuse 101 'master eth9: the host has no interface of that name' '.master = "eth9"'
	refuse 101 'master eth0: the container has no interface' '.linkInContainer = true'
	refuse 101 'master a-name-of-seventeen: the host has no' '.master = "a-name-of-seventeen"'
	refuse 101 'master lo: not an Ethernet interface' '.master = "lo"'
}

@test "without a master and without a default route there is none to choose" {
	ip -n "$NODE" -b - <<<$'route del default\nroute del default via fd77::1'
	cni ADD c1 pod eth0 "$(conf 'del(.master)')"
	ip -n "$NODE" -b - <<<$'route add default via 10.77.0.1\nroute add default via fd77::1'
	assert_error 101 'no master: .*no default route' 'set "master"'
	assert_nothing_left pod
}

@test "chained behind a plugin that made no single interface there is no master" {
	prev='del(.master) | .prevResult = {cniVersion: "1.1.0"}'
	refuse 101 'prevResult has 0 interfaces' "$prev"
	refuse 101 'prevResult has 2 interfaces' \
		"$prev | .prevResult.interfaces = [{name: \"a\"}, {name: \"b\"}]"
	refuse 101 'master nope: the host has no' "$prev | .prevResult.interfaces = [{name: \"nope\"}]"
}

@test "an mtu above the master's is refused" {
	refuse 7 'mtu: 9000 is more than the 1500 of master eth0' '.mtu = 9000'
}

@test "STATUS says why ADD could not be served" {
	cni STATUS "" "" "" "$(conf '.master = "eth9"')"
	assert_error 50 'master eth9: the host has no'
	cni STATUS "" "" "" "$(conf '.master = "lo"')"
	assert_error 50 .
	ip -n "$NODE" link set eth0 down
	cni STATUS "" "" "" "$CONF"
	ip -n "$NODE" -b - <<-END
		link set eth0 up
		addr add fd77::2/64 dev eth0 nodad
		route add default via 10.77.0.1
		route add default via fd77::1
	END
	assert_error 51 'master eth0: down'
}

# ---- DEL ----------------------------------------------------------------------------------------

@test "DEL of what is not there is success, as often as it comes" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	touch "$BATS_TEST_TMPDIR/file"
	for netns in pod "" /run/netns/gone "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/fifo" pod; do
		cni_ok DEL c1 "$netns" eth0 "$CONF"
		[ -z "$output" ]
		[ -z "$stderr" ]
	done
	assert_nothing_left pod
}

@test "DEL works with a configuration that ADD would refuse by now" {
	for filter in 'del(.master)' '.master = "eth9"' '.master = 5' '.mode = "l4"' '.mtu = "x"' \
		'.ipam.ranges = "x"' '.ipam.routes = [1]' '.prevResult = 5' '.dns = []' 'del(.ipam)' \
		'.ipam.type = "static"' '.linkInContainer = 1'; do
		cni_ok DEL c1 pod eth0 "$(conf "$filter")"
	done
}

@test "GC needs the list of what lives, under either of its names" {
	cni GC "" "" "" "$CONF"
	assert_error 7 'cni.dev/valid-attachments: missing'
	cni GC "" "" "" "$(conf '."cni.dev/valid-attachments" = {}')"
	assert_error 7 'cni.dev/valid-attachments: expected an array'
	cni_ok GC "" "" "" "$(conf '."cni.dev/valid-attachments" = []')"
	cni_ok GC "" "" "" "$(conf '."cni.dev/attachments" = [{containerID: "c1", ifname: "eth0"}]')"
	[ -z "$output" ]
}
