/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What glibc has and musl has not; included in front of every source of the static plugin. */
#ifndef DIST_MUSL_H
#define DIST_MUSL_H

#include <errno.h>

#define TEMP_FAILURE_RETRY(call)                   \
	({                                         \
		__typeof__(call) _rc;              \
                                                   \
		do                                 \
			_rc = (call);              \
		while (_rc == -1 && errno == EINTR); \
		_rc;                               \
	})

#endif
