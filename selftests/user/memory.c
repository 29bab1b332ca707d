// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the small kernel: slabs, areas, the direct map, per-CPU data. See kernel.h.
 */
#include <sys/mman.h>
#include "user/user.h"

#define PERCPU_BYTES	((CPUS > 8 ? 1UL : 4UL) << 20)
#define DIRECT_PAGES	(32UL << (20 - PAGE_SHIFT))	/* of the direct map */
#define MAX_AREAS	4096

long user_offset[CPUS], user_failure = -1;

static bool fails(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	if (gfp & __GFP_NOFAIL || user_failure < 0)
		return false;
	if (user_failure) {
		user_failure--;
		return false;
	}
	return true;
}

void *kmalloc(size_t bytes, gfp_t gfp)
{
	void *p;

	if (fails(gfp))
		return NULL;
	p = malloc(bytes);
	user_check(p, "the machine has no memory");
	memset(p, gfp & __GFP_ZERO ? 0 : 0xa5, bytes);
	return p;
}

void kfree(const void *p)
{
	free((void *)p);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, unsigned int flags,
				     void (*ctor)(void *p))
{
	struct kmem_cache *cache = fails(GFP_KERNEL) ? NULL : calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->name = name;
	cache->size = ALIGN(max(size, sizeof(void *)), 8);
	cache->typesafe = flags & SLAB_TYPESAFE_BY_RCU;
	cache->ctor = ctor;
	return cache;
}

/* Of a cache whose memory may still be read when it is free: behind the object is the list. */
static void **free_link(const struct kmem_cache *cache, void *p)
{
	return p + cache->size;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	void *p;

	if (!cache)
		return;
	user_check(!cache->live, cache->name);
	while ((p = cache->free)) {
		cache->free = *free_link(cache, p);
		free(p);
	}
	free(cache);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *p;

	if (fails(gfp))
		return NULL;
	p = cache->free;
	if (p) {
		cache->free = *free_link(cache, p);
	} else {
		p = malloc(cache->size + sizeof(void *));
		user_check(p, "the machine has no memory");
		memset(p, 0xa5, cache->size);
		if (cache->ctor)
			cache->ctor(p);
	}
	cache->live++;
	if (gfp & __GFP_ZERO)
		memset(p, 0, cache->size);
	return p;
}

void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	cache->live--;
	if (cache->typesafe) {
		*free_link(cache, p) = cache->free;
		cache->free = p;
		return;
	}
	free(p);
}

static struct area {
	char *begin;
	unsigned long bytes;
} areas[MAX_AREAS];
static unsigned int nr_areas;

void *__vmalloc(unsigned long bytes, gfp_t gfp)
{
	unsigned long align = bytes >= SZ_2M ? SZ_2M : PAGE_SIZE, whole = ALIGN(bytes, PAGE_SIZE) + align;
	char *p, *begin;

	if (fails(gfp) || bytes > 32UL << 20 || nr_areas == MAX_AREAS)
		return NULL;
	p = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	user_check(p != MAP_FAILED, "the machine has no memory");
	begin = PTR_ALIGN(p, align);
	if (begin > p)
		munmap(p, begin - p);
	munmap(begin + ALIGN(bytes, PAGE_SIZE), p + whole - (begin + ALIGN(bytes, PAGE_SIZE)));
	areas[nr_areas++] = (struct area){ begin, bytes };
	return begin;
}

void vfree(const void *p)
{
	unsigned int i;

	for (i = 0; i < nr_areas && areas[i].begin != p; i++)
		;
	user_check(i < nr_areas, "vfree() of something else");
	munmap(areas[i].begin, ALIGN(areas[i].bytes, PAGE_SIZE));
	areas[i] = areas[--nr_areas];
}

bool is_vmalloc_addr(const void *p)
{
	unsigned int i;

	for (i = 0; i < nr_areas; i++)
		if ((unsigned long)((char *)p - areas[i].begin) < areas[i].bytes)
			return true;
	return false;
}

