// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_bench: kspan, kmalloc, a kmem_cache, kvmalloc, vmalloc and gen_pool under the same
 * patterns, in one boot. In /sys/kernel/debug/kspan_bench/: write a request to "run" (spec.c has
 * the format), which returns when the run is done, then read "table" or "results". "sweep" takes
 * the name of a call and the number of sizes a doubling (sweep.c), and then holds the results.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kspan/kspan.h>
#include "bench.h"
#include "clock.h"
#include "sweep.h"

/* insn where the time stamp counter counts instructions, as QEMU's does with -icount. */
static char *unit = "ns";
module_param(unit, charp, 0444);
MODULE_PARM_DESC(unit, "what is counted: ns (default), or insn in QEMU with -icount");

/* More rounds take longer and make the median steadier on a busy machine. */
static unsigned int rounds = 11;
module_param(rounds, uint, 0644);
MODULE_PARM_DESC(rounds, "times that each figure is measured (1 to 64, default 11)");

/* bench_lock keeps runs apart. */
static DEFINE_MUTEX(bench_lock);
static struct dentry *bench_dir;

static int text_run(char *text)
{
	struct bench_spec *spec;
	int err;

	spec = kzalloc(sizeof(*spec), GFP_KERNEL);
	if (!spec)
		return -ENOMEM;
	spec->rounds = clamp_t(unsigned int, rounds, 1, BENCH_ROUNDS);
	err = spec_parse(spec, text);
	if (!err) {
		mutex_lock(&bench_lock);
		results_clear();
		err = spec_run(spec);
		mutex_unlock(&bench_lock);
	}
	kfree(spec);
	return err;
}

/* Call a function for what was written. */
static ssize_t text_write(const char __user *buf, size_t n, int (*run)(char *text))
{
	char *text;
	int err;

	if (n > PAGE_SIZE)
		return -E2BIG;
	text = memdup_user_nul(buf, n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = run(text);
	kfree(text);
	return err ?: n;
}

static ssize_t run_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	return text_write(buf, n, text_run);
}

static ssize_t sweep_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	return text_write(buf, n, sweep_run);
}

static int sweep_open(struct inode *inode, struct file *file)
{
	return single_open(file, sweep_show, NULL);
}

static const struct file_operations sweep_fops = {
	.owner = THIS_MODULE,
	.open = sweep_open,
	.read = seq_read,
	.write = sweep_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
	.llseek = noop_llseek,
};

static int ballast_get(void *unused, u64 *arenas)
{
	*arenas = ballast_arenas();
	return 0;
}

static int ballast_put(void *unused, u64 arenas)
{
	return ballast_set(min_t(u64, arenas, UINT_MAX));
}

DEFINE_DEBUGFS_ATTRIBUTE(ballast_fops, ballast_get, ballast_put, "%llu\n");
DEFINE_SHOW_ATTRIBUTE(results);
DEFINE_SHOW_ATTRIBUTE(table);

static int __init bench_init(void)
{
	int err = clock_init(unit);

	if (err)
		return err;
	memset(bench_text, 'x', BENCH_TEXT - 1);
	bench_dir = debugfs_create_dir("kspan_bench", NULL);
	debugfs_create_file("run", 0200, bench_dir, NULL, &run_fops);
	debugfs_create_file("results", 0444, bench_dir, NULL, &results_fops);
	debugfs_create_file("table", 0444, bench_dir, NULL, &table_fops);
	debugfs_create_file("sweep", 0600, bench_dir, NULL, &sweep_fops);
	debugfs_create_file_unsafe("ballast", 0600, bench_dir, NULL, &ballast_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(bench_dir);
	results_clear();
	ballast_set(0);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of kspan beside the kernel's own allocators");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
