// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/fullness.h"

#include <stdio.h>
#include <string.h>

/* How many first … last are; exact up to 2^53. */
static double count_of(const struct ip *first, const struct ip *last)
{
	double count = 0;

	for (size_t i = 0; i < ip_size(first); i++)
		count = count * 256 + last->bytes[i] - first->bytes[i];
	return count + 1;
}

static double size_of(const struct conf *conf, const struct range_set *set, size_t range)
{
	struct spans l;
	double size = 0;

	spans_of(&l, set);
	for (size_t i = 0; i < conf->ipam.n_exclude; i++)
		spans_cut(&l, &conf->ipam.exclude[i].first, &conf->ipam.exclude[i].last);
	for (size_t i = 0; i < l.count; i++)
		if (l.v[i].range == range)
			size += count_of(&l.v[i].first, &l.v[i].last);
	spans_free(&l);
	return size;
}

static void count(const struct listing *all, struct fullness *f)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct listed *r = &all->v[i];

		if (strcmp(r->network, f->network) != 0 || ip_cmp(&r->ip, &f->range->start) < 0 ||
		    ip_cmp(&r->ip, &f->range->end) > 0)
			continue;
		if (strcmp(r->state, "resting") == 0)
			f->resting++;
		else if (strcmp(r->state, "stale") == 0)
			f->stale++;
		else
			f->held++;
	}
}

void fullness_each(const struct conf *conf, const struct listing *all,
		   void (*fn)(const struct fullness *f, void *ctx), void *ctx)
{
	for (size_t set = 0; set < conf->ipam.n_sets; set++)
		for (size_t i = 0; i < conf->ipam.sets[set].count; i++) {
			struct fullness f = {
				.network = conf->name,
				.range = &conf->ipam.sets[set].ranges[i],
				.set = set,
				.size = size_of(conf, &conf->ipam.sets[set], i),
			};

			count(all, &f);
			fn(&f, ctx);
		}
}

double fullness_free(const struct fullness *f)
{
	double used = (double)(f->held + f->stale + f->resting);

	return f->size > used ? f->size - used : 0;
}

double fullness_percent(const struct fullness *f)
{
	return f->size > 0 ? 100 * (double)(f->held + f->stale + f->resting) / f->size : 100;
}

char *fullness_number(double n, char buf[static 32])
{
	snprintf(buf, 32, n < 1e15 ? "%.0f" : "%.3g", n);
	return buf;
}
