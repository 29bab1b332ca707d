// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: the pattern in every object, and all checks.
 *
 * The pattern is made of 8-byte chunks: the object's owner word plus a multiple of the chunk's own
 * address. It lies at both ends and at up to 16 places between; small objects are full of it. So a
 * chunk in newly allocated memory identifies the object that wrote it. If that object is still
 * live, the memory was allocated twice.
 */
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/string.h>
#include "torture.h"

#define CHUNK		8UL
#define FULLY_FILLED	128UL		/* objects up to this many bytes are pattern throughout */
#define FULLY_ZEROED	4096UL		/* up to this many bytes every byte is looked at for zero */
#define MAX_ERRORS	10		/* errors that are reported in detail */
#define ADDRESS_FACTOR	0x9e3779b97f4a7c15ULL

static atomic_t errors;

const char *const context_names[NR_CONTEXTS] = { "task", "softirq", "hardirq", "nmi" };

unsigned int torture_errors(void)
{
	return atomic_read(&errors);
}

void torture_error(const struct actor *a, const struct object *o, const char *format, ...)
{
	struct va_format text;
	va_list args;

	if (atomic_inc_return(&errors) > MAX_ERRORS)
		return;
	va_start(args, format);
	text.fmt = format;
	text.va = &args;
	pr_err("kspan_torture: ERROR: %pV; object %p size %zu word %#llx from %s on CPU %u; seen by %s %d op %llu on CPU %d; seed %lu\n",
	       &text, o->p, o->size, o->word, context_names[o->context], o->cpu,
	       context_names[a->context], a->id, a->count[COUNT_OPS], raw_smp_processor_id(),
	       params.seed);
	va_end(args);
}

/* The alignment that kspan.h promises for a size. */
size_t natural_align(size_t size)
{
	if (!size)
		return 1;
	if (is_power_of_2(size) && size <= SZ_4M)
		return size;
	if (size >= 16)
		return 8;
	return size & -size;
}

/* The offset of the next chunk after @at: sparse, and the last one at the end of the object. */
static size_t chunk_after(size_t at, size_t size)
{
	size_t step = size <= FULLY_FILLED ? CHUNK : ALIGN(size / 16, CHUNK);
	size_t last = (size - 1) & ~(CHUNK - 1);

	if (at + CHUNK >= last)
		return last;
	return min(at + step, last - CHUNK);
}

static bool chunk_is_last(size_t at, size_t size)
{
	return at + CHUNK >= size;
}

static u64 chunk_at(const struct object *o, const void *address)
{
	return o->word + (u64)(unsigned long)address * ADDRESS_FACTOR;
}

void object_fill(struct object *o)
{
	size_t at = 0;
	u64 chunk;

	if (ZERO_OR_NULL_PTR(o->p) || !o->size)
		return;
	for (;; at = chunk_after(at, o->size)) {
		chunk = chunk_at(o, o->p + at);
		memcpy(o->p + at, &chunk, min(CHUNK, o->size - at));
		if (chunk_is_last(at, o->size))
			break;
	}
	o->extent = max(o->extent, o->size);
}

/* Whether the bytes at @p, which were at @home when they were written, are @o's. */
static bool chunk_check(struct actor *a, const struct object *o, const void *home,
			const void *p, size_t len)
{
	u64 want = chunk_at(o, home), have = 0;

	memcpy(&have, p, len);
	if (!memcmp(&have, &want, len))
		return true;
	torture_error(a, o, "corrupted at %zu: %*ph, should be %*ph",
		      (size_t)(home - o->p), (int)len, &have, (int)len, &want);
	return false;
}

void object_check(struct actor *a, const struct object *o)
{
	size_t at = 0;

	count(a, COUNT_CHECKS);
	if (ZERO_OR_NULL_PTR(o->p) || !o->size)
		return;
	for (;; at = chunk_after(at, o->size)) {
		if (!chunk_check(a, o, o->p + at, o->p + at, min(CHUNK, o->size - at)))
			return;
		if (chunk_is_last(at, o->size))
			return;
	}
}

