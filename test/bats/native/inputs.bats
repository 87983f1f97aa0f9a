#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What reaches the plugin beside the configuration's own keys: runtimeConfig, CNI_ARGS, args.cni, and
# the pod's annotations. Mostly without an interface: with lo as the master ADD gets past the addresses
# and fails there, on any kernel.
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
	LO=$(conf '.master = "lo"')
	export LO
}

teardown_file() {
	pods_free
	node_free
}

setup() {
	rm -rf "$DATA"
}

# reaches ADDRESS CONF: ADD gets as far as the master, with this IPv4 address.
reaches() {
	cni ADD c1 pod eth0 "$2"
	assert_error 101 'master lo' || return
	[ "$(<"$DATA/net/last_reserved_ip.0")" = "$1" ]
}

# annotated ALLOWED ANNOTATIONS [FILTER]: the configuration with podSettings and what a runtime hands
# over of a pod's annotations.
annotated() {
	jq -c --argjson allowed "$1" --argjson map "$2" '.podSettings = $allowed |
		.runtimeConfig["io.kubernetes.cri.pod-annotations"] = $map |'"${3:-.}" <<<"$LO"
}

# ---- the runtime --------------------------------------------------------------------------------

@test "what an ipvlan interface cannot have is refused, not left out" {
	refused() { # MESSAGE FILTER
		cni ADD c1 pod eth0 "$(jq -c "$2" <<<"$LO")"
		assert_error 2 "$1"
	}
	refused 'runtimeConfig.mac: .*its master.s MAC address.*"02:00:00:00:00:09"' \
		'.runtimeConfig.mac = "02:00:00:00:00:09"'
	refused 'args.cni.mac: ' '.args.cni.mac = "02:00:00:00:00:09"'
	CNI_ARGS='IgnoreUnknown=1;MAC=02:00:00:00:00:09' refused 'CNI_ARGS: MAC=02:00:00:00:00:09' .
	refused 'runtimeConfig.portMappings: .*"portmap" after it' '.runtimeConfig.portMappings =
		[{"HostPort": 8080, "ContainerPort": 80, "Protocol": "tcp", "HostIP": ""}]'
	refused 'runtimeConfig.bandwidth: ' \
		'.runtimeConfig.bandwidth = {ingressRate: 0, egressRate: 1000000}'
	refused 'runtimeConfig.infinibandGUID: ' '.runtimeConfig.infinibandGUID = "c2:11"'
	assert_nothing_reserved
	# DEL of an attachment that had one is no place to complain.
	cni_ok DEL c1 pod eth0 "$(jq -c '.runtimeConfig.mac = "02:00:00:00:00:09"' <<<"$LO")"
}

@test "a capability that asks for nothing is fine, and so is one declared for another plugin" {
	reaches 10.77.0.10 "$(jq -c '.capabilities = {portMappings: true, bandwidth: true, mac: true} |
		.runtimeConfig = {portMappings: [], mac: "", infinibandGUID: null, aliases: {net: ["a"]},
			bandwidth: {ingressRate: 0, ingressBurst: 0}, cgroupPath: "/x"}' <<<"$LO")"
}

@test "ipMasq means what it means to the reference's ipvlan: nothing, and no rule" {
	for masq in false true; do
		cni_ok ADD c1 pod eth0 "$(conf '.datapath = "ebpf" | .ipMasq = $masq' --argjson masq $masq)"
		answers+=("$output")
		cni_ok DEL c1 pod eth0 "$CONF"
		rm -rf "$DATA"
	done
	[ "${answers[0]}" = "${answers[1]}" ]
	[ -z "$(enter "$NODE" nft list ruleset)" ]
}

@test "the arguments of containerd and podman are taken as they come" {
	CNI_ARGS='K8S_POD_NAME=a;K8S_POD_NAMESPACE=b;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_UID=d;IgnoreUnknown=1' \
		reaches 10.77.0.10 "$LO"
	CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAME=a;MAC=;IP=10.77.0.44' reaches 10.77.0.44 "$LO"
}

