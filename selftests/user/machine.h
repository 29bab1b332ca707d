/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine of the small kernel: CPUs, contexts, locks, what happens later, memory. Only kernel.h
 * includes this; see there.
 */
#ifndef _USER_MACHINE_H
#define _USER_MACHINE_H

/* ---- CPUs ---- */

#ifndef CPUS
#define CPUS			3
#endif
extern int user_cpu;
extern unsigned int user_online;	/* CPUs that there are, to who asks how many */
extern long user_offset[CPUS];

#define NUMA_NO_NODE		(-1)
#define N_MEMORY		0
#define MAX_NUMNODES		1
#define nr_cpu_ids		CPUS
#define nr_node_ids		1U
#define num_online_cpus()	user_online
#define num_possible_cpus()	((unsigned int)CPUS)
#define num_node_state(s)	1
#define node_state(n, s)	((n) == 0)
#define node_online(n)		((n) == 0)
#define first_memory_node	0
#define numa_node_id()		0
#define numa_mem_id()		0
#define cpu_to_node(c)		((void)(c), 0)
#define cpu_to_mem(c)		((void)(c), 0)
#define smp_processor_id()	user_cpu
#define raw_smp_processor_id()	user_cpu
#define cpu_online(c)		((void)(c), true)
#define cpus_read_lock()	do { } while (0)
#define cpus_read_unlock()	do { } while (0)
#define for_each_possible_cpu(c)	for ((c) = 0; (c) < CPUS; (c)++)
#define for_each_online_cpu		for_each_possible_cpu
#define for_each_node_state(n, s)	for ((n) = 0; (n) < 1; (n)++)
#define HK_TYPE_DOMAIN		0
#define HK_TYPE_TICK		0
#define housekeeping_test_cpu(c, t)	((void)(c), true)

#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name)	__attribute__((section("user_percpu"))) __typeof__(type) name
#define per_cpu_ptr(p, c)	((__typeof__(p))((long)(p) + user_offset[c]))
#define per_cpu(v, c)		(*per_cpu_ptr(&(v), c))
#define this_cpu_ptr(p)		per_cpu_ptr(p, user_cpu)
#define raw_cpu_ptr		this_cpu_ptr
#define this_cpu_read(v)	READ_ONCE(*this_cpu_ptr(&(v)))
#define this_cpu_write(v, x)	((void)(*this_cpu_ptr(&(v)) = (x)))
#define this_cpu_cmpxchg(v, o, n)	cmpxchg(this_cpu_ptr(&(v)), o, n)
void *user_alloc_percpu(size_t bytes, size_t align);
void free_percpu(void *p);
#define alloc_percpu(type)	((__typeof__(type) *)user_alloc_percpu(sizeof(type), __alignof__(type)))

/* ---- contexts ---- */

extern int user_preempt, user_irqs_off, user_in_irq, user_in_nmi, user_rcu;
void user_hook(void);
void user_fail(const char *format, ...) __printf(1, 2);
#define user_check(c, text)	do { if (!(c)) user_fail("%s:%d: %s", __FILE__, __LINE__, text); } while (0)

#define preempt_disable()	do { user_hook(); user_preempt++; } while (0)
#define preempt_enable()	do { user_check(user_preempt > 0, "preemption is on"); user_preempt--; user_hook(); } while (0)
#define migrate_disable()	do { } while (0)
#define migrate_enable()	do { } while (0)
#define preempt_count()		(user_preempt + user_in_irq + user_in_nmi)
#define in_interrupt()		(user_in_irq || user_in_nmi)
#define in_hardirq()		(user_in_irq != 0)
#define in_task()		(!in_interrupt())
#define in_nmi()		(user_in_nmi != 0)
#define irqs_disabled()		(user_irqs_off != 0)
#define preemptible()		(!preempt_count() && !irqs_disabled())
#define might_sleep()		user_check(preemptible(), "may not sleep here")
#define might_alloc(gfp)	do { if (gfpflags_allow_blocking(gfp)) might_sleep(); } while (0)
#define cond_resched()		do { } while (0)
#define cpu_relax()		do { } while (0)

