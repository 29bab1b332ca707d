// SPDX-License-Identifier: GPL-2.0
/* view: the screen. Rates are of the time since the last look. */
#include <curses.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include "kspantop.h"

#define HISTORY		256
#define HEAD_ROWS	5
#define MAP		NR_TABLES	/* the view behind those of tables */

enum pair { PAIR_TITLE = 1, PAIR_BAR, PAIR_GOOD, PAIR_BAD, PAIR_DIM, PAIR_FULL };

struct view {
	const char *dir;
	double delay;
	int which;
	int sort[NR_TABLES];
	bool reverse;
	bool totals;		/* counters as they are, not as rates */
	bool paused;
	int first;		/* row shown first */
	struct snapshot *now, *before;
	uint64_t history[HISTORY];
	int nr_history;
	char error[512];
};

static const char keys[] =
	"1-5 tables  6 map  s/S sort  r reverse  t totals  arrows scroll  p pause  +/- delay  q quit";

static void attr(enum pair pair, bool on)
{
	int a = has_colors() ? COLOR_PAIR(pair) : pair == PAIR_TITLE || pair == PAIR_BAR ? A_REVERSE : 0;

	if (on)
		attron(a);
	else
		attroff(a);
}

/* A counter may be smaller than before: kspan was loaded anew. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 && now >= before ? (now - before) / seconds : 0;
}

static double seconds_between(const struct view *v)
{
	return v->before ? v->now->time - v->before->time : 0;
}

static double stat_rate(const struct view *v, const char *name)
{
	return v->before ? rate(stat_of(v->now, name), stat_of(v->before, name), seconds_between(v)) : 0;
}

static void draw_history(const struct view *v, int row)
{
	static const char levels[] = "_.:-=+*#";
	int i, n, width = COLS - 18;
	uint64_t most = 1;

	n = v->nr_history < width ? v->nr_history : width;
	if (n > HISTORY)
		n = HISTORY;
	for (i = 0; i < n; i++)
		if (v->history[(v->nr_history - 1 - i) % HISTORY] > most)
			most = v->history[(v->nr_history - 1 - i) % HISTORY];
	mvprintw(row, 0, "held  ");
	for (i = n - 1; i >= 0; i--)
		addch(levels[v->history[(v->nr_history - 1 - i) % HISTORY] * 7 / most]);
}

static void draw_head(const struct view *v)
{
	const struct snapshot *s = v->now;
	uint64_t bad = stat_of(s, "bad_frees") + stat_of(s, "bad_pointers") + stat_of(s, "bad_copies");
	char a[16], b[16], c[16], d[16];

	attr(PAIR_TITLE, true);
	mvprintw(0, 0, "kspantop%s  every %.1f s  %s", v->paused ? " (paused)" : "", v->delay, v->dir);
	attr(PAIR_TITLE, false);
	mvprintw(1, 0, "objects %" PRIu64 "  held %s  peak %s  segments %s  metadata %s", stat_of(s, "live_objects"),
		 human(stat_of(s, "held_bytes"), a), human(stat_of(s, "peak_held_bytes"), b),
		 human(stat_of(s, "arena_bytes"), c), human(stat_of(s, "metadata_bytes"), d));
	mvprintw(2, 0, "allocs %.0f/s  frees %.0f/s  cached %" PRIu64 "  reserve %s  ", stat_rate(v, "allocs"),
		 stat_rate(v, "frees"), stat_of(s, "cached_objects"), human(stat_of(s, "reserve_bytes"), a));
	attr(bad || stat_of(s, "alloc_failures") ? PAIR_BAD : PAIR_GOOD, true);
	printw("failures %" PRIu64 "  misuses %" PRIu64, stat_of(s, "alloc_failures"), bad);
	attr(bad || stat_of(s, "alloc_failures") ? PAIR_BAD : PAIR_GOOD, false);
	draw_history(v, 3);
}

static int column_width(const struct table *t, int col)
{
	int len = strlen(t->cols[col]) + 2;	/* "/s" */

	return len < 9 ? 9 : len;
}

