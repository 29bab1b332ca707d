/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small kernel for a process: what module/ uses of Linux, so that the module's own files compile
 * and run in user space. host/user.sh puts this in place of each <linux/...> header, but those of
 * red-black trees, which are the kernel's own.
 *
 * There is one thread, and CPUS CPUs that it is on in turn. A lock that is taken twice, a mutex
 * where one must not sleep, an error message that nobody expects and a failed WARN_ON() end the
 * program. Interrupts come where user_hook() is called: at barriers, locks and the edges of
 * preemption. RCU callbacks, irq_works, calls to other CPUs and the worker wait until they are run.
 */
#ifndef _USER_KERNEL_H
#define _USER_KERNEL_H

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;
typedef long ssize_t;


/* ---- the compiler ---- */

#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define notrace
#define __maybe_unused		__attribute__((unused))
#define __init
#define __exit
#define __percpu
#define __rcu
#define __user
#define __force
#define __aligned(x)		__attribute__((aligned(x)))
#define __packed		__attribute__((packed))
#define __used			__attribute__((used))
#define __realloc_size(...)
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __malloc
#define __must_check
#define __alloc_size(...)
#define __assume_aligned(...)
#define __read_mostly
#define __ro_after_init
#define __initconst
#define __cold
#define __pure
#define __cacheline_aligned_in_smp	__aligned(64)
#define ____cacheline_aligned_in_smp	__aligned(64)
#define fallthrough		__attribute__((fallthrough))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define OPTIMIZER_HIDE_VAR(v)	__asm__("" : "+r" (v))
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define data_race(x)		(x)
#define barrier()		do { __asm__ volatile("" ::: "memory"); user_hook(); } while (0)
#define static_assert(c, ...)	_Static_assert(c, #c)
#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)
#define BUILD_BUG_ON_INVALID(e)	((void)sizeof((long)(e)))
#define BUILD_BUG_ON_ZERO(e)	((int)sizeof(struct { int: (-!!(e)); }))
#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define container_of(p, type, member)	((type *)((char *)(p) - offsetof(type, member)))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define struct_size(p, member, n)	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))
#define sizeof_field(t, m)	sizeof(((t *)0)->m)
#define __stringify_1(x)	#x
#define __stringify(x)		__stringify_1(x)
#define IS_ENABLED(x)		0
#define _RET_IP_		((unsigned long)__builtin_return_address(0))
#define _THIS_IP_		0UL
#define CONFIG_64BIT		1
#define CONFIG_STACKTRACE_NONE	1

/* ---- numbers ---- */

#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define BIT_WORD(n)		((n) / BITS_PER_LONG)
#define BIT_MASK(n)		(1UL << ((n) % BITS_PER_LONG))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ALIGN(x, a)		(((x) + (__typeof__(x))(a) - 1) & ~((__typeof__(x))(a) - 1))
#define PTR_ALIGN(p, a)		((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y)	((x) & ~((__typeof__(x))((y) - 1)))
#define min(a, b)		({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b)		({ __typeof__(a) _c = (a); __typeof__(b) _d = (b); _c > _d ? _c : _d; })
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	clamp((t)(v), (t)(lo), (t)(hi))
#define swap(a, b)		do { __typeof__(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define U8_MAX			UINT8_MAX
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define SZ_64K			0x10000UL
#define SZ_256K			0x40000UL
#define SZ_2M			0x200000UL
#define SZ_16M			0x1000000UL
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)

static inline bool is_power_of_2(unsigned long n) { return n && !(n & (n - 1)); }
static inline unsigned int fls_long(unsigned long l) { return l ? 64 - __builtin_clzl(l) : 0; }
static inline unsigned long __fls(unsigned long l) { return 63 - __builtin_clzl(l); }
static inline unsigned long __ffs(unsigned long l) { return __builtin_ctzl(l); }
static inline unsigned int hweight_long(unsigned long l) { return __builtin_popcountl(l); }
#define ilog2(n)		((int)__fls(n))
static inline unsigned long roundup_pow_of_two(unsigned long n) { return n < 2 ? 1 : 1UL << fls_long(n - 1); }
static inline unsigned long rounddown_pow_of_two(unsigned long n) { return 1UL << __fls(n); }
static inline u32 jhash(const void *p, u32 n, u32 h)
{
	const u8 *b = p;

	while (n--)
		h = (h ^ *b++) * 16777619U;
	return h;
}

