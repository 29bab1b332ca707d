// SPDX-License-Identifier: GPL-2.0
/* svg: the segments as a picture, one row each, and how they changed since an older snapshot. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "kspantop.h"

#define LEFT	110
#define TOP	64
#define WIDTH	1024	/* 256 pages of 4 pixels */
#define ROW	14
#define GAP	4


static void colour(const struct run *r, char *text, size_t len)
{
	double hue, fill = fill_of(r);
	int size = 0;

	switch (r->use) {
	case USE_FREE:
		snprintf(text, len, "#eeeeee");
		return;
	case USE_HOLE:
		snprintf(text, len, "#ffffff");
		return;
	case USE_RESERVE:
		snprintf(text, len, "#b8b8b8");
		return;
	case USE_REGION:
		snprintf(text, len, "#8a6d3b");
		return;
	default:
		break;
	}
	while (size < 22 && r->bytes > 8ULL << size)
		size++;
	hue = size * 300.0 / 22;	/* from red, small, to violet, large */
	snprintf(text, len, "hsl(%.0f,70%%,%.0f%%)", hue, 90 - fill * 50);
}

static void escaped(const char *text, FILE *f)
{
	for (; *text; text++) {
		if (*text == '<' || *text == '&' || *text == '>')
			fprintf(f, "&#%d;", *text);
		else
			fputc(*text, f);
	}
}

static void draw_run(const struct segment *seg, const struct run *r, int y, FILE *f)
{
	double scale = (double)WIDTH / seg->pages;
	char fill[48];

	colour(r, fill, sizeof(fill));
	fprintf(f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"%s><title>%u pages, %s",
		LEFT + r->page * scale, y, r->pages * scale, ROW, fill,
		r->use == USE_HOLE ? " stroke=\"#cccccc\" stroke-dasharray=\"2\"" : "", r->pages, use_name(r->use));
	if (r->use == USE_SPAN) {
		fprintf(f, " of %u objects of %" PRIu64 " bytes, %u taken, heap ", r->objects, r->bytes, r->taken);
		escaped(r->heap, f);
	}
	fputs("</title></rect>\n", f);
}

static void draw_segment(const struct segment *seg, int y, FILE *f)
{
	int i;

	fprintf(f, "<text x=\"4\" y=\"%d\">%" PRIu64 "  %s</text>\n", y + ROW - 3, seg->number, seg->backing);
	for (i = 0; i < seg->nruns; i++)
		draw_run(seg, &seg->runs[i], y, f);
}

static const struct segment *segment_numbered(const struct snapshot *s, uint64_t number)
{
	int i;

	for (i = 0; i < s->nsegments; i++)
		if (s->segments[i].number == number)
			return &s->segments[i];
	return NULL;
}

static const struct run *run_at(const struct segment *seg, unsigned int page)
{
	int i;

	for (i = 0; seg && i < seg->nruns; i++)
		if (page - seg->runs[i].page < seg->runs[i].pages)
			return &seg->runs[i];
	return NULL;
}

static bool in_use(const struct run *r)
{
	return r && r->use != USE_FREE && r->use != USE_HOLE;
}

/* What became of a page: green what is new, red what is gone, orange what has another use or fewer objects. */
static const char *change_of(const struct run *old, const struct run *now)
{
	if (!in_use(old))
		return in_use(now) ? "#2e8b57" : "#f4f4f4";
	if (!in_use(now))
		return "#c0392b";
	if (old->use != now->use || old->bytes != now->bytes || strcmp(old->heap, now->heap))
		return "#8e44ad";
	return now->taken < old->taken ? "#f5b041" : now->taken > old->taken ? "#82c79b" : "#d0d0d0";
}