static void draw_table_head(const struct view *v, const struct table *t)
{
	char line[512], text[64];
	int col, sort = v->sort[v->which];
	int len = snprintf(line, sizeof(line), "%-22s", t->title);

	for (col = 0; col < t->ncols; col++) {
		snprintf(text, sizeof(text), "%s%s%s", col == sort ? ">" : "", t->cols[col],
			 !v->totals && t->counters & 1U << col ? "/s" : "");
		len += snprintf(line + len, sizeof(line) - len, "%*s", column_width(t, col) + 1, text);
	}
	attr(PAIR_BAR, true);
	mvaddnstr(HEAD_ROWS - 1, 0, line, COLS);
	attr(PAIR_BAR, false);
}

static int cell(const struct view *v, const struct table *t, const struct row *row, const struct row *old, int col,
		char *out, size_t room)
{
	int width = column_width(t, col);
	char text[16];

	if (!v->totals && t->counters & 1U << col)
		return snprintf(out, room, " %*.0f", width,
				old ? rate(row->v[col], old->v[col], seconds_between(v)) : 0.0);
	if (t->bytes & 1U << col)
		return snprintf(out, room, " %*s", width, human(row->v[col], text));
	return snprintf(out, room, " %*" PRIu64, width, row->v[col]);
}

/* What is wider than the screen is cut off. */
static void draw_row(const struct view *v, const struct table *t, const struct row *row, int y)
{
	const struct row *old = v->before ? row_named(&v->before->tables[v->which], row->name) : NULL;
	char line[512];
	int col, len = snprintf(line, sizeof(line), "%-22.22s", row->name);

	for (col = 0; col < t->ncols; col++)
		len += cell(v, t, row, old, col, line + len, sizeof(line) - len);
	mvaddnstr(y, 0, line, COLS);
}

static void draw_table(struct view *v)
{
	struct table *t = &v->now->tables[v->which];
	int i, y;

	table_sort(t, v->sort[v->which], v->reverse);
	draw_table_head(v, t);
	if (v->first > t->nrows - 1)
		v->first = t->nrows ? t->nrows - 1 : 0;
	if (!t->nrows)
		mvprintw(HEAD_ROWS, 0, "%s", v->which == SEGMENTS && v->now->no_map ?
			 "Only root may read the segments." : "There are none.");
	for (i = v->first, y = HEAD_ROWS; i < t->nrows && y < LINES - 1; i++, y++)
		draw_row(v, t, &t->rows[i], y);
}

static enum pair pair_of(char c)
{
	if (c == '#' || (c >= '7' && c <= '9'))
		return PAIR_FULL;
	if (c >= '0' && c <= '6')
		return c < '4' ? PAIR_BAD : PAIR_GOOD;
	return PAIR_DIM;
}

static void draw_map(struct view *v)
{
	int width = COLS > 140 ? 128 : COLS > 76 ? 64 : 32, i, x, y;
	char line[129];

	attr(PAIR_BAR, true);
	move(HEAD_ROWS - 1, 0);
	clrtoeol();
	printw("Segments: 0-9 tenths taken, # all, . free, o hole, R reserve, r region");
	attr(PAIR_BAR, false);
	if (v->now->no_map)
		mvprintw(HEAD_ROWS, 0, "Only root may read the segments.");
	if (v->first >= v->now->nsegments)
		v->first = v->now->nsegments ? v->now->nsegments - 1 : 0;
	for (i = v->first, y = HEAD_ROWS; i < v->now->nsegments && y < LINES - 1; i++, y++) {
		out_map_line(&v->now->segments[i], line, width);
		mvprintw(y, 0, "%7" PRIu64 " ", v->now->segments[i].number);
		for (x = 0; x < width; x++) {
			attr(pair_of(line[x]), true);
			addch(line[x]);
			attr(pair_of(line[x]), false);
		}
	}
}

