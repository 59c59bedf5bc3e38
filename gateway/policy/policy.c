/* SPDX-License-Identifier: Apache-2.0 */
/* One document, from bytes to PolicyRecord. */
#include "cannula/policy.h"

#include <ctype.h>
#include <string.h>

#include "policy/reading.h"

#define PAYER_KEY_MAX_BYTES 24u
#define STRING_MAX_BYTES (1u << 20) /* of a FHIR string (R5 section 2.1.28.0.1) */
#define GATE_MAX_BYTES 4000u        /* a longer text is a document, whatever it says */

struct fhir_node *reading_put(struct reading *reading, struct fhir_node *parent, const char *name, struct slice value)
{
	struct fhir_node *node;

	value = value.len > 0 ? slice_trim(text_copy(reading->arena, value)) : value;
	if (!value.ptr || value.len == 0)
		return NULL;
	if (value.len > STRING_MAX_BYTES) { /* a text is cut into sections; anything else of that size is no policy */
		reading->full = true;
		return NULL;
	}
	node = fhir_node_add_value(reading->arena, parent, slice_of(name), value);
	reading->full = reading->full || !node;
	return node;
}

struct fhir_node *reading_add(struct reading *reading, struct fhir_node *parent, const char *name)
{
	struct fhir_node *node = fhir_node_add(reading->arena, parent, slice_of(name), NULL);

	reading->full = reading->full || !node;
	return node;
}

struct slice policy_slug(struct arena *arena, struct slice text, size_t max_bytes)
{
	struct slice copy = text.len > 0 ? arena_copy(arena, text) : SLICE("");
	char *to = (char *)copy.ptr;
	size_t length = 0;

	for (size_t i = 0; copy.ptr && i < text.len && length < max_bytes; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (isalnum(c))
			to[length++] = (char)tolower(c);
		else if (length > 0 && to[length - 1] != '-')
			to[length++] = '-';
	}
	while (length > 0 && to[length - 1] == '-')
		length--;
	copy.len = copy.ptr ? length : 0;
	return copy;
}

/* ---- text ---- */

static void append_table(struct buf *buf, const struct text_table *table)
{
	for (size_t row = 0; row < table->rows; row++) {
		const char *separator = "";
		for (size_t column = 0; column < table->columns; column++) {
			const struct text_cell *cell = text_cell_at(table, row, column);
			if (!cell->text.ptr || cell->is_repeated)
				continue;
			buf_printf(buf, "%s%.*s", separator, SLICE_ARG(cell->text));
			separator = " | ";
		}
		buf_append_char(buf, '\n');
	}
}

static void append_block(struct buf *buf, const struct text_block *block)
{
	buf_append(buf, block->text);
	if (block->text.len > 0)
		buf_append_char(buf, '\n');
	if (block->table)
		append_table(buf, block->table);
}

static void put_part(struct reading *reading, const struct text_section *section, struct slice text)
{
	struct fhir_node *node;

	text = slice_trim(text);
	if (text.len == 0 || !(node = reading_add(reading, reading->record, "section")))
		return;
	reading_put(reading, node, "kind", section->kind);
	if (section->heading) {
		reading_put(reading, node, "title", section->heading->text);
		reading_put(reading, node, "anchor", section->heading->anchor);
	}
	reading_put(reading, node, "text", text);
}

/** What is longer than a string may be goes into several sections of one title. */
static void put_section(struct reading *reading, const struct text_section *section, struct slice text)
{
	while (text.len > STRING_MAX_BYTES) {
		size_t length = STRING_MAX_BYTES;
		while (length > STRING_MAX_BYTES / 2 && text.ptr[length] != '\n')
			length--;
		while (length > 0 && ((unsigned char)text.ptr[length] & 0xc0) == 0x80) /* not within a character */
			length--;
		put_part(reading, section, (struct slice){ text.ptr, length });
		text = slice_from(text, length);
	}
	put_part(reading, section, text);
}

static void put_sections(struct reading *reading)
{
	const struct text_block *block = reading->document.first;
	struct buf text;

	buf_init(&text, POLICY_DOCUMENT_MAX_BYTES);
	for (const struct text_section *section = reading->document.sections; section; section = section->next) {
		buf_reset(&text);
		for (; block && block->section == section; block = block->next)
			if (!block->is_fact && block->kind != BLOCK_HEADING)
				append_block(&text, block);
		put_section(reading, section, buf_slice(&text));
		reading->full = reading->full || text.failed;
	}
	buf_free(&text);
}

/** Consent pages and blocks come with status 200: short, without facts, and with a telling word. */
static bool is_gate(const struct reading *reading)
{
	size_t bytes = 0;

	for (const struct text_block *block = reading->document.first; block; block = block->next)
		bytes += block->text.len;
	if (bytes > GATE_MAX_BYTES || fhir_node_child(reading->record, SLICE("group")))
		return false;
	for (const struct text_block *block = reading->document.first; block; block = block->next)
		for (size_t i = 0; i < reading->rules->gate_texts.count; i++)
			if (rule_matches(&reading->rules->gates[i], block->text, NULL))
				return true;
	return false;
}

