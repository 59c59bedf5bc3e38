/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "FHIRPath Patch": each operation finds its place in a copy of the resource, changes it there, and what came out is
 * checked. */
#include "cannula/patch.h"

#include "cannula/fhirpath.h"
#include "patch/build.h"

struct patching {
	struct arena *arena;
	const struct fhir_schema *schema;
	struct issues *issues;
	struct fhir_node *root;
	const struct fhir_node *operation; /**< the parameter of that name */
	size_t index;
};

/** What the path of an operation leads to. */
struct found {
	struct fhir_node **nodes;
	size_t count;
};

static const struct fhir_node *part_named(const struct fhir_node *operation, struct slice name)
{
	const struct fhir_node *part = fhir_node_child(operation, SLICE("part"));

	while (part && !slice_equal(fhir_node_text(part, SLICE("name")), name))
		part = fhir_node_again(part);
	return part;
}

static struct slice part_text(const struct fhir_node *operation, struct slice name)
{
	const struct fhir_node *part = part_named(operation, name);

	return part ? fhir_node_text(part, SLICE("value")) : SLICE_NONE;
}

static bool refuse(const struct patching *patching, const char *code, const char *why)
{
	const struct fhir_node *operation = patching->operation;

	issue_add(patching->issues, ISSUE_ERROR, code, part_text(operation, SLICE("path")), operation->line, operation->column,
		  "operation %zu, %.*s: %s", patching->index, SLICE_ARG(part_text(operation, SLICE("type"))), why);
	return false;
}

/* ---- places ---- */

static uint32_t depth_of(const struct fhir_node *node)
{
	uint32_t depth = 0;

	for (; node->parent; node = node->parent)
		depth++;
	return depth;
}

static bool is_ours(const struct patching *patching, const struct fhir_node *node)
{
	while (node->parent)
		node = node->parent;
	return node == patching->root;
}

static bool evaluate(struct patching *patching, struct slice path, struct fhirpath_result *out)
{
	struct fhirpath_context context = { .schema = patching->schema, .resource = patching->root };
	struct fhirpath_program *program;
	struct error err = { 0 };

	if (fhirpath_compile(patching->arena, path, &program, &err) &&
	    fhirpath_eval_node(patching->arena, program, &context, patching->root, out, &err))
		return true;
	return refuse(patching, err.code == ERROR_LIMIT ? "too-costly" : "invalid", err.message);
}

/** The elements that the path leads to: of this resource, and only elements. */
static bool find(struct patching *patching, struct found *out)
{
	struct slice path = part_text(patching->operation, SLICE("path"));
	struct fhirpath_result result;

	if (!path.ptr)
		return refuse(patching, "required", "the operation has no path");
	if (!evaluate(patching, path, &result))
		return false;
	out->nodes = arena_new_array(patching->arena, struct fhir_node *, result.count + 1);
	if (!out->nodes)
		return refuse(patching, "too-costly", "no memory is left");
	out->count = result.count;
	for (size_t i = 0; i < result.count; i++) {
		if (result.items[i].kind != FHIRPATH_NODE || !is_ours(patching, result.items[i].node))
			return refuse(patching, "business-rule",
				      "the path leads to something that is no element of the resource");
		/* The tree is ours to change: the evaluator only promises not to change it itself. */
		out->nodes[i] = (struct fhir_node *)result.items[i].node;
		if (depth_of(out->nodes[i]) > PATCH_DEPTH_MAX)
			return refuse(patching, "too-costly", "the path leads too deep into the resource");
	}
	return true;
}

static bool find_one(struct patching *patching, struct fhir_node **out)
{
	struct found found;

	if (!find(patching, &found))
		return false;
	if (found.count == 0)
		return refuse(patching, "not-found", "the path leads to nothing");
	if (found.count > 1)
		return refuse(patching, "multiple-matches", "the path leads to several elements");
	*out = found.nodes[0];
	return true;
}

/** All repetitions of one element. */
static bool find_list(struct patching *patching, struct found *out)
{
	size_t repetitions = 0;

	if (!find(patching, out))
		return false;
	if (out->count == 0)
		return refuse(patching, "not-found", "the path leads to nothing; the first item of a list is put there by add");
	const struct fhir_node *first = out->nodes[0];
	if (!first->parent || first->element->max <= 1)
		return refuse(patching, "business-rule", "the path does not lead to a list");
	for (const struct fhir_node *child = first->parent->first; child; child = child->next)
		repetitions += child->element == first->element;
	for (size_t i = 0; i < out->count; i++)
		if (out->nodes[i]->parent != first->parent || out->nodes[i]->element != first->element)
			return refuse(patching, "multiple-matches", "the path leads into several lists");
	return repetitions == out->count ||
	       refuse(patching, "business-rule", "the path leads to a part of a list, not to all of it");
}

static bool read_index(const struct patching *patching, struct slice name, uint64_t max, uint64_t *out)
{
	struct slice text = part_text(patching->operation, name);
	char why[96];

	if (text.ptr && slice_to_u64(text, max, out))
		return true;
	snprintf(why, sizeof(why), "%.*s must be given, a whole number from 0 to %llu", SLICE_ARG(name), (unsigned long long)max);
	return refuse(patching, text.ptr ? "value" : "required", why);
}

/* ---- operations ---- */

static bool build(struct patching *patching, struct fhir_node *parent, struct slice name, struct fhir_node **out)
{
	const struct fhir_node *value = part_named(patching->operation, SLICE("value"));
	const char *why = "the operation has no value";

	*out = value ? patch_build(patching->arena, parent, name, value, &why) : NULL;
	return *out || refuse(patching, value ? "value" : "required", why);
}

