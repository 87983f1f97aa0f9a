// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/tool/driver_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/utsname.h>
#include "pkg/base/cleanup.h"

/* UEFI specification 2.10, 3.3: four bytes of attributes, then the value. */
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* What scripts/sign-file leaves at the end of a module. */
#define SIGNED "~Module signature appended~\n"

static bool is_there(const char *fmt, const char *release, char *out, size_t size)
{
	static const char *const endings[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		int len = snprintf(out, size, "/lib/modules/%s/%s%s", release, fmt, endings[i]);

		if (len < (int)size && access(out, F_OK) == 0)
			return true;
	}
	out[0] = '\0';
	return false;
}

static bool is_signed(const char *path)
{
	char end[sizeof(SIGNED)] = "";
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* One that is compressed is looked at by who unpacks it: the kernel. */
	if (strcmp(path + strlen(path) - 3, ".ko") != 0)
		return true;
	if (fd < 0 || lseek(fd, -(off_t)strlen(SIGNED), SEEK_END) < 0 ||
	    read(fd, end, strlen(SIGNED)) < 0)
		return false;
	return strcmp(end, SIGNED) == 0;
}

static bool is_built_in(const char *release)
{
	char path[320], line[512];
	bool is_found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", release);
	f = fopen(path, "re");
	while (f && !is_found && fgets(line, sizeof(line), f))
		is_found = strstr(line, "/ipvlan.ko") != NULL;
	if (f)
		fclose(f);
	return is_found;
}

void driver_files_look(struct driver_files *f)
{
	struct utsname u;
	char other[320];

	*f = (struct driver_files){ 0 };
	uname(&u);
	if (!is_there("updates/dkms/ipvlan.ko", u.release, f->ours, sizeof(f->ours)))
		is_there("updates/ipvlan.ko", u.release, f->ours, sizeof(f->ours));
	f->is_ours_signed = f->ours[0] && is_signed(f->ours);
	f->is_loaded = access("/sys/module/ipvlan", F_OK) == 0 || is_built_in(u.release);
	/* The kernel's own says no version. */
	f->is_ours_loaded = access("/sys/module/ipvlan/version", F_OK) == 0;
	f->is_any_there =
		f->is_loaded || f->ours[0] ||
		is_there("kernel/drivers/net/ipvlan/ipvlan.ko", u.release, other, sizeof(other));
}

bool driver_files_are_guarded(void)
{
	unsigned char bytes[5] = { 0 };
	cleanup_fd int fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, bytes, sizeof(bytes)) == sizeof(bytes) && bytes[4] == 1;
}