/* ---- identity ---- */

static void put_payer(struct reading *reading)
{
	struct fhir_node *payer = reading_add(reading, reading->record, "payer");

	if (!payer)
		return;
	reading_put(reading, payer, "key", policy_slug(reading->arena, reading->source->payer_id, PAYER_KEY_MAX_BYTES));
	reading_put(reading, payer, "name", reading->source->payer_name);
}

static struct slice id_of(struct reading *reading)
{
	struct slice key = fhir_node_text(fhir_node_child(reading->record, SLICE("payer")), SLICE("key"));
	struct slice number = fhir_node_text(reading->record, SLICE("number")), name;

	if (!number.ptr)
		number = fhir_node_text(reading->record, SLICE("title"));
	name = arena_printf(reading->arena, "%.*s-%.*s", SLICE_ARG(key), SLICE_ARG(number));
	return policy_slug(reading->arena, name, POLICY_ID_MAX_BYTES);
}

/** Over the record as it is now: before anything is in it that changes from fetch to fetch. */
static void put_digest(struct reading *reading)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];
	struct buf json;

	buf_init(&json, 4 * (size_t)POLICY_DOCUMENT_MAX_BYTES);
	fhir_json_write(&json, reading->record, FHIR_JSON_COMPACT);
	digest_sha256(buf_slice(&json), digest);
	digest_hex(digest, hex);
	reading->full = reading->full || json.failed;
	buf_free(&json);
	reading_put(reading, reading->record, "digest", slice_of(hex));
}

bool policy_withdraw(struct arena *arena, const struct policy_rules *rules, struct fhir_node *record, int64_t since_ms,
		     struct error *err)
{
	const struct rule_stage *stage = rule_stage_find(rules, SLICE("retired"));
	char instant[TIME_INSTANT_SIZE], hex[DIGEST_HEX_SIZE];
	uint8_t digest[DIGEST_BYTES];
	struct slice day, text;

	time_format_instant(since_ms, instant);
	day = (struct slice){ instant, sizeof("2026-11-23") - 1 };
	text = arena_printf(arena, "%.*s withdrawn %.*s", SLICE_ARG(fhir_node_text(record, SLICE("digest"))), SLICE_ARG(day));
	digest_sha256(text, digest);
	digest_hex(digest, hex);
	if (text.ptr && stage && fhir_node_set_value(arena, record, SLICE("stage"), stage->stage) &&
	    fhir_node_set_value(arena, record, SLICE("status"), stage->status) &&
	    fhir_node_set_value(arena, record, SLICE("withdrawn"), day) &&
	    fhir_node_set_value(arena, record, SLICE("digest"), slice_of(hex)))
		return true;
	return error_memory(err);
}

/* ---- the door ---- */

static bool start(struct reading *reading, const struct fhir_schema *schema, struct error *err)
{
	const struct fhir_type *type = fhir_type_find(schema, SLICE("PolicyRecord"));

	if (!type)
		return error_set(err, ERROR_NOT_FOUND, "structures/PolicyRecord.json", "the schema has no PolicyRecord");
	reading->record = fhir_node_new(reading->arena, type);
	return reading->record || error_memory(err);
}

static bool read_all(struct reading *reading, struct slice bytes, struct error *err)
{
	struct slice id;

	put_payer(reading);
	reading_put(reading, reading->record, "url", reading->source->url);
	fields_read(reading);
	if (!fhir_node_child(reading->record, SLICE("title")))
		reading_put(reading, reading->record, "title", fhir_node_text(reading->record, SLICE("number")));
	if (!fhir_node_child(reading->record, SLICE("title")))
		return error_set(err, ERROR_SYNTAX, "", "the document has neither title nor number");
	fields_finish(reading);
	put_sections(reading);
	groups_read(reading);
	if (is_gate(reading)) {
		error_set(err, ERROR_ACCESS, "", "the page asks for consent or refuses, and is no document");
		return error_hint(err, "open the address in a browser; what is behind a gate is not fetched");
	}
	id = id_of(reading);
	put_digest(reading);
	reading_put(reading, reading->record, "id", id);
	rendition_put(reading, bytes);
	return true;
}

bool policy_read(struct arena *arena, const struct fhir_schema *schema, const struct policy_rules *rules,
		 const struct policy_source *source, struct slice bytes, struct issues *issues, struct fhir_node **out,
		 struct error *err)
{
	struct reading reading = { .arena = arena, .rules = rules, .source = source, .issues = issues };

	if (bytes.len > POLICY_DOCUMENT_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "", "larger than %u bytes", POLICY_DOCUMENT_MAX_BYTES);
	if (!text_read(arena, rules, source->content_type, source->charset, bytes, &reading.document, err))
		return false;
	if (!reading.document.first)
		return error_set(err, ERROR_SYNTAX, "", "the document has no text");
	if (!text_find_sections(&reading.document))
		return error_memory(err);
	if (!start(&reading, schema, err) || !read_all(&reading, bytes, err))
		return false;
	if (reading.full)
		return error_set(err, ERROR_LIMIT, "", "the document needs more memory than one may take");
	*out = reading.record;
	return true;
}
