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
 * ipvlan_route_find - give a datagram its way out
 * @skb: an IPv4 or IPv6 datagram by skb->protocol; skb->data at its header
 * @port: by whose master it must leave, unless the host is its destination
 *
 * 0: ipvlan_route_send() may be called, within the same RCU read section. -EBADMSG: the header is
 * wrong; another negative errno: there is no route. The caller keeps the skb.
 */
int ipvlan_route_find(struct sk_buff *skb, struct ipvlan_port *port);

/* Consumes the skb. 0, or not 0 if the master's netns did not take it. */
int ipvlan_route_send(struct sk_buff *skb, struct ipvlan_port *port);

#endif
