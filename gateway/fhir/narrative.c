/* SPDX-License-Identifier: Apache-2.0 */
/* Narratives made from the templates profiles/narrative/TYPE.yaml. */
#include "cannula/fhir.h"

#include <pthread.h>
#include <string.h>

#include "fhir/narrative_text.h"

#define FOLDER "narrative/"
#define SUFFIX ".yaml"
#define TABLE_MAX_BYTES (4u << 20)
#define NARRATIVE_MAX_BYTES (4u << 20)
#define NESTED_MAX_DEPTH 16

struct section {
	struct slice heading, each, line, nested, style;
	struct option_texts link;
};

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

static const char *const styles[] = { "list", "numbered", "paragraphs", NULL };

static const struct option section_options[] = {
	{ .name = "heading",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct section, heading),
	  .sentence = "Stands above the section." },
	{ .name = "each",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct section, each),
	  .required = true,
	  .sentence = "Dotted path of the elements that the section shows." },
	{ .name = "line",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct section, line),
	  .default_text = "",
	  .sentence = "What is shown of each: {path}, {path|else}, [left out without value]. Empty: its text." },
	{ .name = "link",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct section, link),
	  .sentence = "Paths of a web address below each; the first that is there makes the line a link." },
	{ .name = "nested",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct section, nested),
	  .default_text = "",
	  .sentence = "Path below each of elements that are shown in the same way, as a list of their own." },
	{ .name = "style",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct section, style),
	  .default_text = "list",
	  .choices = styles,
	  .sentence = "How the lines stand." },
};

static const struct option_table section_table = {
	.options = section_options,
	.count = ARRAY_SIZE(section_options),
	.size = sizeof(struct section),
};

static const struct option template_options[] = {
	{ .name = "title",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct template, title),
	  .required = true,
	  .sentence = "The line on top of the narrative." },
	{ .name = "sections",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct template, sections),
	  .table = &section_table,
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

/* ---- one section ---- */

/** A section while it is written. */
struct writing {
	struct buf *buf;
	const struct section *section;
	unsigned depth;
	size_t shown;
};

/** The web address of an item, or absent. Other schemes are not made links. */
static struct slice item_link(const struct section *section, const struct fhir_node *node)
{
	for (size_t i = 0; i < section->link.count; i++) {
		const struct fhir_node *found = narrative_find(node, section->link.items[i]);

		if (found && (slice_starts(found->value, SLICE("https://")) || slice_starts(found->value, SLICE("http://"))))
			return found->value;
	}
	return SLICE_NONE;
}

static void write_words(struct writing *writing, const struct fhir_node *node)
{
	size_t before = writing->buf->len;

	narrative_line(writing->buf, writing->section->line, node);
	if (writing->buf->len == before)
		narrative_value(writing->buf, node);
}

static void write_linked(struct writing *writing, const struct fhir_node *node)
{
	struct slice link = item_link(writing->section, node);

	if (!link.len) {
		write_words(writing, node);
		return;
	}
	buf_append(writing->buf, SLICE("<a href=\""));
	narrative_escape(writing->buf, link);
	buf_append(writing->buf, SLICE("\">"));
	size_t before = writing->buf->len;

	write_words(writing, node);
	if (writing->buf->len == before)
		narrative_escape(writing->buf, link);
	buf_append(writing->buf, SLICE("</a>"));
}

static struct slice list_tag(const struct section *section)
{
	return slice_equal(section->style, SLICE("numbered")) ? SLICE("ol") : SLICE("ul");
}

static void write_item(void *context, const struct fhir_node *node);

static void open_tag(struct buf *buf, struct slice tag)
{
	buf_append_char(buf, '<');
	buf_append(buf, tag);
	buf_append_char(buf, '>');
}

static void close_tag(struct buf *buf, struct slice tag)
{
	buf_append(buf, SLICE("</"));
	buf_append(buf, tag);
	buf_append_char(buf, '>');
}

/** The items at `path` below `from` as a list; nothing when there are none. */
static void write_list(struct writing *writing, const struct fhir_node *from, struct slice path)
{
	size_t before = writing->buf->len, shown = writing->shown;
	struct slice tag = list_tag(writing->section);

	open_tag(writing->buf, tag);
	narrative_each(from, path, write_item, writing);
	close_tag(writing->buf, tag);
	if (writing->shown == shown && !writing->buf->failed)
		writing->buf->len = before;
}

static void write_item(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	size_t before = writing->buf->len;

	buf_append(writing->buf, SLICE("<li>"));
	size_t empty = writing->buf->len;

	write_linked(writing, node);
	if (writing->section->nested.len && writing->depth < NESTED_MAX_DEPTH) {
		writing->depth++;
		write_list(writing, node, writing->section->nested);
		writing->depth--;
	}
	if (writing->buf->len == empty) {
		writing->buf->len = before;
		return;
	}
	buf_append(writing->buf, SLICE("</li>"));
	writing->shown++;
}

/** One paragraph for each part between blank lines. */
static void write_paragraphs(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	size_t before = writing->buf->len;
	struct slice rest = node->type->kind == FHIR_KIND_PRIMITIVE && !writing->section->line.len ? node->value : SLICE_NONE;

	while (rest.len) {
		size_t end = slice_find(rest, SLICE("\n\n"));
		struct slice part = { rest.ptr, end == SIZE_MAX ? rest.len : end };

		buf_append(writing->buf, SLICE("<p>"));
		narrative_escape(writing->buf, slice_trim(part));
		buf_append(writing->buf, SLICE("</p>"));
		rest = end == SIZE_MAX ? SLICE_NONE : slice_trim(slice_from(rest, end));
		writing->shown++;
	}
	if (writing->buf->len != before)
		return;
	buf_append(writing->buf, SLICE("<p>"));
	size_t empty = writing->buf->len;

	write_linked(writing, node);
	if (writing->buf->len == empty) {
		writing->buf->len = before;
		return;
	}
	buf_append(writing->buf, SLICE("</p>"));
	writing->shown++;
}

static void write_section(struct buf *buf, const struct section *section, const struct fhir_node *resource)
{
	struct writing writing = { .buf = buf, .section = section };
	size_t before = buf->len;

	if (section->heading.len) {
		buf_append(buf, SLICE("<h3>"));
		narrative_escape(buf, section->heading);
		buf_append(buf, SLICE("</h3>"));
	}
	if (slice_equal(section->style, SLICE("paragraphs")))
		narrative_each(resource, section->each, write_paragraphs, &writing);
	else
		write_list(&writing, resource, section->each);
	if (!writing.shown && !buf->failed)
		buf->len = before;
}

/* ---- the narrative ---- */

/** The div, or an empty buffer when the template shows nothing. */
static void write_div(struct buf *buf, const struct template *template, const struct fhir_node *resource)
{
	const struct section *sections = template->sections.items;

	buf_append(buf, SLICE("<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>"));
	size_t empty = buf->len;

	narrative_line(buf, template->title, resource);
	if (buf->len == empty)
		narrative_escape(buf, resource->type->name);
	buf_append(buf, SLICE("</h2>"));
	for (size_t i = 0; i < template->sections.count; i++)
		write_section(buf, &sections[i], resource);
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
