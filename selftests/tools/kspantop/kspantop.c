// SPDX-License-Identifier: GPL-2.0
/* kspantop: options, and what goes wrong. */
#include <errno.h>
#include <getopt.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "kspantop.h"

static const char help[] =
	"kspantop [OPTION...] [DIRECTORY]: shows what kspan's files in debugfs tell.\n"
	"\n"
	"DIRECTORY has the files, or copies of them (default: " DEBUGFS "/kspan).\n"
	"\n"
	"  -d, --delay SECONDS   from one look to the next (default 1)\n"
	"  -s, --sort COLUMN     sort tables by their column of this name, the largest first\n"
	"  -1, --once            print all once, as text\n"
	"  -j, --json            print all once, as JSON\n"
	"      --prometheus      the same for node_exporter's directory of text files\n"
	"      --svg FILE        a picture of the segments; with --diff of what has changed\n"
	"      --diff OLD        a directory that --save wrote before\n"
	"      --save NEW        copy the files into this directory\n"
	"      --flame FILE      a flame graph of what is live, from the allocation profile\n"
	"      --total           with --flame: of all that was allocated\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit status: 0; 1 if something is wrong, which is told; 2 if an option is.\n";

enum mode { MODE_VIEW, MODE_TEXT, MODE_JSON, MODE_PROMETHEUS };

struct options {
	enum mode mode;
	const char *dir;
	const char *svg;
	const char *diff;
	const char *save;
	const char *flame;
	bool total;
	const char *sort;
	double delay;
};

static int complain(const char *text)
{
	fprintf(stderr, "kspantop: %s\n", text);
	return 1;
}

static int wrong_option(const char *text, const char *value)
{
	fprintf(stderr, "kspantop: %s %s; see --help\n", text, value);
	return 2;
}

/* Return: 0, or the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
	enum { PROMETHEUS = 256, SVG, DIFF, SAVE, FLAME, TOTAL };
	static const struct option names[] = {
		{ "delay", required_argument, NULL, 'd' }, { "sort", required_argument, NULL, 's' },
		{ "once", no_argument, NULL, '1' }, { "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, PROMETHEUS }, { "svg", required_argument, NULL, SVG },
		{ "diff", required_argument, NULL, DIFF }, { "save", required_argument, NULL, SAVE },
		{ "flame", required_argument, NULL, FLAME }, { "total", no_argument, NULL, TOTAL },
		{ "help", no_argument, NULL, 'h' }, { }
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "d:s:1jh", names, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->delay = strtod(optarg, &end);
			if (*end || !(o->delay >= 0.1 && o->delay <= 3600))
				return wrong_option("the delay is 0.1 to 3600 seconds, not", optarg);
			break;
		case 's': o->sort = optarg; break;
		case '1': o->mode = MODE_TEXT; break;
		case 'j': o->mode = MODE_JSON; break;
		case PROMETHEUS: o->mode = MODE_PROMETHEUS; break;
		case SVG: o->svg = optarg; break;
		case DIFF: o->diff = optarg; break;
		case SAVE: o->save = optarg; break;
		case FLAME: o->flame = optarg; break;
		case TOTAL: o->total = true; break;
		case 'h': fputs(help, stdout); exit(0);
		default: return 2;
		}
	}
	if (argc - optind > 1)
		return wrong_option("one directory, not also", argv[optind + 1]);
	if (o->diff && !o->svg)
		return wrong_option("--diff goes with", "--svg");
	if (o->total && !o->flame)
		return wrong_option("--total goes with", "--flame");
	o->dir = argc > optind ? argv[optind] : NULL;
	return 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

/* Why kspan's own directory cannot be read, or NULL. */
static const char *what_is_wrong(void)
{
	struct statfs fs;

	if (!is_there("/sys/module/kspan"))
		return "kspan is not loaded: modprobe kspan";
	if (!access(DEBUGFS "/kspan/stats", R_OK))
		return NULL;
	if (statfs(DEBUGFS, &fs))
		return "this kernel has no debugfs, or /sys is not mounted";
	if (fs.f_type != DEBUGFS_MAGIC)
		return "debugfs is not mounted: mount -t debugfs none " DEBUGFS;
	if (geteuid())
		return "only root may read debugfs: run this as root";
	return "there is no " DEBUGFS "/kspan, though kspan is loaded: is debugfs switched off (debugfs=off)?";
}

/* Sort the tables that have a column of this name. Return: whether one has. */
static bool sort_tables(struct snapshot *s, const char *name)
{
	bool any = false;
	int i, col;

	for (i = 0; i < NR_TABLES; i++) {
		col = column_named(&s->tables[i], name);
		if (col >= 0)
			table_sort(&s->tables[i], col, false);
		any |= col >= 0;
	}
	return any;
}

/* A new file for a picture; otherwise that is told. */
static FILE *picture(const char *name)
{
	FILE *f = fopen(name, "w");

	if (!f)
		fprintf(stderr, "kspantop: cannot write %s: %s\n", name, strerror(errno));
	return f;
}

static int write_flame(const struct options *o)
{
	char error[5000];
	bool good;
	FILE *f = picture(o->flame);

	if (!f)
		return 1;
	good = flame_write(o->dir, o->total, f, error, sizeof(error));
	if (fclose(f) && good)
		return complain("the picture could not be written");
	if (good)
		return 0;
	remove(o->flame);
	return complain(error);
}

static int write_svg(const struct options *o, const struct snapshot *s)
{
	struct snapshot *old = NULL;
	char error[512];
	FILE *f;

	if (s->no_map)
		return complain("there is no file \"map\", or only root may read it");
	if (o->diff) {
		old = snapshot_read(o->diff, error, sizeof(error));
		if (!old)
			return complain(error);
	}
	f = picture(o->svg);
	if (!f)
		return 1;
	svg_write(s, old, f);
	snapshot_free(old);
	return fclose(f) ? complain("the picture could not be written") : 0;
}

static int print(const struct options *o, struct snapshot *s)
{
	switch (o->mode) {
	case MODE_JSON: out_json(s, stdout); break;
	case MODE_PROMETHEUS: out_prometheus(s, stdout); break;
	case MODE_TEXT: out_text(s, stdout); break;
	default: break;
	}
	return fflush(stdout) ? complain("the output could not be written") : 0;
}

static int run(const struct options *o)
{
	struct snapshot *s;
	char error[512];
	int status = 0;

	if (o->save && !snapshot_save(o->dir, o->save, error, sizeof(error)))
		return complain(error);
	if (o->flame) {		/* other files need not be there */
		status = write_flame(o);
		if (status || (o->mode == MODE_VIEW && !o->svg))
			return status;
	}
	s = snapshot_read(o->dir, error, sizeof(error));
	if (!s)
		return complain(error);
	if (o->sort && !sort_tables(s, o->sort))
		status = wrong_option("no table has a column", o->sort);
	else if (o->svg)
		status = write_svg(o, s);
	if (!status && o->mode != MODE_VIEW)
		status = print(o, s);
	if (!status && o->mode == MODE_VIEW && !o->svg && !o->save && !o->flame) {
		if (isatty(STDOUT_FILENO))
			status = view_run(o->dir, o->delay, o->sort);
		else
			status = complain("the output is no terminal: --once prints text");
	}
	snapshot_free(s);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { .delay = 1 };
	const char *wrong;
	int status = parse(argc, argv, &o);

	if (status)
		return status;
	if (!o.dir) {
		wrong = what_is_wrong();
		if (wrong)
			return complain(wrong);
		o.dir = DEBUGFS "/kspan";
	}
	return run(&o);
}