struct task_struct { unsigned int flags; };
extern struct task_struct user_task;
#define current			(&user_task)
#define PF_MEMALLOC		1U
#define tsk_is_oom_victim(t)	((void)(t), false)
#define fatal_signal_pending(t)	((void)(t), false)
#define memalloc_noio_save()	0U
#define memalloc_noio_restore(f)	((void)(f))
#define memalloc_noreclaim_save()	0U
#define memalloc_noreclaim_restore(f)	((void)(f))
#define current_gfp_context(gfp)	(gfp)

/* ---- locks ---- */

typedef struct { bool held; } spinlock_t;
typedef spinlock_t raw_spinlock_t;
struct mutex { bool held; };
#define __MUTEX_INITIALIZER(m)	{ }
#define DEFINE_MUTEX(m)		struct mutex m
#define DEFINE_SPINLOCK(l)	spinlock_t l
#define DEFINE_RAW_SPINLOCK(l)	raw_spinlock_t l
#define __RAW_SPIN_LOCK_UNLOCKED(l)	{ }
#define mutex_init(m)		((void)((m)->held = false))
extern unsigned long user_locks;	/* times that one was taken */
#define mutex_lock(m)		do { might_sleep(); user_check(!(m)->held, "deadlock"); (m)->held = true; user_locks++; } while (0)
#define mutex_trylock(m)	((m)->held ? false : ((m)->held = true))
#define mutex_unlock(m)		do { user_check((m)->held, "not held"); (m)->held = false; user_hook(); } while (0)
#define mutex_is_locked(m)	((m)->held)
#define lockdep_assert_held(l)	user_check((l)->held, "lock not held")
#define lockdep_set_class(l, k)	do { } while (0)
struct lock_class_key { int unused; };
#define spin_lock_init(l)	((void)((l)->held = false))
#define spin_lock(l)		do { user_preempt++; user_check(!in_nmi(), "lock in NMI"); user_check(!(l)->held, "deadlock"); (l)->held = true; user_locks++; user_hook(); } while (0)
#define spin_trylock(l)		((l)->held ? false : (user_preempt++, (l)->held = true))
#define spin_unlock(l)		do { user_check((l)->held, "not held"); (l)->held = false; user_preempt--; user_hook(); } while (0)
#define spin_lock_irq(l)	do { user_irqs_off++; spin_lock(l); } while (0)
#define spin_unlock_irq(l)	do { user_check((l)->held, "not held"); (l)->held = false; user_preempt--; user_irqs_off--; user_hook(); } while (0)
#define spin_lock_irqsave(l, f)	do { (f) = user_irqs_off; spin_lock_irq(l); } while (0)
#define spin_unlock_irqrestore(l, f)	do { (void)(f); spin_unlock_irq(l); } while (0)
#define raw_spin_lock_init	spin_lock_init
#define raw_spin_lock		spin_lock
#define raw_spin_trylock	spin_trylock
#define raw_spin_unlock		spin_unlock
#define raw_spin_lock_irq	spin_lock_irq
#define raw_spin_unlock_irq	spin_unlock_irq
#define raw_spin_lock_irqsave	spin_lock_irqsave
#define raw_spin_unlock_irqrestore	spin_unlock_irqrestore
#define local_irq_save(f)	((void)((f) = user_irqs_off++))
#define local_irq_restore(f)	do { (void)(f); user_irqs_off--; } while (0)

struct static_key_false { bool on; };
#define DECLARE_STATIC_KEY_FALSE(k)	extern struct static_key_false k
#define DEFINE_STATIC_KEY_FALSE(k)	struct static_key_false k
#define static_branch_unlikely(k)	((k)->on)
#define static_branch_enable(k)		((void)((k)->on = true))
#define static_branch_disable(k)	((void)((k)->on = false))
#define static_key_enabled(k)		((k)->on)

/* ---- time, later ---- */

#define HZ			100UL
#define INITIAL_JIFFIES		0UL
extern unsigned long jiffies;
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define time_after(a, b)	time_before(b, a)
#define time_after_eq(a, b)	(!time_before(a, b))
#define msecs_to_jiffies(ms)	DIV_ROUND_UP((unsigned long)(ms) * HZ, 1000)
#define jiffies_to_msecs(j)	((unsigned int)((j) * 1000 / HZ))
#define usleep_range(a, b)	((void)(jiffies++))
#define udelay(us)		do { } while (0)
#define msleep(ms)		((void)(jiffies++))
#define schedule_timeout_uninterruptible(j)	((void)(jiffies += (j)))

struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void user_kvfree_rcu(struct rcu_head *head, void *p);
void synchronize_rcu(void);
void rcu_barrier(void);
bool user_grace_period(void);
#define rcu_read_lock()		((void)user_rcu++)
#define rcu_read_unlock()	((void)user_rcu--)
#define kvfree_rcu(p, field)	user_kvfree_rcu(&(p)->field, p)
#define kfree_rcu		kvfree_rcu
#define rcu_dereference(p)	READ_ONCE(p)

struct irq_work { void (*func)(struct irq_work *work); bool queued; struct irq_work *next; int cpu; };
#define IRQ_WORK_INIT_HARD(f)	((struct irq_work){ .func = (f) })
bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);

typedef struct { void (*func)(void *arg); void *arg; int cpu; bool queued; } call_single_data_t;
#define INIT_CSD(c, f, a)	(*(c) = (call_single_data_t){ .func = (f), .arg = (a) })
int smp_call_function_single_async(int cpu, call_single_data_t *csd);
int smp_call_function_single(int cpu, void (*func)(void *arg), void *arg, int wait);
bool user_interrupts(void);

struct work_struct { void (*func)(struct work_struct *work); };
struct delayed_work { struct work_struct work; bool queued; };
struct workqueue_struct { int unused; };
#define WQ_UNBOUND		0
#define WQ_MEM_RECLAIM		0
#define DECLARE_DELAYED_WORK(n, f)	struct delayed_work n = { { f } }
#define DECLARE_WORK(n, f)	struct work_struct n = { f }
#define system_unbound_wq	((struct workqueue_struct *)&user_task)
#define alloc_workqueue(n, f, m)	((struct workqueue_struct *)&user_task)
#define destroy_workqueue(wq)	((void)(wq))
#define queue_delayed_work(wq, w, d)	((void)(wq), (void)(d), user_queue(w))
#define mod_delayed_work	queue_delayed_work
#define cancel_delayed_work_sync(w)	((void)((w)->queued = false))
#define queue_work(wq, w)	((w)->func(w))
#define flush_work(w)		do { } while (0)
void user_queue(struct delayed_work *work);
bool user_run_worker(void);

enum cpuhp_state { CPUHP_BP_PREPARE_DYN };
int user_cpuhp(int (*prepare)(unsigned int cpu), int (*dead)(unsigned int cpu));
extern int (*user_cpu_prepare)(unsigned int cpu), (*user_cpu_dead)(unsigned int cpu);
#define cpuhp_setup_state(s, n, prepare, dead)	user_cpuhp(prepare, dead)
void cpuhp_remove_state(int state);

/* ---- memory ---- */

#define PAGE_SHIFT		12
#define PAGE_SIZE		4096UL
#define PAGE_ALIGNED(x)		IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define MAX_ORDER		11
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(p)	((unsigned long)(p) <= 16)
#define __GFP_DIRECT_RECLAIM	0x1U
#define __GFP_KSWAPD_RECLAIM	0x2U
#define __GFP_RECLAIM		0x3U
#define __GFP_IO		0x4U
#define __GFP_FS		0x8U
#define __GFP_HIGH		0x10U
#define __GFP_ATOMIC		0x20U
#define __GFP_ZERO		0x40U
#define __GFP_NOWARN		0x80U
#define __GFP_NOFAIL		0x100U
#define __GFP_NORETRY		0x200U
#define __GFP_RETRY_MAYFAIL	0x400U
#define __GFP_ACCOUNT		0x800U
#define __GFP_DMA		0x1000U
#define __GFP_DMA32		0x2000U
#define __GFP_HIGHMEM		0x4000U
#define __GFP_COMP		0x8000U
#define __GFP_MOVABLE		0x10000U
#define __GFP_THISNODE		0x20000U
#define __GFP_NOMEMALLOC	0x40000U
#define __GFP_MEMALLOC		0x80000U
#define __GFP_HARDWALL		0
#define GFP_ZONEMASK		(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_MOVABLE)
#define GFP_KERNEL		(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_NOFS		(__GFP_RECLAIM | __GFP_IO)
#define GFP_NOIO		__GFP_RECLAIM
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT		__GFP_KSWAPD_RECLAIM
#define gfpflags_allow_blocking(gfp)	(!!((gfp) & __GFP_DIRECT_RECLAIM))
#define want_init_on_alloc(gfp)	(!!((gfp) & __GFP_ZERO))
#define want_init_on_free()	false
#define SLAB_TYPESAFE_BY_RCU	1U
#define SLAB_HWCACHE_ALIGN	0U
#define SLAB_PANIC		0U
#define VM_MAP			0
#define VM_MAP_PUT_PAGES	0
#define PAGE_KERNEL		0

