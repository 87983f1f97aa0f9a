// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of QEMU that counts what the guest's kernel executes in the windows of window.h:
 *
 *	-plugin count.so,begin=ADDRESS,end=ADDRESS,out=FILE[,all=on]
 *
 * For each window FILE gets "window TOTAL", TOTAL being the kernel's instructions, and under it
 * a line "ADDRESS COUNT" for each block of code in modules that ran; with all=on, in the whole
 * kernel. A block belongs to one function, as it ends at a jump. Instructions are added up when
 * a block begins, so one that faults in its midst counts whole. Of one virtual CPU.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of <qemu-plugin.h>, which Debian does not ship, that is used here. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info_t;
#define CB_NO_REGS	0
#define INLINE_ADD_U64	0
typedef void (*on_translate_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*on_exec_fn)(unsigned int cpu, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, on_translate_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, on_exec_fn fn, int flags,
					  void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter,
					      uint64_t add);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#define PUBLIC __attribute__((visibility("default")))
PUBLIC int qemu_plugin_version = 1;

/* Where x86-64 has the kernel, and in it the modules (Documentation/x86/x86_64/mm.rst). */
#define KERNEL	0xffff800000000000
#define MODULES	0xffffffffc0000000

#define BLOCKS	(1u << 20) /* a power of two, far above what there is of code */

static struct block {
	uint64_t at, count, before; /* before: count when the window began */
} *blocks;

static uint64_t total, total_before, window_begin, window_end;
static bool is_open, is_all;
static FILE *out;

static struct block *find_block(uint64_t at)
{
	uint32_t i = (uint32_t)((at * 0x9e3779b97f4a7c15) >> 44);

	while (blocks[i].at && blocks[i].at != at)
		i = (i + 1) & (BLOCKS - 1);
	blocks[i].at = at;
	return &blocks[i];
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	for (uint32_t i = 0; i < BLOCKS; i++)
		blocks[i].before = blocks[i].count;
	total_before = total;
	is_open = true;
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!is_open)
		return;
	is_open = false;
	fprintf(out, "window %" PRIu64 "\n", total - total_before);
	for (uint32_t i = 0; i < BLOCKS; i++)
		if (blocks[i].count != blocks[i].before)
			fprintf(out, "%" PRIx64 " %" PRIu64 "\n", blocks[i].at,
				blocks[i].count - blocks[i].before);
	fflush(out);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	const uint64_t at = qemu_plugin_tb_vaddr(tb);
	const size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (at == window_begin)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, begin, CB_NO_REGS, NULL);
	else if (at == window_end)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, end, CB_NO_REGS, NULL);
	if (at < KERNEL)
		return;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &total, n);
	if (is_all || at >= MODULES)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
							 &find_block(at)->count, n);
}

static const char *value_of(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

PUBLIC int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			       char **argv)
{
	const char *value;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if ((value = value_of(argv[i], "begin")))
			window_begin = strtoull(value, NULL, 16);
		else if ((value = value_of(argv[i], "end")))
			window_end = strtoull(value, NULL, 16);
		else if ((value = value_of(argv[i], "out")))
			out = fopen(value, "w");
		else if ((value = value_of(argv[i], "all")))
			is_all = strcmp(value, "on") == 0;
	}
	blocks = calloc(BLOCKS, sizeof(*blocks));
	if (!window_begin || !window_end || !out || !blocks) {
		fprintf(stderr, "count: begin=ADDRESS,end=ADDRESS,out=FILE are needed\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
