// SPDX-License-Identifier: GPL-2.0
/*
 * The results: collected a group of cells at a time, shown as machine-readable lines ("results")
 * and as a readable table ("table"). Figures are in thousandths.
 */
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <kspan/kspan.h>
#include "bench.h"
#include "clock.h"

enum row_kind {
	ROW_BENCH,	/* units a pair, the loop subtracted */
	ROW_RATIO,	/* another allocator's cost over kspan's, round by round */
	ROW_SCALE,	/* throughput against one thread's, round by round */
};

static const char *const row_names[] = { "bench", "ratio", "scale" };

struct bench_row {
	struct list_head list;
	enum row_kind kind;
	const char *pattern;
	const char *alloc;
	size_t size;
	unsigned int live;
	unsigned int threads;
	unsigned int rounds;
	unsigned int arenas;
	unsigned long ops;
	u64 loop;	/* what was subtracted */
	u64 median, p10, p90;
	int err;
};

/* rows_lock guards rows. */
static DEFINE_MUTEX(rows_lock);
static LIST_HEAD(rows);

static int u64_cmp(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Sorts @values. */
u64 u64_median(u64 *values, unsigned int n)
{
	sort(values, n, sizeof(*values), u64_cmp, NULL);
	return values[n / 2];
}

static void row_spread(struct bench_row *row, u64 *values, unsigned int n)
{
	row->median = u64_median(values, n);
	row->p10 = values[(n - 1) / 10];
	row->p90 = values[(n - 1) * 9 / 10];
	row->rounds = n;
}

static struct bench_row *row_add(enum row_kind kind, const struct bench_cell *cell)
{
	struct bench_row *row = kzalloc(sizeof(*row), GFP_KERNEL);
	struct kspan_stats stats;

	if (!row)
		return NULL;
	kspan_get_stats(&stats);
	row->kind = kind;
	row->pattern = cell->pattern->name;
	row->alloc = cell->alloc->name;
	row->size = cell->size;
	row->live = cell->live;
	row->threads = cell->threads;
	row->arenas = stats.arenas;
	row->ops = cell->jobs ? cell->jobs->ops : 0;
	row->err = cell->err;
	list_add_tail(&row->list, &rows);
	return row;
}

/*
 * Subtracts the loop's cost from the cell's samples. At least an eighth of a sample remains, in
 * case the loop was disturbed more than the sample: ratios must stay meaningful.
 */
static void samples_subtract(struct bench_cell *cell, u64 loop, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		cell->samples[i] -= min(cell->samples[i] * 7 / 8, loop);
}

static int cell_report(struct bench_cell *cell, u64 loop, unsigned int rounds)
{
	struct bench_row *row = row_add(ROW_BENCH, cell);
	u64 values[BENCH_ROUNDS];

	if (!row)
		return -ENOMEM;
	if (cell->err)
		return 0;
	if (cell->alloc != bench_allocs[BENCH_NONE]) {
		samples_subtract(cell, loop, rounds);
		row->loop = loop;
	}
	memcpy(values, cell->samples, rounds * sizeof(*values));
	row_spread(row, values, rounds);
	return 0;
}

/* The cost of @over divided by that of @under in the same round, times @factor. */
static int pair_report(enum row_kind kind, const struct bench_cell *about,
		       const struct bench_cell *over, const struct bench_cell *under,
		       unsigned int factor, unsigned int rounds)
{
	u64 values[BENCH_ROUNDS];
	struct bench_row *row;
	unsigned int i;

	if (!over || !under || over->err || under->err)
		return 0;
	row = row_add(kind, about);
	if (!row)
		return -ENOMEM;
	for (i = 0; i < rounds; i++)
		values[i] = div64_u64(over->samples[i] * 1000 * factor, under->samples[i]);
	row_spread(row, values, rounds);
	return 0;
}

static struct bench_cell *cell_find(struct bench_cell *cells, unsigned int n,
				    const struct bench_alloc *alloc, unsigned int threads)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (cells[i].alloc == alloc && cells[i].threads == threads)
			return &cells[i];
	return NULL;
}

static int cells_compare(struct bench_cell *cells, unsigned int n, unsigned int rounds)
{
	const struct bench_alloc *kspan = bench_allocs[BENCH_KSPAN];
	struct bench_cell *cell, *base;
	int err = 0;

	for (cell = cells; cell < cells + n && !err; cell++) {
		base = cell_find(cells, n, kspan, cell->threads);
		if (cell->alloc != kspan && cell->alloc != bench_allocs[BENCH_NONE])
			err = pair_report(ROW_RATIO, cell, cell, base, 1, rounds);
		base = cell_find(cells, n, cell->alloc, 1);
		if (!err && cell->threads > 1)
			err = pair_report(ROW_SCALE, cell, base, cell, cell->threads, rounds);
	}
	return err;
}