/* ---- bitmaps ---- */

#define test_bit(n, a)		((((const unsigned long *)(a))[BIT_WORD(n)] >> ((n) % BITS_PER_LONG)) & 1)
#define __set_bit(n, a)		((void)((a)[BIT_WORD(n)] |= BIT_MASK(n)))
#define __clear_bit(n, a)	((void)((a)[BIT_WORD(n)] &= ~BIT_MASK(n)))
#define set_bit			__set_bit
#define clear_bit		__clear_bit
static inline bool test_and_set_bit(unsigned long n, unsigned long *a)
{
	bool old = test_bit(n, a);

	__set_bit(n, a);
	return old;
}
static inline bool test_and_clear_bit(unsigned long n, unsigned long *a)
{
	bool old = test_bit(n, a);

	__clear_bit(n, a);
	return old;
}
#define __test_and_set_bit	test_and_set_bit
#define __test_and_clear_bit	test_and_clear_bit

unsigned long user_find_bit(const unsigned long *a, unsigned long end, unsigned long i, bool set);
#define find_next_bit(a, n, i)		user_find_bit(a, n, i, true)
#define find_next_zero_bit(a, n, i)	user_find_bit(a, n, i, false)
#define find_first_bit(a, n)		user_find_bit(a, n, 0, true)
#define find_first_zero_bit(a, n)	user_find_bit(a, n, 0, false)
#define for_each_set_bit(i, a, n) \
	for ((i) = find_first_bit(a, n); (i) < (n); (i) = find_next_bit(a, n, (i) + 1))
#define for_each_clear_bit(i, a, n) \
	for ((i) = find_first_zero_bit(a, n); (i) < (n); (i) = find_next_zero_bit(a, n, (i) + 1))
void bitmap_set(unsigned long *a, unsigned long i, unsigned long n);
void bitmap_clear(unsigned long *a, unsigned long i, unsigned long n);
unsigned long bitmap_weight(const unsigned long *a, unsigned long n);
unsigned long bitmap_find_next_zero_area_off(unsigned long *a, unsigned long size, unsigned long start,
					     unsigned long n, unsigned long mask, unsigned long off);
#define bitmap_find_next_zero_area(a, size, start, n, mask) \
	bitmap_find_next_zero_area_off(a, size, start, n, mask, 0)
#define bitmap_zero(a, n)	memset(a, 0, BITS_TO_LONGS(n) * sizeof(long))
#define bitmap_full(a, n)	(find_first_zero_bit(a, n) >= (n))
#define bitmap_empty(a, n)	(find_first_bit(a, n) >= (n))

/* ---- atomic: there is one thread, and an interrupt does not come inside one of these ---- */

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;
typedef atomic_long_t atomic64_t;

#define ATOMIC_INIT(v)			{ (v) }
#define ATOMIC_LONG_INIT(v)		{ (v) }
#define user_fetch(a, new)		({ __typeof__((a)->counter) _old = (a)->counter; (a)->counter = (new); _old; })
#define user_change(a, new)		({ (a)->counter = (new); (a)->counter; })
#define atomic_read(a)			READ_ONCE((a)->counter)
#define atomic_set(a, v)		((void)((a)->counter = (v)))
#define atomic_inc(a)			((void)(a)->counter++)
#define atomic_dec(a)			((void)(a)->counter--)
#define atomic_inc_return(a)		(++(a)->counter)
#define atomic_dec_return(a)		(--(a)->counter)
#define atomic_long_read		atomic_read
#define atomic_long_read_acquire	atomic_read
#define atomic_long_set			atomic_set
#define atomic_long_inc			atomic_inc
#define atomic_long_dec			atomic_dec
#define atomic_long_inc_return		atomic_inc_return
#define atomic64_inc_return		atomic_inc_return
#define atomic_long_dec_return_release	atomic_dec_return
#define atomic_long_add(v, a)		((void)((a)->counter += (long)(v)))
#define atomic_long_sub(v, a)		((void)((a)->counter -= (long)(v)))
#define atomic_long_add_return(v, a)	user_change(a, (a)->counter + (long)(v))
#define atomic_long_sub_return(v, a)	user_change(a, (a)->counter - (long)(v))
#define atomic_long_or(v, a)		((void)((a)->counter |= (long)(v)))
#define atomic_long_andnot(v, a)	((void)((a)->counter &= ~(long)(v)))
#define atomic_long_fetch_or(v, a)	user_fetch(a, _old | (long)(v))
#define atomic_long_fetch_andnot(v, a)	user_fetch(a, _old & ~(long)(v))
#define atomic_long_try_cmpxchg(a, o, n) \
	((a)->counter == (long)*(o) ? ((a)->counter = (long)(n), true) : (*(o) = (a)->counter, false))