static struct page direct[DIRECT_PAGES];
static char *direct_map;

struct page *user_alloc_pages(gfp_t gfp, unsigned int order)
{
	unsigned long n = 1UL << order, i, page;

	if (fails(gfp) || order >= MAX_ORDER)
		return NULL;
	for (page = 0; page + n <= DIRECT_PAGES; page += n) {
		for (i = 0; i < n && !direct[page + i].count; i++)
			;
		if (i < n)
			continue;
		for (i = 0; i < n; i++)
			direct[page + i].count = 1;
		memset(direct_map + (page << PAGE_SHIFT), gfp & __GFP_ZERO ? 0 : 0xa5, n << PAGE_SHIFT);
		return &direct[page];
	}
	return NULL;
}

void __free_page(struct page *page)
{
	user_check(page->count > 0, "a page that is free");
	page->count--;
}

void free_pages(unsigned long addr, unsigned int order)
{
	struct page *page = virt_to_page((void *)addr);
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		__free_page(page + i);
}

void *page_address(const struct page *page)
{
	return direct_map + ((page - direct) << PAGE_SHIFT);
}

struct page *virt_to_page(const void *p)
{
	unsigned long page = ((char *)p - direct_map) >> PAGE_SHIFT;

	return page < DIRECT_PAGES ? &direct[page] : NULL;
}

/* Return: bytes of vmalloc and the direct map in use. */
unsigned long user_bytes(void)
{
	unsigned long sum = 0, i;

	for (i = 0; i < nr_areas; i++)
		sum += areas[i].bytes;
	for (i = 0; i < DIRECT_PAGES; i++)
		sum += direct[i].count ? PAGE_SIZE : 0;
	return sum;
}

extern char __start_user_percpu[], __stop_user_percpu[];
static unsigned long percpu_used;
static char *percpu;

struct percpu_piece {
	unsigned long begin, bytes;
	bool used;
} pieces[MAX_AREAS];
static unsigned int nr_pieces;

void *user_alloc_percpu(size_t bytes, size_t align)
{
	unsigned int i;
	int cpu;

	bytes = ALIGN(bytes, 64);
	if (fails(GFP_KERNEL))
		return NULL;
	for (i = 0; i < nr_pieces && (pieces[i].used || pieces[i].bytes != bytes); i++)
		;
	if (i == nr_pieces) {
		user_check(percpu_used + bytes <= PERCPU_BYTES && nr_pieces < MAX_AREAS, "no per-CPU memory");
		pieces[nr_pieces++] = (struct percpu_piece){ percpu_used, bytes };
		percpu_used += bytes;
	}
	pieces[i].used = true;
	for (cpu = 0; cpu < CPUS; cpu++)
		memset(percpu + cpu * PERCPU_BYTES + pieces[i].begin, 0, bytes);
	return __start_user_percpu + pieces[i].begin;
}

void free_percpu(void *p)
{
	unsigned long begin = (char *)p - __start_user_percpu;
	unsigned int i;

	for (i = 0; p && i < nr_pieces; i++)
		if (pieces[i].begin == begin)
			pieces[i].used = false;
}

/* Once, before the module is loaded. */
void user_start(void)
{
	unsigned long fixed = ALIGN(__stop_user_percpu - __start_user_percpu, 64);
	int cpu;

	percpu = aligned_alloc(4096, CPUS * PERCPU_BYTES);
	direct_map = aligned_alloc(4UL << 20, DIRECT_PAGES << PAGE_SHIFT);
	user_check(percpu && direct_map, "the machine has no memory");
	for (cpu = 0; cpu < CPUS; cpu++) {
		memcpy(percpu + cpu * PERCPU_BYTES, __start_user_percpu, fixed);
		user_offset[cpu] = percpu + cpu * PERCPU_BYTES - __start_user_percpu;
	}
	percpu_used = fixed;
}
