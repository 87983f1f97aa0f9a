/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the eBPF programs of a master and the plugin that loads them agree on: the maps' content.
 *
 * Each master has a set of programs and maps of its own. A pod on it has a slot in "ports": its
 * number is the classid of the filter on the pod's host end, so that a program knows the sender
 * without looking it up. Slot 0 is nobody's: what is dropped with no pod to blame counts there.
 *
 * The plugin writes "ports" through its memory mapping while the programs read it. A slot is taken
 * by writing its ifindex last, and given back by clearing that first.
 */
#ifndef IPVLAN_BPF_H
#define IPVLAN_BPF_H

#include <linux/types.h>

#define IPVLAN_BPF_ABI	 2     /* changes with anything in this file */
#define IPVLAN_BPF_PORTS 4096  /* pods on a master, slot 0 included */
#define IPVLAN_BPF_ADDRS 16384 /* addresses of each family on a master */

/* Flags of a port, and of the owner of an address. */
#define IPVLAN_BPF_L3	     0x01 /* routed by the host; else l2 */
#define IPVLAN_BPF_PRIVATE   0x02
#define IPVLAN_BPF_VEPA	     0x04
#define IPVLAN_BPF_ANTISPOOF 0x08
#define IPVLAN_BPF_SHAPED    0x10 /* a qdisc on the host end must see its frames */
#define IPVLAN_BPF_OWN_MTU   0x20 /* chosen, not the master's */

/*
 * The bit of a multicast group in a port's filter, of the last four bytes of its MAC address, as
 * they lie in memory. Groups may share a bit: a pod then gets what it did not ask for, as with any
 * NIC's filter.
 */
#define IPVLAN_BPF_GROUP_BIT(mac_low) ((__u8)(((mac_low) * 0x9e3779b1U) >> 24))

#define IPVLAN_BPF_LEARN_MAX 16 /* addresses that a pod may add by itself, without antiSpoof */

/*
 * Every reason to drop a frame: X(id, name). tx is from the pod, rx to it. Those that the kernel
 * module has too have the same name there.
 */
#define IPVLAN_BPF_DROPS(X)                                                        \
	X(TX_SHORT, "tx_drop_short")	      /* no whole header of what it says it is */ \
	X(TX_MALFORMED, "tx_drop_malformed")  /* a header that contradicts itself */      \
	X(TX_NO_PORT, "tx_drop_no_port")      /* its pod is being taken away */            \
	X(TX_MAC, "tx_drop_mac")	      /* another's source MAC; in l2 always */         \
	X(TX_SOURCE, "tx_drop_source")	      /* antiSpoof: another's source address */     \
	X(TX_ARP_SENDER, "tx_drop_arp_sender") /* antiSpoof: ARP in another's name */       \
	X(TX_ND_SENDER, "tx_drop_nd_sender")  /* antiSpoof: ND in another's name */        \
	X(TX_ND_HIDDEN, "tx_drop_nd_hidden")  /* antiSpoof: ND behind other headers */     \
	X(TX_ROUTER, "tx_drop_router")	      /* antiSpoof: router advertisement, redirect */ \
	X(TX_NOT_IP, "tx_drop_not_ip")	      /* antiSpoof or l3: neither IP nor ARP */     \
	X(TX_VLAN, "tx_drop_vlan")	      /* a VLAN tag of the pod's own */              \
	X(TX_PAUSE, "tx_drop_pause")	      /* for the next switch alone */                \
	X(TX_PRIVATE, "tx_drop_private")      /* from or to a private sibling */           \
	X(TX_L3_MULTICAST, "tx_drop_l3_multicast")                                         \
	X(RX_PRIVATE, "rx_drop_private")      /* a private sibling's, by way of a router */ \
	X(RX_REFLECTED, "rx_drop_reflected")  /* our own, sent back by a switch */

enum ipvlan_bpf_drop {
#define IPVLAN_BPF_DROP_ID(id, name) IPVLAN_BPF_DROP_##id,
	IPVLAN_BPF_DROPS(IPVLAN_BPF_DROP_ID)
#undef IPVLAN_BPF_DROP_ID
	IPVLAN_BPF_DROP_COUNT
};

/* Map "ports", array: slot → port. */
struct ipvlan_bpf_port {
	__u32 ifindex; /* the host end; 0: the slot is free */
	__u32 flags;   /* IPVLAN_BPF_* */
	__u64 ip6[2];  /* its first address of each family, network order; 0: none. A short cut: */
	__u32 ip4;     /* all of them are in the maps "ip4" and "ip6" */
	__u32 n_learned;
	__u64 identity;	 /* hash of whose it is */
	__u64 groups[4]; /* multicast groups that it may listen to, by a hash of 8 bits */
	__u64 drops[IPVLAN_BPF_DROP_COUNT];
	__u64 reserved[7]; /* to whole cache lines */
};

/* Maps "ip4" and "ip6", hash: address in network order → who has it. */
struct ipvlan_bpf_owner {
	__u32 ifindex; /* of the host end */
	__u16 slot;
	__u16 flags; /* of the port */
};

struct ipvlan_bpf_ip6 {
	__u64 half[2];
};

/*
 * Section ".data.master", array of one. Its first four, its name, the programs' names and the
 * places of their filters are the same in every version: by them a set of another one is known and
 * taken away.
 */
struct ipvlan_bpf_master {
	__u32 abi;
	__u32 ifindex;
	__u64 netns;	  /* cookie of the master's netns */
	__u32 made_qdisc; /* clsact on the master is ours */
	__u32 reserved;
	__u8 mac[8];	 /* the master's; two bytes of padding */
	__u32 mtu;	 /* the master's, as its pods know it */
	__u32 end;	 /* all slots in use are below */
	__u32 n_private; /* how many of them are private */
	__u32 pod_out;	 /* id of the program for host ends */
};

#endif
