// SPDX-License-Identifier: GPL-2.0
/*
 * A module built by the override: it knows nothing of kspan, calls kmalloc() and its relatives, and
 * kspan serves them, because of one line in its Kbuild file. It keeps the lines that are written
 * to its parameter: echo some words >/sys/module/kspan_example_override/parameters/line
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

struct line {
	struct list_head list;
	char *text;
	char *label;
};

/* Parameters are written one at a time: the kernel holds a lock of the module's. */
static LIST_HEAD(lines);
static unsigned int nr_lines;

static void line_free(struct line *line)
{
	kfree(line->label);	/* the core kernel allocated this one: it goes back there */
	kfree(line->text);
	kfree(line);
}

static int line_set(const char *text, const struct kernel_param *kp)
{
	struct line *line = kzalloc(sizeof(*line), GFP_KERNEL);

	if (!line)
		return -ENOMEM;
	line->text = kstrdup(text, GFP_KERNEL);
	line->label = kasprintf(GFP_KERNEL, "line %u", nr_lines);
	if (!line->text || !line->label) {
		line_free(line);
		return -ENOMEM;
	}
	list_add_tail(&line->list, &lines);
	nr_lines++;
	return 0;
}

static int line_get(char *buffer, const struct kernel_param *kp)
{
	struct line *line;
	int at = 0;

	list_for_each_entry(line, &lines, list)
		at += scnprintf(buffer + at, PAGE_SIZE - at, "%s: %s\n", line->label,
				strim(line->text));
	return at;
}

static const struct kernel_param_ops line_ops = { .set = line_set, .get = line_get };
module_param_cb(line, &line_ops, NULL, 0600);
MODULE_PARM_DESC(line, "a line to keep; reading gives all");

static int __init example_init(void)
{
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	struct line *line, *next;

	list_for_each_entry_safe(line, next, &lines, list)
		line_free(line);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a module built by the override");
MODULE_LICENSE("GPL");
