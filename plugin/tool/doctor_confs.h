/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLUGIN_TOOL_DOCTOR_CONFS_H
#define PLUGIN_TOOL_DOCTOR_CONFS_H

#include "plugin/tool/doctor.h"

/* Fills d->confs: every plugin of every configuration, ours with their masters looked up. */
void doctor_confs_read(struct doctor *d);
void doctor_confs_free(struct doctor *d);

#endif
