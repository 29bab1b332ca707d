// SPDX-License-Identifier: GPL-2.0
/*
 * component OPERATION TIMES DIRECTORY: how many instructions a file system takes for an operation,
 * in a guest whose time stamp counter counts them. Prints the figure.
 *
 *   list      open the directory, read all names, close it; for each name
 *   missing   look for a name that is not there, another one each time
 *   file      create and remove a file
 *   read      open a file, read it and close it
 *   dir       create and remove a directory
 *   symlink   create and remove a symbolic link
 *
 * With DIRECTORY "autofs:DIR" an autofs is mounted there, whose daemon this process is.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/types.h>

static unsigned long done;	/* operations */

static __u64 clock_read(void)
{
	__u32 low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return low | (__u64)high << 32;
}

static void must(int ret, const char *what)
{
	if (ret < 0)
		err(1, "%s", what);
}

static void op_list(void)
{
	DIR *dir = opendir(".");

	if (!dir)
		err(1, "opendir");
	while (readdir(dir))
		done++;
	closedir(dir);
}

static void op_missing(void)
{
	static unsigned int n;
	struct stat st;
	char name[32];

	snprintf(name, sizeof(name), "missing%u", n++);
	if (!stat(name, &st))
		errx(1, "%s is there", name);
	done++;
}

static void op_file(void)
{
	int fd = open("created", O_CREAT | O_EXCL | O_WRONLY, 0600);

	must(fd, "create");
	close(fd);
	must(unlink("created"), "unlink");
	done++;
}

static void op_read(void)
{
	char text[4096];
	int fd = open("f1", O_RDONLY);

	must(fd, "open");
	must(read(fd, text, sizeof(text)), "read");
	close(fd);
	done++;
}

static void op_dir(void)
{
	must(mkdir("made", 0700), "mkdir");
	must(rmdir("made"), "rmdir");
	done++;
}

static void op_symlink(void)
{
	must(symlink("/somewhere/else", "link"), "symlink");
	must(unlink("link"), "unlink");
	done++;
}

static const struct {
	const char *name;
	void (*op)(void);
} ops[] = {
	{ "list", op_list }, { "missing", op_missing }, { "file", op_file },
	{ "read", op_read }, { "dir", op_dir }, { "symlink", op_symlink }, { }
};

static void mount_autofs(const char *dir)
{
	char options[64];
	int fds[2];

	must(setpgid(0, 0), "setpgid");		/* its group is the daemon's */
	must(pipe(fds), "pipe");
	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", fds[1],
		 getpgrp());
	must(mount("component", dir, "autofs", 0, options), "mount");
}

int main(int argc, char **argv)
{
	unsigned long i, times, op;
	const char *dir;
	__u64 start;

	if (argc != 4)
		errx(2, "component OPERATION TIMES DIRECTORY");
	for (op = 0; ops[op].name && strcmp(ops[op].name, argv[1]); op++)
		;
	if (!ops[op].name)
		errx(2, "no operation %s", argv[1]);
	times = strtoul(argv[2], NULL, 10);
	dir = argv[3];
	if (!strncmp(dir, "autofs:", 7)) {
		dir += 7;
		mount_autofs(dir);
	}
	must(chdir(dir), dir);
	for (i = 0; i < times / 4 + 1; i++)	/* nothing is made for the first time any more */
		ops[op].op();
	done = 0;
	start = clock_read();
	for (i = 0; i < times; i++)
		ops[op].op();
	printf("%.1f\n", (double)(clock_read() - start) / done);
	must(chdir("/"), "/");
	if (dir != argv[3])
		must(umount(dir), "umount");
	return 0;
}
