/* SPDX-License-Identifier: Apache-2.0 */
#include "api/capability.h"

#include "api/operation.h"
#include "api/published.h"
#include "api/route.h"
#include "api/search.h"

#define ASSET "api/capability.json"
#define TERMINOLOGY_ASSET "api/terminology.json"
#define OUR_OPERATION SLICE("https://cannula.dev/fhir/OperationDefinition/")
#define CAPABILITY_MAX_BYTES (4u << 20)
/** Stands for the base URL in the document while it is made; `.invalid` names nobody (RFC 2606). */
#define BASE_MARK SLICE("https://base-url.invalid")
#define ADDITIONAL_RESOURCE SLICE("https://cannula.dev/fhir/StructureDefinition/additional-resource")

/** A parameter that may refer to a type, by whose name it says so. */
struct referrer {
	const struct served_type *type;
	const struct fhir_search_param *param;
	struct referrer *next;
};

struct referrers {
	struct referrer *first, *last;
};

/** A statement being made. The first thing that does not work is kept; what follows is skipped. */
struct making {
	struct arena *arena;
	const struct served_base *base;
	struct slice conditional_delete;
	struct referrers *referrers; /**< of each of the base's types; NULL: searches bring nothing along */
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

static bool offered(enum route_place place, enum net_method method)
{
	const struct api_interaction *row = route_interaction(place, method);

	return row && api_interaction_offered(row);
}

/* ---- FHIR's own types: rest.resource ---- */

/** Sentences stand with the types that the gateway has a use for; for all others they would be the same a hundred times. */
static void interactions(struct making *making, struct fhir_node *parent, enum route_listing listing,
			 const struct served_type *type)
{
	for (size_t i = 0; i < api_interaction_count; i++) {
		const struct api_interaction *row = &api_interactions[i];
		if (row->listing != listing || !api_interaction_offered(row))
			continue;
		if (type && type->is_published && !published_offers(row))
			continue;
		struct fhir_node *node = add(making, parent, "interaction");
		value(making, node, "code", slice_of(row->code));
		if (!type || type->documentation.ptr)
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
		value(making, node, "type", served_search_type(param->type));
		if (type->documentation.ptr)
			value(making, node, "documentation", param->description);
	}
}

static void include(struct making *making, struct fhir_node *parent, const char *name, const struct served_type *type,
		    const struct fhir_search_param *param)
{
	value(making, parent, name,
	      arena_printf(making->arena, "%.*s:%.*s", SLICE_ARG(type->type->name), SLICE_ARG(param->code)));
}

/** What a search of the type can bring along: what it refers to, and what refers to it by parameters that name the type. */
static void includes(struct making *making, struct fhir_node *parent, const struct served_type *type)
{
	for (size_t i = 0; i < type->param_count; i++)
		if (type->params[i]->type == FHIR_SEARCH_REFERENCE)
			include(making, parent, "searchInclude", type, type->params[i]);
	for (const struct referrer *one = making->referrers[type - making->base->types].first; one; one = one->next)
		include(making, parent, "searchRevInclude", one->type, one->param);
}

static void referrer_add(struct making *making, struct referrers *all, const struct served_type *type,
			 const struct fhir_search_param *param)
{
	if (all->last && all->last->param == param && all->last->type == type)
		return; /* the target is named twice */
	struct referrer *added = arena_new_of(making->arena, struct referrer);
	if (!added) {
		making->failed = true;
		return;
	}
	*added = (struct referrer){ type, param, NULL };
	*(all->last ? &all->last->next : &all->first) = added;
	all->last = added;
}

static void referrers_of(struct making *making, const struct served_type *type)
{
	for (size_t i = 0; i < type->param_count; i++) {
		const struct fhir_search_param *param = type->params[i];
		for (size_t k = 0; param->type == FHIR_SEARCH_REFERENCE && k < param->target_count && !making->failed; k++) {
			const struct served_type *target = served_type_find(making->base, param->targets[k]);
			if (target)
				referrer_add(making, &making->referrers[target - making->base->types], type, param);
		}
	}
}

/** Searches take _include when the table of result parameters has it. What is published refers to nothing that is kept. */
static void find_referrers(struct making *making)
{
	const struct served_base *base = making->base;

	if (slice_find(search_result_names(making->arena), SLICE("_include")) == SIZE_MAX)
		return;
	making->referrers = arena_new_array(making->arena, struct referrers, base->type_count);
	making->failed |= !making->referrers;
	for (size_t i = 0; i < base->type_count && !making->failed; i++)
		if (!base->types[i].is_published)
			referrers_of(making, &base->types[i]);
}

static bool operation_is_at(const struct api_operation *row, const struct served_type *type)
{
	if (!type)
		return row->levels & OPERATION_SYSTEM;
	if (type->is_published || !(row->levels & (OPERATION_TYPE | OPERATION_INSTANCE)))
		return false;
	for (size_t i = 0; row->types && row->types[i]; i++)
		if (slice_equal(slice_of(row->types[i]), type->type->name))
			return true;
	return !row->types;
}

static struct slice operation_url(struct making *making, const struct api_operation *row)
{
	struct slice url = row->definition ? slice_of(row->definition)
					   : arena_printf(making->arena, "%.*s%s", SLICE_ARG(OUR_OPERATION), row->name + 1);

