/* SPDX-License-Identifier: Apache-2.0 */
/* $related-policies: the policies that are about a procedure's codes, as they stand on a date, with the groups that name the
 * code. What they are, which are meant and in what order is profiles/api/related-policies.yaml. */
#include <stdlib.h>

#include "api/answer.h"
#include "api/gate.h"
#include "api/input.h"
#include "api/operation.h"
#include "api/related.h"
#include "api/stored.h"

#define CODES_MAX 100u
#define POLICIES_MAX 1000u
#define GROUPS_MAX 200u
#define DATE_LENGTH (sizeof("2026-11-25") - 1)

struct policy {
	const struct fhir_node *resource;
	struct slice order; /**< among those of the same standing */
	size_t standing;
};

struct relating {
	struct api_call *call;
	const struct related_rules *rules;
	struct arena *arena;
	struct input input;
	struct store_value codes[CODES_MAX];
	size_t code_count;
	struct slice includes[INPUT_VALUES_MAX];
	size_t include_count;
	struct fhirpath_variable variables[4];
	struct policy *policies;
	size_t policy_count;
	struct error err;
};

static bool refuse(struct relating *relating, unsigned status, const char *code, struct slice text, struct slice hint)
{
	answer_error(relating->call, status, code, text, hint);
	return false;
}

static bool fail(struct relating *relating)
{
	answer_failure(relating->call, &relating->err);
	return false;
}

static bool evaluate(struct relating *relating, const struct fhirpath_program *program, const struct fhir_node *node,
		     struct fhirpath_result *out)
{
	struct fhirpath_context context = {
		.schema = relating->call->base->schema,
		.variables = relating->variables,
		.variable_count = ARRAY_SIZE(relating->variables),
	};

	return fhirpath_eval_node(relating->arena, program, &context, node, out, &relating->err);
}

static bool holds(struct relating *relating, const struct fhirpath_program *program, const struct fhir_node *node, bool *out)
{
	struct fhirpath_result value;

	if (!evaluate(relating, program, node, &value))
		return false;
	*out = value.count == 1 && slice_equal(fhirpath_item_text(&value.items[0]), SLICE("true"));
	return true;
}

/* ---- what is asked ---- */

static struct slice lower(struct arena *arena, struct slice text)
{
	struct slice copy = arena_copy(arena, text);

	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] >= 'A' && copy.ptr[i] <= 'Z')
			((char *)copy.ptr)[i] = (char)(copy.ptr[i] - 'A' + 'a');
	return copy;
}

static bool variable_set(struct relating *relating, size_t index, const char *name, const struct slice *texts, size_t count)
{
	struct fhirpath_item *items = arena_new_array(relating->arena, struct fhirpath_item, count + 1);

	if (!items)
		return error_memory(&relating->err);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct fhirpath_item){ .kind = FHIRPATH_STRING, .text = lower(relating->arena, texts[i]) };
	relating->variables[index] = (struct fhirpath_variable){ slice_of(name), { items, count } };
	return true;
}

/** "OH" is "Ohio" too. */
static size_t state_names(const struct relating *relating, struct slice given, struct slice names[2])
{
	size_t count = 0;

	if (given.ptr)
		names[count++] = given;
	for (size_t i = 0; given.ptr && i < relating->rules->state_count; i++) {
		const struct related_state *state = &relating->rules->states[i];
		if (slice_equal_nocase(given, state->code))
			names[count++] = state->name;
		else if (slice_equal_nocase(given, state->name))
			names[count++] = state->code;
	}
	return count;
}

static bool date_valid(struct slice date)
{
	for (size_t i = 0; i < date.len; i++) {
		bool is_dash = i == 4 || i == 7;
		if (is_dash ? date.ptr[i] != '-' : date.ptr[i] < '0' || date.ptr[i] > '9')
			return false;
	}
	return date.len == DATE_LENGTH;
}

