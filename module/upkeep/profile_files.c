// SPDX-License-Identifier: GPL-2.0
/*
 * profile_files: see profile_files.h. A row a call stack, in two forms: folded, that is the names
 * of its functions, the outermost first, and a number of bytes; and as pprof reads it. The figures
 * are read while they change.
 */
#include <linux/capability.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "pages/samples.h"
#include "pages/stacks.h"
#include "upkeep/profile_files.h"

/* The number of the next stack with a sample, from @pos on; NULL behind the last. */
static void *find(loff_t *pos)
{
	struct sample_sums sums;

	for (; *pos < STACKS_NR; ++*pos)
		if (samples_sums(*pos, &sums))
			return pos;
	return NULL;
}

static void *folded_start(struct seq_file *m, loff_t *pos)
{
	return find(pos);
}

static void *folded_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return find(pos);
}

static void stop(struct seq_file *m, void *v)
{
}

/* Without the offset, which would tell calls in one function apart. */
static void show_frame(struct seq_file *m, unsigned long addr)
{
	char text[KSYM_SYMBOL_LEN] = "(module gone)";

	/* A return address may be the first of the next function. */
	if (addr != STACKS_GONE)
		snprintf(text, sizeof(text), "%ps", (void *)(addr - 1));
	seq_puts(m, text);
}

static void show_folded(struct seq_file *m, u32 stack, u64 bytes)
{
	const unsigned long *entries;
	unsigned int n, i;

	if (!bytes)
		return;
	entries = stacks_entries(stack, &n);
	if (n == STACKS_DEPTH)
		seq_puts(m, "...;");
	for (i = n; i--;) {
		show_frame(m, entries[i]);
		if (i)
			seq_putc(m, ';');
	}
	seq_printf(m, "%s %llu\n", n ? "" : "unknown", bytes);
}

static int live_show(struct seq_file *m, void *v)
{
	struct sample_sums sums;
	u32 stack = *(loff_t *)v;

	if (samples_sums(stack, &sums))
		show_folded(m, stack, sums.live_bytes);
	return 0;
}

static int total_show(struct seq_file *m, void *v)
{
	struct sample_sums sums;
	u32 stack = *(loff_t *)v;

	if (samples_sums(stack, &sums))
		show_folded(m, stack, sums.bytes);
	return 0;
}

/* The header has the sums, and tells that the figures are not to be scaled. */
static void show_header(struct seq_file *m)
{
	struct sample_sums sums, all = { };
	u32 stack;

	for (stack = 0; stack < STACKS_NR; stack++) {
		if (!samples_sums(stack, &sums))
			continue;
		all.live_objects += sums.live_objects;
		all.live_bytes += sums.live_bytes;
		all.objects += sums.objects;
		all.bytes += sums.bytes;
	}
	seq_printf(m, "heap profile: %6llu: %8llu [%6llu: %8llu] @ heap_v2/1\n", all.live_objects,
		   all.live_bytes, all.objects, all.bytes);
}

/* Position 0 is the header's, and that of a stack one more than its number. */
static void *pprof_find(loff_t *pos)
{
	loff_t stack = *pos - 1;
	void *found = find(&stack);

	*pos = stack + 1;
	return found ? pos : NULL;
}

static void *pprof_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? pprof_find(pos) : SEQ_START_TOKEN;
}

static void *pprof_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return pprof_find(pos);
}

static int pprof_show(struct seq_file *m, void *v)
{
	const unsigned long *entries;
	struct sample_sums sums;
	unsigned int n, i;
	u32 stack;

	if (v == SEQ_START_TOKEN) {
		show_header(m);
		return 0;
	}
	stack = *(loff_t *)v - 1;
	if (!samples_sums(stack, &sums))
		return 0;
	seq_printf(m, "%6llu: %8llu [%6llu: %8llu] @", sums.live_objects, sums.live_bytes,
		   sums.objects, sums.bytes);
	entries = stacks_entries(stack, &n);
	for (i = 0; i < n; i++)
		seq_printf(m, " 0x%lx", entries[i]);
	seq_puts(m, n ? "\n" : " 0x0\n");
	return 0;
}

static const struct seq_operations live_ops = {
	.start = folded_start,
	.next = folded_next,
	.stop = stop,
	.show = live_show,
};

static const struct seq_operations total_ops = {
	.start = folded_start,
	.next = folded_next,
	.stop = stop,
	.show = total_show,
};

static const struct seq_operations pprof_ops = {
	.start = pprof_start,
	.next = pprof_next,
	.stop = stop,
	.show = pprof_show,
};

static int live_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &live_ops);
}

static int total_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &total_ops);
}

/* It tells addresses, as /proc/kallsyms does to the same reader. */
static int pprof_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYSLOG) ? seq_open(file, &pprof_ops) : -EPERM;
}

const struct file_operations profile_fops = {
	.owner = THIS_MODULE,
	.open = live_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

const struct file_operations profile_total_fops = {
	.owner = THIS_MODULE,
	.open = total_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

const struct file_operations profile_pprof_fops = {
	.owner = THIS_MODULE,
	.open = pprof_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};
