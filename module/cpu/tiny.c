// SPDX-License-Identifier: GPL-2.0
/*
 * tiny: pack objects into blocks and free them. The current block is part of the mcache and follows
 * its rules. The bits of a span's blocks are in words that are changed atomically.
 */
#include "cpu/mcache.h"
#include "pages/mheap.h"
#include "pages/object.h"
#include "pages/pagemap.h"
#include "pages/report.h"
#include "cpu/tiny.h"

#define UNIT		TINY_UNIT
#define HELD		BIT(7)		/* the begin bit of the last unit */
#define BEGINS		0x7fUL
#define ENDS_SHIFT	8
#define BLOCK_MASK	0xffffUL
#define NOT_LIVE	(~0UL)

struct tiny_ref {
	atomic_long_t *word;
	unsigned int shift;	/* of the block's bits in the word */
};

static struct tiny_ref tiny_ref(struct mspan *span, unsigned long addr)
{
	unsigned long block = (addr - span->base) / TINY_BLOCK;

	return (struct tiny_ref) {
		.word = mspan_tiny_words(span) + block / TINY_BLOCKS_PER_WORD,
		.shift = block % TINY_BLOCKS_PER_WORD * TINY_BLOCK_BITS,
	};
}

static unsigned long block_of(unsigned long addr)
{
	return round_down(addr, TINY_BLOCK);
}

/* The begin and end bits of an object at @offset. */
static unsigned long object_bits(unsigned int offset, unsigned int size)
{
	return BIT(offset / UNIT) | BIT(ENDS_SHIFT + (offset + size - 1) / UNIT);
}

/* The begin and end bits of the live object that begins at @unit; 0 if there is none. */
static unsigned long live_bits(unsigned long bits, unsigned int unit)
{
	if (unit >= TINY_BLOCK / UNIT - 1 || !(bits & BIT(unit)))
		return 0;
	return BIT(unit) | BIT(__ffs(bits >> (ENDS_SHIFT + unit)) + ENDS_SHIFT + unit);
}

static bool push_block(struct mcache *mc, unsigned long block)
{
	struct mcache_slot *slot = mcache_slot(mc, CLASS_TINY);

	if (slot->top == slot->end)
		return false;
	kasan_poison_range((void *)block, TINY_BLOCK);
	*slot->top++ = (void *)block;
	slot->frees++;
	return true;
}

/**
 * tiny_leave() - stop packing into the current block
 * @mc: an mcache that the caller has entered
 *
 * If all of its objects are free already, this frees the block. Without a lock: a drain calls it in
 * hardirq context.
 */
void tiny_leave(struct mcache *mc)
{
	unsigned long block = mc->tiny.block, old;
	struct mspan *span = mc->tiny.span;
	struct tiny_ref ref;

	if (!block)
		return;
	ref = tiny_ref(span, block);
	mc->tiny.block = 0;
	old = atomic_long_fetch_andnot(HELD << ref.shift, ref.word);
	if (old >> ref.shift & BEGINS)
		return;
	if (push_block(mc, block))
		return;
	kasan_poison_range((void *)block, TINY_BLOCK);
	mheap_free_late(span, mspan_index(span, block));
}

/* tiny_align() of each size. */
static const u8 aligns[KSPAN_TINY_SIZE] = { 2, 2, 2, 2, 4, 2, 2, 2 };

static __always_inline void *pack(struct mcache *mc, size_t size)
{
	unsigned int align = aligns[size];
	unsigned int offset = (mc->tiny.offset + align - 1) & -align;
	unsigned long block = mc->tiny.block;
	struct tiny_ref ref;

	/* No object begins at the last unit. */
	if (!block || offset + size > TINY_BLOCK || offset >= TINY_BLOCK - UNIT)
		return NULL;
	ref = tiny_ref(mc->tiny.span, block);
	atomic_long_or(object_bits(offset, size) << ref.shift, ref.word);
	mc->tiny.last = offset;
	mc->tiny.offset = offset + size;
	mc->tiny_allocs++;
	return (void *)(block + offset);
}

/* Make a block the current one. Nobody else uses the block, but other blocks share its word. */
static void take_block(struct mcache *mc, unsigned long block)
{
	struct tiny_ref ref;

	mc->tiny.span = pagemap_find(block);
	mc->tiny.block = block;
	mc->tiny.offset = 0;
	ref = tiny_ref(mc->tiny.span, block);
	atomic_long_or(HELD << ref.shift, ref.word);
	kasan_unpoison_object((void *)block, TINY_BLOCK);
}

/* Continue with a block from the magazine. That leaves room there for the current block. */
static void *pack_next(struct mcache *mc, size_t size)
{
	void *block = slot_pop(mcache_slot(mc, CLASS_TINY));

	if (!block)
		return NULL;
	tiny_leave(mc);
	take_block(mc, (unsigned long)block);
	return pack(mc, size);
}

static void *pack_slow(struct mcache *mc, size_t size)
{
	void *block;

	tiny_leave(mc);
	block = slot_pop(mcache_slot(mc, CLASS_TINY));
	if (!block)
		block = mcache_refill(mc, CLASS_TINY);
	if (!block)
		return NULL;
	take_block(mc, (unsigned long)block);
	return pack(mc, size);
}