	making->failed |= !url.ptr;
	return url;
}

/** Those of a type, or of the base. */
static void operations(struct making *making, struct fhir_node *parent, const struct served_type *type)
{
	for (size_t i = 0; api_operations[i]; i++) {
		if (!operation_is_at(api_operations[i], type))
			continue;
		struct fhir_node *node = add(making, parent, "operation");
		value(making, node, "name", slice_of(api_operations[i]->name + 1));
		value(making, node, "definition", operation_url(making, api_operations[i]));
		if (!type || type->documentation.ptr)
			value(making, node, "documentation", slice_of(api_operations[i]->documentation));
	}
}

/** What writing a type is like. */
static void writing(struct making *making, struct fhir_node *node)
{
	boolean(making, node, "updateCreate", offered(ROUTE_INSTANCE, NET_PUT));
	boolean(making, node, "conditionalCreate", offered(ROUTE_TYPE, NET_POST));
	boolean(making, node, "conditionalUpdate", offered(ROUTE_TYPE, NET_PUT));
	if (fhir_element_find(node->type, SLICE("conditionalPatch"), NULL))
		boolean(making, node, "conditionalPatch", offered(ROUTE_TYPE, NET_PATCH));
	value(making, node, "conditionalDelete",
	      offered(ROUTE_TYPE, NET_DELETE) ? making->conditional_delete : SLICE("not-supported"));
}

static void resource(struct making *making, struct fhir_node *rest, const struct served_type *type)
{
	struct fhir_node *node = add(making, rest, "resource");

	value(making, node, "type", type->type->name);
	value(making, node, "documentation", type->documentation);
	interactions(making, node, LISTED_TYPE, type);
	value(making, node, "versioning", SLICE("versioned"));
	boolean(making, node, "readHistory", offered(ROUTE_VERSION, NET_GET));
	value(making, node, "conditionalRead", SLICE("full-support"));
	if (!making->failed && !type->is_published)
		writing(making, node);
	if (!making->failed && !type->is_published && making->referrers)
		includes(making, node, type);
	search_params(making, node, type);
	operations(making, node, type);
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
		extension_value(making, param, "type", "valueCode", served_search_type(type->params[i]->type));
	}
}

/* ---- the whole ---- */

/** How clients show who they are (restful-security-service). */
static void security(struct making *making, struct fhir_node *rest, enum access_mode mode)
{
	static const struct {
		const char *code, *display, *description;
	} services[] = {
		[ACCESS_OPEN] = { NULL, NULL, "Nobody is asked who they are." },
		[ACCESS_MTLS] = { "Certificates", "Certificates", "A client certificate says who asks, and what for." },
		[ACCESS_TOKEN] = { "SMART-on-FHIR", "SMART-on-FHIR",
				   "A bearer token with SMART system scopes; [base]/.well-known/smart-configuration says where "
				   "from." },
	};
	struct fhir_node *node = making->failed ? NULL : fhir_node_child(rest, SLICE("security"));

	if (!node)
		node = add(making, rest, "security");
	if (services[mode].code) {
		struct fhir_node *service = add(making, node, "service"), *coding = add(making, service, "coding");
		value(making, coding, "system", SLICE("http://terminology.hl7.org/CodeSystem/restful-security-service"));
		value(making, coding, "code", slice_of(services[mode].code));
		value(making, coding, "display", slice_of(services[mode].display));
	}
	value(making, node, "description", slice_of(services[mode].description));
}