/* After a realloc: @o must begin with what @old held, as far as both reach. */
void object_check_moved(struct actor *a, const struct object *o, const struct object *old)
{
	size_t common = min(o->size, old->size), at = 0;

	if (ZERO_OR_NULL_PTR(o->p) || ZERO_OR_NULL_PTR(old->p))
		return;
	for (;; at = chunk_after(at, old->size)) {
		if (at >= common)
			return;
		if (!chunk_check(a, old, old->p + at, o->p + at, min(CHUNK, common - at)))
			return;
		if (chunk_is_last(at, old->size))
			return;
	}
}

static bool range_is_zero(const struct object *o, size_t from, size_t len)
{
	return from >= o->size || !memchr_inv(o->p + from, 0, min(len, o->size - from));
}

/* Everything from @from on is 0. Of a large range only both ends and samples are read. */
void zero_check(struct actor *a, const struct object *o, size_t from, const char *what)
{
	bool zero;
	int i;

	if (ZERO_OR_NULL_PTR(o->p) || from >= o->size)
		return;
	zero = range_is_zero(o, from, FULLY_ZEROED);
	if (o->size - from > FULLY_ZEROED) {
		zero &= range_is_zero(o, o->size - CHUNK * 32, CHUNK * 32);
		for (i = 0; i < 16; i++)
			zero &= range_is_zero(o, from + pick(a, o->size - from), CHUNK * 8);
	}
	if (!zero)
		torture_error(a, o, "%s has bytes from %zu on that are not 0", what, from);
}

/* No chunk of newly allocated memory may belong to a live object. */
static void handout_check(struct actor *a, const struct object *o)
{
	size_t at = 0;
	u64 word;

	if (o->size < 2 * CHUNK)
		return;
	for (;; at = chunk_after(at, o->size)) {
		if (o->size - at >= CHUNK) {
			memcpy(&word, o->p + at, CHUNK);
			word -= (u64)(unsigned long)(o->p + at) * ADDRESS_FACTOR;
			if (word_is_live(word)) {
				torture_error(a, o, "handed out twice: at %zu owner %#llx lives",
					      at, word);
				return;
			}
		}
		if (chunk_is_last(at, o->size))
			return;
	}
}

static void size_check(struct actor *a, const struct object *o, const struct request *r)
{
	size_t size = kspan_size(o->p);

	if (size < r->size)
		torture_error(a, o, "kspan_size() is %zu, asked for %zu", size, r->size);
	if (r->fixed && size != kspan_size_roundup(r->size) && size != r->size)	/* debug modes */
		torture_error(a, o, "kspan_size() is %zu, kspan_size_roundup(%zu) %zu", size,
			      r->size, kspan_size_roundup(r->size));
}

/* Checks new memory, an object or a part of a region, before anything is written to it. */
void content_check(struct actor *a, const struct object *o, const struct request *r)
{
	if (o->p == ZERO_SIZE_PTR && !r->size)
		return;
	if (ZERO_OR_NULL_PTR(o->p) || !r->size) {
		torture_error(a, o, "wrong address for a size of %zu", r->size);
		return;
	}
	if (!IS_ALIGNED((unsigned long)o->p, r->align))
		torture_error(a, o, "not aligned to %zu", r->align);
	if (!kspan_owns(o->p) || !kspan_owns(o->p + r->size - 1))
		torture_error(a, o, "kspan_owns() denies it");
	if (r->copied && memcmp(o->p, r->copied, r->copied_len))
		torture_error(a, o, "not a copy of its source");
	if (r->zero)
		zero_check(a, o, 0, "a zeroed object");
	if (!r->zero && !r->copied)
		handout_check(a, o);
}

void fresh_check(struct actor *a, const struct object *o, const struct request *r)
{
	content_check(a, o, r);
	if (!ZERO_OR_NULL_PTR(o->p))
		size_check(a, o, r);
}