static bool date_take(struct relating *relating, char today[TIME_INSTANT_SIZE], struct slice *out)
{
	*out = input_text(&relating->input, SLICE("date"));
	time_format_instant(time_now_ms(), today);
	if (!out->ptr)
		*out = (struct slice){ today, DATE_LENGTH };
	return date_valid(*out) ||
	       refuse(relating, 400, "value",
		      arena_printf(relating->call->request->arena, "date='%.*s' is not a day", SLICE_ARG(*out)),
		      SLICE("Write it as YYYY-MM-DD."));
}

static bool refuse_include(struct relating *relating, struct slice given)
{
	struct arena *arena = relating->call->request->arena;
	struct slice names = SLICE_NONE;

	for (size_t i = 0; i < relating->rules->standing_count; i++)
		names = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(names), i ? ", " : "",
				     SLICE_ARG(relating->rules->standings[i].name));
	return refuse(relating, 400, "code-invalid", arena_printf(arena, "include takes no '%.*s'", SLICE_ARG(given)),
		      arena_printf(arena, "It takes %.*s; each as a parameter of its own.", SLICE_ARG(names)));
}

static bool includes_take(struct relating *relating)
{
	const struct related_rules *rules = relating->rules;

	relating->include_count = input_texts(&relating->input, SLICE("include"), relating->includes);
	for (size_t i = 0; i < relating->include_count; i++) {
		bool known = false;
		for (size_t j = 0; j < rules->standing_count; j++)
			known |= slice_equal(relating->includes[i], rules->standings[j].name);
		if (!known)
			return refuse_include(relating, relating->includes[i]);
	}
	return true;
}

static bool asked_take(struct relating *relating)
{
	struct slice payer = input_text(&relating->input, SLICE("payer")), state = input_text(&relating->input, SLICE("state"));
	struct slice line = input_text(&relating->input, SLICE("line-of-business")), date, states[2];
	char today[TIME_INSTANT_SIZE];

	if (!includes_take(relating) || !date_take(relating, today, &date))
		return false;
	size_t state_count = state_names(relating, state, states);
	if (variable_set(relating, 0, "payer", &payer, payer.ptr ? 1 : 0) &&
	    variable_set(relating, 1, "state", states, state_count) &&
	    variable_set(relating, 2, "line", &line, line.ptr ? 1 : 0) && variable_set(relating, 3, "date", &date, 1))
		return true;
	return fail(relating);
}

/* ---- the codes ---- */

/** As in a search: system|code, or a code of any system. */
static void code_given(struct relating *relating, struct slice text)
{
	struct slice code = text, first = slice_cut(&code, '|');
	struct store_value *value = &relating->codes[relating->code_count++];

	*value = code.ptr ? (struct store_value){ .text = code, .system = first } : (struct store_value){ .text = first };
}

static bool codes_of(struct relating *relating, const struct fhir_node *definition)
{
	struct fhirpath_result codings;

	if (!evaluate(relating, relating->rules->codes, definition, &codings))
		return fail(relating);
	for (size_t i = 0; i < codings.count && relating->code_count < CODES_MAX; i++) {
		const struct fhir_node *coding = codings.items[i].node;
		struct slice code = coding ? fhir_node_text(coding, SLICE("code")) : SLICE_NONE;
		if (code.ptr)
			relating->codes[relating->code_count++] =
			    (struct store_value){ .text = code, .system = fhir_node_text(coding, SLICE("system")) };
	}
	return true;
}

static bool codes_take(struct relating *relating)
{
	struct slice texts[INPUT_VALUES_MAX];
	struct fhir_node *definition;

	size_t count = input_texts(&relating->input, SLICE("code"), texts);
	for (size_t i = 0; i < count; i++)
		code_given(relating, texts[i]);
	if (relating->call->route.place == ROUTE_INSTANCE_OPERATION) {
		if (count)
			return refuse(relating, 400, "invalid", SLICE("The path names the procedure already"),
				      SLICE("Ask for a code at [base]/Type/$related-policies."));
		if (!stored_instance(relating->call, &definition) || !codes_of(relating, definition))
			return false;
	}
	if (relating->code_count)
		return true;
	if (relating->call->route.place == ROUTE_INSTANCE_OPERATION)
		return refuse(relating, 422, "business-rule", SLICE("The definition has no code that a policy could name"),
			      SLICE_NONE);
	return refuse(relating, 400, "required", SLICE("Which procedure is meant is not said"),
		      SLICE("Send code=system|code, or ask [base]/Type/id/$related-policies."));
}

