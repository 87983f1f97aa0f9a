// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/fault/inject.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What can fail, and how. close() cannot (the descriptor is gone either way), nor can those that
 * only read what is in the process. changes: something outside of the process is not as before.
 */
static const struct call {
	long nr;
	const char *name;
	int error;
	bool changes;
	int path; /* the argument that is one, from 1; 0: none */
} calls[] = {
	{ SYS_read, "read", EIO, false, 0 },
	{ SYS_pread64, "pread64", EIO, false, 0 },
	{ SYS_write, "write", ENOSPC, true, 0 },
	{ SYS_pwrite64, "pwrite64", ENOSPC, true, 0 },
	{ SYS_writev, "writev", ENOSPC, true, 0 },
	{ SYS_open, "open", EMFILE, true, 1 },
	{ SYS_openat, "openat", EMFILE, true, 2 },
	{ SYS_openat2, "openat2", EMFILE, true, 2 },
	{ SYS_stat, "stat", EIO, false, 1 },
	{ SYS_fstat, "fstat", EIO, false, 0 },
	{ SYS_newfstatat, "newfstatat", EIO, false, 2 },
	{ SYS_statx, "statx", EIO, false, 2 },
	{ SYS_fstatfs, "fstatfs", EIO, false, 0 },
	{ SYS_access, "access", EIO, false, 1 },
	{ SYS_faccessat2, "faccessat2", EIO, false, 2 },
	{ SYS_readlink, "readlink", EIO, false, 1 },
	{ SYS_readlinkat, "readlinkat", EIO, false, 2 },
	{ SYS_getdents64, "getdents64", EIO, false, 0 },
	{ SYS_mkdir, "mkdir", ENOSPC, true, 1 },
	{ SYS_mkdirat, "mkdirat", ENOSPC, true, 2 },
	{ SYS_rename, "rename", EIO, true, 1 },
	{ SYS_renameat, "renameat", EIO, true, 2 },
	{ SYS_renameat2, "renameat2", EIO, true, 2 },
	{ SYS_link, "link", ENOSPC, true, 1 },
	{ SYS_linkat, "linkat", ENOSPC, true, 4 },
	{ SYS_symlinkat, "symlinkat", ENOSPC, true, 1 },
	{ SYS_unlink, "unlink", EIO, true, 1 },
	{ SYS_unlinkat, "unlinkat", EIO, true, 2 },
	{ SYS_rmdir, "rmdir", EIO, true, 1 },
	{ SYS_fsync, "fsync", EIO, true, 0 },
	{ SYS_fdatasync, "fdatasync", EIO, true, 0 },
	{ SYS_ftruncate, "ftruncate", ENOSPC, true, 0 },
	{ SYS_fallocate, "fallocate", ENOSPC, true, 0 },
	{ SYS_utimensat, "utimensat", EIO, true, 0 },
	{ SYS_fchmod, "fchmod", EIO, true, 0 },
	{ SYS_fsetxattr, "fsetxattr", ENOSPC, true, 2 },
	{ SYS_fgetxattr, "fgetxattr", EIO, false, 2 },
	{ SYS_flock, "flock", ENOLCK, false, 0 },
	{ SYS_fcntl, "fcntl", ENOLCK, false, 0 },
	{ SYS_ioctl, "ioctl", EIO, false, 0 },
	{ SYS_mmap, "mmap", ENOMEM, false, 0 },
	{ SYS_brk, "brk", ENOMEM, false, 0 },
	{ SYS_mremap, "mremap", ENOMEM, false, 0 },
	{ SYS_socket, "socket", EMFILE, false, 0 },
	{ SYS_socketpair, "socketpair", EMFILE, false, 0 },
	{ SYS_getsockname, "getsockname", ENOBUFS, false, 0 },
	{ SYS_getpeername, "getpeername", ENOBUFS, false, 0 },
	{ SYS_eventfd2, "eventfd2", EMFILE, false, 0 },
	{ SYS_setsockopt, "setsockopt", ENOBUFS, false, 0 },
	{ SYS_getsockopt, "getsockopt", ENOBUFS, false, 0 },
	{ SYS_bind, "bind", ENOBUFS, false, 0 },
	{ SYS_connect, "connect", ENOBUFS, false, 0 },
	{ SYS_sendto, "sendto", ENOBUFS, true, 0 },
	{ SYS_sendmsg, "sendmsg", ENOBUFS, true, 0 },
	{ SYS_recvfrom, "recvfrom", ENOBUFS, false, 0 },
	{ SYS_recvmsg, "recvmsg", ENOBUFS, false, 0 },
	{ SYS_setns, "setns", EPERM, false, 0 },
	{ SYS_unshare, "unshare", EPERM, false, 0 },
	{ SYS_mount, "mount", EPERM, true, 2 },
	{ SYS_umount2, "umount2", EBUSY, true, 1 },
	{ SYS_bpf, "bpf", ENOMEM, true, 0 },
	{ SYS_pipe2, "pipe2", EMFILE, false, 0 },
	{ SYS_poll, "poll", ENOMEM, false, 0 },
	{ SYS_ppoll, "ppoll", ENOMEM, false, 0 },
	{ SYS_wait4, "wait4", EINTR, false, 0 },
	{ SYS_pidfd_open, "pidfd_open", EMFILE, false, 0 },
	{ SYS_setpgid, "setpgid", EPERM, false, 0 },
	{ SYS_fork, "fork", EAGAIN, true, 0 },
	{ SYS_vfork, "vfork", EAGAIN, true, 0 },
	{ SYS_clone, "clone", EAGAIN, true, 0 },
	{ SYS_clone3, "clone3", EAGAIN, true, 0 },
	{ SYS_execve, "execve", ENOMEM, true, 1 },
	{ SYS_prlimit64, "prlimit64", EPERM, false, 0 },
	{ SYS_dup3, "dup3", EMFILE, false, 0 },
	{ SYS_getrandom, "getrandom", EAGAIN, false, 0 },
};

