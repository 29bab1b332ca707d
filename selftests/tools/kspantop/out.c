// SPDX-License-Identifier: GPL-2.0
/* out: a snapshot as text, as JSON, and as Prometheus' node_exporter reads it from a text file. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include "kspantop.h"

/* Bytes with a unit, in four digits at most. @text: room for 16 characters. */
char *human(uint64_t bytes, char *text)
{
	static const char units[] = "BKMGTP";
	double v = bytes;
	int unit = 0;

	while (v >= 1024 && units[unit + 1]) {
		v /= 1024;
		unit++;
	}
	snprintf(text, 16, v < 10 && unit ? "%.1f%c" : "%.0f%c", v, units[unit]);
	return text;
}

static void text_cell(const struct table *t, int col, uint64_t value, FILE *f)
{
	char text[32];
	int width = strlen(t->cols[col]) < 10 ? 10 : strlen(t->cols[col]);

	if (t->bytes & 1U << col)
		human(value, text);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	fprintf(f, " %*s", width, text);
}

static bool is_empty(const struct row *row, int ncols)
{
	int i;

	for (i = 1; i < ncols; i++)	/* the first may be a size */
		if (row->v[i])
			return false;
	return true;
}

static void text_table(const struct table *t, FILE *f)
{
	int i, col;

	fprintf(f, "\n%s\n%-20s", t->title, t->name);
	for (col = 0; col < t->ncols; col++)
		fprintf(f, " %*s", (int)(strlen(t->cols[col]) < 10 ? 10 : strlen(t->cols[col])), t->cols[col]);
	fputc('\n', f);
	for (i = 0; i < t->nrows; i++) {
		if (is_empty(&t->rows[i], t->ncols))
			continue;
		fprintf(f, "%-20s", t->rows[i].name);
		for (col = 0; col < t->ncols; col++)
			text_cell(t, col, t->rows[i].v[col], f);
		fputc('\n', f);
	}
}

/* How full the pages between two places of a segment are: a character. */
static char map_char(const struct segment *seg, double from, double to)
{
	double pages[NR_USES] = { 0 }, filled = 0, begin, end;
	int i, use, most = USE_FREE;

	for (i = 0; i < seg->nruns; i++) {
		const struct run *r = &seg->runs[i];

		begin = r->page > from ? r->page : from;
		end = r->page + r->pages < to ? r->page + r->pages : to;
		if (end <= begin)
			continue;
		pages[r->use] += end - begin;
		if (r->use == USE_SPAN)
			filled += (end - begin) * fill_of(r);
	}
	for (use = 0; use < NR_USES; use++)
		if (pages[use] > pages[most])
			most = use;
	if (most != USE_SPAN)
		return ".oRr"[most];
	i = filled / pages[USE_SPAN] * 10;
	return i >= 10 ? '#' : '0' + i;
}

/**
 * out_map_line() - a segment as a line of characters
 * @seg: the segment
 * @line: room for @width + 1 characters
 * @width: characters
 *
 * Digits: tenths of a span's objects that are taken; '#' all; '.' free; 'o' a hole; 'R' of the reserve; 'r' of a
 * region.
 */
void out_map_line(const struct segment *seg, char *line, int width)
{
	double step = (double)seg->pages / width;
	int i;

	for (i = 0; i < width; i++)
		line[i] = map_char(seg, i * step, (i + 1) * step);
	line[width] = '\0';
}

void out_text(const struct snapshot *s, FILE *f)
{
	char line[65];
	int i;

	for (i = 0; i < s->nstats; i++)
		fprintf(f, "%-22s %14" PRIu64 "%s", s->stats[i].name, s->stats[i].value,
			i % 2 && i + 1 < s->nstats ? "\n" : i + 1 < s->nstats ? "   " : "\n");
	for (i = 0; i < NR_TABLES; i++)
		if (s->tables[i].nrows)
			text_table(&s->tables[i], f);
	if (s->no_map) {
		fputs("\nNo map: only root may read it.\n", f);
		return;
	}
	fputs("\nMap: a line a segment. 0-9: tenths of a span that are taken, #: all; .: free, o: hole, R: reserve, r: region\n", f);
	for (i = 0; i < s->nsegments; i++) {
		out_map_line(&s->segments[i], line, 64);
		fprintf(f, "%7" PRIu64 " %s\n", s->segments[i].number, line);
	}
}

