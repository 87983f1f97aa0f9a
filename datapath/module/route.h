/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Out of a slave in l3 or l3s: the frame's datagram goes through the master's netns, which routes
 * it over the master and writes the Ethernet header.
 */
#ifndef IPVLAN_ROUTE_H
#define IPVLAN_ROUTE_H

struct ipvlan_port;
struct sk_buff;

/*
 * ipvlan_route_send - route a slave's datagram and send it
 * @skb: an IPv4 or IPv6 datagram by skb->protocol, skb->data at its header, skb->dev the slave; it
 *	is consumed
 * @port: by whose master it must leave, unless the host is its destination
 *
 * -EBADMSG: the header is wrong; -ENETUNREACH: there is no route; -ENOBUFS: the master's netns did
 * not take it. RCU.
 */
int ipvlan_route_send(struct sk_buff *skb, struct ipvlan_port *port);

#endif