/* Of the allocations of memory, as many succeed before one fails; negative: all succeed. */
extern long user_failure;

struct page { int count; unsigned long private; };
struct kmem_cache { const char *name; size_t size; bool typesafe; void (*ctor)(void *p); void *free; long live; };
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, unsigned int flags,
				     void (*ctor)(void *p));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *p);
#define kmem_cache_alloc_node(c, gfp, node)	((void)(node), kmem_cache_alloc(c, gfp))
void *kmalloc(size_t bytes, gfp_t gfp);
void kfree(const void *p);
#define kzalloc(n, gfp)		kmalloc(n, (gfp) | __GFP_ZERO)
#define kcalloc(n, s, gfp)	kzalloc((n) * (s), gfp)
#define kmalloc_node(n, gfp, node)	((void)(node), kmalloc(n, gfp))
#define kzalloc_node(n, gfp, node)	((void)(node), kzalloc(n, gfp))
#define kvmalloc		kmalloc
#define kvzalloc		kzalloc
#define kvcalloc		kcalloc
#define kvmalloc_array(n, s, gfp)	kmalloc((n) * (s), gfp)
#define kmalloc_array		kvmalloc_array
#define kvfree			kfree
void *__vmalloc(unsigned long bytes, gfp_t gfp);
#define vmalloc_huge		__vmalloc
void vfree(const void *p);
bool is_vmalloc_addr(const void *p);
#define vmap(pages, n, f, p)	((void)(pages), (void)(n), (void *)NULL)
#define vmalloc_to_page(p)	((void)(p), (struct page *)NULL)
#define page_to_nid(p)		((void)(p), 0)
struct page *user_alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_pages_node(n, gfp, o)	((void)(n), user_alloc_pages(gfp, o))
#define alloc_pages		user_alloc_pages
#define split_page(p, o)	do { } while (0)
void __free_page(struct page *page);
void free_pages(unsigned long addr, unsigned int order);
void *page_address(const struct page *page);
struct page *virt_to_page(const void *p);
#define page_ref_add(p, n)	((void)((p)->count += (n)))
#define page_ref_sub(p, n)	((void)((p)->count -= (n)))
#define page_ref_inc(p)		((void)(p)->count++)
#define page_ref_count(p)	((p)->count)
#define page_private(p)		((p)->private)
#define set_page_private(p, v)	((void)((p)->private = (v)))
#define get_order(n)		((n) <= PAGE_SIZE ? 0 : (int)fls_long(((n) - 1) >> PAGE_SHIFT))
#define totalram_pages()	(1UL << 18)
#define kmemleak_alloc(...)	do { } while (0)
#define kmemleak_free(p)	do { } while (0)
#define kmemleak_ignore(p)	do { } while (0)
#define kmemleak_not_leak(p)	do { } while (0)
#define check_object_size(p, n, to)	do { } while (0)

struct shrink_control { unsigned long nr_to_scan; };
struct shrinker {
	unsigned long (*count_objects)(struct shrinker *s, struct shrink_control *sc);
	unsigned long (*scan_objects)(struct shrinker *s, struct shrink_control *sc);
	int seeks;
};
#define DEFAULT_SEEKS		2
#define SHRINK_EMPTY		(~0UL - 1)
#define SHRINK_STOP		(~0UL)
extern struct shrinker *user_shrinker;
#define register_shrinker(s, n)	(user_shrinker = (s), 0)
#define unregister_shrinker(s)	((void)(user_shrinker = NULL))

#endif /* _USER_MACHINE_H */