static void draw_changes(const struct segment *old, const struct segment *now, int y, FILE *f)
{
	const struct segment *seg = now ? now : old;
	unsigned int page, first;
	const char *what;

	fprintf(f, "<text x=\"4\" y=\"%d\">%" PRIu64 "  %s</text>\n", y + ROW - 3, seg->number,
		!old ? "new" : !now ? "gone" : seg->backing);
	for (page = 0; page < seg->pages; ) {
		first = page;
		what = change_of(run_at(old, page), run_at(now, page));
		while (++page < seg->pages && !strcmp(what, change_of(run_at(old, page), run_at(now, page))))
			;
		fprintf(f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
			LEFT + first * (double)WIDTH / seg->pages, y, (page - first) * (double)WIDTH / seg->pages, ROW, what);
	}
}

static void begin(int rows, const char *title, FILE *f)
{
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"monospace\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"4\" y=\"18\" font-size=\"15\">%s</text>\n",
		LEFT + WIDTH + 10, TOP + rows * (ROW + GAP) + 10, title);
}

static int legend(int x, const char *fill, const char *text, FILE *f)
{
	fprintf(f, "<rect x=\"%d\" y=\"32\" width=\"14\" height=\"14\" fill=\"%s\" stroke=\"#999999\"/><text x=\"%d\" y=\"44\">%s</text>\n",
		x, fill, x + 18, text);
	return x + 30 + 7 * strlen(text);
}

static void write_picture(const struct snapshot *s, FILE *f)
{
	static const struct { uint64_t bytes; const char *text; } sizes[] = {
		{ 8, "8 B" }, { 64, "64 B" }, { 512, "512 B" }, { 4096, "4 KB" }, { 32768, "32 KB" }, { 1 << 20, "1 MB" },
	};
	struct run r = { .use = USE_SPAN, .objects = 1, .taken = 1 };
	char fill[48];
	unsigned int i;
	int x = LEFT;

	begin(s->nsegments, "kspan: segments, a row each; dark: all objects taken, pale: few", f);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		r.bytes = sizes[i].bytes;
		colour(&r, fill, sizeof(fill));
		x = legend(x, fill, sizes[i].text, f);
	}
	x = legend(x, "#8a6d3b", "region", f);
	x = legend(x, "#b8b8b8", "reserve", f);
	x = legend(x, "#eeeeee", "free", f);
	legend(x, "#ffffff", "hole", f);
	for (i = 0; i < (unsigned int)s->nsegments; i++)
		draw_segment(&s->segments[i], TOP + i * (ROW + GAP), f);
}

static int nr_gone(const struct snapshot *s, const struct snapshot *old)
{
	int i, n = 0;

	for (i = 0; i < old->nsegments; i++)
		n += !segment_numbered(s, old->segments[i].number);
	return n;
}

static void write_difference(const struct snapshot *s, const struct snapshot *old, FILE *f)
{
	int i, y = TOP, x = LEFT;

	begin(s->nsegments + nr_gone(s, old), "kspan: segments, and what became of their pages", f);
	x = legend(x, "#2e8b57", "new in use", f);
	x = legend(x, "#c0392b", "given back", f);
	x = legend(x, "#8e44ad", "another use", f);
	x = legend(x, "#82c79b", "more objects", f);
	x = legend(x, "#f5b041", "fewer", f);
	x = legend(x, "#d0d0d0", "as before", f);
	legend(x, "#f4f4f4", "free", f);
	for (i = 0; i < old->nsegments; i++) {
		if (segment_numbered(s, old->segments[i].number))
			continue;
		draw_changes(&old->segments[i], NULL, y, f);
		y += ROW + GAP;
	}
	for (i = 0; i < s->nsegments; i++) {
		draw_changes(segment_numbered(old, s->segments[i].number), &s->segments[i], y, f);
		y += ROW + GAP;
	}
}

/* A picture of the segments, or, if there is an older snapshot, of what has changed since then. */
void svg_write(const struct snapshot *s, const struct snapshot *old, FILE *f)
{
	if (old)
		write_difference(s, old, f);
	else
		write_picture(s, f);
	fputs("</svg>\n", f);
}