#define atomic_long_cmpxchg(a, o, n)	cmpxchg(&(a)->counter, (long)(o), (long)(n))
#define xchg(p, v)			({ __typeof__(*(p)) _old = *(p); *(p) = (v); _old; })
#define cmpxchg(p, o, n)		({ __typeof__(*(p)) _old = *(p); if (_old == (o)) *(p) = (n); _old; })
#define try_cmpxchg(p, o, n)		(*(p) == *(o) ? (*(p) = (n), true) : (*(o) = *(p), false))
#define smp_mb()			user_hook()
#define smp_rmb()			user_hook()
#define smp_wmb()			user_hook()
#define smp_mb__after_atomic()		user_hook()
#define smp_store_mb(x, v)		((void)((x) = (v)))
#define smp_store_release(p, v)		((void)(*(p) = (v)))
#define smp_load_acquire(p)		READ_ONCE(*(p))

#include "user/machine.h"

/* ---- messages, the module, files ---- */

#define KERN_CONT
int user_message(const char *level, const char *format, ...) __printf(2, 3);
#define pr_err(...)		user_message("error", __VA_ARGS__)
#define pr_err_ratelimited	pr_err
#define pr_warn(...)		user_message("warning", __VA_ARGS__)
#define pr_info(...)		user_message("info", __VA_ARGS__)
#define pr_cont(...)		user_message("info", __VA_ARGS__)
#define printk(...)		user_message("info", __VA_ARGS__)
#ifndef pr_fmt
#define pr_fmt(f)		f
#endif
#define dump_stack()		do { } while (0)
#define WARN_ON_ONCE(c)		({ bool _w = (c); if (_w) user_fail("%s:%d: %s", __FILE__, __LINE__, #c); _w; })
#define WARN_ON			WARN_ON_ONCE
#define WARN_ONCE(c, ...)	WARN_ON_ONCE(c)
#define BUG_ON(c)		((void)WARN_ON_ONCE(c))
struct ratelimit_state { int unused; };
#define DEFINE_RATELIMIT_STATE(n, i, b)	struct ratelimit_state n
#define DEFAULT_RATELIMIT_INTERVAL	0
#define DEFAULT_RATELIMIT_BURST	0
#define __ratelimit(r)		((void)(r), true)
#define KBUILD_MODNAME		"kspan"
#define THIS_MODULE		NULL
#define EXPORT_SYMBOL_NS_GPL(s, ns)	_Static_assert(1, "")
#define EXPORT_SYMBOL_GPL(s)	_Static_assert(1, "")
#define MODULE_PARM_DESC(n, d)	_Static_assert(1, "")
#define MODULE_INFO(t, i)	_Static_assert(1, "")
#define MODULE_DESCRIPTION(d)	_Static_assert(1, "")
#define MODULE_VERSION(d)	_Static_assert(1, "")
#define MODULE_LICENSE(d)	_Static_assert(1, "")
#define MODULE_IMPORT_NS(d)	_Static_assert(1, "")
#define module_init(f)		int user_module_init(void) { return f(); }
#define module_exit(f)		void user_module_exit(void) { f(); }
int user_module_init(void);
void user_module_exit(void);
#define module_param(n, t, m) \
	__attribute__((constructor)) static void user_add_##n(void) { user_add_flag(#n, &n, sizeof(n)); } \
	_Static_assert(1, "")
#define module_param_cb(n, o, a, m) \
	__attribute__((used)) static const struct kernel_param user_param_##n = { #n, o, a }; \
	__attribute__((constructor)) static void user_add_##n(void) { user_add_param(&user_param_##n); } \
	_Static_assert(1, "")
