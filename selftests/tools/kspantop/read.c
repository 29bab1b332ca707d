// SPDX-License-Identifier: GPL-2.0
/* read: kspan's files in debugfs, or copies of them in any directory, read into a snapshot. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "kspantop.h"

#define LINE_BYTES	512

static const struct table empty_tables[NR_TABLES] = {
	[CLASSES] = {
		.name = "class", .title = "Size classes", .ncols = 8, .counters = 0x70, .bytes = 0x80,
		.cols = { "size", "spans", "in_use", "free", "allocs", "frees", "refills", "waste" },
	},
	[HEAPS] = {
		.name = "heap", .title = "Heaps and pools", .ncols = 9, .counters = 0x70, .bytes = 0x10e,
		.cols = { "live_objects", "held_bytes", "peak_held_bytes", "large_bytes", "allocs", "frees",
			  "alloc_failures", "cached_objects", "limit" },
	},
	[CLIENTS] = {
		.name = "client", .title = "Clients", .ncols = 5, .bytes = 0x10,
		.cols = { "heaps", "pools", "regions", "objects", "bytes" },
	},
	[CPUS] = {
		.name = "cpu", .title = "CPUs' caches", .ncols = 4, .counters = 0x8, .bytes = 0x6,
		.cols = { "cached", "cached_bytes", "room_bytes", "frees" },
	},
	[SEGMENTS] = {
		.name = "segment", .title = "Segments, in pages of 8 KB", .ncols = 7,
		.cols = { "node", "pages", "used", "free", "holes", "reserve", "fill_percent" },
	},
};

static void *need(void *p)
{
	if (p)
		return p;
	fputs("kspantop: no memory\n", stderr);
	exit(1);
}

/* Room for one more of an array of @n, zeroed. */
static void *more(void *array, int n, size_t size)
{
	if (!(n & (n - 1)))
		array = need(reallocarray(array, n ? n * 2 : 1, size));
	memset((char *)array + n * size, 0, size);
	return array;
}

static struct row *row_add(struct table *t, const char *name)
{
	struct row *row;

	t->rows = more(t->rows, t->nrows, sizeof(*t->rows));
	row = &t->rows[t->nrows++];
	snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

struct row *row_named(const struct table *t, const char *name)
{
	int i;

	for (i = 0; i < t->nrows; i++)
		if (!strcmp(t->rows[i].name, name))
			return &t->rows[i];
	return NULL;
}

/* A column's number, or -1. */
int column_named(const struct table *t, const char *name)
{
	int col;

	for (col = 0; col < t->ncols; col++)
		if (!strcmp(t->cols[col], name))
			return col;
	return -1;
}

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, "r");
}