/* Between quotation marks, as JSON and Prometheus have it. */
static void quoted(const char *text, FILE *f)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(f, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(f, "\\u%04x", *text);
		else
			fputc(*text, f);
	}
	fputc('"', f);
}

static void json_table(const struct table *t, FILE *f)
{
	int i, col;

	fprintf(f, ",\n  \"%s\": [", t->name);
	for (i = 0; i < t->nrows; i++) {
		fprintf(f, "%s\n    {\"name\": ", i ? "," : "");
		quoted(t->rows[i].name, f);
		for (col = 0; col < t->ncols; col++)
			fprintf(f, ", \"%s\": %" PRIu64, t->cols[col], t->rows[i].v[col]);
		fputc('}', f);
	}
	fputs(t->nrows ? "\n  ]" : "]", f);
}

static void json_run(const struct run *r, FILE *f)
{
	fprintf(f, "{\"page\": %u, \"pages\": %u, \"use\": \"%s\"", r->page, r->pages, use_name(r->use));
	if (r->use == USE_SPAN || r->use == USE_REGION) {
		fprintf(f, ", \"bytes\": %" PRIu64 ", \"objects\": %u, \"taken\": %u, \"heap\": ", r->bytes, r->objects,
			r->taken);
		quoted(r->heap, f);
	}
	fputc('}', f);
}

static void json_map(const struct snapshot *s, FILE *f)
{
	const struct segment *seg;
	int i, run;

	fputs(",\n  \"map\": [", f);
	for (i = 0; i < s->nsegments; i++) {
		seg = &s->segments[i];
		fprintf(f, "%s\n    {\"segment\": %" PRIu64 ", \"pages\": %u, \"node\": %d, \"backing\": \"%s\", \"runs\": [",
			i ? "," : "", seg->number, seg->pages, seg->node, seg->backing);
		for (run = 0; run < seg->nruns; run++) {
			fputs(run ? ", " : "", f);
			json_run(&seg->runs[run], f);
		}
		fputs("]}", f);
	}
	fputs(s->nsegments ? "\n  ]" : "]", f);
}

void out_json(const struct snapshot *s, FILE *f)
{
	int i;

	fprintf(f, "{\n  \"format\": %d,\n  \"stats\": {", KNOWN_FORMAT);
	for (i = 0; i < s->nstats; i++)
		fprintf(f, "%s\"%s\": %" PRIu64, i ? ", " : "", s->stats[i].name, s->stats[i].value);
	fputc('}', f);
	for (i = 0; i < NR_TABLES; i++)
		json_table(&s->tables[i], f);
	json_map(s, f);
	fputs("\n}\n", f);
}

static bool only_grows(const char *stat)
{
	static const char *const names[] = {
		"allocs", "frees", "segments_created", "segments_returned", "alloc_failures", "bad_frees",
		"bad_pointers", "bad_copies", "worker_runs", NULL
	};
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(stat, names[i]))
			return true;
	return false;
}

static const char *total(bool counter)
{
	return counter ? "_total" : "";
}

static void prometheus_column(const struct table *t, int col, FILE *f)
{
	bool counter = t->counters & 1U << col;
	int i;

	if (!t->nrows)
		return;
	fprintf(f, "# TYPE kspan_%s_%s%s %s\n", t->name, t->cols[col], total(counter), counter ? "counter" : "gauge");
	for (i = 0; i < t->nrows; i++) {
		fprintf(f, "kspan_%s_%s%s{%s=", t->name, t->cols[col], total(counter), t->name);
		quoted(t->rows[i].name, f);
		fprintf(f, "} %" PRIu64 "\n", t->rows[i].v[col]);
	}
}

/* Segments come and go: they would be new series each time. */
void out_prometheus(const struct snapshot *s, FILE *f)
{
	int i, col;
	bool counter;

	for (i = 0; i < s->nstats; i++) {
		counter = only_grows(s->stats[i].name);
		fprintf(f, "# TYPE kspan_%s%s %s\nkspan_%s%s %" PRIu64 "\n", s->stats[i].name, total(counter),
			counter ? "counter" : "gauge", s->stats[i].name, total(counter), s->stats[i].value);
	}
	for (i = 0; i < SEGMENTS; i++)
		for (col = 0; col < s->tables[i].ncols; col++)
			prometheus_column(&s->tables[i], col, f);
}