struct kernel_param;
struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *kp);
	int (*get)(char *buf, const struct kernel_param *kp);
};
struct kernel_param { const char *name; const struct kernel_param_ops *ops; void *arg; };
void user_add_param(const struct kernel_param *kp);
int user_set_param(const char *name, const char *text);
void user_add_flag(const char *name, void *flag, size_t bytes);
void user_set_flag(const char *name);	/* of type bool */
#define kernel_param_lock(m)	((void)(m))
#define kernel_param_unlock(m)	((void)(m))
#define within_module(a, m)	((void)(m), (void)(a), false)
static inline int kstrtouint(const char *s, unsigned int base, unsigned int *v)
{
	*v = strtoul(s, NULL, base);
	return 0;
}
#define sysfs_emit(buf, ...)	sprintf(buf, __VA_ARGS__)
#define sprint_symbol(buf, a)	sprintf(buf, "%lx", a)
#define KSYM_SYMBOL_LEN		64
#define strscpy(d, s, n)	((ssize_t)snprintf(d, n, "%s", s))
#define memzero_explicit(p, n)	memset(p, 0, n)
void *memchr_inv(const void *p, int c, size_t n);
#define sort(a, n, s, c, x)	qsort(a, n, s, c)
struct seq_file { void *private; };
#define seq_printf(m, ...)	((void)(m), (void)printf(__VA_ARGS__))
#define seq_puts(m, s)		((void)(m), (void)(s))
struct dentry;
#define DEFINE_SHOW_ATTRIBUTE(n)	static int n##_fops
#define debugfs_create_file(...)	NULL
#define debugfs_create_dir(...)	NULL
#define debugfs_remove_recursive(d)	((void)(d))
#define debugfs_remove(d)	((void)(d))
struct mempool_s;
typedef struct mempool_s mempool_t;
#define IS_ERR_VALUE(x)		((unsigned long)(x) >= (unsigned long)-4095)
#define IS_ERR(p)		IS_ERR_VALUE(p)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))
#define ERR_PTR(e)		((void *)(long)(e))
#define PTR_ERR(p)		((long)(p))
#define ERR_CAST(p)		((void *)(p))
#define KERNEL_VERSION(a, b, c)	(((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)

/* ---- lists ---- */

struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD_INIT(n)	{ &(n), &(n) }
#define LIST_HEAD(n)		struct list_head n = LIST_HEAD_INIT(n)
static inline void INIT_LIST_HEAD(struct list_head *l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list_head *l) { return l->next == l; }
static inline void user_list_join(struct list_head *a, struct list_head *b) { a->next = b; b->prev = a; }
static inline void list_add(struct list_head *n, struct list_head *l)
{
	user_list_join(n, l->next);
	user_list_join(l, n);
}
static inline void list_add_tail(struct list_head *n, struct list_head *l) { list_add(n, l->prev); }
static inline void user_list_unlink(struct list_head *n) { user_list_join(n->prev, n->next); }
static inline void list_del(struct list_head *n)
{
	user_list_unlink(n);
	n->next = n->prev = (void *)0x100;
}
static inline void list_del_init(struct list_head *n)
{
	user_list_unlink(n);
	INIT_LIST_HEAD(n);
}
static inline void list_move(struct list_head *n, struct list_head *l)
{
	user_list_unlink(n);
	list_add(n, l);
}
static inline void list_move_tail(struct list_head *n, struct list_head *l)
{
	user_list_unlink(n);
	list_add_tail(n, l);
}
static inline void list_splice_tail_init(struct list_head *from, struct list_head *l)
{
	if (list_empty(from))
		return;
	user_list_join(l->prev, from->next);
	user_list_join(from->prev, l);
	INIT_LIST_HEAD(from);
}
static inline void list_splice_init(struct list_head *from, struct list_head *l)
{
	list_splice_tail_init(from, l->next);
}
#define list_is_singular(l)		(!list_empty(l) && (l)->next == (l)->prev)
#define list_add_rcu			list_add
#define list_add_tail_rcu		list_add_tail
#define list_del_rcu			user_list_unlink
#define list_entry			container_of
#define list_first_entry(l, t, m)	list_entry((l)->next, t, m)
#define list_last_entry(l, t, m)	list_entry((l)->prev, t, m)
#define list_first_entry_or_null(l, t, m)	(list_empty(l) ? NULL : list_first_entry(l, t, m))
#define list_next_entry(p, m)		list_entry((p)->m.next, __typeof__(*(p)), m)
#define list_for_each_entry(p, l, m) \
	for ((p) = list_first_entry(l, __typeof__(*(p)), m); &(p)->m != (l); (p) = list_next_entry(p, m))
