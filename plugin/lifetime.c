// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/lifetime.h"

#include <string.h>
#include "pkg/nl/nsid.h"

void lifetime_open(struct lifetime *l, struct nl *home, int netns_fd, const struct nl *pod)
{
	*l = (struct lifetime){ .home = home };
	facts_here(&l->here);
	if (home->fd < 0)
		return;
	l->here.home = nsid_cookie(home);
	if (netns_fd < 0)
		return;
	l->here.cookie = pod && pod->fd >= 0 ? nsid_cookie(pod) : 0;
	/* Without an id nothing can be proven later; the address is given all the same. */
	if (nsid_get(home, netns_fd, &l->here.nsid) < 0)
		l->here.nsid = -1;
}

bool lifetime_is_over(const struct facts *f, void *ctx)
{
	const struct lifetime *l = ctx;

	/* Ids count in one netns of one boot of one machine. */
	if (f->nsid < 0 || !f->home || f->home != l->here.home || !f->boot[0] ||
	    strcmp(f->boot, l->here.boot) != 0 || strcmp(f->machine, l->here.machine) != 0)
		return false;
	/* The id is another's by now: two that live do not share one. */
	if (f->nsid == l->here.nsid && f->cookie && l->here.cookie)
		return f->cookie != l->here.cookie;
	return nsid_is_unused(l->home, f->nsid);
}