static void draw(struct view *v)
{
	erase();
	if (v->now) {
		draw_head(v);
		if (v->which == MAP)
			draw_map(v);
		else
			draw_table(v);
	}
	if (v->error[0]) {
		attr(PAIR_BAD, true);
		mvprintw(LINES - 1, 0, "%.*s", COLS - 1, v->error);
		attr(PAIR_BAD, false);
	} else {
		mvprintw(LINES - 1, 0, "%.*s", COLS - 1, keys);
	}
	refresh();
}

/* kspan may be unloaded and loaded again: what there was last stays on the screen. */
static void look(struct view *v)
{
	struct snapshot *s = snapshot_read(v->dir, v->error, sizeof(v->error));

	if (!s)
		return;
	v->error[0] = '\0';
	snapshot_free(v->before);
	v->before = v->now;
	v->now = s;
	v->history[v->nr_history++ % HISTORY] = stat_of(s, "held_bytes");
}

static void next_sort(struct view *v, int step)
{
	int n;

	if (v->which == MAP)
		return;
	n = v->now->tables[v->which].ncols + 1;		/* -1: the name */
	v->sort[v->which] = (v->sort[v->which] + 1 + step + n) % n - 1;
}

/* Return: false to quit. */
static bool key(struct view *v, int c)
{
	switch (c) {
	case 'q':
		return false;
	case '1' ... '6':
		v->which = c - '1';
		v->first = 0;
		break;
	case '\t':
		v->which = (v->which + 1) % (MAP + 1);
		v->first = 0;
		break;
	case 's':
	case 'S':
		next_sort(v, c == 's' ? 1 : -1);
		break;
	case 'r':
		v->reverse = !v->reverse;
		break;
	case 't':
		v->totals = !v->totals;
		break;
	case 'p':
		v->paused = !v->paused;
		break;
	case '+':
		v->delay = v->delay < 60 ? v->delay * 2 : v->delay;
		break;
	case '-':
		v->delay = v->delay > 0.2 ? v->delay / 2 : v->delay;
		break;
	case KEY_DOWN:
		v->first++;
		break;
	case KEY_UP:
		v->first -= v->first > 0;
		break;
	case KEY_NPAGE:
		v->first += LINES - HEAD_ROWS - 1;
		break;
	case KEY_PPAGE:
		v->first = v->first > LINES - HEAD_ROWS - 1 ? v->first - (LINES - HEAD_ROWS - 1) : 0;
		break;
	}
	return true;
}

static void start_screen(void)
{
	initscr();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	if (getenv("NO_COLOR") || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_TITLE, COLOR_CYAN, -1);
	init_pair(PAIR_BAR, COLOR_BLACK, COLOR_CYAN);
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
	init_pair(PAIR_DIM, COLOR_BLUE, -1);
	init_pair(PAIR_FULL, COLOR_YELLOW, -1);
}

/**
 * view_run() - show the files until the user quits
 * @dir: the directory with them
 * @delay: seconds from one look to the next
 * @sort: the column to sort by in tables that have it, or NULL
 *
 * Return: the exit status.
 */
int view_run(const char *dir, double delay, const char *sort)
{
	struct view v = { .dir = dir, .delay = delay };
	int i, c;

	look(&v);
	if (!v.now) {
		fprintf(stderr, "kspantop: %s\n", v.error);
		return 1;
	}
	for (i = 0; i < NR_TABLES; i++)
		v.sort[i] = sort ? column_named(&v.now->tables[i], sort) : -1;
	setlocale(LC_ALL, "");
	start_screen();
	do {
		draw(&v);
		timeout(v.delay * 1000);
		c = getch();
		if (c == ERR && !v.paused)
			look(&v);
	} while (c == ERR || key(&v, c));
	endwin();
	snapshot_free(v.now);
	snapshot_free(v.before);
	return 0;
}
