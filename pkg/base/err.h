/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error of a call: a CNI error code, a sentence for the person, details.
 *
 * Functions return 0 or -errno and take `struct err *err` last. The first who knows what went
 * wrong sets it, once; later calls on the same err change nothing, so that undoing after a
 * failure cannot hide the failure. err may be NULL where nobody will read it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* CNI specification 1.1.0, "Error"; from 100 on our own, with a meaning that does not change. */
enum cni_err {
	CNI_ERR_VERSION = 1,	  /* cniVersion not supported */
	CNI_ERR_FIELD = 2,	  /* a field that is known but cannot be honoured */
	CNI_ERR_CONTAINER = 3,	  /* container unknown: no clean-up needed */
	CNI_ERR_ENV = 4,	  /* environment variable missing or invalid */
	CNI_ERR_IO = 5,		  /* reading stdin, files */
	CNI_ERR_DECODE = 6,	  /* not JSON */
	CNI_ERR_CONFIG = 7,	  /* network configuration invalid */
	CNI_ERR_NETNS = 8,	  /* CNI_NETNS is not a usable network namespace */
	CNI_ERR_AGAIN = 11,	  /* try again later */
	CNI_ERR_UNAVAILABLE = 50, /* STATUS: ADD cannot be served */
	CNI_ERR_LIMITED = 51,	  /* STATUS: as 50, and running containers are affected */

	CNI_ERR_KERNEL = 100,	 /* the kernel refused a request; details has its own words */
	CNI_ERR_MASTER = 101,	 /* the master does not exist or cannot carry a slave */
	CNI_ERR_EXISTS = 102,	 /* the interface name is taken in the container */
	CNI_ERR_DATAPATH = 103,	 /* this kernel can make no ipvlan link */
	CNI_ERR_EXHAUSTED = 104, /* no address is left in a range set */
	CNI_ERR_ADDRESS = 105,	 /* a requested address cannot be given */
	CNI_ERR_DUPLICATE = 106, /* this attachment already holds an address */
	CNI_ERR_CHANGED = 107,	 /* CHECK: what ADD made is not as ADD made it */
	CNI_ERR_DELEGATE = 108,	 /* an IPAM plugin is missing, or failed without saying why */
	CNI_ERR_STATE = 109,	 /* a file under dataDir cannot be read or written */
	CNI_ERR_ENGINE = 110,	 /* etcd refuses us, or what answers is no etcd */
};

struct err {
	int code;	   /* enum cni_err, or what a delegate returned; 0: no error */
	char msg[384];	   /* one sentence: what is wrong, and where */
	char details[512]; /* the kernel's own words, or what to do; may be empty */
	bool is_closed;	   /* another failure came after it: details that follow are not its */
};

/* Sets code and message unless an error is set already. Returns rc, for `return err_set(…)`. */
int err_set(struct err *err, int code, int rc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As err_set(), with ": " and what -rc means as errno at the end of the message. */
int err_errno(struct err *err, int code, int rc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Adds details to the error set last; does nothing if that one was not the first. */
void err_details(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same error under another code, for a caller who was asked something else. Returns rc. */
int err_recode(struct err *err, int code, int rc, const struct err *why);

/*
 * For who goes on past failures: *one after what *all has already, "; " between, cut to what fits.
 * The first one's code stays. Nothing if there is no *one.
 */
void err_join(struct err *all, const struct err *one);

static inline bool err_is_set(const struct err *err)
{
	return err && err->code;
}

#endif
