#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who may use an etcd: TLS with certificates of both sides, users and passwords. Members of their own,
# as in cluster.bats, which no other test can use behind this one.

load ../helpers
load ../../cluster/members.sh
load ../cluster

# A CA, a server's certificate for 127.0.0.1, a client's; and one of another CA.
certificates() {
	local who

	cd "$BATS_TEST_TMPDIR" || return
	for who in ca other; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$who" -keyout "$who.key" \
			-out "$who.pem"
	done
	for who in server client named; do
		openssl req -newkey rsa:2048 -nodes -subj "/$([ $who = named ] && echo CN || echo O)=$who" -keyout "$who.key" -out "$who.csr"
		openssl x509 -req -in "$who.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
			-extfile <(echo subjectAltName=IP:127.0.0.1) -out "$who.pem"
	done
	cd - || return
}

@test "certificates, user and password: the right ones are let in, wrong ones told" {
	local d=$BATS_TEST_TMPDIR i tls

	certificates >/dev/null 2>&1
	export members_scheme=https members_ctl_options="--cacert $d/ca.pem --cert $d/client.pem --key $d/client.key"
	members_options="--cert-file $d/server.pem --key-file $d/server.key --client-cert-auth --trusted-ca-file $d/ca.pem"
	for i in 1 2 3; do
		member_stop "$i"
		member_start "$i"
	done
	members_wait
	CONF=$(jq -c '.ipam.endpoints |= map(sub("http:"; "https:"))' <<<"$CONF")
	tls=".ipam.caFile = \"$d/ca.pem\" | .ipam.certFile = \"$d/client.pem\" | .ipam.keyFile = \"$d/client.key\""
	ok n1 ADD c1 "$tls"
	as n1 ADD c2 "$tls | .ipam.caFile = \"$d/other.pem\""
	refused 110 'certificate'
	as n1 ADD c2 "$tls | del(.ipam.certFile, .ipam.keyFile)"
	refused 110 'https://127.0.0.1:23791'
	# With a user.
	ctl user add root:secret >/dev/null
	ctl user grant-role root root >/dev/null
	ctl auth enable >/dev/null
	members_ctl_options+=" --user root:secret"
	ok n1 ADD c3 "$tls | .ipam.user = \"root\" | .ipam.password = \"secret\""
	# The token is kept, in a file that is root's alone, and renewed when it is no good any more.
	sed -i 's/^token .*/token no.good/' "$DATA/n1/.ipvlan-cluster/$NETWORK/state"
	echo secret >"$d/password"
	ok n1 ADD c4 "$tls | .ipam.user = \"root\" | .ipam.passwordFile = \"$d/password\""
	[ "$(stat -c %a "$DATA/n1/.ipvlan-cluster/$NETWORK/state")" = 600 ]
	as n2 ADD c5 "$tls | .ipam.user = \"root\" | .ipam.password = \"hidden\""
	refused 110 'invalid user ID or password'
	[[ $output$(<"$BATS_TEST_TMPDIR/stderr") != *hidden* ]]
	as n2 ADD c5 "$tls | .ipam.user = \"root\" | .ipam.password = \"secret\" |
		.ipam.certFile = \"$d/named.pem\" | .ipam.keyFile = \"$d/named.key\""
	refused 110 'certificate without CN'
	as n2 ADD c5 "$tls"
	refused 110 'user name'
	[ "$(addresses | wc -l)" -eq 3 ]
}