static bool do_add(struct patching *patching)
{
	struct slice name = part_text(patching->operation, SLICE("name"));
	struct fhir_node *parent, *added;

	if (!name.ptr)
		return refuse(patching, "required", "the operation has no name");
	return find_one(patching, &parent) && build(patching, parent, name, &added);
}

static bool do_insert(struct patching *patching)
{
	struct fhir_node *added;
	struct found list;
	uint64_t index;

	if (!find_list(patching, &list) || !read_index(patching, SLICE("index"), list.count, &index) ||
	    !build(patching, list.nodes[0]->parent, list.nodes[0]->element->name, &added))
		return false;
	fhir_node_move(added, index);
	return true;
}

/** "Path of the element to delete (if found)". */
static bool do_delete(struct patching *patching)
{
	struct found found;

	if (!find(patching, &found))
		return false;
	if (found.count > 1)
		return refuse(patching, "multiple-matches", "the path leads to several elements");
	if (found.count == 1 && !found.nodes[0]->parent)
		return refuse(patching, "business-rule", "the whole resource cannot be deleted");
	if (found.count == 1)
		fhir_node_remove(found.nodes[0]);
	return true;
}

static size_t index_of(const struct fhir_node *node)
{
	size_t index = 0;

	for (const struct fhir_node *child = node->parent->first; child != node; child = child->next)
		index += child->element == node->element;
	return index;
}

static bool do_replace(struct patching *patching)
{
	struct fhir_node *old, *added;

	if (!find_one(patching, &old))
		return false;
	if (!old->parent)
		return refuse(patching, "business-rule", "the whole resource cannot be replaced");
	struct fhir_node *parent = old->parent;
	size_t index = index_of(old);
	fhir_node_remove(old);
	if (!build(patching, parent, old->element->name, &added))
		return false;
	fhir_node_move(added, index);
	return true;
}

static bool do_move(struct patching *patching)
{
	uint64_t source, destination;
	struct found list;

	if (!find_list(patching, &list) || !read_index(patching, SLICE("source"), list.count - 1, &source) ||
	    !read_index(patching, SLICE("destination"), list.count - 1, &destination))
		return false;
	fhir_node_move(list.nodes[source], destination);
	return true;
}

static const struct verb {
	const char *name;
	bool (*run)(struct patching *patching);
} verbs[] = {
	{ "add", do_add }, { "insert", do_insert }, { "delete", do_delete }, { "replace", do_replace }, { "move", do_move },
};

/** Parts that an operation may have; anything else would be dropped in silence. */
static bool check_parts(const struct patching *patching)
{
	static const char *const names[] = { "type", "path", "name", "value", "index", "source", "destination" };
	uint32_t given = 0;

	for (const struct fhir_node *part = fhir_node_child(patching->operation, SLICE("part")); part;
	     part = fhir_node_again(part)) {
		size_t i = 0;
		while (i < ARRAY_SIZE(names) && !slice_equal(slice_of(names[i]), fhir_node_text(part, SLICE("name"))))
			i++;
		if (i == ARRAY_SIZE(names))
			return refuse(patching, "structure", "a part has a name that means nothing here");
		if (given & 1u << i)
			return refuse(patching, "structure", "a part is given twice");
		given |= 1u << i;
	}
	return true;
}

static bool run_operation(struct patching *patching)
{
	struct slice type = part_text(patching->operation, SLICE("type"));

	if (!slice_equal(fhir_node_text(patching->operation, SLICE("name")), SLICE("operation")))
		return refuse(patching, "structure", "a parameter of a patch has the name operation");
	if (!check_parts(patching))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (slice_equal(slice_of(verbs[i].name), type))
			return verbs[i].run(patching);
	return refuse(patching, "value", "type must be add, insert, delete, replace or move");
}

static bool run_all(struct patching *patching, const struct fhir_node *parameters)
{
	const struct fhir_node *operation = fhir_node_child(parameters, SLICE("parameter"));

	for (; operation; operation = fhir_node_again(operation)) {
		patching->operation = operation;
		if (++patching->index > PATCH_OPERATIONS_MAX)
			return refuse(patching, "too-costly", "a patch has too many operations");
		if (!run_operation(patching))
			return false;
	}
	return true;
}

static void forget_places(struct fhir_node *node)
{
	node->line = node->column = 0;
	for (struct fhir_node *child = node->first; child; child = child->next)
		forget_places(child);
}

bool patch_fhirpath(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource,
		    const struct fhir_node *parameters, struct issues *issues, struct fhir_node **out)
{
	struct patching patching = { .arena = arena, .schema = schema, .issues = issues };

	*out = NULL;
	if (!slice_equal(parameters->type->name, SLICE("Parameters"))) {
		issue_add(issues, ISSUE_ERROR, "structure", SLICE_NONE, parameters->line, parameters->column,
			  "a FHIRPath Patch is a Parameters resource");
		return false;
	}
	patching.root = fhir_node_copy(arena, resource, NULL);
	if (!patching.root) {
		issue_add(issues, ISSUE_ERROR, "too-costly", SLICE_NONE, 0, 0, "no memory is left for the resource");
		return false;
	}
	patching.root->element = NULL;
	forget_places(patching.root);
	if (!run_all(&patching, parameters) || !fhir_node_check(patching.root, issues))
		return false;
	*out = patching.root;
	return true;
}

bool patch_apply(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource, struct slice patch,
		 const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out)
{
	struct fhir_node *parameters;

	*out = NULL;
	if (slice_starts(slice_trim(patch), SLICE("[")))
		return fhir_json_patch(arena, schema, resource, patch, limits, issues, out);
	return fhir_json_read(arena, schema, NULL, patch, limits, issues, &parameters) &&
	       patch_fhirpath(arena, schema, resource, parameters, issues, out);
}
