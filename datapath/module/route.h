/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Out of an l3 slave: the frame's datagram goes through the master's netns, which routes it over
 * the master and writes the Ethernet header.
 */
#ifndef IPVLAN_ROUTE_H
#define IPVLAN_ROUTE_H

struct net_device;
struct sk_buff;

/*
 * ipvlan_route_find - give a datagram its way out
 * @skb: an IPv4 or IPv6 datagram by skb->protocol; skb->data at its header
 * @master: the device that it must leave by, or the host is its destination
 *
 * 0: ipvlan_route_send() may be called. -EBADMSG: the header is wrong; another negative errno:
 * there is no route. The caller keeps the skb.
 */
int ipvlan_route_find(struct sk_buff *skb, struct net_device *master);

/* Consumes the skb. 0, or not 0 if the master's netns did not take it. */
int ipvlan_route_send(struct sk_buff *skb, struct net_device *master);

#endif