/* These neither fail where memory and arguments are in order, nor can they be seen from outside. */
static const long harmless[] = {
	SYS_close,	    SYS_close_range,  SYS_dup2,		 SYS_lseek,
	SYS_munmap,	    SYS_mprotect,     SYS_madvise,	 SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid,	 SYS_gettid,
	SYS_getuid,	    SYS_geteuid,      SYS_clock_gettime, SYS_clock_nanosleep,
	SYS_futex,	    SYS_kill,	      SYS_tgkill,	 SYS_exit,
	SYS_exit_group,	    SYS_umask,	      SYS_uname,	 SYS_sched_getaffinity,
	SYS_sysinfo,	    SYS_alarm,	      SYS_getppid,
};

/* NULL: harmless. What is in neither table would be a hole in the cover. */
static const struct call *find(long nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return &calls[i];
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (harmless[i] == nr)
			return NULL;
	errx(1, "system call %ld: in neither table of %s", nr, __FILE__);
}

static bool counts(const struct run *r, const struct call *c)
{
	char name[40];

	if (r->fault == FAULT_KILL && !c->changes)
		return false;
	snprintf(name, sizeof(name), ",%s,", c->name);
	return !r->calls || strstr(r->calls, name);
}

/* ---- the traced one ------------------------------------------------------------------------ */

static int filled_memfd(const char *text)
{
	int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    lseek(fd, 0, SEEK_SET))
		err(1, "memfd");
	return fd;
}

static pid_t start(const struct run *r, char *const argv[], const char *const env[],
		   const char *input, int out)
{
	int in = filled_memfd(input);
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid > 0) {
		close(in);
		return pid;
	}
	for (size_t i = 0; env[i]; i++)
		putenv((char *)env[i]);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    (r->fault && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0))
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

static void read_string(pid_t pid, unsigned long long at, char *out, size_t size)
{
	struct iovec here = { .iov_base = out, .iov_len = size - 1 };
	struct iovec there = { .iov_base = (void *)at, .iov_len = size - 1 }; // NOLINT
	ssize_t n = process_vm_readv(pid, &here, 1, &there, 1, 0);

	out[n > 0 ? n : 0] = '\0';
}