#define list_for_each_entry_rcu		list_for_each_entry
#define list_for_each_entry_safe(p, q, l, m) \
	for ((p) = list_first_entry(l, __typeof__(*(p)), m), (q) = list_next_entry(p, m); \
	     &(p)->m != (l); (p) = (q), (q) = list_next_entry(q, m))

struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
#define LLIST_HEAD(n)		struct llist_head n
#define LLIST_HEAD_INIT(n)	{ NULL }
#define init_llist_head(l)	((void)((l)->first = NULL))
#define llist_entry		container_of
static inline bool llist_empty(const struct llist_head *l) { return !l->first; }
static inline bool llist_add_batch(struct llist_node *first, struct llist_node *last,
				   struct llist_head *l)
{
	user_hook();
	last->next = l->first;
	l->first = first;
	return !last->next;
}
static inline bool llist_add(struct llist_node *n, struct llist_head *l)
{
	return llist_add_batch(n, n, l);
}
static inline struct llist_node *llist_del_all(struct llist_head *l)
{
	struct llist_node *n = l->first;

	l->first = NULL;
	user_hook();
	return n;
}
#define user_llist(n, t, m)	((n) ? container_of(n, t, m) : NULL)
#define llist_for_each_entry_safe(p, q, n, m) \
	for ((p) = user_llist(n, __typeof__(*(p)), m); \
	     (p) && ((q) = user_llist((p)->m.next, __typeof__(*(p)), m), true); (p) = (q))

#ifndef GFP_USER
#define GFP_USER		GFP_KERNEL
#endif
#define MODULE_NAME_LEN		56

/* Numbers that are the same in each run. */
typedef struct { u64 key[2]; } siphash_key_t;

static inline u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	u64 x = (a ^ key->key[0]) * 0x9e3779b97f4a7c15ULL + b;

	return (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
}

static inline u32 hash_64(u64 n, unsigned int bits)
{
	return n * 0x9e3779b97f4a7c15ULL >> (64 - bits);
}

#define get_random_bytes(p, n)	memset(p, 0x5c, n)
#define get_random_u32()	0x5c5c5c5cU
#define get_random_u64()	0x5c5c5c5c5c5c5c5cULL
#define hash_long		hash_64
#define div64_u64(a, b)		((u64)(a) / (u64)(b))
#define fls(n)			((n) ? 32 - __builtin_clz(n) : 0)

#define TAINT_BAD_PAGE		5
#define LOCKDEP_STILL_OK	1
#define add_taint(flag, lockdep)	do { } while (0)
#define panic(...)		abort()

#define cmpxchg_local(p, old, new)	cmpxchg(p, old, new)
#define raw_cpu_read(var)	this_cpu_read(var)
#define raw_cpu_write(var, value)	this_cpu_write(var, value)
#define this_cpu_inc_return(var)	(++*this_cpu_ptr(&(var)))
#define this_cpu_sub_return(var, n)	(*this_cpu_ptr(&(var)) -= (n))
#define copy_from_user(to, from, n)	(memcpy(to, (const void *)(from), n), 0UL)

static inline char *strreplace(char *s, char old, char new)
{
	for (; *s; s++)
		if (*s == old)
			*s = new;
	return s;
}

#define kstrdup(s, gfp)		user_strdup(s, gfp)
#define user_strdup(s, gfp)	({ char *__p = kmalloc(strlen(s) + 1, gfp); __p ? strcpy(__p, s) : NULL; })

/* Tracepoints: none is ever enabled. */
#define TP_PROTO(args...)	args
#define TP_ARGS(args...)	args
#define DECLARE_EVENT_CLASS(...)
#define TRACE_EVENT(name, proto, ...) \
	static inline bool trace_##name##_enabled(void) { return false; } \
	static inline void trace_##name(proto) { }
#define TRACE_EVENT_FN(name, proto, ...)		TRACE_EVENT(name, PARAMS(proto))
#define DEFINE_EVENT(class, name, proto, ...)		TRACE_EVENT(name, PARAMS(proto))
#define DEFINE_EVENT_FN(class, name, proto, ...)	TRACE_EVENT(name, PARAMS(proto))
#define PARAMS(args...)		args

#endif /* _USER_KERNEL_H */
