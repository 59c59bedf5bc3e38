/* SPDX-License-Identifier: Apache-2.0 */
/* Functions on the element tree and on types. Source: FHIRPath N1 sections 5.8 and 6.3; FHIR R4 section 2.9.1.5. */
#include "fhirpath/functions.h"

#define UNUSED(name) (void)(name)

static bool add_children(struct fp_run *run, const struct fhirpath_item *item, struct slice name, struct fp_list *list)
{
	return item->kind != FHIRPATH_NODE || fp_children(run, item->node, name, list);
}

FP_FUNCTION(children)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	for (size_t i = 0; i < input->count; i++)
		if (!add_children(run, &input->items[i], SLICE_NONE, &list))
			return false;
	*out = fp_list_result(&list);
	return true;
}

/** Level by level: what was found is searched in turn. */
FP_FUNCTION(descendants)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	for (size_t i = 0; i < input->count; i++)
		if (!add_children(run, &input->items[i], SLICE_NONE, &list))
			return false;
	for (size_t i = 0; i < list.count; i++) {
		struct fhirpath_item item = list.items[i];

		if (!add_children(run, &item, SLICE_NONE, &list))
			return false;
	}
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(extension)
{
	struct fp_list all = { 0 }, list = { 0 };
	struct fhirpath_item url;

	if (!fp_argument(run, op, 0, focus, &url))
		return false;
	for (size_t i = 0; i < input->count; i++)
		if (!add_children(run, &input->items[i], SLICE("extension"), &all))
			return false;
	for (size_t i = 0; i < all.count; i++)
		if (slice_equal(fhir_node_text(all.items[i].node, SLICE("url")), url.text) &&
		    !fp_list_add(run, &list, &all.items[i]))
			return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(has_extension)
{
	struct fhirpath_result found;

	if (!fp_do_extension(run, op, input, focus, &found))
		return false;
	*out = fp_boolean(found.count > 0);
	return true;
}

static bool is_valued(const struct fhirpath_item *item)
{
	return item->kind != FHIRPATH_NODE || item->node->value.ptr;
}

FP_FUNCTION(has_value)
{
	UNUSED(run), UNUSED(op), UNUSED(focus);
	*out = fp_boolean(input->count == 1 && is_valued(input->items));
	return true;
}

FP_FUNCTION(get_value)
{
	UNUSED(op), UNUSED(focus);
	*out = FP_NOTHING;
	if (input->count != 1 || !is_valued(input->items))
		return true;
	return fp_one(run, fp_system(input->items), out);
}

/** A name of neither System nor the tables is a slip. Without tables nothing is known. */
static bool known_type(struct fp_run *run, const struct fp_op *op)
{
	struct slice name = op->item.text;
	bool fhir = slice_starts(name, SLICE("FHIR.")), system = slice_starts(name, SLICE("System."));

	if (!run->context->schema || (!system && fhir_type_find(run->context->schema, fhir ? slice_from(name, 5) : name)))
		return true;
	name = system ? slice_from(name, 7) : name;
	for (unsigned kind = FHIRPATH_BOOLEAN; !fhir && kind <= FHIRPATH_TYPE; kind++)
		if (slice_equal(name, slice_of(fhirpath_kind_name((enum fhirpath_kind)kind))))
			return true;
	return fp_fail(run, op, "there is no type %.*s", SLICE_ARG(op->item.text));
}

FP_FUNCTION(of_type)
{
	struct fp_list list = { 0 };

	UNUSED(focus);
	if (!known_type(run, op))
		return false;
	for (size_t i = 0; i < input->count; i++)
		if (fp_is_cast(run, &input->items[i], op->item.text) && !fp_list_add(run, &list, &input->items[i]))
			return false;
	*out = fp_list_result(&list);
	return true;
}

FP_FUNCTION(type)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	for (size_t i = 0; i < input->count; i++) {
		const struct fhirpath_item *item = &input->items[i];
		struct fhirpath_item made = { .kind = FHIRPATH_TYPE, .unit = SLICE("System") };

		made.text = slice_of(fhirpath_kind_name(item->kind));
		if (item->kind == FHIRPATH_NODE) {
			made.text = item->node->type->name;
			made.unit = SLICE("FHIR");
		}
		if (!fp_list_add(run, &list, &made))
			return false;
	}
	*out = fp_list_result(&list);
	return true;
}

/** The canonical in argument 0 without its version. */
static bool canonical_argument(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus, struct slice *out)
{
	struct fhirpath_item item;

	if (!fp_argument(run, op, 0, focus, &item))
		return false;
	if (!fp_is_absent(&item) && item.kind != FHIRPATH_STRING)
		return fp_fail(run, op, "%s() needs a canonical", op->function->name);
	*out = item.text;
	return true;
}

