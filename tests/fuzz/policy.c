/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of payer documents and listings. The first byte chooses the format; any bytes must end in a record that its own
 * schema can write and read back, or in a refusal with a reason. Reading twice gives the same record. */
#include "cannula/policy.h"

#include <stdlib.h>
#include <string.h>

#define RUN_ARENA_BYTES (256u << 20)

static struct arena *forever;
static struct fhir_schema *schema;
static struct policy_rules *rules;

static void load(void)
{
	struct error err = { 0 };

	forever = arena_new(256u << 20);
	ASSERT(forever);
	ASSERT(fhir_schema_load(forever, FHIR_MODEL, &schema, &err));
	ASSERT(policy_rules_load(forever, &rules, &err));
}

static struct policy_source source_of(uint8_t choice)
{
	static const char *const types[] = { "text/html", "application/json", "text/plain", NULL };

	return (struct policy_source){ .payer_id = SLICE("fuzz"),
				       .payer_name = SLICE("Fuzz"),
				       .url = SLICE("https://fuzz.example/p"),
				       .content_type = slice_of(types[choice % ARRAY_SIZE(types)]),
				       .fetched_ms = 1795467600000 };
}

/** The record as JSON in `out`; false when it was refused. */
static bool read_document(struct arena *arena, const struct policy_source *source, struct slice bytes, struct buf *out)
{
	struct fhir_node *record;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, 100);
	if (!policy_read(arena, schema, rules, source, bytes, &issues, &record, &err)) {
		ASSERT(err.code != ERROR_NONE && err.message[0]);
		return false;
	}
	ASSERT(fhir_node_text(record, SLICE("id")).len <= POLICY_ID_MAX_BYTES);
	ASSERT(fhir_node_text(record, SLICE("digest")).len == 2 * DIGEST_BYTES);
	fhir_json_write(out, record, FHIR_JSON_COMPACT);
	ASSERT(!out->failed);
	return true;
}

static void read_back(struct arena *arena, struct slice json)
{
	const struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *record;
	struct issues issues;

	issues_init(&issues, arena, 100);
	ASSERT(fhir_json_read(arena, schema, fhir_type_find(schema, SLICE("PolicyRecord")), json, &limits, &issues, &record));
}

static void read_listings(struct arena *arena, struct slice bytes)
{
	static const struct policy_member members[] = { { { "url", 3 }, { "url", 3 } }, { { "number", 6 }, { "a.b", 3 } } };
	struct policy_listing listing;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, 100);
	if (policy_links_read(arena, rules, bytes, SLICE_NONE, &issues, &listing, &err))
		for (size_t i = 0; i < listing.count; i++)
			ASSERT(listing.items[i].url.ptr);
	err = (struct error){ 0 };
	if (policy_list_read(arena, rules, bytes, SLICE("data"), members, ARRAY_SIZE(members), &issues, &listing, &err))
		for (size_t i = 0; i < listing.count; i++)
			ASSERT(listing.items[i].url.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { size > 1 ? (const char *)data + 1 : "", size > 1 ? size - 1 : 0 };
	struct policy_source source = source_of(size ? data[0] : 0);
	struct buf first, second;
	struct arena *arena;

	if (!forever)
		load();
	arena = arena_new(RUN_ARENA_BYTES);
	ASSERT(arena);
	buf_init(&first, RUN_ARENA_BYTES);
	buf_init(&second, RUN_ARENA_BYTES);
	bool done = read_document(arena, &source, bytes, &first);
	ASSERT(read_document(arena, &source, bytes, &second) == done);
	ASSERT(slice_equal(buf_slice(&first), buf_slice(&second)));
	if (done)
		read_back(arena, buf_slice(&first));
	read_listings(arena, bytes);
	buf_free(&first);
	buf_free(&second);
	arena_free(arena);
	return 0;
}
