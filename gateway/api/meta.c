/* SPDX-License-Identifier: Apache-2.0 */
#include "api/meta.h"

#include "api/answer.h"

#define ABSENT_URL SLICE("http://hl7.org/fhir/StructureDefinition/data-absent-reason")

static const struct slice parts[] = { { "profile", 7 }, { "security", 8 }, { "tag", 3 } };

/** A profile is itself; a tag or label is its system and code. */
static bool is_same(const struct fhir_node *a, const struct fhir_node *b)
{
	return slice_equal(a->value, b->value) &&
	       slice_equal(fhir_node_text(a, SLICE("system")), fhir_node_text(b, SLICE("system"))) &&
	       slice_equal(fhir_node_text(a, SLICE("code")), fhir_node_text(b, SLICE("code")));
}

static struct fhir_node *find_same(const struct fhir_node *meta, struct slice part, const struct fhir_node *wanted)
{
	struct fhir_node *node = fhir_node_child(meta, part);

	while (node && !is_same(node, wanted))
		node = fhir_node_again(node);
	return node;
}

bool meta_join(struct arena *arena, struct fhir_node *meta, const struct fhir_node *more)
{
	for (size_t i = 0; more && i < ARRAY_SIZE(parts); i++)
		for (const struct fhir_node *node = fhir_node_child(more, parts[i]); node; node = fhir_node_again(node))
			if (!find_same(meta, parts[i], node) && !fhir_node_copy(arena, node, meta))
				return false;
	return true;
}

void meta_part(struct fhir_node *meta, const struct fhir_node *less)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (const struct fhir_node *node = fhir_node_child(less, parts[i]); node; node = fhir_node_again(node)) {
			struct fhir_node *held = find_same(meta, parts[i], node);
			if (held)
				fhir_node_remove(held);
		}
}

/** The operations return a Meta always, and FHIR has no empty elements: one without content says that there is none. */
static bool tell_absent(struct arena *arena, struct fhir_node *meta)
{
	struct fhir_node *extension = fhir_node_add(arena, meta, SLICE("extension"), NULL);

	return extension && fhir_node_add_value(arena, extension, SLICE("url"), ABSENT_URL) &&
	       fhir_node_add_value(arena, extension, SLICE("valueCode"), SLICE("not-applicable"));
}

void meta_answer(struct api_call *call, const struct fhir_node *meta)
{
	struct arena *arena = call->worker->scratch;
	struct fhir_node *answer = fhir_node_new(arena, fhir_type_find(call->base->schema, SLICE("Parameters")));
	struct fhir_node *parameter = answer ? fhir_node_add(arena, answer, SLICE("parameter"), NULL) : NULL;
	struct fhir_node *value = parameter ? fhir_node_add(arena, parameter, SLICE("valueMeta"), NULL) : NULL;
	bool is_empty = !meta || !meta->first;
	struct error err = { 0 };

	if (value && fhir_node_add_value(arena, parameter, SLICE("name"), SLICE("return")) &&
	    (is_empty ? tell_absent(arena, value) : fhir_node_assign(arena, value, meta))) {
		answer_tree(call, 200, answer);
		return;
	}
	error_memory(&err);
	answer_failure(call, &err);
}