@test "dad and announce are refused with their path and value" {
	refused() { # MESSAGE FILTER
		cni ADD c1 pod eth0 "$(jq -c "$2" <<<"$LO")"
		assert_error 7 "$1"
	}
	refused 'dad: expected "optimistic" \(the default\), "wait" or "off" \(got "on"\)' '.dad = "on"'
	refused 'dad: expected a string, got true' '.dad = true'
	refused 'dadWaitMs: has a meaning with "dad": "wait" only \(got 100\)' '.dadWaitMs = 100'
	refused 'dadWaitMs: expected an integer from 1 to 30000, got 0' '.dad = "wait" | .dadWaitMs = 0'
	refused 'announce: expected true or false, got 1' '.announce = 1'
}

# ---- the pod ------------------------------------------------------------------------------------

@test "an annotation counts only if podSettings names it" {
	wish='{"ipvlan-cni/ips": "10.77.0.50, fd77::50", "other/ips": "x"}'
	reaches 10.77.0.50 "$(annotated '["ips"]' "$wish")"
	[ "$(<"$DATA/net/last_reserved_ip.1")" = fd77::50 ]
	[ -z "$stderr" ]
	reaches 10.77.0.51 "$(annotated '["mtu", "pool"]' "$wish")"
	[[ $stderr == "ipvlan: annotation ipvlan-cni/ips is left out: podSettings does not name it" ]]
	reaches 10.77.0.52 "$(annotated '[]' "$wish" 'del(.podSettings)')"
	# A name that there is not is told, in one line whatever is in it.
	reaches 10.77.0.53 "$(annotated '["ips"]' '{"ipvlan-cni/master\nroot: ": "eth9", "ipvlan-cni/ipam": "x"}')"
	[ "$(grep -c 'is left out: there is no such setting' <<<"$stderr")" -eq 2 ]
	[ "$(wc -l <<<"$stderr")" -eq 2 ]
}

@test "what is asked of this network in particular goes before the pod's annotation" {
	conf=$(annotated '["ips"]' '{"ipvlan-cni/ips": "10.77.0.50"}')
	CNI_ARGS=IP=10.77.0.60 reaches 10.77.0.60 "$conf"
	reaches 10.77.0.61 "$(jq -c '.args.cni.ips = ["10.77.0.61"]' <<<"$conf")"
	reaches 10.77.0.62 "$(jq -c '.runtimeConfig.ips = ["10.77.0.62"]' <<<"$conf")"
	pools='.ipam.pools = {blue: [[{subnet: "10.77.1.0/24"}]], red: [[{subnet: "10.77.2.0/24"}]]}'
	conf=$(annotated '["pool"]' '{"ipvlan-cni/pool": "blue"}' "$pools")
	reaches 10.77.1.2 "$conf"
	reaches 10.77.2.2 "$(jq -c '.args.cni.pool = "red"' <<<"$conf")"
}

@test "args.cni that podSettings does not name is refused" {
	for arg in 'pool = "blue"' 'mtu = 1400' 'routes = []' 'sysctls = {"net.ipv4.conf.IFNAME.x": "1"}'; do
		cni ADD c1 pod eth0 "$(jq -c ".args.cni.$arg" <<<"$LO")"
		assert_error 2 "args.cni.${arg%% *}: .*podSettings of the configuration does not name it"
	done
	reaches 10.77.0.10 "$(jq -c '.args.cni = {labels: [{key: "a", value: "b"}], master: "eth9"}' <<<"$LO")"
}

