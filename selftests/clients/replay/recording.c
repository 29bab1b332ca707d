// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the text of a recording, in pieces of any length, into tables of events and objects.
 * One line that does not match the format makes it refuse the whole recording: the figures of a
 * recording with holes would not be comparable. The caller serializes all calls.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "kspan_replay.h"

#define NR_FIELDS_ALLOC	7	/* a ID SIZE CPU CONTEXT FLAGS SITE */
#define NR_FIELDS_FREE	4	/* f ID CPU CONTEXT */
#define FIRST_ROOM	65536	/* elements a table begins with */
#define MAX_ROOM	(FIRST_ROOM << 14)

/* Grows a full table. Returns the new table, with the old one freed, or NULL. */
static void *table_grow(void *table, u32 *room, size_t size)
{
	u32 more = *room ? *room * 2 : FIRST_ROOM;
	void *grown;

	if (more > MAX_ROOM)
		return NULL;
	grown = vmalloc_array(more, size);
	if (!grown)
		return NULL;
	if (table)
		memcpy(grown, table, *room * size);
	vfree(table);
	*room = more;
	return grown;
}

static struct replay_event *new_event(struct recording *recording)
{
	void *table;

	if (recording->nr_events == recording->max_events) {
		table = table_grow(recording->events, &recording->max_events,
				   sizeof(*recording->events));
		if (!table)
			return NULL;
		recording->events = table;
	}
	return &recording->events[recording->nr_events++];
}

static struct replay_object *new_object(struct recording *recording)
{
	void *table;

	if (recording->nr_objects == recording->max_objects) {
		table = table_grow(recording->objects, &recording->max_objects,
				   sizeof(*recording->objects));
		if (!table)
			return NULL;
		recording->objects = table;
	}
	return &recording->objects[recording->nr_objects++];
}

static int refuse(const struct recording *recording, const char *why)
{
	pr_err("line %u of the recording: %s\n", recording->nr_lines, why);
	return -EINVAL;
}

static int no_memory(const struct recording *recording)
{
	pr_err("line %u of the recording: no memory\n", recording->nr_lines);
	return -ENOMEM;
}

/* Unlike kstrtou32() alone: digits only, no sign. */
static bool parse_number(const char *field, u32 *value)
{
	return field[0] >= '0' && field[0] <= '9' && !kstrtou32(field, 10, value);
}

static bool parse_place(const char *cpu, const char *context, struct replay_event *event)
{
	static const char letters[] = "tsi";	/* in the order of enum replay_context */
	u32 number;

	if (!parse_number(cpu, &number) || number >= U16_MAX)
		return false;
	if (!context[0] || context[1] || !strchr(letters, context[0]))
		return false;
	event->cpu = number;
	event->context = strchr(letters, context[0]) - letters;
	return true;
}

static bool parse_flags(const char *field, struct replay_event *event)
{
	if (strlen(field) != 2 || !strchr("sa", field[0]) || !strchr("z-", field[1]))
		return false;
	event->flags = EVENT_ALLOC;
	if (field[0] == 's')
		event->flags |= EVENT_SLEEPS;
	if (field[1] == 'z')
		event->flags |= EVENT_ZEROED;
	return true;
}

static int parse_alloc(struct recording *recording, char **fields, struct replay_event *event)
{
	struct replay_object *object;
	u32 size;

	if (!parse_number(fields[1], &event->id) || event->id != recording->nr_objects)
		return refuse(recording, "the ID is not the next one");
	if (!parse_number(fields[2], &size))
		return refuse(recording, "bad size");
	if (!parse_place(fields[3], fields[4], event))
		return refuse(recording, "bad CPU or context");
	if (!parse_flags(fields[5], event))
		return refuse(recording, "bad flags");
	if (event->flags & EVENT_SLEEPS && event->context != CONTEXT_TASK)
		return refuse(recording, "an interrupt that may sleep");

	object = new_object(recording);
	if (!object)
		return no_memory(recording);
	*object = (struct replay_object) { .size = size, .cpu = event->cpu };
	return 0;
}

static int parse_free(struct recording *recording, char **fields, struct replay_event *event)
{
	struct replay_object *object;

	if (!parse_number(fields[1], &event->id) || event->id >= recording->nr_objects)
		return refuse(recording, "free of an ID that was not allocated");
	if (!parse_place(fields[2], fields[3], event))
		return refuse(recording, "bad CPU or context");
	object = &recording->objects[event->id];
	if (object->freed)
		return refuse(recording, "second free of an ID");
	object->freed = true;
	event->flags = 0;
	return 0;
}

static int parse_line(struct recording *recording)
{
	char *fields[NR_FIELDS_ALLOC + 1], *rest = recording->text;
	struct replay_event event, *new;
	unsigned int nr = 0;
	int ret;

	while (rest && nr < ARRAY_SIZE(fields))
		fields[nr++] = strsep(&rest, " ");

	if (nr == NR_FIELDS_ALLOC && !strcmp(fields[0], "a") && fields[6][0])
		ret = parse_alloc(recording, fields, &event);
	else if (nr == NR_FIELDS_FREE && !strcmp(fields[0], "f"))
		ret = parse_free(recording, fields, &event);
	else
		ret = refuse(recording, "neither an allocation nor a free");
	if (ret)
		return ret;

	new = new_event(recording);
	if (!new)
		return no_memory(recording);
	*new = event;
	recording->nr_cpus = max(recording->nr_cpus, event.cpu + 1U);
	return 0;
}

static int end_line(struct recording *recording)
{
	recording->nr_lines++;
	/* A NUL inside would hide what follows it from the parser. */
	if (memchr(recording->text, '\0', recording->length))
		return refuse(recording, "NUL character");
	recording->text[recording->length] = '\0';
	recording->length = 0;
	return parse_line(recording);
}

static int add_char(struct recording *recording, char c)
{
	if (c == '\n')
		return end_line(recording);
	if (recording->length == sizeof(recording->text) - 1) {
		recording->nr_lines++;
		return refuse(recording, "too long");
	}
	recording->text[recording->length++] = c;
	return 0;
}

static int keep_error(struct recording *recording, int error)
{
	recording_clear(recording);
	recording->error = error;
	return error;
}

/**
 * recording_feed() - read the next piece of the text
 * @recording: the recording so far
 * @text: the piece; it may begin and end within a line
 * @length: its length
 *
 * Context: may sleep.
 * Return: 0, or an error that all later calls return as well; the recording is then empty.
 */
int recording_feed(struct recording *recording, const char *text, size_t length)
{
	int error = recording->error;

	while (!error && length--) {
		error = add_char(recording, *text++);
		if (error)
			return keep_error(recording, error);
	}
	return error;
}

/**
 * recording_finish() - the text is complete
 * @recording: the recording
 *
 * The last line needs no line feed.
 *
 * Return: 0, or the first error of the whole text; the recording is then empty.
 */
int recording_finish(struct recording *recording)
{
	if (!recording->error && recording->length)
		return recording_feed(recording, "\n", 1);
	return recording->error;
}

/**
 * recording_clear() - empty a recording
 * @recording: becomes empty
 */
void recording_clear(struct recording *recording)
{
	vfree(recording->events);
	vfree(recording->objects);
	memset(recording, 0, sizeof(*recording));
}