/* A line without its line feed. */
static bool next_line(FILE *f, char *line)
{
	if (!fgets(line, LINE_BYTES, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool read_stats(const char *dir, struct snapshot *s)
{
	FILE *f = open_in(dir, "stats");
	struct stat_value v;
	char line[LINE_BYTES];

	if (!f)
		return false;
	while (next_line(f, line)) {
		if (sscanf(line, "%63s %" SCNu64, v.name, &v.value) != 2)
			continue;
		s->stats = more(s->stats, s->nstats, sizeof(*s->stats));
		s->stats[s->nstats++] = v;
	}
	fclose(f);
	return s->nstats;
}

uint64_t stat_of(const struct snapshot *s, const char *name)
{
	int i;

	for (i = 0; i < s->nstats; i++)
		if (!strcmp(s->stats[i].name, name))
			return s->stats[i].value;
	return 0;
}

/* Numbers of the rest of a line. Return: how many there were. */
static int numbers(const char *text, uint64_t *v, int max)
{
	char *end;
	int n;

	for (n = 0; n < max; n++) {
		v[n] = strtoull(text, &end, 10);
		if (end == text)
			break;
		text = end;
	}
	return n;
}

static void read_classes(const char *dir, struct table *t)
{
	FILE *f = open_in(dir, "size_classes");
	char line[LINE_BYTES], name[NAME_BYTES];
	struct row row;
	int at;

	while (f && next_line(f, line))
		if (sscanf(line, "%63s%n", name, &at) == 1 && numbers(line + at, row.v, 8) == 8 &&
		    strcmp(name, "Total"))
			memcpy(row_add(t, name)->v, row.v, sizeof(row.v));
	if (f)
		fclose(f);
}

/* The name may hold spaces: it ends where five numbers follow. */
static void read_clients(const char *dir, struct table *t)
{
	FILE *f = open_in(dir, "clients");
	char line[LINE_BYTES], *at;
	uint64_t v[5];
	int i;

	while (f && next_line(f, line)) {
		at = line + strlen(line);
		for (i = 0; i < 5 && at > line; i++) {
			while (at > line && at[-1] == ' ')
				at--;
			while (at > line && at[-1] != ' ')
				at--;
		}
		if (i < 5 || numbers(at, v, 5) != 5)
			continue;
		while (at > line && at[-1] == ' ')
			at--;
		*at = '\0';
		memcpy(row_add(t, line)->v, v, sizeof(v));
	}
	if (f)
		fclose(f);
}

static void read_mcaches(const char *dir, struct table *t)
{
	FILE *f = open_in(dir, "mcaches");
	char line[LINE_BYTES], name[NAME_BYTES];
	struct row *row;
	uint64_t v[6];

	while (f && next_line(f, line)) {
		if (numbers(line, v, 6) != 6)
			continue;
		snprintf(name, sizeof(name), "%" PRIu64, v[0]);
		row = row_named(t, name);
		if (!row)
			row = row_add(t, name);
		row->v[0] += v[3];
		row->v[1] += v[3] * v[2];
		row->v[2] += v[4] * v[2];
		row->v[3] += v[5];
	}
	if (f)
		fclose(f);
}

static uint64_t read_number(const char *dir, const char *name)
{
	FILE *f = open_in(dir, name);
	uint64_t v = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%" SCNu64, &v) != 1)
		v = 0;
	fclose(f);
	return v;
}

static void read_heap(const char *dir, const char *name, struct snapshot *s)
{
	struct snapshot own = { 0 };
	struct table *t = &s->tables[HEAPS];
	struct row *row;
	int i;

	if (!read_stats(dir, &own))
		return;		/* it has just been destroyed */
	row = row_add(t, name);
	for (i = 0; i < t->ncols - 1; i++)
		row->v[i] = stat_of(&own, t->cols[i]);
	row->v[i] = read_number(dir, "limit");
	free(own.stats);
	read_mcaches(dir, &s->tables[CPUS]);
}

static void read_heaps(const char *dir, struct snapshot *s)
{
	char path[4096], heap[8192];
	struct dirent *entry;
	DIR *d;

	snprintf(path, sizeof(path), "%s/heaps", dir);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(heap, sizeof(heap), "%s/%s", path, entry->d_name);
		read_heap(heap, entry->d_name, s);
	}
	if (d)
		closedir(d);
}

const char *use_name(enum use use)
{
	static const char *const names[NR_USES] = { "free", "hole", "reserve", "region", "span" };

	return names[use];
}

static enum use use_of(const char *name)
{
	int use;

	for (use = 0; use < NR_USES; use++)
		if (!strcmp(name, use_name(use)))
			break;
	return use < NR_USES ? use : USE_SPAN;
}

/* How much of a run is taken: 0 to 1. */
double fill_of(const struct run *r)
{
	if (r->use == USE_REGION || r->use == USE_RESERVE)
		return 1;
	return r->use == USE_SPAN && r->objects ? (double)r->taken / r->objects : 0;
}

static void count_segment(struct table *t, const struct segment *seg)
{
	double filled = 0;
	char name[NAME_BYTES];
	struct row *row;
	int i;

	snprintf(name, sizeof(name), "%" PRIu64, seg->number);
	row = row_add(t, name);
	row->v[0] = seg->node < 0 ? 0 : seg->node;
	row->v[1] = seg->pages;
	for (i = 0; i < seg->nruns; i++) {
		const struct run *r = &seg->runs[i];

		row->v[r->use == USE_FREE ? 3 : r->use == USE_HOLE ? 4 : r->use == USE_RESERVE ? 5 : 2] +=
			r->pages;
		if (r->use == USE_SPAN || r->use == USE_REGION)
			filled += fill_of(r) * r->pages;
	}
	row->v[6] = row->v[2] ? (uint64_t)(filled * 100 / row->v[2] + 0.5) : 0;
}

static void read_map_line(const char *line, struct snapshot *s)
{
	char use[16], rest[64] = "";
	struct run r = { 0 };
	struct segment *seg;
	uint64_t number;
	int objects, taken;

	if (sscanf(line, "%" SCNu64 " %u %u %15s %" SCNu64 " %d %d %63[^\n]", &number, &r.page, &r.pages, use,
		   &r.bytes, &objects, &taken, rest) < 7)
		return;
	if (!strcmp(use, "segment")) {
		s->segments = more(s->segments, s->nsegments, sizeof(*s->segments));
		seg = &s->segments[s->nsegments++];
		seg->number = number;
		seg->pages = r.pages;
		seg->bytes = r.bytes;
		seg->node = objects;
		snprintf(seg->backing, sizeof(seg->backing), "%.15s", rest);
		return;
	}
	if (!s->nsegments)
		return;
	seg = &s->segments[s->nsegments - 1];
	r.use = use_of(use);
	r.objects = objects;
	r.taken = taken;
	snprintf(r.heap, sizeof(r.heap), "%.31s", rest);
	seg->runs = more(seg->runs, seg->nruns, sizeof(*seg->runs));
	seg->runs[seg->nruns++] = r;
}

static void read_map(const char *dir, struct snapshot *s)
{
	FILE *f = open_in(dir, "map");
	char line[LINE_BYTES];
	int i;

	s->no_map = !f;
	while (f && next_line(f, line))
		read_map_line(line, s);
	if (f)
		fclose(f);
	for (i = 0; i < s->nsegments; i++)
		count_segment(&s->tables[SEGMENTS], &s->segments[i]);
}

/**
 * snapshot_read() - read all files
 * @dir: the directory with them
 * @error: what is wrong, if it fails
 * @len: its size
 *
 * Return: the snapshot, for snapshot_free(), or NULL.
 */
struct snapshot *snapshot_read(const char *dir, char *error, size_t len)
{
	struct snapshot *s = need(calloc(1, sizeof(*s)));
	uint64_t format = read_number(dir, "format");
	struct timespec now;

	memcpy(s->tables, empty_tables, sizeof(empty_tables));
	if (format > KNOWN_FORMAT) {
		snprintf(error, len, "the files have format %" PRIu64 ", and this program knows format %d: take the one that came with the loaded kspan",
			 format, KNOWN_FORMAT);
	} else if (!read_stats(dir, s)) {
		snprintf(error, len, "cannot read %s/stats: %s", dir, errno ? strerror(errno) : "it has another form");
	} else {
		clock_gettime(CLOCK_MONOTONIC, &now);
		s->time = now.tv_sec + now.tv_nsec / 1e9;
		read_classes(dir, &s->tables[CLASSES]);
		read_heaps(dir, s);
		read_clients(dir, &s->tables[CLIENTS]);
		read_map(dir, s);
		return s;
	}
	snapshot_free(s);
	return NULL;
}

void snapshot_free(struct snapshot *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; i < NR_TABLES; i++)
		free(s->tables[i].rows);
	for (i = 0; i < s->nsegments; i++)
		free(s->segments[i].runs);
	free(s->segments);
	free(s->stats);
	free(s);
}

static int compare(const void *a, const void *b, void *arg)
{
	const int *how = arg;
	const struct row *x = a, *y = b;
	int order;

	if (how[0] < 0)
		order = strverscmp(x->name, y->name);
	else
		order = (x->v[how[0]] < y->v[how[0]]) - (x->v[how[0]] > y->v[how[0]]);
	if (!order)
		return strverscmp(x->name, y->name);
	return how[1] ? -order : order;
}

/* By a column, the largest first; by the name if it is -1. */
void table_sort(struct table *t, int col, bool reverse)
{
	int how[2] = { col, reverse };

	if (t->nrows)
		qsort_r(t->rows, t->nrows, sizeof(*t->rows), compare, how);
}
