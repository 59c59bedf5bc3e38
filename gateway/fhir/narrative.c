/* SPDX-License-Identifier: Apache-2.0 */
/* Narratives made from the templates profiles/narrative/TYPE.yaml. */
#include "cannula/fhir.h"

#include <pthread.h>
#include <string.h>

#include "fhir/narrative_section.h"
#include "fhir/narrative_text.h"

#define FOLDER "narrative/"
#define SUFFIX ".yaml"
#define TABLE_MAX_BYTES (4u << 20)
#define NARRATIVE_MAX_BYTES (4u << 20)

struct template
{
	struct slice type;
	struct slice title;
	struct option_rows sections;
	struct template *next;
};

/** Filled once, then only read. */
static struct {
	pthread_once_t once;
	struct arena *arena;
	struct template *first;
	bool loaded;
	struct error err;
} table = { .once = PTHREAD_ONCE_INIT };

static const struct option template_options[] = {
	{ .name = "title",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct template, title),
	  .required = true,
	  .sentence = "The line on top of the narrative." },
	{ .name = "sections",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct template, sections),
	  .table = &narrative_section_table,
	  .sentence = "The sections, in order; one that shows nothing is left out." },
};

static const struct option_table template_table = {
	.options = template_options,
	.count = ARRAY_SIZE(template_options),
	.size = sizeof(struct template),
};

static bool load_template(void *context, const char *name, struct slice bytes)
{
	struct slice file = slice_of(name);
	struct template *template = arena_new_of(table.arena, struct template);

	(void)context;
	(void)bytes;
	if (!template)
		return error_memory(&table.err);
	if (!slice_ends(file, SLICE(SUFFIX)))
		return error_set(&table.err, ERROR_SYNTAX, name, "is not a narrative template (TYPE.yaml)");
	if (!options_read_asset(table.arena, &template_table, name, template, &table.err))
		return false;
	template->type = slice_from(file, strlen(FOLDER));
	template->type.len -= strlen(SUFFIX);
	template->next = table.first;
	table.first = template;
	return true;
}

static void load_once(void)
{
	table.arena = arena_new(TABLE_MAX_BYTES);
	if (!table.arena) {
		error_memory(&table.err);
		return;
	}
	table.loaded = asset_each(FOLDER, load_template, NULL);
}

static const struct template *template_find(struct slice type)
{
	const struct template *template = table.first;

	while (template && !slice_equal(template->type, type))
		template = template->next;
	return template;
}

/* ---- the narrative ---- */

/** The div, or an empty buffer when the template shows nothing. */
static void write_div(struct buf *buf, const struct template *template, const struct fhir_node *resource)
{
	const struct narrative_section *sections = template->sections.items;

	buf_append(buf, SLICE("<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>"));
	size_t empty = buf->len;

	narrative_line(buf, template->title, resource);
	if (buf->len == empty)
		narrative_escape(buf, resource->type->name);
	buf_append(buf, SLICE("</h2>"));
	for (size_t i = 0; i < template->sections.count; i++)
		narrative_section_write(buf, &sections[i], resource);
	buf_append(buf, SLICE("</div>"));
}

static bool set_text(struct arena *arena, struct fhir_node *resource, struct slice div)
{
	struct fhir_node *old = fhir_node_child(resource, SLICE("text"));

	if (old)
		fhir_node_remove(old);
	struct fhir_node *text = fhir_node_add(arena, resource, SLICE("text"), NULL);

	return text && fhir_node_add_value(arena, text, SLICE("status"), SLICE("generated")) &&
	       fhir_node_add_value(arena, text, SLICE("div"), div);
}

bool fhir_narrative_generate(struct arena *arena, const struct fhir_schema *schema, struct fhir_node *resource, struct error *err)
{
	(void)schema;
	pthread_once(&table.once, load_once);
	if (!table.loaded) {
		*err = table.err;
		return false;
	}
	const struct template *template = template_find(resource->type->name);

	if (!template)
		return true;
	struct buf buf;

	buf_init(&buf, NARRATIVE_MAX_BYTES);
	write_div(&buf, template, resource);
	bool fits = !buf.failed, set = fits && set_text(arena, resource, buf_slice(&buf));

	buf_free(&buf);
	if (!fits)
		return error_set(err, ERROR_LIMIT, "", "the narrative is larger than %u bytes", NARRATIVE_MAX_BYTES);
	return set || error_memory(err);
}
