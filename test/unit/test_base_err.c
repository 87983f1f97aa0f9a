// SPDX-License-Identifier: GPL-2.0-or-later
/* The first failure is the one that is told, whatever fails while it is undone. */
#include <errno.h>

#include "pkg/base/err.h"
#include "test/unit/test.h"

static void the_first_error_stays(void)
{
	struct err err = { 0 };

	is_int(err_set(&err, CNI_ERR_CONFIG, -EINVAL, "first %d", 1), -EINVAL,
	       "err_set returns rc");
	err_set(&err, CNI_ERR_IO, -EIO, "second");
	is_str(err.msg, "first 1", "a second error changes no message");
	is_int(err.code, CNI_ERR_CONFIG, "nor the code");
}

static void details_belong_to_the_first_error(void)
{
	struct err err = { 0 };

	err_details(&err, "too early");
	is_str(err.details, "", "no details without an error");
	err_set(&err, CNI_ERR_KERNEL, -EPERM, "first");
	err_details(&err, "its own");
	err_details(&err, "late");
	is_str(err.details, "its own", "details are set once");
}

static void details_of_a_later_error_are_dropped(void)
{
	struct err err = { 0 };

	err_set(&err, CNI_ERR_KERNEL, -EPERM, "first");
	err_errno(&err, CNI_ERR_IO, -EIO, "second");
	err_details(&err, "of the second");
	is_str(err.details, "", "a later error's details are not the first one's");
}

static void errno_is_put_behind_the_message(void)
{
	struct err err = { 0 };

	is_int(err_errno(&err, CNI_ERR_IO, -ENOENT, "open %s", "x"), -ENOENT,
	       "err_errno returns rc");
	is_str(err.msg, "open x: No such file or directory", "what errno means is added");
}

static void nobody_to_tell_is_fine(void)
{
	is_int(err_set(NULL, CNI_ERR_IO, -EIO, "lost"), -EIO, "err_set takes NULL");
	err_details(NULL, "lost");
	is_true(!err_is_set(NULL), "NULL is no error");
}

static void who_goes_on_tells_all(void)
{
	struct err all = { 0 }, one = { 0 }, none = { 0 };

	err_join(&all, &none);
	is_true(!err_is_set(&all), "no error joined to none is none");
	err_set(&one, CNI_ERR_STATE, -EIO, "first");
	err_join(&all, &one);
	one = (struct err){ 0 };
	err_set(&one, CNI_ERR_KERNEL, -EIO, "second");
	err_details(&one, "of the second");
	err_join(&all, &one);
	is_str(all.msg, "first; second", "both are told");
	is_str(all.details, "of the second", "with the details that there are");
	is_int(all.code, CNI_ERR_STATE, "under the first one's code");
	err_join(NULL, &one);
	for (int i = 0; i < 100; i++)
		err_join(&all, &one);
	is_str(all.msg + strlen(all.msg) - 11, "second; ...", "what does not fit is marked, once");
}

int main(void)
{
	the_first_error_stays();
	details_belong_to_the_first_error();
	details_of_a_later_error_are_dropped();
	errno_is_put_behind_the_message();
	nobody_to_tell_is_fine();
	who_goes_on_tells_all();
	return test_done();
}
