/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspantop: shows what kspan's files in debugfs tell.
 *
 *   kspantop.c   options, and what goes wrong
 *   view.c       the screen
 *   out.c        text, JSON, Prometheus
 *   svg.c        the picture of the segments, and of how they changed
 *   flame.c      the flame graph of the allocation profile
 *   save.c       copies of the files
 *   read.c       the files, read into a snapshot
 *
 * Calls go down this list only.
 */
#ifndef KSPANTOP_H
#define KSPANTOP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define KNOWN_FORMAT	1
#define DEBUGFS		"/sys/kernel/debug"
#define MAX_COLS	10
#define NAME_BYTES	64

enum table_id { CLASSES, HEAPS, CLIENTS, CPUS, SEGMENTS, NR_TABLES };

struct row {
	char name[NAME_BYTES];
	uint64_t v[MAX_COLS];
};

/* A column of which a bit of @counters is set only grows, until kspan is loaded anew. */
struct table {
	const char *name;	/* what a row is */
	const char *title;
	int ncols;
	const char *cols[MAX_COLS];
	unsigned int counters;
	unsigned int bytes;	/* likewise: columns of bytes */
	int nrows;
	struct row *rows;
};

enum use { USE_FREE, USE_HOLE, USE_RESERVE, USE_REGION, USE_SPAN, NR_USES };

/* Pages in a row of a segment that have one use. */
struct run {
	unsigned int page, pages;
	enum use use;
	uint64_t bytes;		/* of an object */
	unsigned int objects, taken;
	char heap[32];
};

struct segment {
	uint64_t number;
	unsigned int pages;
	uint64_t bytes;
	int node;
	char backing[16];
	int nruns;
	struct run *runs;
};

struct stat_value {
	char name[NAME_BYTES];
	uint64_t value;
};

struct snapshot {
	double time;		/* seconds */
	int nstats;
	struct stat_value *stats;
	struct table tables[NR_TABLES];
	int nsegments;
	struct segment *segments;
	bool no_map;		/* only root may read it */
};

struct snapshot *snapshot_read(const char *dir, char *error, size_t len);
void snapshot_free(struct snapshot *s);
bool snapshot_save(const char *from, const char *to, char *error, size_t len);
uint64_t stat_of(const struct snapshot *s, const char *name);
struct row *row_named(const struct table *t, const char *name);
int column_named(const struct table *t, const char *name);
void table_sort(struct table *t, int col, bool reverse);
double fill_of(const struct run *r);
const char *use_name(enum use use);

char *human(uint64_t bytes, char *text);
void out_text(const struct snapshot *s, FILE *f);
void out_json(const struct snapshot *s, FILE *f);
void out_prometheus(const struct snapshot *s, FILE *f);
void out_map_line(const struct segment *seg, char *line, int width);

void svg_write(const struct snapshot *s, const struct snapshot *old, FILE *f);

bool flame_write(const char *dir, bool total, FILE *f, char *error, size_t len);

int view_run(const char *dir, double delay, const char *sort);

#endif /* KSPANTOP_H */
