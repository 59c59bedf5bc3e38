/* SPDX-License-Identifier: Apache-2.0 */
#include "api/capability.h"

#include "api/route.h"

#define ASSET "api/capability.json"
#define CAPABILITY_MAX_BYTES (4u << 20)
/** Stands for the base URL in the document while it is made; `.invalid` names nobody (RFC 2606). */
#define BASE_MARK SLICE("https://base-url.invalid")
#define ADDITIONAL_RESOURCE SLICE("https://cannula.dev/fhir/StructureDefinition/additional-resource")

/** A statement being made. The first thing that does not work is kept; what follows is skipped. */
struct making {
	struct arena *arena;
	const struct served_base *base;
	bool failed;
};

static struct fhir_node *add(struct making *making, struct fhir_node *parent, const char *name)
{
	struct fhir_node *node = making->failed ? NULL : fhir_node_add(making->arena, parent, slice_of(name), NULL);

	making->failed |= !node;
	return node;
}

static void value(struct making *making, struct fhir_node *parent, const char *name, struct slice text)
{
	if (!making->failed && text.len)
		making->failed = !fhir_node_add_value(making->arena, parent, slice_of(name), text);
}

static void boolean(struct making *making, struct fhir_node *parent, const char *name, bool is_true)
{
	value(making, parent, name, is_true ? SLICE("true") : SLICE("false"));
}

static struct slice search_type_name(enum fhir_search_type type)
{
	static const char *const names[] = {
		[FHIR_SEARCH_NUMBER] = "number",       [FHIR_SEARCH_DATE] = "date",
		[FHIR_SEARCH_STRING] = "string",       [FHIR_SEARCH_TOKEN] = "token",
		[FHIR_SEARCH_REFERENCE] = "reference", [FHIR_SEARCH_COMPOSITE] = "composite",
		[FHIR_SEARCH_QUANTITY] = "quantity",   [FHIR_SEARCH_URI] = "uri",
		[FHIR_SEARCH_SPECIAL] = "special",
	};

	return slice_of(names[type]);
}

static bool offered(enum route_place place, enum net_method method)
{
	const struct api_interaction *row = route_interaction(place, method);

	return row && api_interaction_offered(row);
}

/* ---- FHIR's own types: rest.resource ---- */

static void interactions(struct making *making, struct fhir_node *parent, enum route_listing listing)
{
	for (size_t i = 0; i < api_interaction_count; i++) {
		const struct api_interaction *row = &api_interactions[i];
		if (row->listing != listing || !api_interaction_offered(row))
			continue;
		struct fhir_node *node = add(making, parent, "interaction");
		value(making, node, "code", slice_of(row->code));
		value(making, node, "documentation", slice_of(row->documentation));
	}
}

static void search_params(struct making *making, struct fhir_node *parent, const struct served_type *type)
{
	for (size_t i = 0; i < type->param_count; i++) {
		const struct fhir_search_param *param = type->params[i];
		struct fhir_node *node = add(making, parent, "searchParam");
		value(making, node, "name", param->code);
		value(making, node, "definition", param->url);
		value(making, node, "type", search_type_name(param->type));
		value(making, node, "documentation", param->description);
	}
}

static void resource(struct making *making, struct fhir_node *rest, const struct served_type *type)
{
	struct fhir_node *node = add(making, rest, "resource");

	value(making, node, "type", type->type->name);
	value(making, node, "documentation", type->documentation);
	interactions(making, node, LISTED_TYPE);
	value(making, node, "versioning", SLICE("versioned"));
	boolean(making, node, "readHistory", offered(ROUTE_VERSION, NET_GET));
	boolean(making, node, "updateCreate", offered(ROUTE_INSTANCE, NET_PUT));
	boolean(making, node, "conditionalCreate", offered(ROUTE_TYPE, NET_POST));
	value(making, node, "conditionalRead", SLICE("full-support"));
	boolean(making, node, "conditionalUpdate", offered(ROUTE_TYPE, NET_PUT));
	value(making, node, "conditionalDelete", offered(ROUTE_TYPE, NET_DELETE) ? SLICE("single") : SLICE("not-supported"));
	search_params(making, node, type);
}

/* ---- ours: an extension on rest ---- */

static struct fhir_node *extension(struct making *making, struct fhir_node *parent, struct slice url)
{
	struct fhir_node *node = add(making, parent, "extension");

	value(making, node, "url", url);
	return node;
}

static void extension_value(struct making *making, struct fhir_node *parent, const char *url, const char *choice,
			    struct slice text)
{
	if (text.len)
		value(making, extension(making, parent, slice_of(url)), choice, text);
}

