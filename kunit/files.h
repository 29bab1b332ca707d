/* SPDX-License-Identifier: GPL-2.0 */
/* Files that tests read and write: parameters of the module, and what calls all shrinkers. */
#ifndef _KSPAN_KUNIT_FILES_H
#define _KSPAN_KUNIT_FILES_H

#include <linux/fs.h>

/* Return: number of bytes, or an error. */
static inline ssize_t file_read(const char *name, char *buf, size_t size)
{
	struct file *file = filp_open(name, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, size, &pos);
	filp_close(file, NULL);
	return n;
}

static inline ssize_t file_write(const char *name, const char *text)
{
	struct file *file = filp_open(name, O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n;
}

#endif /* _KSPAN_KUNIT_FILES_H */
