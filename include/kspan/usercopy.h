/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan usercopy - copies to and from user space that stay within an object.
 *
 * The kernel's hardened usercopy knows the bounds of kmalloc()'s objects. Of kspan's it knows the
 * segment only, so a length that is too large copies what lies behind the object. The functions
 * here know the object.
 */
#ifndef _KSPAN_USERCOPY_API_H
#define _KSPAN_USERCOPY_API_H

#include <linux/types.h>
#include <linux/uaccess.h>

/* For the functions below: false, after a report, if the bytes are not all in one object. */
bool __kspan_copy_fits(const void *p, size_t n, bool to_user);

/**
 * kspan_copy_to_user() - copy_to_user() from an object
 * @to: where to copy to, in user space
 * @from: any address in a live object of kspan's. Memory of others is not checked: for it this is
 *	copy_to_user()
 * @n: bytes
 *
 * The end of the object is the one that kspan_size() tells: it may lie behind the bytes that were
 * asked for. Of a region the whole block counts as one object. A copy that would leave the object
 * is reported, counted in "bad_copies" of debugfs, and refused as a whole.
 *
 * Context: As copy_to_user(): process context; may sleep.
 * Return: the number of bytes that were not copied; 0 on success, @n if the copy was refused.
 */
static __always_inline __must_check
unsigned long kspan_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (unlikely(!__kspan_copy_fits(from, n, true)))
		return n;
	return copy_to_user(to, from, n);
}

/**
 * kspan_copy_from_user() - copy_from_user() into an object
 * @to: as @from of kspan_copy_to_user()
 * @from: where to copy from, in user space
 * @n: bytes
 *
 * As kspan_copy_to_user(). If the copy is refused the object is left as it is.
 *
 * Context: As copy_from_user(): process context; may sleep.
 * Return: the number of bytes that were not copied; 0 on success, @n if the copy was refused.
 */
static __always_inline __must_check
unsigned long kspan_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	if (unlikely(!__kspan_copy_fits(to, n, false)))
		return n;
	return copy_from_user(to, from, n);
}

#endif /* _KSPAN_USERCOPY_API_H */