@test "a value that cannot be is refused with the annotation and the value" {
	refused() { # SETTING VALUE MESSAGE
		cni ADD c1 pod eth0 "$(annotated '["ips", "pool", "mtu", "routes",
			"net.ipv4.conf.IFNAME.rp_filter"]' "$(jq -cn '{("ipvlan-cni/" + $k): $v}' \
			--arg k "$1" --arg v "$2")")"
		assert_error 7 "^annotation ipvlan-cni/$1: .*$3"
	}
	refused ips '10.77.0.5, 10.77.0.6 10.77.0.7' '10.77.0.6 10.77.0.7: expected an IP address'
	refused ips "$(printf '%0300d' 7)" '0{64}: expected an IP address'
	for mtu in '' 0 67 65536 -1 1e3 '1400 ' 0x578 99999999999999999999 $'1400\t'; do
		refused mtu "$mtu" 'expected an MTU of 68 to 65535 bytes \(got ".*"\)'
	done
	for routes in '' ',' 10.9.0.0 '10.9.0.0/16 via' '10.9.0.0/16 dev eth0' '10.9.0.0/16 via fd77::1' \
		'10.9.0.0/16 via 10.77.0.1 table 7'; do
		refused routes "$routes" 'expected routes as .*\(got ".*"\)'
	done
	for sysctl in x net.ipv4.conf.IFNAME.rp_filter net.ipv4.conf.IFNAME.rp_filter= kernel.core_pattern=x \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.ip_forward=1 net.ipv4.conf.IFNAME.../../x=1 \
		net.ipv4.conf.IFNAME.rp_filter=/x net.ipv4.conf..IFNAME.rp_filter=1; do
		refused sysctls "$sysctl" 'expected sysctls as .*\(got ".*"\)'
	done
	cni ADD c1 pod eth0 "$(annotated '["mtu"]' '{"ipvlan-cni/mtu": 1400}')"
	assert_error 7 'annotation ipvlan-cni/mtu: expected a string, got 1400'
	cni ADD c1 pod eth0 "$(annotated '["pool"]' '{"ipvlan-cni/pool": "green"}')"
	assert_error 7 'there is no pool "green"'
	cni ADD c1 pod eth0 "$(annotated '["ips"]' '{"ipvlan-cni/ips": "10.77.0.1"}')"
	assert_error 105 'requested address 10.77.0.1 '
	assert_nothing_left pod
}

@test "a pod's MTU is no more than the master's" {
	cni ADD c1 pod eth0 "$(annotated '["mtu"]' '{"ipvlan-cni/mtu": "9000"}' '.master = "eth0"')"
	assert_error 7 '^annotation ipvlan-cni/mtu: 9000 is more than the 1500 of master eth0'
	cni ADD c1 pod eth0 "$(annotated '["mtu"]' '{}' '.master = "eth0" | .args.cni.mtu = 9000')"
	assert_error 7 '^args.cni.mtu: 9000 is more than the 1500 of master eth0'
	assert_nothing_left pod
}

@test "a sysctl is allowed by its own name alone" {
	one='["net.ipv4.conf.IFNAME.rp_filter"]'
	reaches 10.77.0.10 "$(annotated "$one" \
		'{"ipvlan-cni/sysctls": "net.ipv4.conf.IFNAME.proxy_arp=1, net.ipv4.conf.IFNAME.rp_filter=2"}')"
	[[ $stderr == *"net.ipv4.conf.IFNAME.proxy_arp is left out: podSettings does not name it" ]]
	cni ADD c1 pod eth0 "$(annotated "$one" '{}' \
		'.args.cni.sysctls = {"net.ipv4.conf.IFNAME.proxy_arp": "1"}')"
	assert_error 2 'args.cni.sysctls: net.ipv4.conf.IFNAME.proxy_arp: podSettings'
}

@test "podSettings names what there is" {
	for name in mode master sysctls net.ipv4.ip_forward net.ipv4.conf.all.rp_filter; do
		cni ADD c1 pod eth0 "$(annotated "[\"$name\"]" '{}')"
		assert_error 7 "podSettings: there is no \"$name\"; there are \"ips\""
	done
	cni ADD c1 pod eth0 "$(annotated '"ips"' '{}')"
	assert_error 7 'podSettings: expected an array, got "ips"'
}

@test "an address or a pool that only another IPAM plugin could give is refused" {
	other='.ipam = {type: "other"}'
	cni ADD c1 pod eth0 "$(annotated '["ips"]' '{"ipvlan-cni/ips": "10.77.0.5"}' "$other")"
	assert_error 2 'ips, asked for by the pod: only ipam.type "host-local" or "static".*not "other"'
	cni ADD c1 pod eth0 "$(annotated '["pool"]' '{"ipvlan-cni/pool": "blue"}' "$other")"
	assert_error 2 'pool, asked for by the pod: only ipam.type "host-local" can'
}
