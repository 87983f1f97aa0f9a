/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person should know although the command goes on. stdout belongs to the CNI answer. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* Writes "ipvlan: <text>" as one line to stderr, which runtimes put into their own log. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
