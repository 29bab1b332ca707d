// SPDX-License-Identifier: GPL-2.0
/*
 * A module that uses kspan: it keeps one note for each word of its parameter and frees all notes
 * when it is removed. A module of your own needs only what is here and in the Makefile.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kspan/kspan.h>

struct note {
	struct list_head list;
	char *text;
	u64 *counts;		/* how often each byte value occurs in the text */
};

static LIST_HEAD(notes);

static char *words[16] = { "one", "two", "three" };
static int nr_words = 3;
module_param_array(words, charp, &nr_words, 0444);
MODULE_PARM_DESC(words, "the texts to keep, separated by commas");

static void note_free(struct note *note)
{
	kspan_free(note->counts);	/* as kfree(), kspan_free() takes NULL */
	kspan_free(note->text);
	kspan_free(note);
}

static struct note *note_create(const char *text)
{
	struct note *note = kspan_zalloc(sizeof(*note), GFP_KERNEL);

	if (!note)
		return NULL;
	note->text = kspan_strdup(text, GFP_KERNEL);
	note->counts = kspan_calloc(256, sizeof(*note->counts), GFP_KERNEL);
	if (!note->text || !note->counts) {
		note_free(note);
		return NULL;
	}
	for (; *text; text++)
		note->counts[(u8)*text]++;
	return note;
}

static void example_exit(void)
{
	struct note *note, *next;

	list_for_each_entry_safe(note, next, &notes, list)
		note_free(note);
}
module_exit(example_exit);

static int __init example_init(void)
{
	for (int i = 0; i < nr_words; i++) {
		struct note *note = note_create(words[i]);

		if (!note) {
			example_exit();
			return -ENOMEM;
		}
		list_add_tail(&note->list, &notes);
		pr_info("\"%s\": %zu bytes in an object of %zu\n", note->text,
			strlen(note->text) + 1, kspan_size(note->text));
	}
	return 0;
}
module_init(example_init);

MODULE_DESCRIPTION("Example of a module that uses kspan");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
