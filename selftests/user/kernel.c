// SPDX-License-Identifier: GPL-2.0
/*
 * See kernel.h.
 */
#include <stdarg.h>
#include <sys/mman.h>
#include "kernel.h"
#include "user.h"

#define PERCPU_BYTES	(4UL << 20)
#define DIRECT_PAGES	(16UL << (20 - PAGE_SHIFT))	/* of the direct map */
#define MAX_AREAS	4096
#define MAX_PENDING	64

int user_cpu, user_preempt, user_irqs_off, user_in_irq, user_in_nmi, user_rcu;
long user_offset[CPUS], user_failure = -1;
unsigned long jiffies = 1000;
struct task_struct user_task;
struct shrinker *user_shrinker;
unsigned long user_errors;
bool user_errors_expected, user_verbose;
void (*user_interrupt)(void);
unsigned int user_hooks;

/* ---- the end ---- */

void user_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("kspan: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

int user_message(const char *level, const char *format, ...)
{
	bool error = !strcmp(level, "error");
	va_list args;

	user_errors += error;
	if (!user_verbose && (!error || user_errors_expected))
		return 0;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error && !user_errors_expected)
		user_fail("an error that was not expected");
	return 0;
}

/* ---- contexts ---- */

/* @user_hooks counts down to the place where an interrupt comes. */
void user_hook(void)
{
	if (!user_hooks || --user_hooks || !user_interrupt || in_interrupt())
		return;
	if (irqs_disabled())
		user_in_nmi++;
	else
		user_in_irq++;
	user_interrupt();
	if (user_in_nmi)
		user_in_nmi--;
	else
		user_in_irq--;
}

static struct irq_work *works;
static call_single_data_t *calls[MAX_PENDING];
static unsigned int nr_calls;

bool irq_work_queue(struct irq_work *work)
{
	if (work->queued)
		return false;
	work->queued = true;
	work->cpu = user_cpu;
	work->next = works;
	works = work;
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	if (work->queued)
		user_interrupts();
}

int smp_call_function_single_async(int cpu, call_single_data_t *csd)
{
	user_check(!csd->queued && nr_calls < MAX_PENDING, "a call that waits already");
	csd->queued = true;
	csd->cpu = cpu;
	calls[nr_calls++] = csd;
	return 0;
}

static void call_on(int cpu, void (*func)(void *arg), void *arg)
{
	int was = user_cpu, preempt = user_preempt;

	user_cpu = cpu;
	user_in_irq++;
	func(arg);
	user_in_irq--;
	user_cpu = was;
	user_check(user_preempt == preempt, "an interrupt left preemption off");
}

int smp_call_function_single(int cpu, void (*func)(void *arg), void *arg, int wait)
{
	call_on(cpu, func, arg);
	return 0;
}

static void run_work(void *arg)
{
	struct irq_work *work = arg;

	work->func(work);
}

/* What waits for an interrupt. Return: whether there was anything. */
bool user_interrupts(void)
{
	call_single_data_t *csd;
	struct irq_work *work;
	bool any = works || nr_calls;

	while ((work = works)) {
		works = work->next;
		work->queued = false;
		call_on(work->cpu, run_work, work);
	}
	while (nr_calls) {
		csd = calls[--nr_calls];
		csd->queued = false;
		call_on(csd->cpu, csd->func, csd->arg);
	}
	return any;
}

static struct delayed_work *queued_work;

void user_queue(struct delayed_work *work)
{
	work->queued = true;
	queued_work = work;
}

/* Return: whether the worker had anything to do. */
bool user_run_worker(void)
{
	struct delayed_work *work = queued_work;

	if (!work || !work->queued)
		return false;
	work->queued = false;
	work->work.func(&work->work);
	return true;
}

int (*user_cpu_prepare)(unsigned int cpu), (*user_cpu_dead)(unsigned int cpu);

