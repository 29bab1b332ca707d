// SPDX-License-Identifier: GPL-2.0
/* save: copies of kspan's files, which snapshot_read() can read later. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "kspantop.h"

static bool copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = in ? fopen(to, "w") : NULL;
	char buffer[65536];
	size_t n;
	bool good = out;

	while (good && (n = fread(buffer, 1, sizeof(buffer), in)) > 0)
		good = fwrite(buffer, 1, n, out) == n;
	if (in)
		fclose(in);
	if (out && fclose(out))
		good = false;
	return good;
}

static bool make_dir(const char *path)
{
	return !mkdir(path, 0777) || errno == EEXIST;
}

/* Those of @names that there are. Return: false if one that there is cannot be copied. */
static bool copy_files(const char *from, const char *to, const char *const *names)
{
	char source[8192], target[8192];
	struct stat st;

	if (!make_dir(to))
		return false;
	for (; *names; names++) {
		snprintf(source, sizeof(source), "%s/%s", from, *names);
		snprintf(target, sizeof(target), "%s/%s", to, *names);
		if (!stat(source, &st) && !copy_file(source, target))
			return false;
	}
	return true;
}

static bool copy_heaps(const char *from, const char *to)
{
	static const char *const names[] = { "stats", "size_classes", "mcaches", "limit", NULL };
	char source[4096], target[4096];
	struct dirent *entry;
	bool good = true;
	DIR *d;

	snprintf(source, sizeof(source), "%s/heaps", from);
	snprintf(target, sizeof(target), "%s/heaps", to);
	d = opendir(source);
	if (!d)
		return true;
	good = make_dir(target);
	while (good && (entry = readdir(d))) {
		char heap[4400], copy[4400];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(heap, sizeof(heap), "%s/%s", source, entry->d_name);
		snprintf(copy, sizeof(copy), "%s/%s", target, entry->d_name);
		good = copy_files(heap, copy, names);
	}
	closedir(d);
	return good;
}

/**
 * snapshot_save() - copy all files that snapshot_read() reads
 * @from: the directory with them
 * @to: a directory, which is made
 * @error: what is wrong, if it fails
 * @len: its size
 *
 * Return: whether it did.
 */
bool snapshot_save(const char *from, const char *to, char *error, size_t len)
{
	static const char *const names[] = {
		"format", "stats", "size_classes", "clients", "map", "profile", "profile_total", NULL
	};

	if (copy_files(from, to, names) && copy_heaps(from, to))
		return true;
	snprintf(error, len, "cannot write to %s: %s", to, strerror(errno));
	return false;
}