/** A type of the tables is known by its canonical; other profiles only to the caller. */
FP_FUNCTION(conforms_to)
{
	enum fhirpath_answer answer = FHIRPATH_NOT_HELD;
	struct fhirpath_item item;
	struct slice url;

	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &item) || !canonical_argument(run, op, focus, &url))
		return false;
	if (fp_is_absent(&item) || !url.ptr)
		return true;
	const struct fhir_type *type = run->context->schema ? fhir_type_find(run->context->schema, url) : NULL;
	if (type && slice_equal(type->url, url) && item.kind == FHIRPATH_NODE)
		answer = fhir_type_is(item.node->type, type->name) ? FHIRPATH_YES : FHIRPATH_NO;
	else if (run->context->conforms_to)
		answer = run->context->conforms_to(run->context->knowledge, &item, url);
	if (answer == FHIRPATH_NOT_HELD)
		return fp_fail(run, op, "there is no profile %.*s here", SLICE_ARG(url));
	*out = fp_boolean(answer == FHIRPATH_YES);
	return true;
}

/** Empty when the value set is not held, or the input is not a single item (FHIR R4 section 2.9.1.5). */
FP_FUNCTION(member_of)
{
	enum fhirpath_answer answer = FHIRPATH_NOT_HELD;
	struct slice url;

	*out = FP_NOTHING;
	if (!canonical_argument(run, op, focus, &url))
		return false;
	if (input->count == 1 && url.ptr && run->context->member_of)
		answer = run->context->member_of(run->context->knowledge, input->items, url);
	if (answer != FHIRPATH_NOT_HELD)
		*out = fp_boolean(answer == FHIRPATH_YES);
	return true;
}

FP_FUNCTION(is)
{
	UNUSED(focus);
	if (input->count > 1)
		return fp_fail(run, op, "is() needs a single item, not %zu", input->count);
	*out = input->count ? fp_boolean(fp_is_type(run, input->items, op->item.text)) : FP_NOTHING;
	return true;
}

/** The contained resource with that id. */
static const struct fhir_node *find_contained(const struct fhir_node *resource, struct slice id)
{
	const struct fhir_node *contained = resource ? fhir_node_child(resource, SLICE("contained")) : NULL;

	for (; contained; contained = fhir_node_again(contained))
		if (slice_equal(fhir_node_text(contained, SLICE("id")), id))
			return contained;
	return NULL;
}

/** The entry of the Bundle around `resource` that a reference names: by full URL, or by its end "Type/id". */
static const struct fhir_node *find_entry(const struct fhir_node *resource, struct slice reference)
{
	while (resource && resource->parent)
		resource = resource->parent;
	const struct fhir_node *entry = resource ? fhir_node_child(resource, SLICE("entry")) : NULL;
	for (; entry; entry = fhir_node_again(entry)) {
		struct slice url = fhir_node_text(entry, SLICE("fullUrl"));
		bool longer = url.len > reference.len && url.ptr[url.len - reference.len - 1] == '/';

		if (slice_equal(url, reference) || (longer && slice_ends(url, reference)))
			return fhir_node_child(entry, SLICE("resource"));
	}
	return NULL;
}

/** The type in "Type/id", "http://server/base/Type/id" or "Type/id/_history/1". */
static const struct fhir_type *reference_type(const struct fhir_schema *schema, struct slice reference)
{
	const struct fhir_type *found = NULL;

	if (!schema)
		return NULL;
	while (reference.ptr) {
		struct slice part = slice_cut(&reference, '/');
		const struct fhir_type *type = reference.ptr && part.len ? fhir_type_find(schema, part) : NULL;

		if (type && type->kind == FHIR_KIND_RESOURCE)
			found = type;
	}
	return found;
}

/** What a reference leads to within the resource or its Bundle. For others only the type is known: an empty resource of that type
 * answers "resolve() is Patient", which search parameters ask, and nothing else. */
static bool resolve_one(struct fp_run *run, const struct fhirpath_item *item, struct fp_list *list)
{
	struct fhirpath_item made = { .kind = FHIRPATH_NODE };
	struct slice reference = fhirpath_item_text(item);

	if (item->kind == FHIRPATH_NODE && !reference.ptr)
		reference = fhir_node_text(item->node, SLICE("reference"));
	if (!reference.ptr)
		return true;
	if (slice_starts(reference, SLICE("#")))
		made.node = find_contained(run->resource, slice_from(reference, 1));
	else
		made.node = find_entry(run->resource, reference);
	const struct fhir_type *type = made.node ? NULL : reference_type(run->context->schema, reference);
	if (type && !(made.node = fhir_node_new(run->arena, type)))
		return error_memory(run->err);
	return !made.node || fp_list_add(run, list, &made);
}

FP_FUNCTION(resolve)
{
	struct fp_list list = { 0 };

	UNUSED(op), UNUSED(focus);
	for (size_t i = 0; i < input->count; i++)
		if (!resolve_one(run, &input->items[i], &list))
			return false;
	*out = fp_list_result(&list);
	return true;
}
