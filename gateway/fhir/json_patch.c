/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6902. The operations work on the resource's JSON, where only the end has to be FHIR; then values become a tree again
 * through the reader that any resource comes through. */
#include "fhir/json_pointer.h"

#define SCRATCH_BYTES (256u << 20)
#define WORK_MAX (100u << 20) /* values walked over: about a second */

struct patching {
	struct arena *arena, *scratch;
	const struct fhir_json_limits *limits;
	struct issues *issues;
	struct json_value *root;
	const struct json_value *operation;
	size_t index;
	uint64_t work;
};

struct operation {
	struct slice name, path, from;
	const struct json_value *value;
};

static bool refuse(struct patching *patching, const char *code, struct slice at, const char *why)
{
	issue_add(patching->issues, ISSUE_ERROR, code, SLICE_NONE, patching->operation->line, patching->operation->column,
		  "operation %zu, %.*s \"%.*s\": %s", patching->index, SLICE_ARG(json_text(patching->operation, SLICE("op"))),
		  SLICE_ARG(json_clip(at)), why);
	return false;
}

/* ---- places and values ---- */

static bool follow(struct patching *patching, struct slice pointer, struct json_place *out)
{
	const char *why;

	return json_pointer_follow(patching->scratch, &patching->root, pointer, &patching->work, out, &why) ||
	       refuse(patching, patching->work ? "not-found" : "too-costly", pointer, why);
}

static bool find(struct patching *patching, struct slice pointer, struct json_place *out)
{
	return follow(patching, pointer, out) && (out->exists || refuse(patching, "not-found", pointer, "there is nothing"));
}

/** A copy whose depth fits below `depth` containers; NULL: `*why` tells. Texts are shared. */
static struct json_value *copy(struct patching *patching, const struct json_value *from, uint32_t depth, const char **why)
{
	struct json_value *value = arena_new_of(patching->scratch, struct json_value), **link;

	*why = "objects and arrays are nested too deeply";
	if (from->count && depth >= patching->limits->max_depth)
		return NULL;
	*why = "no memory is left for the document";
	if (!value)
		return NULL;
	*value = *from;
	value->first = value->next = NULL;
	link = &value->first;
	for (const struct json_value *child = from->first; child; child = child->next, link = &(*link)->next)
		if (!(*link = copy(patching, child, depth + 1, why)))
			return NULL;
	return value;
}

static bool put(struct patching *patching, struct slice pointer, const struct json_value *from, bool replaces)
{
	struct json_place place;
	const char *why;

	if (!(replaces ? find(patching, pointer, &place) : follow(patching, pointer, &place)))
		return false;
	if (place.container && place.container->count >= patching->limits->max_children)
		return refuse(patching, "too-costly", pointer, "too many members or items in one object or array");
	struct json_value *value = copy(patching, from, place.depth, &why);
	if (!value)
		return refuse(patching, "too-costly", pointer, why);
	if (replaces)
		json_place_replace(&place, value);
	else
		json_place_add(&place, value);
	return true;
}

/* ---- operations (RFC 6902 section 4) ---- */

static bool do_add(struct patching *patching, const struct operation *operation)
{
	return put(patching, operation->path, operation->value, false);
}

static bool do_replace(struct patching *patching, const struct operation *operation)
{
	return put(patching, operation->path, operation->value, true);
}

static bool do_remove(struct patching *patching, const struct operation *operation)
{
	struct json_place place;

	if (!find(patching, operation->path, &place))
		return false;
	if (!place.container)
		return refuse(patching, "business-rule", operation->path, "the whole resource cannot be removed");
	(void)json_place_take(&place);
	return true;
}

static bool do_copy(struct patching *patching, const struct operation *operation)
{
	struct json_place place;

	return find(patching, operation->from, &place) && put(patching, operation->path, *place.link, false);
}

static bool is_inside(struct slice pointer, struct slice container)
{
	return slice_starts(pointer, container) && pointer.len > container.len && pointer.ptr[container.len] == '/';
}

static bool do_move(struct patching *patching, const struct operation *operation)
{
	struct json_place place;

	if (is_inside(operation->path, operation->from))
		return refuse(patching, "business-rule", operation->from, "nothing can be moved into itself");
	if (!find(patching, operation->from, &place))
		return false;
	if (slice_equal(operation->from, operation->path))
		return true;
	return place.container ? put(patching, operation->path, json_place_take(&place), false)
			       : refuse(patching, "business-rule", operation->from, "the whole resource cannot be moved");
}

static bool do_test(struct patching *patching, const struct operation *operation)
{
	struct json_place place;

	if (!find(patching, operation->path, &place))
		return false;
	if (json_equal(*place.link, operation->value, &patching->work))
		return true;
	return patching->work ? refuse(patching, "conflict", operation->path, "the value there is another")
			      : refuse(patching, "too-costly", operation->path, "the patch takes too many steps");
}

static const struct verb {
	struct slice name;
	bool (*run)(struct patching *patching, const struct operation *operation);
	bool needs_value, needs_from;
} verbs[] = {
	{ { "add", 3 }, do_add, true, false },         { { "remove", 6 }, do_remove, false, false },
	{ { "replace", 7 }, do_replace, true, false }, { { "move", 4 }, do_move, false, true },
	{ { "copy", 4 }, do_copy, false, true },       { { "test", 4 }, do_test, true, false },
};

