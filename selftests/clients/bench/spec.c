// SPDX-License-Identifier: GPL-2.0
/*
 * Parses a write to "run", for example
 *
 *	pattern=pair,batch alloc=kspan,kmalloc size=64,4096 threads=1,2 live=1024 rounds=9
 *
 * "all" stands for every pattern, allocator or number of threads, "std", "class" and "large" for
 * lists of sizes. The defaults are: pair, all allocators, std, one thread, the pattern's own live
 * set, the module's number of rounds.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <kspan/size_classes.h>
#include "bench.h"

static const u32 std_sizes[] = {
	8, 16, 24, 32, 64, 96, 128, 200, 256, 512, 720, 1024, 2048, 3000, 4096, 8192, 16384, 32768,
};

#define CLASS_BYTES(bytes, pages) bytes,
static const u32 class_sizes[] = { KSPAN_SIZE_CLASSES(CLASS_BYTES) };

static const u32 large_sizes[] = { 64 << 10, 1 << 20, 4 << 20 };

static int sizes_add(struct bench_spec *spec, const u32 *sizes, unsigned int n)
{
	if (spec->nr_sizes + n > BENCH_SIZES)
		return -E2BIG;
	memcpy(spec->sizes + spec->nr_sizes, sizes, n * sizeof(*sizes));
	spec->nr_sizes += n;
	return 0;
}

static int size_parse(struct bench_spec *spec, const char *word)
{
	u32 size;

	if (!strcmp(word, "std"))
		return sizes_add(spec, std_sizes, ARRAY_SIZE(std_sizes));
	if (!strcmp(word, "class"))
		return sizes_add(spec, class_sizes, ARRAY_SIZE(class_sizes));
	if (!strcmp(word, "large"))
		return sizes_add(spec, large_sizes, ARRAY_SIZE(large_sizes));
	if (kstrtou32(word, 0, &size) || !size)
		return -EINVAL;
	return sizes_add(spec, &size, 1);
}

static int threads_parse(struct bench_spec *spec, const char *word)
{
	unsigned int n, last, cpus = num_online_cpus();

	if (!strcmp(word, "all")) {
		n = 1;
		last = cpus;
	} else {
		if (kstrtouint(word, 0, &n) || !n || n > cpus)
			return -EINVAL;
		last = n;
	}
	for (; n <= last; n++) {
		if (spec->nr_threads == BENCH_THREADS)
			return -E2BIG;
		spec->threads[spec->nr_threads++] = n;
	}
	return 0;
}

static int pattern_parse(struct bench_spec *spec, const char *word)
{
	unsigned int i;

	if (!strcmp(word, "all")) {
		spec->patterns = GENMASK(bench_nr_patterns - 1, 0);
		return 0;
	}
	for (i = 0; i < bench_nr_patterns; i++)
		if (!strcmp(word, bench_patterns[i].name)) {
			spec->patterns |= BIT(i);
			return 0;
		}
	return -EINVAL;
}

/* Always includes "none", whose cost is subtracted. */
static int alloc_parse(struct bench_spec *spec, const char *word)
{
	unsigned int i;

	spec->allocs |= BIT(BENCH_NONE);
	if (!strcmp(word, "all")) {
		spec->allocs = GENMASK(bench_nr_allocs - 1, 0);
		return 0;
	}
	for (i = 0; i < bench_nr_allocs; i++)
		if (!strcmp(word, bench_allocs[i]->name)) {
			spec->allocs |= BIT(i);
			return 0;
		}
	return -EINVAL;
}

static int live_parse(struct bench_spec *spec, const char *word)
{
	return kstrtouint(word, 0, &spec->live) || !spec->live ? -EINVAL : 0;
}

static int rounds_parse(struct bench_spec *spec, const char *word)
{
	if (kstrtouint(word, 0, &spec->rounds))
		return -EINVAL;
	return spec->rounds && spec->rounds <= BENCH_ROUNDS ? 0 : -EINVAL;
}

static const struct spec_key {
	const char *name;
	int (*parse)(struct bench_spec *spec, const char *word);
} spec_keys[] = {
	{ "pattern", pattern_parse },
	{ "alloc", alloc_parse },
	{ "size", size_parse },
	{ "threads", threads_parse },
	{ "live", live_parse },
	{ "rounds", rounds_parse },
};

static int key_parse(struct bench_spec *spec, char *text)
{
	char *list = text, *key = strsep(&list, "="), *word;
	unsigned int i;
	int err = -EINVAL;

	for (i = 0; i < ARRAY_SIZE(spec_keys); i++)
		if (!strcmp(key, spec_keys[i].name))
			break;
	if (i == ARRAY_SIZE(spec_keys))
		return -EINVAL;
	while ((word = strsep(&list, ","))) {
		err = spec_keys[i].parse(spec, word);
		if (err)
			break;
	}
	return err;
}

/* Takes @text apart in place. spec->rounds is set by the caller beforehand. */
int spec_parse(struct bench_spec *spec, char *text)
{
	char *key;
	int err = 0;

	text = strim(text);
	while (!err && (key = strsep(&text, " \t\n")))
		if (*key)
			err = key_parse(spec, key);
	if (!err && !spec->patterns)
		err = pattern_parse(spec, "pair");
	if (!err && !spec->allocs)
		err = alloc_parse(spec, "all");
	if (!err && !spec->nr_sizes)
		err = size_parse(spec, "std");
	if (!err && !spec->nr_threads)
		err = threads_parse(spec, "1");
	return err;
}