/** Those with a sentence first: what the gateway is for. */
static void resources(struct making *making, struct fhir_node *rest)
{
	for (int documented = 1; documented >= 0; documented--)
		for (size_t i = 0; i < making->base->type_count; i++) {
			const struct served_type *type = &making->base->types[i];
			if ((type->documentation.ptr != NULL) != documented)
				continue;
			if (type->is_additional)
				additional_resource(making, rest, type);
			else
				resource(making, rest, type);
		}
}

/** What both kinds of statement say of who and when. */
static void identity(struct making *making, struct fhir_node *statement, int64_t date_ms)
{
	struct fhir_node *software = making->failed ? NULL : fhir_node_child(statement, SLICE("software"));
	struct fhir_node *implementation = making->failed ? NULL : fhir_node_child(statement, SLICE("implementation"));
	char date[TIME_INSTANT_SIZE];

	time_format_instant(date_ms, date);
	making->failed |= !software || !implementation;
	value(making, statement, "date", slice_of(date));
	value(making, software, "version", SLICE(PACKAGE_VERSION));
	value(making, implementation, "url", BASE_MARK);
}

static void complete(struct making *making, struct fhir_node *statement, enum access_mode mode)
{
	struct fhir_node *rest = making->failed ? NULL : fhir_node_child(statement, SLICE("rest"));

	making->failed |= !rest;
	value(making, statement, "fhirVersion", slice_of(fhir_version_number(making->base->version)));
	value(making, statement, "url", arena_printf(making->arena, "%.*s/metadata", SLICE_ARG(BASE_MARK)));
	security(making, rest, mode);
	find_referrers(making);
	resources(making, rest);
	interactions(making, rest, LISTED_SYSTEM, NULL);
	operations(making, rest, NULL);
}

static bool template_read(struct making *making, const char *asset, struct fhir_node **out, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;
	struct slice json;

	issues_init(&issues, making->arena, 1);
	if (!asset_get(asset, &json, err))
		return false;
	if (fhir_json_read(making->arena, making->base->schema, NULL, json, &limits, &issues, out))
		return true;
	error_set(err, ERROR_USAGE, asset, "line %u: %.*s", issues.first ? issues.first->line : 0,
		  SLICE_ARG(issues.first ? issues.first->text : SLICE("not a resource")));
	return error_hint(err, "the file must be a resource of FHIR %s", fhir_version_number(making->base->version));
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

/** `complete_more` fills in what only that kind of statement has; NULL: nothing. */
static bool make(struct arena *arena, const char *asset, const struct capability_facts *facts,
		 void (*complete_more)(struct making *making, struct fhir_node *statement, enum access_mode mode),
		 struct capability *out, struct error *err)
{
	struct arena *scratch = arena_new(4 * CAPABILITY_MAX_BYTES);
	struct making making = { scratch, facts->base, facts->conditional_delete, NULL, false };
	struct fhir_node *statement = NULL;

	if (!scratch)
		return error_memory(err);
	bool ok = template_read(&making, asset, &statement, err);
	if (ok) {
		identity(&making, statement, facts->date_ms);
		if (complete_more)
			complete_more(&making, statement, facts->mode);
		ok = making.failed
			 ? error_set(err, ERROR_USAGE, asset, "cannot be completed: rest, software and implementation are needed")
			 : fhir_narrative_generate(scratch, facts->base->schema, statement, err);
	}
	ok = ok && write_and_cut(arena, statement, out, err);
	arena_free(scratch);
	return ok;
}

bool capability_make(struct arena *arena, const struct capability_facts *facts, struct capability *out, struct error *err)
{
	return make(arena, ASSET, facts, complete, out, err);
}

bool capability_make_terminology(struct arena *arena, const struct capability_facts *facts, struct capability *out,
				 struct error *err)
{
	return make(arena, TERMINOLOGY_ASSET, facts, NULL, out, err);
}

void capability_write(struct buf *buf, const struct capability *capability, struct slice base_url)
{
	for (size_t i = 0; i < capability->piece_count; i++) {
		if (i)
			buf_append(buf, base_url);
		buf_append(buf, capability->pieces[i]);
	}
}