static void additional_resource(struct making *making, struct fhir_node *rest, const struct served_type *type)
{
	struct fhir_node *node = extension(making, rest, ADDITIONAL_RESOURCE);

	extension_value(making, node, "type", "valueCode", type->type->name);
	extension_value(making, node, "definition", "valueCanonical", type->type->url);
	extension_value(making, node, "documentation", "valueMarkdown", type->documentation);
	for (size_t i = 0; i < api_interaction_count; i++)
		if (api_interactions[i].listing == LISTED_TYPE && api_interaction_offered(&api_interactions[i]))
			extension_value(making, node, "interaction", "valueCode", slice_of(api_interactions[i].code));
	for (size_t i = 0; i < type->param_count; i++) {
		struct fhir_node *param = extension(making, node, SLICE("searchParam"));
		extension_value(making, param, "name", "valueString", type->params[i]->code);
		extension_value(making, param, "definition", "valueCanonical", type->params[i]->url);
		extension_value(making, param, "type", "valueCode", search_type_name(type->params[i]->type));
	}
}

/* ---- the whole ---- */

static void complete(struct making *making, struct fhir_node *statement, int64_t date_ms)
{
	struct fhir_node *rest = making->failed ? NULL : fhir_node_child(statement, SLICE("rest"));
	struct fhir_node *software = making->failed ? NULL : fhir_node_child(statement, SLICE("software"));
	struct fhir_node *implementation = making->failed ? NULL : fhir_node_child(statement, SLICE("implementation"));
	char date[TIME_INSTANT_SIZE];

	time_format_instant(date_ms, date);
	making->failed |= !rest || !software || !implementation;
	value(making, statement, "date", slice_of(date));
	value(making, statement, "fhirVersion", slice_of(fhir_version_number(making->base->version)));
	value(making, statement, "url", arena_printf(making->arena, "%.*s/metadata", SLICE_ARG(BASE_MARK)));
	value(making, software, "version", SLICE(PACKAGE_VERSION));
	value(making, implementation, "url", BASE_MARK);
	for (size_t i = 0; i < making->base->type_count; i++) {
		const struct served_type *type = &making->base->types[i];
		if (type->is_additional)
			additional_resource(making, rest, type);
		else
			resource(making, rest, type);
	}
	interactions(making, rest, LISTED_SYSTEM);
}

static bool template_read(struct making *making, struct fhir_node **out, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;
	struct slice json;

	issues_init(&issues, making->arena, 1);
	if (!asset_get(ASSET, &json, err))
		return false;
	if (fhir_json_read(making->arena, making->base->schema, NULL, json, &limits, &issues, out))
		return true;
	error_set(err, ERROR_USAGE, ASSET, "line %u: %.*s", issues.first ? issues.first->line : 0,
		  SLICE_ARG(issues.first ? issues.first->text : SLICE("not a resource")));
	return error_hint(err, "the file must be a CapabilityStatement of FHIR %s", fhir_version_number(making->base->version));
}

static bool cut(struct slice text, struct capability *out, struct error *err)
{
	out->piece_count = 0;
	while (out->piece_count < CAPABILITY_MAX_PIECES) {
		size_t at = slice_find(text, BASE_MARK);
		out->pieces[out->piece_count++] = at == SIZE_MAX ? text : (struct slice){ text.ptr, at };
		if (at == SIZE_MAX)
			return true;
		text = slice_from(text, at + BASE_MARK.len);
	}
	return error_set(err, ERROR_LIMIT, ASSET, "the base URL stands more than %d times in it", CAPABILITY_MAX_PIECES - 1);
}

static bool write_and_cut(struct arena *arena, const struct fhir_node *statement, struct capability *out, struct error *err)
{
	struct buf buf;

	buf_init(&buf, CAPABILITY_MAX_BYTES);
	fhir_json_write(&buf, statement, FHIR_JSON_COMPACT);
	struct slice text = buf.failed ? SLICE_NONE : arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return text.ptr ? cut(text, out, err) : error_memory(err);
}

bool capability_make(struct arena *arena, const struct served_base *base, int64_t date_ms, struct capability *out,
		     struct error *err)
{
	struct arena *scratch = arena_new(2 * CAPABILITY_MAX_BYTES);
	struct making making = { scratch, base, false };
	struct fhir_node *statement = NULL;

	if (!scratch)
		return error_memory(err);
	bool ok = template_read(&making, &statement, err);
	if (ok) {
		complete(&making, statement, date_ms);
		ok = making.failed
			 ? error_set(err, ERROR_USAGE, ASSET, "cannot be completed: rest, software and implementation are needed")
			 : fhir_narrative_generate(scratch, base->schema, statement, err);
	}
	ok = ok && write_and_cut(arena, statement, out, err);
	arena_free(scratch);
	return ok;
}

void capability_write(struct buf *buf, const struct capability *capability, struct slice base_url)
{
	for (size_t i = 0; i < capability->piece_count; i++) {
		if (i)
			buf_append(buf, base_url);
		buf_append(buf, capability->pieces[i]);
	}
}