int user_cpuhp(int (*prepare)(unsigned int cpu), int (*dead)(unsigned int cpu))
{
	unsigned int cpu;
	int err = 0;

	user_cpu_prepare = prepare;
	user_cpu_dead = dead;
	for (cpu = 0; cpu < CPUS && !err; cpu++)
		err = prepare(cpu);
	return err ?: 1;
}

void cpuhp_remove_state(int state)
{
	unsigned int cpu;

	for (cpu = 0; cpu < CPUS; cpu++)
		user_cpu_dead(cpu);
}

/* ---- RCU: a grace period ends when the program says so, outside all calls ---- */

static struct rcu_head *rcu_first, **rcu_last = &rcu_first;

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->next = NULL;
	head->func = func;
	*rcu_last = head;
	rcu_last = &head->next;
}

static void *kvfree_list[MAX_AREAS];
static unsigned int nr_kvfree;

void user_kvfree_rcu(struct rcu_head *head, void *p)
{
	if (nr_kvfree == MAX_AREAS)
		user_grace_period();
	kvfree_list[nr_kvfree++] = p;
}

bool user_grace_period(void)
{
	struct rcu_head *head = rcu_first, *next;
	bool any = head || nr_kvfree;

	user_check(!user_rcu, "a grace period inside a reader");
	rcu_first = NULL;
	rcu_last = &rcu_first;
	while (nr_kvfree)
		kvfree(kvfree_list[--nr_kvfree]);
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
	return any;
}

void synchronize_rcu(void)
{
	might_sleep();
	user_check(!user_rcu, "waits for itself");
}

void rcu_barrier(void)
{
	might_sleep();
	user_grace_period();
}

/* ---- memory ---- */

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

/* ---- parameters, bitmaps ---- */

static const struct kernel_param *params[32];
static unsigned int nr_params;

void user_add_param(const struct kernel_param *kp)
{
	params[nr_params++] = kp;
}

int user_set_param(const char *name, const char *text)
{
	unsigned int i;

	for (i = 0; i < nr_params; i++)
		if (!strcmp(params[i]->name, name))
			return params[i]->ops->set(text, params[i]);
	return -ENOENT;
}

unsigned long user_find_bit(const unsigned long *a, unsigned long end, unsigned long i, bool set)
{
	unsigned long word;

	for (; i < end; i = (i | (BITS_PER_LONG - 1)) + 1) {
		word = (set ? a[BIT_WORD(i)] : ~a[BIT_WORD(i)]) >> (i % BITS_PER_LONG);
		if (word)
			return min(i + __ffs(word), end);
	}
	return end;
}

void bitmap_set(unsigned long *a, unsigned long i, unsigned long n)
{
	while (n--)
		__set_bit(i + n, a);
}

void bitmap_clear(unsigned long *a, unsigned long i, unsigned long n)
{
	while (n--)
		__clear_bit(i + n, a);
}

unsigned long bitmap_weight(const unsigned long *a, unsigned long n)
{
	unsigned long sum = 0;

	while (n--)
		sum += test_bit(n, a);
	return sum;
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *a, unsigned long size, unsigned long start,
					     unsigned long n, unsigned long mask, unsigned long off)
{
	unsigned long i, end;

	for (;;) {
		i = find_next_zero_bit(a, size, start);
		i = ((i + off + mask) & ~mask) - off;
		end = i + n;
		if (end > size)
			return end;
		start = find_next_bit(a, end, i);
		if (start >= end)
			return i;
		start++;
	}
}

void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	if (!n || (*b == (u8)c && !memcmp(b, b + 1, n - 1)))
		return NULL;
	while (*b == (u8)c)
		b++;
	return (void *)b;
}

/* In place of module/upkeep/debugfs.c. */
void debugfs_start(void) { }
void debugfs_stop(void) { }
void debugfs_add_heap(void *heap) { }
void debugfs_remove_heap(void *heap) { }