/* The mcache is busy or cannot be created: give the object a block of its own. */
static void *alloc_alone(struct kspan_heap *heap, size_t size)
{
	unsigned long obj = mcache_alloc_past(heap_central(heap, CLASS_TINY)), block;
	struct tiny_ref ref;

	if (!obj)
		return NULL;
	block = obj & ~OBJ_FRESH;
	ref = tiny_ref(pagemap_find(block), block);
	kasan_unpoison_object((void *)block, TINY_BLOCK);
	atomic_long_or(object_bits(0, size) << ref.shift, ref.word);
	atomic_long_inc(&heap->tiny_allocs);
	return (void *)block;
}

static void *try_alloc(struct kspan_heap *heap, size_t size)
{
	struct mcache *mc;
	void *p;

	slow_section_begin();
	mc = mcache_enter_or_create(heap);
	if (mc) {
		p = pack(mc, size);
		if (!p)
			p = pack_slow(mc, size);
		mcache_exit(mc);
	} else {
		p = alloc_alone(heap, size);
	}
	slow_section_end();
	return p;
}

/**
 * tiny_alloc() - allocate an object under 8 bytes
 * @heap: the heap
 * @size: bytes, 1 to 7
 * @gfp: allocation flags
 *
 * If the caller may not take a lock, only this CPU's mcache is tried.
 *
 * Return: the object, or NULL.
 */
void *tiny_alloc(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	struct mcache *mc;
	void *p = NULL;

	preempt_disable();
	mc = *this_cpu_ptr(heap->owner.mcaches);
	if (mcache_enter(mc)) {
		p = pack(mc, size);
		if (!p)
			p = pack_next(mc, size);
		mcache_exit(mc);
	}
	preempt_enable();
	if (likely(p) || !may_lock())
		return p;
	heap = heap_here(heap);
	report_account(gfp);
	do {
		p = try_alloc(heap, size);
	} while (!p && mcache_find_more(heap_central(heap, CLASS_TINY), gfp));
	return p;
}

/*
 * Clear the bits of the object at @addr.
 *
 * Return: the remaining bits of its block, or NOT_LIVE if no live object begins there.
 */
static unsigned long clear_object(struct mspan *span, unsigned long addr)
{
	unsigned int unit = (addr - block_of(addr)) / UNIT;
	struct tiny_ref ref = tiny_ref(span, addr);
	unsigned long old = atomic_long_read(ref.word), mine;

	do {
		mine = addr % UNIT ? 0 : live_bits(old >> ref.shift, unit);
		if (!mine)
			return NOT_LIVE;
	} while (!atomic_long_try_cmpxchg(ref.word, &old, old & ~(mine << ref.shift)));
	return (old >> ref.shift & ~mine) & BLOCK_MASK;
}

/*
 * If the object was the last one packed into this CPU's block, its space is reused. Its bits must
 * then be cleared while the mcache is entered. Otherwise an interrupt in between could give the
 * block away and get it back with another object in that space.
 */
static unsigned long unpack(struct mspan *span, unsigned long addr)
{
	struct kspan_heap *heap = heap_of(span);	/* may lose the span after the free */
	unsigned long block = block_of(addr), left;
	struct mcache *mc;
	bool entered;

	preempt_disable();
	mc = *this_cpu_ptr(span->mcaches);
	entered = mcache_enter(mc);
	left = clear_object(span, addr);
	if (entered) {
		if (left != NOT_LIVE) {
			mc->tiny_frees++;
			if (mc->tiny.block == block && mc->tiny.last == addr - block)
				mc->tiny.offset = mc->tiny.last;
			else if (!(left & (BEGINS | HELD)) && push_block(mc, block))
				left = HELD;	/* the block is freed: nothing is left to do */
		}
		mcache_exit(mc);
	} else if (left != NOT_LIVE) {
		atomic_long_inc(&heap->tiny_frees);
	}
	preempt_enable();
	return left;
}

/**
 * tiny_free() - free a tiny object
 * @span: its span
 * @p: the object; anything else is reported
 * @caller: for the report
 *
 * Context: Any, NMI included.
 */
void tiny_free(struct mspan *span, const void *p, unsigned long caller)
{
	unsigned long addr = (unsigned long)p, left;

	if (owner_zeroes_freed(span->owner))
		memset((void *)p, 0, tiny_size(span, p));
	left = unpack(span, addr);
	if (left == NOT_LIVE) {
		report_tiny_free(p, caller);
		return;
	}
	if (left & (BEGINS | HELD))
		return;
	kasan_poison_range((void *)block_of(addr), TINY_BLOCK);
	mcache_free_slow(span, (void *)block_of(addr));
}

/**
 * tiny_size() - usable bytes of a tiny object
 * @span: its span
 * @p: the object
 *
 * Return: the requested size, rounded up to a unit; 0 if no live object begins there.
 */
size_t tiny_size(struct mspan *span, const void *p)
{
	unsigned long addr = (unsigned long)p, bits;
	unsigned int unit = (addr - block_of(addr)) / UNIT;
	struct tiny_ref ref = tiny_ref(span, addr);

	bits = atomic_long_read(ref.word) >> ref.shift;
	if (addr % UNIT || !live_bits(bits, unit))
		return 0;
	return (__ffs(bits >> (ENDS_SHIFT + unit)) + 1) * UNIT;
}