/* ---- policies ---- */

/** The filters whose parameter was given hold. */
static bool is_meant(struct relating *relating, const struct fhir_node *resource, bool *out)
{
	*out = true;
	for (size_t i = 0; *out && i < relating->rules->filter_count; i++) {
		const struct related_expression *filter = &relating->rules->filters[i];
		if (input_text(&relating->input, filter->name).ptr && !holds(relating, filter->program, resource, out))
			return false;
	}
	return true;
}

static bool is_included(const struct relating *relating, const struct related_expression *standing)
{
	bool included = standing->always;

	for (size_t i = 0; i < relating->include_count; i++)
		included |= slice_equal(relating->includes[i], standing->name);
	return included;
}

static bool policy_take(struct relating *relating, const struct fhir_node *resource)
{
	bool meant, stands = false;
	size_t i = 0;

	if (!is_meant(relating, resource, &meant))
		return false;
	for (; meant && i < relating->rules->standing_count; i++) {
		if (!holds(relating, relating->rules->standings[i].program, resource, &stands))
			return false;
		if (stands)
			break;
	}
	if (stands && is_included(relating, &relating->rules->standings[i]))
		relating->policies[relating->policy_count++] =
		    (struct policy){ resource, fhir_node_text(resource, relating->rules->policies.order), i };
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct policy *left = a, *right = b;

	if (left->standing != right->standing)
		return left->standing < right->standing ? -1 : 1;
	int order = slice_compare(left->order, right->order);
	return order ? order
		     : slice_compare(fhir_node_text(left->resource, SLICE("id")), fhir_node_text(right->resource, SLICE("id")));
}

static bool policies_find(struct relating *relating)
{
	const struct related_policies *policies = &relating->rules->policies;
	struct store_filter filter = {
		.param = stored_param(relating->call, policies->type, policies->code),
		.values = relating->codes,
		.value_count = relating->code_count,
	};
	struct stored_list list;

	ASSERT(filter.param);
	if (!stored_search(relating->call, policies->type, &filter, 1, POLICIES_MAX, &list, &relating->err))
		return fail(relating);
	if (list.is_cut)
		return refuse(relating, 422, "too-costly",
			      arena_printf(relating->call->request->arena, "More than %u policies name the code", POLICIES_MAX),
			      arena_printf(relating->call->request->arena, "Search %.*s by %.*s, page by page.",
					   SLICE_ARG(policies->type), SLICE_ARG(policies->code)));
	relating->policies = arena_new_array(relating->arena, struct policy, list.count + 1);
	if (!relating->policies) {
		error_memory(&relating->err);
		return fail(relating);
	}
	for (size_t i = 0; i < list.count; i++)
		if (!policy_take(relating, list.items[i]))
			return fail(relating);
	qsort(relating->policies, relating->policy_count, sizeof(struct policy), compare);
	return true;
}

/* ---- the answer ---- */

static bool entry_add(struct relating *relating, struct fhir_node *bundle, const struct fhir_node *resource, const char *mode)
{
	struct arena *arena = relating->arena;
	struct slice base = api_base_url(relating->call);
	struct fhir_node *entry = fhir_node_add(arena, bundle, SLICE("entry"), NULL);
	struct slice url = arena_printf(arena, "%.*s/%.*s/%.*s", SLICE_ARG(base), SLICE_ARG(resource->type->name),
					SLICE_ARG(fhir_node_text(resource, SLICE("id"))));
	struct fhir_node *search = entry ? fhir_node_add(arena, entry, SLICE("search"), NULL) : NULL;

	return (url.ptr && search && fhir_node_add_value(arena, entry, SLICE("fullUrl"), url) &&
		fhir_node_copy(arena, resource, entry) && fhir_node_add_value(arena, search, SLICE("mode"), slice_of(mode))) ||
	       error_memory(&relating->err);
}

