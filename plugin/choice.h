/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which datapath an attachment has: "datapath" of the configuration, or, where that leaves it open,
 * the kernel's ipvlan if it can be made on the master, else eBPF. What was chosen is recorded by
 * the interface itself, and is read from there ever after.
 */
#ifndef PLUGIN_CHOICE_H
#define PLUGIN_CHOICE_H

#include "plugin/attach.h"

/* Makes the interface by the first datapath that can, and keeps in *a which one it was. */
int choice_attach(struct attach *a, struct err *err);

/* 0 if there is one that could, now; *a keeps which. */
int choice_probe(struct attach *a, struct err *err);

/* The one that an interface is of; NULL: of none. */
const struct datapath *choice_of_link(const struct link *slave);

/* Takes the interface away by whichever datapath made it. */
int choice_detach(struct attach *a, struct err *err);

#endif
