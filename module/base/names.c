// SPDX-License-Identifier: GPL-2.0
/*
 * names: a name becomes a directory in debugfs and a word in messages, so it must do for both.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "base/kspan_internal.h"
#include "base/names.h"

static bool is_good(const char *name, size_t len)
{
	size_t i;

	if (!len || len >= NAME_BYTES || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (name[i] == '/' || iscntrl(name[i]))
			return false;
	return true;
}

/**
 * name_check() - whether something may be called that
 * @what: what it is, for the message
 * @name: what it is to be called
 *
 * Context: Any that may print.
 * Return: 0, or -EINVAL, which was explained in the kernel log.
 */
int name_check(const char *what, const char *name)
{
	size_t len = name ? strnlen(name, NAME_BYTES) : 0;

	if (is_good(name, len))
		return 0;
	pr_err("%s name \"%*pE\" refused: give 1 to %d characters, no '/' and no control character, not \".\" or \"..\"\n",
	       what, (int)len, name ?: "", NAME_BYTES - 1);
	return -EINVAL;
}
