/* SPDX-License-Identifier: Apache-2.0 */
/* A codec under a fuzzer: any bytes are refused with a reason, or become a tree whose text is read back as the same tree. */
#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include "cannula/fhir.h"

#define MEMORY_MAX_BYTES (64u << 20)

struct codec {
	bool (*read)(struct arena *arena, const struct fhir_schema *schema, struct slice text, struct issues *issues,
		     struct fhir_node **out);
	bool (*write)(struct buf *buf, const struct fhir_node *node);
};

static struct fhir_schema *schemas[FHIR_VERSION_COUNT];

static void load(void)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };

	ASSERT(arena);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		ASSERT(fhir_schema_load(arena, (enum fhir_version)version, &schemas[version], &err));
}

static struct fhir_node *codec_read(const struct codec *codec, struct arena *arena, enum fhir_version version, struct slice text)
{
	struct fhir_node *node;
	struct issues issues;

	issues_init(&issues, arena, 10);
	if (codec->read(arena, schemas[version], text, &issues, &node)) {
		ASSERT(node && issues.error_count == 0);
		return node;
	}
	ASSERT(!node && issues.error_count > 0 && issues.first && issues.first->text.len > 0);
	ASSERT(slice_utf8_invalid(issues.first->text) == SIZE_MAX);
	ASSERT(issues_outcome(arena, schemas[version], &issues));
	return NULL;
}

static void codec_there_and_back(const struct codec *codec, struct arena *arena, enum fhir_version version, struct slice text)
{
	struct fhir_node *node = codec_read(codec, arena, version, text);
	struct buf once, twice;

	if (!node)
		return;
	buf_init(&once, MEMORY_MAX_BYTES);
	buf_init(&twice, MEMORY_MAX_BYTES);
	ASSERT(codec->write(&once, node) && !once.failed);
	node = codec_read(codec, arena, version, buf_slice(&once));
	ASSERT(node && codec->write(&twice, node));
	ASSERT(slice_equal(buf_slice(&once), buf_slice(&twice)));
	buf_free(&once);
	buf_free(&twice);
}

/** In both versions. */
static inline void codec_fuzz(const struct codec *codec, struct slice text)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);

	ASSERT(arena);
	if (!schemas[0])
		load();
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		codec_there_and_back(codec, arena, (enum fhir_version)version, text);
	arena_free(arena);
}

#endif
