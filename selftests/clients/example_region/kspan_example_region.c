// SPDX-License-Identifier: GPL-2.0
/*
 * A region for a parser: the tree of an expression such as "(+ 1 (* 2 3))" consists of many small
 * nodes that are freed together. The parser frees none of them, not even where it gives up in the
 * middle of a text: its caller releases the region to where it was.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kspan/region.h>

#define MAX_DEPTH	16	/* parse() calls itself */

struct node {
	char op;		/* 0: a number */
	long number;
	struct node *first;	/* operands */
	struct node *next;	/* the next operand of the same operation */
};

static char *texts[8] = { "(+ 1 (* 2 3) (* 4 (+ 5 6)))", "(* 7 (+ 1", "42" };
static int nr_texts = 3;
module_param_array(texts, charp, &nr_texts, 0444);
MODULE_PARM_DESC(texts, "expressions, separated by commas");

static struct kspan_region *region;

static struct node *parse(const char **text, int depth);

static int parse_operands(struct node *node, const char **text, int depth)
{
	struct node **end = &node->first;

	while (*skip_spaces(*text) != ')') {
		*end = parse(text, depth);
		if (IS_ERR(*end))
			return PTR_ERR(*end);
		end = &(*end)->next;
	}
	*text = skip_spaces(*text) + 1;
	return 0;
}

static struct node *parse_operation(struct node *node, const char **text, int depth)
{
	int err;

	node->op = *++*text;
	if (depth > MAX_DEPTH || (node->op != '+' && node->op != '*'))
		return ERR_PTR(-EINVAL);
	++*text;
	err = parse_operands(node, text, depth);
	return err ? ERR_PTR(err) : node;
}

static struct node *parse(const char **text, int depth)
{
	struct node *node = kspan_region_zalloc(region, sizeof(*node), GFP_KERNEL);

	if (!node)
		return ERR_PTR(-ENOMEM);
	*text = skip_spaces(*text);
	if (**text == '(')
		return parse_operation(node, text, depth + 1);
	if (!isdigit(**text))
		return ERR_PTR(-EINVAL);
	while (isdigit(**text))
		node->number = node->number * 10 + *(*text)++ - '0';
	return node;
}

static long value_of(const struct node *node)
{
	long value = node->op == '*';

	if (!node->op)
		return node->number;
	for (const struct node *n = node->first; n; n = n->next)
		value = node->op == '*' ? value * value_of(n) : value + value_of(n);
	return value;
}

static void evaluate(const char *text)
{
	const char *at = text;
	struct kspan_region_mark mark;
	struct node *root;

	kspan_region_mark(region, &mark);
	root = parse(&at, 0);
	if (IS_ERR(root) || *skip_spaces(at))
		pr_info("\"%s\": cannot be read beyond byte %td\n", text, at - text);
	else
		pr_info("\"%s\" = %ld\n", text, value_of(root));
	kspan_region_release(region, &mark);
}

static int __init example_init(void)
{
	region = kspan_region_create("example parser", NULL);
	if (IS_ERR(region))
		return PTR_ERR(region);
	for (int i = 0; i < nr_texts; i++)
		evaluate(texts[i]);
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	kspan_region_destroy(region);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a region for a parser");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
