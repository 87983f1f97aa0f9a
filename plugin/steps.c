// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/steps.h"

#include "plugin/tally.h"

/*
 * The address is taken before the interface is made, and so given back after it is gone. Whether
 * others have it is asked before and heard after that, which takes its time.
 */
static const struct step *const steps[] = {
	&step_master, &step_vlan, &step_ipam,	  &step_probe,	&step_link,
	&step_detect, &step_net,  &step_announce, &step_answer,
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

/* One cell of the table, if there is something in it. */
static int run(const struct step *s, step_fn *fn, bool is_undo, struct attach *a, struct err *err)
{
	uint64_t began_ns = tally_now_ns();
	int rc = fn ? fn(a, err) : 0;

	if (fn)
		trace_add(&a->trace, s->name, is_undo, tally_now_ns() - began_ns);
	return rc;
}

/* From the n-th step up to the first one. */
static int revert_from(size_t n, struct attach *a, struct err *err)
{
	int first = 0;

	while (n-- > 0) {
		int rc = run(steps[n], steps[n]->revert, true, a, err);

		if (rc < 0 && first == 0)
			first = rc;
	}
	return first;
}

int steps_apply(struct attach *a, struct err *err)
{
	for (size_t i = 0; i < N_STEPS; i++) {
		int rc = run(steps[i], steps[i]->apply, false, a, err);

		if (rc < 0) {
			revert_from(i, a, err); /* err is set: it keeps the cause */
			return rc;
		}
	}
	return 0;
}

int steps_revert(struct attach *a, struct err *err)
{
	return revert_from(N_STEPS, a, err);
}

int steps_verify(struct attach *a, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_STEPS; i++)
		rc = run(steps[i], steps[i]->verify, false, a, err);
	return rc;
}

int steps_ready(struct attach *a, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_STEPS; i++)
		rc = run(steps[i], steps[i]->ready, false, a, err);
	return rc;
}

int steps_retain(struct attach *a, struct err *err)
{
	int first = 0;

	for (size_t n = N_STEPS; n-- > 0;) {
		struct err why = { 0 };
		int rc = run(steps[n], steps[n]->retain, false, a, &why);

		err_join(err, &why);
		if (rc < 0 && first == 0)
			first = rc;
	}
	return first;
}
