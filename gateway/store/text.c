/* SPDX-License-Identifier: Apache-2.0 */
#include "store/text.h"

#include "store/fold.h"

/** The `text` that a DomainResource has. */
static const struct fhir_node *find_narrative(const struct fhir_node *resource)
{
	const struct fhir_node *text = fhir_node_child(resource, SLICE("text"));

	return text && slice_equal(text->type->name, SLICE("Narrative")) ? text : NULL;
}

/** Where a text is looked for among those before it: long resources are mostly lists, in which everything is new. */
#define KNOWN_BYTES (16u << 10)

/** The words of one version, folded: each text between spaces, the narrative first. */
struct words {
	struct arena *arena;
	struct buf all, markup;
};

/** A text that stands there already (most of a narrative's are said again by the elements it was made of) adds nothing. */
static void add_text(struct words *words, struct slice text)
{
	struct slice folded = fold_text(words->arena, text);
	struct slice known = buf_slice(&words->all);

	words->all.failed |= !folded.ptr;
	if (folded.len == 0)
		return;
	buf_append(&words->all, folded);
	buf_append_char(&words->all, ' ');
	if (words->all.failed)
		return;
	struct slice added = { words->all.ptr + known.len - 1, folded.len + 2 };
	known = (struct slice){ words->all.ptr, known.len < KNOWN_BYTES ? known.len : KNOWN_BYTES };
	if (slice_find(known, added) != SIZE_MAX)
		words->all.len -= folded.len + 1;
}

static void add_markup(struct words *words, struct slice markup)
{
	buf_reset(&words->markup);
	markup_text(&words->markup, markup);
	words->all.failed |= words->markup.failed;
	add_text(words, buf_slice(&words->markup));
}

/** Texts and codes of what is below `node`, contained resources included; neither `left_out` nor addresses, numbers and data. */
static void add_words(struct words *words, const struct fhir_node *node, const struct fhir_node *left_out)
{
	for (const struct fhir_node *child = node->first; child; child = child->next) {
		if (child == left_out)
			continue;
		if (child->value.ptr && slice_equal(child->type->name, SLICE("xhtml")))
			add_markup(words, child->value);
		else if (child->value.ptr && fhir_type_is(child->type, SLICE("string")))
			add_text(words, child->value);
		add_words(words, child, left_out);
	}
}

static bool insert(struct store_conn *conn, int64_t change, struct slice narrative, struct slice content, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db, SLICE("INSERT INTO index_text (rowid, narrative, content) VALUES (?, ?, ?)"), &query, err))
		return false;
	db_bind_int(&query, change);
	db_bind_text(&query, narrative);
	db_bind_text(&query, content);
	return db_run(&query, err);
}

static bool write_words(struct store_conn *conn, struct words *words, int64_t change, const struct fhir_node *resource,
			struct error *err)
{
	const struct fhir_node *text = find_narrative(resource);
	struct slice narrative;

	buf_append_char(&words->all, ' ');
	if (text)
		add_markup(words, fhir_node_text(text, SLICE("div")));
	narrative.len = words->all.len;
	add_words(words, resource, text);
	if (words->all.failed)
		return error_memory(err);
	narrative.ptr = words->all.ptr;
	return insert(conn, change, narrative, slice_from(buf_slice(&words->all), narrative.len), err);
}

bool text_write(struct store_conn *conn, struct index_version version, const struct fhir_node *resource, struct error *err)
{
	struct words words = { .arena = conn->scratch };

	arena_reset(conn->scratch);
	buf_init(&words.all, STORE_RESOURCE_MAX_BYTES);
	buf_init(&words.markup, STORE_RESOURCE_MAX_BYTES);
	bool done = write_words(conn, &words, version.change, resource, err);
	buf_free(&words.all);
	buf_free(&words.markup);
	return done;
}
