/* SPDX-License-Identifier: Apache-2.0 */
/* The page reader: any bytes are a record whose every line is accounted for, or are refused with a reason. */
#include "cannula/record.h"

#include <string.h>

#define STATIC_BYTES (64u << 20)
#define PAGE_ARENA_BYTES (32u << 20)
#define ISSUES_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fhir_schema *schema;
static struct record_rules *rules;

static void load(void)
{
	static struct arena *arena;
	struct error err = { 0 };

	if (rules)
		return;
	arena = arena_new(STATIC_BYTES);
	ASSERT(arena && fhir_schema_load(arena, FHIR_MODEL, &schema, &err));
	ASSERT(record_rules_load(arena, &rules, &err));
}

static void check_trace(const struct record_trace *trace)
{
	uint32_t before = 0;

	ASSERT(trace->count > 0);
	for (size_t i = 0; i < trace->count; i++) {
		const struct record_line *line = &trace->lines[i];
		bool kept = line->fate == RECORD_LINE_ELEMENT || line->fate == RECORD_LINE_NOTE;
		ASSERT(line->line > before);
		ASSERT(line->text.len > 0);
		ASSERT(kept == (line->node != NULL));
		before = line->line;
	}
}

/** What was made reads back as the same. */
static void check_json(struct arena *arena, const struct fhir_node *record)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *again;
	struct issues issues;
	struct buf first, second;

	buf_init(&first, PAGE_ARENA_BYTES);
	buf_init(&second, PAGE_ARENA_BYTES);
	issues_init(&issues, arena, ISSUES_MAX);
	fhir_json_write(&first, record, FHIR_JSON_COMPACT);
	if (!first.failed && fhir_json_read(arena, schema, record->type, buf_slice(&first), &limits, &issues, &again)) {
		fhir_json_write(&second, again, FHIR_JSON_COMPACT);
		ASSERT(slice_equal(buf_slice(&first), buf_slice(&second)));
	}
	ASSERT(issues.error_count == 0);
	buf_free(&first);
	buf_free(&second);
}

/** The first byte decides on the file name, so that names are fuzzed too: up to that many bytes in front are one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(PAGE_ARENA_BYTES);
	struct error err = { 0 };
	struct issues issues;
	struct fhir_node *record;
	struct record_trace trace;
	size_t name_len = size > 0 && data[0] < ' ' && data[0] < size ? data[0] : 0;
	char name[32] = "page.txt";

	load();
	ASSERT(arena);
	if (name_len > 0) {
		memcpy(name, data + 1, name_len);
		name[name_len] = '\0';
		data += name_len + 1;
		size -= name_len + 1;
	}
	issues_init(&issues, arena, ISSUES_MAX);
	struct record_source source = { .name = name };
	struct slice bytes = { (const char *)data, size };
	bool ok = record_read_page(arena, schema, rules, &source, bytes, &issues, &record, &trace, &err);
	ASSERT(ok == (err.code == ERROR_NONE));
	if (ok) {
		check_trace(&trace);
		check_json(arena, record);
	}
	arena_free(arena);
	return 0;
}