/* ---- the document ---- */

/** Of the members that have a meaning each may be given once; others are left alone (section 4). */
static bool has_twice(const struct json_value *object, struct slice key)
{
	size_t count = 0;

	for (const struct json_value *member = object->first; member; member = member->next)
		count += slice_equal(member->key, key);
	return count > 1;
}

static bool run_operation(struct patching *patching)
{
	const struct json_value *object = patching->operation;
	struct operation operation = { json_text(object, SLICE("op")), json_text(object, SLICE("path")),
				       json_text(object, SLICE("from")), json_member(object, SLICE("value")) };
	const struct verb *verb = NULL;

	if (has_twice(object, SLICE("op")) || has_twice(object, SLICE("path")) || has_twice(object, SLICE("from")) ||
	    has_twice(object, SLICE("value")))
		return refuse(patching, "structure", operation.path, "op, path, from and value can be given once");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (slice_equal(verbs[i].name, operation.name))
			verb = &verbs[i];
	if (!verb)
		return refuse(patching, "structure", operation.path, "op must be add, remove, replace, move, copy or test");
	if (!operation.path.ptr)
		return refuse(patching, "structure", operation.path, "path must be given, a JSON Pointer");
	if (verb->needs_from && !operation.from.ptr)
		return refuse(patching, "structure", operation.path, "from must be given, a JSON Pointer");
	if (verb->needs_value && !operation.value)
		return refuse(patching, "structure", operation.path, "value must be given");
	return verb->run(patching, &operation);
}

static bool run_all(struct patching *patching, const struct json_value *patch)
{
	patching->operation = patch;
	if (patch->kind != JSON_ARRAY) {
		issue_add(patching->issues, ISSUE_ERROR, "structure", SLICE_NONE, patch->line, patch->column,
			  "a JSON Patch is an array of operations");
		return false;
	}
	for (patching->operation = patch->first; patching->operation; patching->operation = patching->operation->next) {
		patching->index++;
		if (!run_operation(patching))
			return false;
	}
	return true;
}

/** Positions in the resource's JSON mean nothing to a reader: what remains are those in the patch. */
static void forget_places(struct json_value *value)
{
	value->line = value->column = 0;
	for (struct json_value *child = value->first; child; child = child->next)
		forget_places(child);
}

/** FHIR has no empty arrays: one of the resource whose last item went is no more. One that the patch gave empty stays to be
 * refused. */
static void drop_emptied(struct json_value *value)
{
	for (struct json_value **link = &value->first, *child; (child = *link);) {
		drop_emptied(child);
		if (child->kind == JSON_ARRAY && child->count == 0 && child->line == 0) {
			*link = child->next;
			value->count--;
			continue;
		}
		link = &child->next;
	}
}

/** The resource as values; their texts live in the tree's arena. */
static bool to_values(struct patching *patching, const struct fhir_node *resource)
{
	struct slice text = SLICE_NONE;
	struct buf buf;

	buf_init(&buf, patching->limits->max_bytes);
	fhir_json_write(&buf, resource, FHIR_JSON_COMPACT);
	if (!buf.failed)
		text = arena_copy(patching->arena, buf_slice(&buf));
	buf_free(&buf);
	if (!text.ptr) {
		issue_add(patching->issues, ISSUE_ERROR, "too-costly", SLICE_NONE, 0, 0, "no memory is left for the resource");
		return false;
	}
	if (!json_parse(patching->scratch, patching->arena, text, patching->limits, patching->issues, &patching->root))
		return false;
	forget_places(patching->root);
	return true;
}

static bool patch_values(struct patching *patching, const struct fhir_schema *schema, const struct fhir_node *resource,
			 struct slice patch, struct fhir_node **out)
{
	struct slice text = arena_copy(patching->arena, patch);
	struct json_value *operations;

	if (!text.ptr) {
		issue_add(patching->issues, ISSUE_ERROR, "too-costly", SLICE_NONE, 0, 0, "no memory is left for the patch");
		return false;
	}
	if (!json_parse(patching->scratch, patching->arena, text, patching->limits, patching->issues, &operations) ||
	    !to_values(patching, resource) || !run_all(patching, operations))
		return false;
	drop_emptied(patching->root);
	return json_read_values(patching->arena, schema, resource->type, patching->root, patching->issues, out) &&
	       fhir_node_check(*out, patching->issues);
}

bool fhir_json_patch(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource, struct slice patch,
		     const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out)
{
	struct patching patching = { .arena = arena, .limits = limits, .issues = issues, .work = WORK_MAX };
	struct fhir_node *result = NULL;

	*out = NULL;
	patching.scratch = arena_new(SCRATCH_BYTES);
	if (!patching.scratch) {
		issue_add(issues, ISSUE_FATAL, "too-costly", SLICE_NONE, 0, 0, "no memory for patching");
		return false;
	}
	bool done = patch_values(&patching, schema, resource, patch, &result);
	arena_free(patching.scratch);
	*out = done ? result : NULL;
	return done;
}