/** The policy's groups that name one of the codes, for whom may read them. */
static bool groups_add(struct relating *relating, struct fhir_node *bundle, const struct fhir_node *resource)
{
	const struct related_groups *groups = &relating->rules->groups;
	struct store_value urls[GROUPS_MAX];
	struct store_filter filters[] = {
		{ .param = stored_param(relating->call, groups->type, groups->url), .values = urls },
		{ .param = stored_param(relating->call, groups->type, groups->code),
		  .values = relating->codes,
		  .value_count = relating->code_count },
	};
	struct fhirpath_result canonicals;
	struct stored_list list;

	ASSERT(filters[0].param && filters[1].param);
	if (!gate_allows(relating->call, groups->type, ACCESS_READ))
		return true;
	if (!evaluate(relating, groups->program, resource, &canonicals))
		return false;
	for (size_t i = 0; i < canonicals.count && i < GROUPS_MAX; i++) {
		struct slice canonical = fhirpath_item_text(&canonicals.items[i]);
		urls[filters[0].value_count++] = (struct store_value){ .text = slice_cut(&canonical, '|') };
	}
	if (!filters[0].value_count)
		return true;
	if (!stored_search(relating->call, groups->type, filters, ARRAY_SIZE(filters), GROUPS_MAX, &list, &relating->err))
		return false;
	for (size_t i = 0; i < list.count; i++)
		if (!entry_add(relating, bundle, list.items[i], "include"))
			return false;
	return true;
}

static bool head_add(struct relating *relating, struct fhir_node *bundle)
{
	struct arena *arena = relating->arena;
	const struct net_request *request = relating->call->request;
	struct slice total = arena_printf(arena, "%zu", relating->policy_count), base = api_base_url(relating->call);
	struct fhir_node *link = fhir_node_add(arena, bundle, SLICE("link"), NULL);
	struct slice self =
	    arena_printf(arena, "%.*s/%.*s%s%.*s/%s%s%.*s", SLICE_ARG(base), SLICE_ARG(relating->call->route.type),
			 relating->call->route.id.ptr ? "/" : "", SLICE_ARG(relating->call->route.id),
			 relating->call->operation->name, request->query.len ? "?" : "", SLICE_ARG(request->query));

	return (link && self.ptr && fhir_node_add_value(arena, bundle, SLICE("type"), SLICE("searchset")) &&
		fhir_node_add_value(arena, bundle, SLICE("total"), total) &&
		fhir_node_add_value(arena, link, SLICE("relation"), SLICE("self")) &&
		fhir_node_add_value(arena, link, SLICE("url"), self)) ||
	       error_memory(&relating->err);
}

static void answer(struct relating *relating)
{
	struct fhir_node *bundle = fhir_node_new(relating->arena, fhir_type_find(relating->call->base->schema, SLICE("Bundle")));
	bool ok = (bundle || error_memory(&relating->err)) && head_add(relating, bundle);

	for (size_t i = 0; ok && i < relating->policy_count; i++)
		ok = entry_add(relating, bundle, relating->policies[i].resource, "match") &&
		     groups_add(relating, bundle, relating->policies[i].resource);
	if (ok)
		answer_tree(relating->call, 200, bundle);
	else
		fail(relating);
}

static void operation_related(struct api_call *call)
{
	struct relating relating = { .call = call, .rules = call->api->related_rules, .arena = call->worker->scratch };

	if (gate_need(call, relating.rules->policies.type, ACCESS_READ | ACCESS_SEARCH) &&
	    input_read(call, NULL, &relating.input) && asked_take(&relating) && codes_take(&relating) && policies_find(&relating))
		answer(&relating);
}

static const char *const types[] = { "ActivityDefinition", "PlanDefinition", "ProcedureDefinition", NULL };
static const char *const parameters[] = { "code", "date", "include", "line-of-business", "payer", "state", NULL };

const struct api_operation operation_row_related = {
	.name = "$related-policies",
	.levels = OPERATION_TYPE | OPERATION_INSTANCE,
	.documentation = "The payer policies that are about a procedure, those in force first, with the code groups that name it",
	.types = types,
	.parameters = parameters,
	.handler = operation_related,
};
