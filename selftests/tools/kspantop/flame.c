// SPDX-License-Identifier: GPL-2.0
/* flame: a flame graph of folded stacks: a line a stack, its functions with semicolons between, and a number of bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "kspantop.h"

#define WIDTH	1200
#define EDGE	10
#define ROW	17
#define TOP	40
#define LETTER	7	/* pixels */
#define LEAST	0.2	/* pixels: what is narrower is left out */

/* A function, called by its parent; the functions that it called, by name. */
struct node {
	char *name;
	uint64_t bytes;
	struct node *first, *next;
};

static void *need(void *p)
{
	if (p)
		return p;
	fputs("kspantop: no memory\n", stderr);
	exit(1);
}

static struct node *node_new(const char *name, struct node *next)
{
	struct node *node = need(calloc(1, sizeof(*node)));

	node->name = need(strdup(name));
	node->next = next;
	return node;
}

static void node_free(struct node *node)
{
	struct node *next;

	for (; node; node = next) {
		next = node->next;
		node_free(node->first);
		free(node->name);
		free(node);
	}
}

/* What @parent called by this name, which is added if it is new. */
static struct node *node_called(struct node *parent, const char *name)
{
	struct node **at = &parent->first;

	while (*at && strcmp((*at)->name, name) < 0)
		at = &(*at)->next;
	if (!*at || strcmp((*at)->name, name))
		*at = node_new(name, *at);
	return *at;
}

/* Return: false if it is no folded stack. */
static bool add_line(struct node *root, char *line)
{
	char *number = strrchr(line, ' '), *end, *name, *rest = line;
	struct node *node = root;
	uint64_t bytes;

	if (!number || number == line)
		return false;
	bytes = strtoull(number + 1, &end, 10);
	if (end == number + 1 || (*end && *end != '\n'))
		return false;
	*number = '\0';
	root->bytes += bytes;
	while ((name = strsep(&rest, ";"))) {
		node = node_called(node, name);
		node->bytes += bytes;
	}
	return true;
}

static int depth_of(const struct node *node)
{
	const struct node *child;
	int depth, most = 0;

	for (child = node->first; child; child = child->next) {
		depth = depth_of(child);
		if (depth > most)
			most = depth;
	}
	return most + 1;
}

/* The same for each function of a name: blue of a module, else from yellow to red. */
static void colour(const char *name, char *text, size_t len)
{
	unsigned int hash = 5381;
	const char *p;

	for (p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	if (strchr(name, '['))
		snprintf(text, len, "hsl(%u,65%%,72%%)", 195 + hash % 25);
	else
		snprintf(text, len, "hsl(%u,80%%,%u%%)", 15 + hash % 35, 66 + hash / 64 % 8);
}

/* At most @max characters of it, which may end in two points. */
static void write_text(const char *text, int max, FILE *f)
{
	int i, len = strlen(text);

	for (i = 0; i < (len > max ? max - 2 : len); i++) {
		if (text[i] == '<' || text[i] == '&' || text[i] == '>')
			fprintf(f, "&#%d;", text[i]);
		else
			fputc(text[i], f);
	}
	if (len > max)
		fputs("..", f);
}

/* A function and all that it called, above it. */
static void draw(const struct node *node, double x, int y, const struct node *root, FILE *f)
{
	double width = (double)node->bytes * (WIDTH - 2 * EDGE) / root->bytes;
	const struct node *child;
	char fill[32], text[32];

	if (width < LEAST)
		return;
	colour(node->name, fill, sizeof(fill));
	fprintf(f, "<g><title>");
	write_text(node->name, 1000, f);
	fprintf(f, ": %s, %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"white\" "
		"stroke-width=\"0.5\"/>", human(node->bytes, text), 100.0 * node->bytes / root->bytes, x, y, width, ROW - 1, fill);
	if (width >= 4 * LETTER) {
		fprintf(f, "<text x=\"%.1f\" y=\"%d\">", x + 3, y + ROW - 5);
		write_text(node->name, (width - 4) / LETTER, f);
		fprintf(f, "</text>");
	}
	fprintf(f, "</g>\n");
	for (child = node->first; child; child = child->next) {
		draw(child, x, y - ROW, root, f);
		x += (double)child->bytes * (WIDTH - 2 * EDGE) / root->bytes;
	}
}

static void write_graph(const struct node *root, const char *title, FILE *f)
{
	int depth = depth_of(root), height = TOP + depth * ROW + EDGE;
	char text[32];

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"monospace\" font-size=\"11\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"%d\" y=\"20\" font-size=\"15\">kspan: %s, %s; a function lies "
		"on the one that called it</text>\n", WIDTH, height, EDGE, title, human(root->bytes, text));
	draw(root, EDGE, height - EDGE - ROW, root, f);
	fputs("</svg>\n", f);
}

/**
 * flame_write() - draw the allocation profile
 * @dir: the directory with kspan's files
 * @total: all that was allocated; else what of it is live
 * @f: where to
 * @error: what is wrong, if it fails
 * @len: its size
 *
 * Return: whether it did.
 */
bool flame_write(const char *dir, bool total, FILE *f, char *error, size_t len)
{
	struct node *root = node_new("all", NULL);
	char path[4096], *line = NULL;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", dir, total ? "profile_total" : "profile");
	in = fopen(path, "r");
	if (!in) {
		snprintf(error, len, "cannot read %s: %s", path, strerror(errno));
		node_free(root);
		return false;
	}
	*error = '\0';
	while (!*error && getline(&line, &room, in) > 0)
		if (!add_line(root, line))
			snprintf(error, len, "%s has a line that is no stack", path);
	if (!*error && !root->bytes)
		snprintf(error, len, "%s is empty: switch the profile on, with profile_bytes=524288", path);
	fclose(in);
	free(line);
	if (!*error)
		write_graph(root, total ? "what was allocated" : "what is live", f);
	node_free(root);
	return !*error;
}
