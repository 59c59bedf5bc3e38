/* SPDX-License-Identifier: Apache-2.0 */
/* YAML by tables. The reader walks libyaml's events along the rows: there is no document in between, so depth is what the tables
 * allow, and every error knows its line. */
#include "cannula/base.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define SKIP_MAX_DEPTH 64
#define ROWS_MAX 100000
#define OPTIONS_MAX 64 /* of one table: the width of the seen set */

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	bool has_event, broken;
	struct arena *arena;
	const char *file;
	struct option_errors *errors;
};

PRINTF_LIKE(3, 4) static void wrong(struct reader *reader, yaml_mark_t mark, const char *format, ...)
{
	char place[sizeof(((struct error *)0)->place)], message[sizeof(((struct error *)0)->message)];
	struct option_errors *errors = reader->errors;
	va_list arguments;

	if (errors->count == OPTION_ERRORS_MAX ||
	    (!errors->items && !(errors->items = arena_new_array(reader->arena, struct error, OPTION_ERRORS_MAX)))) {
		errors->dropped++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(place, sizeof(place), "%.200s:%zu:%zu", reader->file, mark.line + 1, mark.column + 1);
	error_set(&errors->items[errors->count++], ERROR_USAGE, place, "%s", message);
}

PRINTF_LIKE(2, 3) static void hint(struct reader *reader, const char *format, ...)
{
	char text[sizeof(((struct error *)0)->hint)];
	va_list arguments;

	if (reader->errors->count == 0)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_hint(&reader->errors->items[reader->errors->count - 1], "%s", text);
}

/** Moves to the next event; false when the text is not YAML (said once) or uses what we refuse. */
static bool next(struct reader *reader)
{
	if (reader->has_event)
		yaml_event_delete(&reader->event);
	reader->has_event = false;
	if (reader->broken)
		return false;
	if (!yaml_parser_parse(&reader->parser, &reader->event)) {
		reader->broken = true;
		wrong(reader, reader->parser.problem_mark, "not YAML: %s%s%s",
		      reader->parser.problem ? reader->parser.problem : "bad bytes", reader->parser.context ? " " : "",
		      reader->parser.context ? reader->parser.context : "");
		return false;
	}
	reader->has_event = true;
	if (reader->event.type == YAML_ALIAS_EVENT) {
		reader->broken = true;
		wrong(reader, reader->event.start_mark, "aliases are not read here: write the value out");
		return false;
	}
	return true;
}

/** Leaves the current value, whatever it is, behind. */
static bool skip(struct reader *reader)
{
	int depth = 0;

	do {
		yaml_event_type_t type = reader->event.type;
		depth += type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
		if (depth > SKIP_MAX_DEPTH) {
			reader->broken = true;
			wrong(reader, reader->event.start_mark, "nested deeper than %d", SKIP_MAX_DEPTH);
		}
	} while (depth > 0 && next(reader));
	return !reader->broken;
}

static struct slice scalar(const struct reader *reader)
{
	return (struct slice){ (const char *)reader->event.data.scalar.value, reader->event.data.scalar.length };
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit byte_units[] = { { "", 1 },           { "B", 1 },     { "KiB", 1u << 10 }, { "MiB", 1u << 20 },
					  { "GiB", 1u << 30 }, { "kB", 1000 }, { "MB", 1000000 },   { "GB", 1000000000 } };
static const struct unit ms_units[] = { { "ms", 1 },      { "s", 1000 },     { "min", 60000 },
					{ "h", 3600000 }, { "d", 86400000 }, { "", UINT64_MAX } };

/** "16 MiB": digits, optional blank, a unit of the list. A factor of UINT64_MAX means that this spelling is only for zero. */
static bool parse_number(struct slice text, const struct unit *units, size_t unit_count, uint64_t *out)
{
	size_t digits = 0;
	uint64_t value;

	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	if (!slice_to_u64((struct slice){ text.ptr, digits }, UINT64_MAX, &value))
		return false;
	struct slice name = slice_trim(slice_from(text, digits));
	for (size_t i = 0; i < unit_count; i++)
		if (slice_equal(name, slice_of(units[i].name)))
			return !__builtin_mul_overflow(value, units[i].factor, out);
	return false;
}

static bool parse_bool(struct slice text, bool *out)
{
	*out = slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("yes"));
	return *out || slice_equal(text, SLICE("false")) || slice_equal(text, SLICE("no"));
}

static void set_number(struct reader *reader, const struct option *option, struct slice text, yaml_mark_t mark, uint64_t *out)
{
	static const struct unit none[] = { { "", 1 } };
	bool bytes = option->kind == OPTION_BYTES, time = option->kind == OPTION_MS;
	const struct unit *units = bytes ? byte_units : time ? ms_units : none;
	size_t count = bytes ? ARRAY_SIZE(byte_units) : time ? ARRAY_SIZE(ms_units) : 1;

	if (!parse_number(text, units, count, out)) {
		wrong(reader, mark, "%s: \"%.*s\" is not %s", option->name, SLICE_ARG(text),
		      bytes  ? "a size"
		      : time ? "a duration"
			     : "a whole number");
		hint(reader, "write it like %s", bytes ? "16 MiB" : time ? "30 s (ms, s, min, h, d)" : "8");
	} else if (*out < option->min || (option->max && *out > option->max)) {
		wrong(reader, mark, "%s: \"%.*s\" is out of range", option->name, SLICE_ARG(text));
		hint(reader, "between %llu and %llu%s", (unsigned long long)option->min,
		     (unsigned long long)(option->max ? option->max : UINT64_MAX),
		     bytes  ? " bytes"
		     : time ? " ms"
			    : "");
	}
}

static void set_choice(struct reader *reader, const struct option *option, struct slice text, yaml_mark_t mark)
{
	size_t count = 0;

	for (; option->choices[count]; count++)
		if (slice_equal(text, slice_of(option->choices[count])))
			return;
	const char *near = nearest_name(text, option->choices, count);
	wrong(reader, mark, "%s: \"%.*s\" is not one of its values", option->name, SLICE_ARG(text));
	hint(reader, near ? "did you mean %s?" : "one of them is %s", near ? near : option->choices[0]);
}

/** A path stands relative to the file that names it. */
static struct slice resolve_path(const struct reader *reader, struct slice path)
{
	const char *slash = strrchr(reader->file, '/');

	if (!slash || path.len == 0 || path.ptr[0] == '/')
		return arena_copy(reader->arena, path);
	return arena_printf(reader->arena, "%.*s/%.*s", (int)(slash - reader->file), reader->file, SLICE_ARG(path));
}

static void set_scalar(struct reader *reader, const struct option *option, struct slice text, yaml_mark_t mark, void *member)
{
	switch (option->kind) {
	case OPTION_TEXT:
		if (option->choices)
			set_choice(reader, option, text, mark);
		*(struct slice *)member = arena_copy(reader->arena, text);
		return;
	case OPTION_PATH:
		*(struct slice *)member = resolve_path(reader, text);
		return;
	case OPTION_BOOL:
		if (!parse_bool(text, member))
			wrong(reader, mark, "%s: \"%.*s\" is neither true nor false", option->name, SLICE_ARG(text));
		return;
	case OPTION_TEXTS: {
		struct slice *one = arena_new_of(reader->arena, struct slice);
		if (one)
			*one = arena_copy(reader->arena, text);
		*(struct option_texts *)member = (struct option_texts){ one, one != NULL };
		return;
	}
	case OPTION_COUNT:
	case OPTION_BYTES:
	case OPTION_MS:
		set_number(reader, option, text, mark, member);
		return;
	case OPTION_GROUP:
	case OPTION_ROWS:
		wrong(reader, mark, "%s takes %s, not a single value", option->name,
		      option->kind == OPTION_GROUP ? "indented \"name: value\" lines" : "a list");
	}
}

static bool read_mapping(struct reader *reader, const struct option_table *table, void *out);

/** Items of a sequence gathered while their number is unknown, then moved to the arena. */
static bool read_items(struct reader *reader, const struct option *option, size_t size, struct buf *items, size_t *count)
{
	while (next(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT) {
		bool wants_mapping = option->kind == OPTION_ROWS;
		if (reader->event.type != (wants_mapping ? YAML_MAPPING_START_EVENT : YAML_SCALAR_EVENT)) {
			wrong(reader, reader->event.start_mark, "%s: each item is %s", option->name,
			      wants_mapping ? "a group of \"name: value\" lines" : "one text");
			if (!skip(reader))
				return false;
			continue;
		}
		if (*count == ROWS_MAX || !buf_reserve(items, size)) {
			reader->broken = true;
			wrong(reader, reader->event.start_mark, "%s: more than %d items", option->name, ROWS_MAX);
			return false;
		}
		memset(items->ptr + items->len, 0, size);
		if (wants_mapping && !read_mapping(reader, option->table, items->ptr + items->len))
			return false;
		if (!wants_mapping)
			*(struct slice *)(void *)(items->ptr + items->len) = arena_copy(reader->arena, scalar(reader));
		items->len += size;
		++*count;
	}
	return !reader->broken;
}

static bool read_sequence(struct reader *reader, const struct option *option, void *member)
{
	size_t size = option->kind == OPTION_ROWS ? option->table->size : sizeof(struct slice), count = 0;
	struct buf items;

	buf_init(&items, (size_t)ROWS_MAX * size);
	bool done = read_items(reader, option, size, &items, &count);
	void *kept = done ? arena_alloc_array(reader->arena, count ? count : 1, size) : NULL;
	if (kept && count)
		memcpy(kept, items.ptr, items.len);
	buf_free(&items);
	if (!kept)
		return false;
	if (option->kind == OPTION_ROWS)
		*(struct option_rows *)member = (struct option_rows){ kept, count };
	else
		*(struct option_texts *)member = (struct option_texts){ kept, count };
	return true;
}

/** The current event begins the value of `option`. */
static bool read_value(struct reader *reader, const struct option *option, void *member)
{
	yaml_mark_t mark = reader->event.start_mark;

	switch (reader->event.type) {
	case YAML_SCALAR_EVENT:
		set_scalar(reader, option, scalar(reader), mark, member);
		return true;
	case YAML_MAPPING_START_EVENT:
		if (option->kind == OPTION_GROUP)
			return read_mapping(reader, option->table, member);
		break;
	case YAML_SEQUENCE_START_EVENT:
		if (option->kind == OPTION_ROWS || option->kind == OPTION_TEXTS)
			return read_sequence(reader, option, member);
		break;
	default:
		break;
	}
	wrong(reader, mark, "%s does not take a %s", option->name,
	      reader->event.type == YAML_MAPPING_START_EVENT ? "group" : "list");
	return skip(reader);
}

static void unknown_key(struct reader *reader, const struct option_table *table, struct slice key)
{
	const char *names[OPTIONS_MAX];

	for (size_t i = 0; i < table->count; i++)
		names[i] = table->options[i].name;
	const char *near = nearest_name(key, names, table->count);
	wrong(reader, reader->event.start_mark, "unknown option \"%.*s\"", SLICE_ARG(key));
	hint(reader, near ? "did you mean %s?" : "known here: %s, \u2026", near ? near : names[0]);
}

static bool is_nothing(const struct reader *reader)
{
	return reader->event.type == YAML_SCALAR_EVENT && reader->event.data.scalar.length == 0 &&
	       reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool read_pair(struct reader *reader, const struct option_table *table, void *out, uint64_t *seen)
{
	if (reader->event.type != YAML_SCALAR_EVENT) {
		wrong(reader, reader->event.start_mark, "an option name is expected here");
		return skip(reader) && next(reader) && skip(reader);
	}
	struct slice key = scalar(reader);
	size_t index = 0;
	while (index < table->count && !slice_equal(key, slice_of(table->options[index].name)))
		index++;
	if (index == table->count) {
		unknown_key(reader, table, key);
		return next(reader) && skip(reader);
	}
	if (*seen & (UINT64_C(1) << index))
		wrong(reader, reader->event.start_mark, "%s is given twice", table->options[index].name);
	*seen |= UINT64_C(1) << index;
	if (!next(reader))
		return false;
	if (is_nothing(reader)) { /* "store:" with only comments below it: as if it were not there */
		*seen &= ~(UINT64_C(1) << index);
		return true;
	}
	return read_value(reader, &table->options[index], (char *)out + table->options[index].offset);
}

/** Absent options: their default, or a complaint when they have to be given. */
static void fill_absent(struct reader *reader, const struct option_table *table, yaml_mark_t mark, uint64_t seen, void *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];
		void *member = (char *)out + option->offset;
		if (seen & (UINT64_C(1) << i))
			continue;
		if (option->required)
			wrong(reader, mark, "%s is missing", option->name);
		if (option->kind == OPTION_GROUP)
			fill_absent(reader, option->table, mark, 0, member);
		if (option->default_text)
			set_scalar(reader, option, slice_of(option->default_text), mark, member);
	}
}

static bool read_mapping(struct reader *reader, const struct option_table *table, void *out)
{
	yaml_mark_t mark = reader->event.start_mark;
	uint64_t seen = 0;

	ASSERT(table->count <= OPTIONS_MAX);
	if (table->line_offset)
		*(uint32_t *)(void *)((char *)out + table->line_offset) = (uint32_t)mark.line + 1;
	while (next(reader) && reader->event.type != YAML_MAPPING_END_EVENT)
		if (!read_pair(reader, table, out, &seen))
			return false;
	if (reader->broken)
		return false;
	fill_absent(reader, table, mark, seen, out);
	return true;
}

/** One document that is a mapping; an empty one has only defaults. */
static void read_document(struct reader *reader, const struct option_table *table, void *out)
{
	if (!next(reader) || !next(reader)) /* stream start, document start */
		return;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		fill_absent(reader, table, reader->event.start_mark, 0, out);
		return;
	}
	if (!next(reader))
		return;
	if (reader->event.type != YAML_MAPPING_START_EVENT) {
		wrong(reader, reader->event.start_mark, "\"name: value\" lines are expected");
		return;
	}
	if (!read_mapping(reader, table, out) || !next(reader) || !next(reader))
		return;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		wrong(reader, reader->event.start_mark, "a second YAML document is not read");
}

bool options_read(struct arena *arena, const struct option_table *table, const char *file, struct slice text, void *out,
		  struct option_errors *errors)
{
	struct reader reader = { .arena = arena, .file = file, .errors = errors };

	*errors = (struct option_errors){ 0 };
	if (!yaml_parser_initialize(&reader.parser)) {
		errors->dropped = 1;
		return false;
	}
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
	read_document(&reader, table, out);
	if (reader.has_event)
		yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return errors->count == 0 && errors->dropped == 0;
}

bool options_default(struct arena *arena, const struct option_table *table, void *out, struct option_errors *errors)
{
	return options_read(arena, table, "(defaults)", SLICE(""), out, errors);
}

bool options_read_asset(struct arena *arena, const struct option_table *table, const char *asset, void *out, struct error *err)
{
	struct option_errors errors;
	struct slice text;

	if (!asset_get(asset, &text, err))
		return false;
	if (options_read(arena, table, asset, text, out, &errors))
		return true;
	if (errors.count == 0)
		return error_memory(err);
	if (err && err->code == ERROR_NONE)
		*err = errors.items[0];
	return false;
}