/* Adds a group's samples to the results. */
int group_report(struct bench_cell *cells, unsigned int n, unsigned int rounds)
{
	struct bench_cell *cell, *none;
	u64 loops[BENCH_ROUNDS], loop;
	int err = 0;

	mutex_lock(&rows_lock);
	for (cell = cells; cell < cells + n && !err; cell++) {
		if (cell->err == -ENOENT)
			continue;
		none = cell_find(cells, n, bench_allocs[BENCH_NONE], cell->threads);
		if (none->err)
			cell->err = none->err;
		memcpy(loops, none->samples, sizeof(loops));
		loop = u64_median(loops, rounds);
		err = cell_report(cell, loop, rounds);
	}
	if (!err)
		err = cells_compare(cells, n, rounds);
	mutex_unlock(&rows_lock);
	return err;
}

void results_clear(void)
{
	struct bench_row *row, *next;

	mutex_lock(&rows_lock);
	list_for_each_entry_safe(row, next, &rows, list)
		kfree(row);
	INIT_LIST_HEAD(&rows);
	mutex_unlock(&rows_lock);
}

static void milli_show(struct seq_file *m, const char *name, u64 milli)
{
	u32 rest;
	u64 whole = div_u64_rem(milli, 1000, &rest);

	seq_printf(m, " %s=%llu.%03u", name, whole, rest);
}

static void row_show(struct seq_file *m, const struct bench_row *row)
{
	seq_printf(m, "%s pattern=%s alloc=%s size=%zu live=%u threads=%u arenas=%u",
		   row_names[row->kind], row->pattern, row->alloc, row->size, row->live,
		   row->threads, row->arenas);
	if (row->kind == ROW_BENCH)
		seq_printf(m, " unit=%s", clock_unit());
	if (row->err) {
		seq_printf(m, " error=%d\n", row->err);
		return;
	}
	milli_show(m, "value", row->median);
	milli_show(m, "p10", row->p10);
	milli_show(m, "p90", row->p90);
	if (row->kind == ROW_BENCH)
		milli_show(m, "loop", row->loop);
	seq_printf(m, " rounds=%u ops=%lu\n", row->rounds, row->ops);
}

int results_show(struct seq_file *m, void *unused)
{
	struct bench_row *row;

	mutex_lock(&rows_lock);
	list_for_each_entry(row, &rows, list)
		row_show(m, row);
	mutex_unlock(&rows_lock);
	return 0;
}

static bool rows_same_line(const struct bench_row *a, const struct bench_row *b)
{
	return a->pattern == b->pattern && a->size == b->size && a->live == b->live &&
	       a->threads == b->threads && a->arenas == b->arenas;
}

static void row_cell_show(struct seq_file *m, const struct bench_row *row)
{
	u32 rest;
	u64 whole = div_u64_rem(row->median, 1000, &rest);

	if (row->err)
		seq_printf(m, "%12s", "-");
	else
		seq_printf(m, "%10llu.%u", whole, rest / 100);
}

/* One line of the table: the row of each allocator, in the order of bench_allocs. */
static void line_show(struct seq_file *m, const struct bench_row *first)
{
	const struct bench_row *row;
	unsigned int a;

	seq_printf(m, "%-11s%8zu%8u%4u", first->pattern, first->size, first->live,
		   first->threads);
	for (a = BENCH_KSPAN; a < bench_nr_allocs; a++) {
		list_for_each_entry(row, &rows, list)
			if (row->kind == ROW_BENCH && row->alloc == bench_allocs[a]->name &&
			    rows_same_line(row, first))
				break;
		if (list_entry_is_head(row, &rows, list))
			seq_printf(m, "%12s", "");
		else
			row_cell_show(m, row);
	}
	seq_putc(m, '\n');
}

int table_show(struct seq_file *m, void *unused)
{
	const struct bench_row *row;
	unsigned int a;

	seq_printf(m, "%-11s%8s%8s%4s", "pattern", "size", "live", "thr");
	for (a = BENCH_KSPAN; a < bench_nr_allocs; a++)
		seq_printf(m, "%12s", bench_allocs[a]->name);
	seq_printf(m, "   (%s a pair, median)\n", clock_unit());
	mutex_lock(&rows_lock);
	list_for_each_entry(row, &rows, list)
		if (row->kind == ROW_BENCH && row->alloc == bench_allocs[BENCH_NONE]->name)
			line_show(m, row);
	mutex_unlock(&rows_lock);
	return 0;
}
