// SPDX-License-Identifier: GPL-2.0
/*
 * Generates the size classes. A host program, not part of the module: "make size-classes" runs it
 * to write include/kspan/size_classes.h. A test compares its output with that file, and its --csv
 * output with the reference table.
 *
 * The rule: sizes step by an alignment that grows with the size. A span has the fewest pages that
 * keep its unused tail within an eighth of the span. A class replaces the previous one if both have
 * the same span and the same number of objects. Last, each size grows to the largest multiple of
 * 128 that keeps the number of objects in a span.
 */
#include <stdio.h>
#include <string.h>

#define PAGE_BYTES	8192
#define MAX_SMALL	32768
#define MAX_CLASSES	128
#define SMALL_LOOKUP	1024	/* the lookup steps by 8 up to this size, by 128 above */

struct size_class {
	unsigned int size;
	unsigned int span;
};

static struct size_class classes[MAX_CLASSES];
static unsigned int nr_classes = 1;	/* entry 0 is unused */

static int is_power_of_two(unsigned int n)
{
	return (n & (n - 1)) == 0;
}

static unsigned int next_align(unsigned int size, unsigned int align)
{
	if (!is_power_of_two(size))
		return align;
	if (size >= 2048)
		return 256;
	if (size >= 128)
		return size / 8;
	if (size >= 32)
		return 16;
	return align;
}

static unsigned int span_bytes(unsigned int size)
{
	unsigned int span = PAGE_BYTES;

	while (span % size > span / 8)
		span += PAGE_BYTES;
	return span;
}

static void make_classes(void)
{
	unsigned int size, span, align = 8, c;
	struct size_class *prev;

	for (size = 8; size <= MAX_SMALL; size += align) {
		align = next_align(size, align);
		span = span_bytes(size);
		prev = &classes[nr_classes - 1];
		if (nr_classes > 1 && prev->span == span &&
		    span / prev->size == span / size) {
			prev->size = size;
			continue;
		}
		classes[nr_classes].size = size;
		classes[nr_classes++].span = span;
	}
	for (c = 1; c < nr_classes; c++) {
		size = (classes[c].span / (classes[c].span / classes[c].size)) & ~127u;
		if (size > classes[c].size)
			classes[c].size = size;
	}
}

/* The alignment of every object of a class in a page-aligned span. */
static unsigned int min_align(unsigned int size)
{
	unsigned int align = size & -size;

	return align < PAGE_BYTES ? align : PAGE_BYTES;
}

/*
 * The worst case is a span full of the smallest objects of this class: the unused bytes of each,
 * and the tail.
 */
static double max_waste(unsigned int c)
{
	unsigned int nr = classes[c].span / classes[c].size;
	unsigned int smallest = classes[c - 1].size + 1;
	unsigned int tail = classes[c].span - nr * classes[c].size;

	return 100.0 * (nr * (classes[c].size - smallest) + tail) / classes[c].span;
}

static void print_csv(void)
{
	unsigned int c, nr;

	puts("class,bytes_per_object,bytes_per_span,objects,tail_waste_bytes,max_waste_percent,min_align");
	for (c = 1; c < nr_classes; c++) {
		nr = classes[c].span / classes[c].size;
		printf("%u,%u,%u,%u,%u,%.2f,%u\n", c, classes[c].size, classes[c].span, nr,
		       classes[c].span - nr * classes[c].size, max_waste(c),
		       min_align(classes[c].size));
	}
}

static unsigned int class_of(unsigned int size)
{
	unsigned int c = 1;

	while (classes[c].size < size)
		c++;
	return c;
}

/* An expression, one line a class: the compiler resolves it for constant sizes. */
static void print_class_expression(void)
{
	unsigned int c;

	puts("#define KSPAN_SIZE_CLASS(size) ( \\");
	for (c = 1; c < nr_classes - 1; c++)
		printf("\t(size) <= %u ? %u : \\\n", classes[c].size, c);
	printf("\t%u)\n\n", nr_classes - 1);
}

static void print_lookup(const char *name, unsigned int first, unsigned int last,
			 unsigned int step)
{
	unsigned int size, n = 0;

	printf("#define %s(x) \\\n", name);
	for (size = first; size <= last; size += step)
		printf("%sx(%u)%s", n % 12 ? " " : "\t", class_of(size),
		       size + step > last ? "\n\n" : n % 12 == 11 ? " \\\n" : ""), n++;
}

static void print_header(void)
{
	unsigned int c;

	puts("/* SPDX-License-Identifier: GPL-2.0 */\n"
	     "/* Written by module/base/mksizeclasses.c (\"make size-classes\"): change the rule there. */\n"
	     "#ifndef _KSPAN_SIZE_CLASSES_H\n"
	     "#define _KSPAN_SIZE_CLASSES_H\n");
	printf("#define KSPAN_NR_CLASSES\t%u\t/* 1 to %u; 0 is no class */\n",
	       nr_classes, nr_classes - 1);
	printf("#define KSPAN_MAX_SMALL\t\t%u\t/* bytes; above, an object has a span of its own */\n\n",
	       MAX_SMALL);
	puts("/* The class of a size from 1 to KSPAN_MAX_SMALL, for constant sizes. */");
	print_class_expression();
	puts("/* x(bytes of an object, pages of a span), class 1 first. */\n"
	     "#define KSPAN_SIZE_CLASSES(x) \\");
	for (c = 1; c < nr_classes; c++)
		printf("\tx(%u, %u)%s\n", classes[c].size, classes[c].span / PAGE_BYTES,
		       c < nr_classes - 1 ? " \\" : "\n");
	puts("/* x(class) for sizes 8, 16 ... 1024, then for 1152, 1280 ... 32768. */");
	print_lookup("KSPAN_CLASSES_BY_8", 8, SMALL_LOOKUP, 8);
	print_lookup("KSPAN_CLASSES_BY_128", SMALL_LOOKUP + 128, MAX_SMALL, 128);
	puts("#endif /* _KSPAN_SIZE_CLASSES_H */");
}

int main(int argc, char **argv)
{
	make_classes();
	if (argc == 2 && !strcmp(argv[1], "--csv"))
		print_csv();
	else
		print_header();
	return 0;
}
