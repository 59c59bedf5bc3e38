/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publisher.h"

#include <ctype.h>
#include <string.h>

#define FOLDER "maps/"
#define SUFFIX ".map"

static const struct option options[] = {
	{ .name = "canonical_base",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct publish_options, canonical_base),
	  .default_text = "https://localhost:8443/fhir",
	  .sentence = "What the canonical URLs of definitions start with, without a slash at the end. Choose it once: a "
		      "canonical URL never "
		      "changes." },
	{ .name = "publisher_name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct publish_options, publisher_name),
	  .default_text = "cannula",
	  .sentence = "Who publishes the definitions." },
};

const struct option_table publish_option_table = {
	.options = options,
	.count = ARRAY_SIZE(options),
	.size = sizeof(struct publish_options),
};

/** What the compiler of all maps works on. */
struct compiling {
	struct arena *arena;
	struct publisher *publisher;
	enum fhir_version version;
	struct publish_program **end;
	struct error *err;
};

/** Whether maps/MODEL/NAME.map, .r4.map or .r5.map is a map for `version`. Names in lower case are only imported. */
static bool is_map_for(const char *name, enum fhir_version version)
{
	struct slice rest = slice_from(slice_of(name), strlen(FOLDER));

	slice_cut(&rest, '/');
	struct slice type = slice_cut(&rest, '.'), part = slice_cut(&rest, '.');

	if (!type.len || !isupper((unsigned char)type.ptr[0]))
		return false;
	if (slice_equal(part, SLICE("map")))
		return true;
	return slice_equal(part, slice_of(fhir_version_name(version))) && slice_equal(rest, SLICE("map"));
}

static bool compile(void *context, const char *name, struct slice text)
{
	struct compiling *compiling = context;
	const struct publisher *publisher = compiling->publisher;

	if (!slice_ends(slice_of(name), SLICE(SUFFIX)) || !is_map_for(name, compiling->version))
		return true;
	struct publish_program *entry = arena_new_of(compiling->arena, struct publish_program);

	if (!entry)
		return error_memory(compiling->err);
	entry->name = name;
	*compiling->end = entry;
	compiling->end = &entry->next;
	const struct map_library library = { .source = publisher->schemas[FHIR_MODEL],
					     .target = publisher->schemas[compiling->version],
					     .also = publisher->schemas[FHIR_R4] };

	return map_compile_with(compiling->arena, &library, name, text, &entry->program, compiling->err);
}

bool publisher_new(struct arena *arena, const struct publish_options *given,
		   const struct fhir_schema *const schemas[FHIR_VERSION_COUNT], struct publisher **out, struct error *err)
{
	struct publisher *publisher = arena_new_of(arena, struct publisher);

	if (!publisher)
		return error_memory(err);
	publisher->options = *given;
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		publisher->schemas[version] = schemas[version];
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct compiling compiling = { arena, publisher, (enum fhir_version)version, &publisher->programs[version], err };

		if (!asset_each(FOLDER, compile, &compiling))
			return false;
	}
	*out = publisher;
	return true;
}