static void describe(struct run *r, pid_t pid, const struct call *c,
		     const struct user_regs_struct *regs)
{
	const unsigned long long args[] = { regs->rdi, regs->rsi, regs->rdx, regs->r10 };
	char path[64] = "";

	if (c->path)
		read_string(pid, args[c->path - 1], path, sizeof(path));
	if (!c->path)
		snprintf(path, sizeof(path), "%lld", args[0]);
	snprintf(r->where, sizeof(r->where), "%s(%s): %s", c->name, path,
		 r->fault == FAULT_KILL ? "killed" : strerrorname_np(c->error));
}

/* ---- tracing ------------------------------------------------------------------------------- */

#define OPTIONS                                                                                \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

struct trace {
	struct run *r;
	pid_t main;
	unsigned int seen;
	bool began;    /* has begun to read its stdin */
	pid_t failing; /* in the call that is to fail; 0: none */
	int error;
};

static void skip_call(pid_t pid, struct user_regs_struct *regs)
{
	regs->orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, 0, regs) < 0)
		err(1, "PTRACE_SETREGS");
}

static void at_entry(struct trace *t, pid_t pid, struct user_regs_struct *regs)
{
	const struct call *c;

	t->began |= regs->orig_rax == SYS_read && regs->rdi == STDIN_FILENO;
	if (!t->began || t->r->was_injected)
		return;
	c = find((long)regs->orig_rax);
	if (!c || !counts(t->r, c) || ++t->seen != t->r->n)
		return;
	t->r->was_injected = true;
	describe(t->r, pid, c, regs);
	skip_call(pid, regs);
	if (t->r->fault == FAULT_KILL) {
		kill(t->main, SIGKILL);
		return;
	}
	t->failing = pid;
	t->error = c->error;
}

static void at_exit(struct trace *t, pid_t pid, struct user_regs_struct *regs)
{
	if (t->failing != pid)
		return;
	t->failing = 0;
	regs->rax = (unsigned long long)-t->error;
	if (ptrace(PTRACE_SETREGS, pid, 0, regs) < 0)
		err(1, "PTRACE_SETREGS");
}

static void at_call(struct trace *t, pid_t pid)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		at_entry(t, pid, &regs);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		at_exit(t, pid, &regs);
}

/* The n-th was the last that matters: the rest runs at full speed. */
static bool is_done(const struct trace *t)
{
	return t->r->was_injected && !t->failing;
}

/* One stop of pid, which is not its end. */
static void at_stop(struct trace *t, pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		at_call(t, pid);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC && pid != t->main) {
		ptrace(PTRACE_DETACH, pid, 0, 0);
		return;
	} else if (sig == SIGTRAP || sig == SIGSTOP) {
		sig = 0;
	}
	ptrace(is_done(t) && pid == t->main ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, sig);
}

static void follow(struct trace *t)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			at_stop(t, pid, status);
		else if (pid == t->main)
			break;
	}
	if (pid < 0)
		err(1, "waitpid");
	t->r->status = status;
	/* A child that was not detached when the program died. */
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
}

static void begin(struct trace *t, const char *program)
{
	int status;

	if (waitpid(t->main, &status, 0) != t->main || !WIFSTOPPED(status))
		errx(1, "%s: cannot be run or traced", program);
	if (ptrace(PTRACE_SETOPTIONS, t->main, 0, OPTIONS) < 0 ||
	    ptrace(PTRACE_SYSCALL, t->main, 0, 0) < 0)
		err(1, "ptrace");
}

void inject_run(struct run *r, char *const argv[], const char *const env[], const char *input)
{
	int out = memfd_create("stdout", MFD_CLOEXEC);
	struct trace t = { .r = r };
	ssize_t n;

	r->was_injected = false;
	t.main = start(r, argv, env, input, out);
	if (r->fault)
		begin(&t, argv[0]);
	follow(&t);
	n = pread(out, r->output, sizeof(r->output) - 1, 0);
	r->output[n > 0 ? n : 0] = '\0';
	close(out);
}
