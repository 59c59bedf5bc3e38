/* SPDX-License-Identifier: Apache-2.0 */
/* The XML reader and writer: any bytes are refused with a reason, or become a tree whose XML is read back as the
 * same tree. */
#include "cannula/fhir.h"

#define MEMORY_MAX_BYTES (64u << 20)

static struct fhir_schema *schemas[FHIR_VERSION_COUNT];

static void load(void)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };

	ASSERT(arena);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		ASSERT(fhir_schema_load(arena, (enum fhir_version)version, &schemas[version], &err));
}

static struct fhir_node *read(struct arena *arena, enum fhir_version version, struct slice xml)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *node;
	struct issues issues;

	issues_init(&issues, arena, 10);
	if (fhir_xml_read(arena, schemas[version], NULL, xml, &limits, &issues, &node)) {
		ASSERT(node && issues.error_count == 0);
		return node;
	}
	ASSERT(!node && issues.error_count > 0 && issues.first && issues.first->text.len > 0);
	ASSERT(slice_utf8_invalid(issues.first->text) == SIZE_MAX);
	ASSERT(issues_outcome(arena, schemas[version], &issues));
	return NULL;
}

static void there_and_back(struct arena *arena, enum fhir_version version, struct slice xml)
{
	struct fhir_node *node = read(arena, version, xml);
	struct error err = { 0 };
	struct buf once, twice;

	if (!node)
		return;
	buf_init(&once, MEMORY_MAX_BYTES);
	buf_init(&twice, MEMORY_MAX_BYTES);
	ASSERT(fhir_xml_write(&once, node, FHIR_XML_COMPACT, &err));
	ASSERT(!once.failed);
	node = read(arena, version, buf_slice(&once));
	ASSERT(node);
	ASSERT(fhir_xml_write(&twice, node, FHIR_XML_COMPACT, &err));
	ASSERT(slice_equal(buf_slice(&once), buf_slice(&twice)));
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);

	ASSERT(arena);
	if (!schemas[0])
		load();
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		there_and_back(arena, (enum fhir_version)version, (struct slice){ (const char *)data, size });
	arena_free(arena);
	return 0;
}
