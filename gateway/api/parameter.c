/* SPDX-License-Identifier: Apache-2.0 */
#include "api/parameter.h"

#include "api/answer.h"

#define OPERATION_PARAMETERS_MAX 16 /* that a hint lists */

static const struct common {
	const char *name;
	enum route_place place; /**< only there; ROUTE_NOWHERE: everywhere; ROUTE_HISTORY: in all histories */
	const char *values[4];  /**< those that are taken; none: any */
} commons[] = {
	{ "_format", ROUTE_NOWHERE, { NULL } }, /* negotiation reads it */
	{ "_pretty", ROUTE_NOWHERE, { "true", "false" } },
	{ "_summary", ROUTE_NOWHERE, { NULL } }, /* and so does projection_read */
	{ "_elements", ROUTE_NOWHERE, { NULL } },
	{ "_count", ROUTE_HISTORY, { NULL } },
	{ "_since", ROUTE_HISTORY, { NULL } },
	{ "_at", ROUTE_HISTORY, { NULL } },
	{ "_cursor", ROUTE_HISTORY, { NULL } },
	{ "mode", ROUTE_METADATA, { "full", "normative", "terminology" } },
};

static bool common_at(const struct common *common, enum route_place place)
{
	bool is_history = place == ROUTE_HISTORY || place == ROUTE_TYPE_HISTORY || place == ROUTE_BASE_HISTORY;

	return common->place == ROUTE_NOWHERE || common->place == (is_history ? ROUTE_HISTORY : place);
}

static const struct common *common_find(const struct api_call *call, const struct query_parameter *parameter)
{
	for (size_t i = 0; i < ARRAY_SIZE(commons); i++)
		if (common_at(&commons[i], call->route.place) && !parameter->modifier.ptr &&
		    slice_equal(parameter->name, slice_of(commons[i].name)))
			return &commons[i];
	return NULL;
}

static bool refuse_unknown(struct api_call *call, const struct query_parameter *parameter)
{
	struct arena *arena = call->request->arena;
	const char *names[ARRAY_SIZE(commons) + OPERATION_PARAMETERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commons); i++)
		if (common_at(&commons[i], call->route.place))
			names[count++] = commons[i].name;
	for (size_t i = 0; call->operation && call->operation->parameters && call->operation->parameters[i]; i++)
		if (count < ARRAY_SIZE(names))
			names[count++] = call->operation->parameters[i];
	struct slice list = served_names_join(arena, names, count);
	const char *documentation = call->interaction->documentation;
	answer_error(call, 400, "not-supported",
		     arena_printf(arena, "%s takes no parameter '%.*s'", call->interaction->code, SLICE_ARG(parameter->name)),
		     arena_printf(arena, "It takes: %.*s. %s%sPrefer: handling=lenient ignores others.", SLICE_ARG(list),
				  documentation ? documentation : "", documentation ? ". " : ""));
	return false;
}

static bool refuse_value(struct api_call *call, const struct query_parameter *parameter, const struct common *common)
{
	struct arena *arena = call->request->arena;
	size_t count = 0;

	while (count < ARRAY_SIZE(common->values) && common->values[count])
		count++;
	struct slice list = served_names_join(arena, common->values, count);
	answer_error(call, 400, "not-supported",
		     arena_printf(arena, "%s=%.*s is not supported", common->name, SLICE_ARG(parameter->value)),
		     arena_printf(arena, "%s takes here: %.*s.", common->name, SLICE_ARG(list)));
	return false;
}

/** Whether it is one of the operation's own. */
static bool operation_takes_parameter(const struct api_call *call, struct slice name)
{
	const char *const *names = call->operation ? call->operation->parameters : NULL;

	for (size_t i = 0; names && names[i]; i++)
		if (slice_equal(name, slice_of(names[i])))
			return true;
	return false;
}

static bool value_taken(const struct common *common, struct slice value)
{
	for (size_t i = 0; i < ARRAY_SIZE(common->values) && common->values[i]; i++)
		if (slice_equal(value, slice_of(common->values[i])))
			return true;
	return !common->values[0];
}

static bool names_check(struct api_call *call)
{
	for (size_t i = 0; i < call->query.count; i++) {
		const struct query_parameter *parameter = &call->query.items[i];
		const struct common *common = common_find(call, parameter);
		if (!common && operation_takes_parameter(call, parameter->name))
			continue;
		if (!common)
			return refuse_unknown(call, parameter);
		if (!value_taken(common, parameter->value))
			return refuse_value(call, parameter, common);
	}
	return true;
}

/** Only searches and histories count. */
static bool counting_check(struct api_call *call)
{
	if (call->projection.summary != SUMMARY_COUNT || call->interaction->parameters != PARAMETERS_COMMON)
		return true;
	answer_error(call, 400, "not-supported",
		     arena_printf(call->request->arena, "%s has nothing to count", call->interaction->code),
		     SLICE("_summary=count is for searches."));
	return false;
}

bool parameter_check(struct api_call *call)
{
	enum route_parameters parameters = call->interaction->parameters;
	struct slice reason, hint;

	if (parameters == PARAMETERS_IGNORED || call->query.count == 0)
		return true;
	if (!projection_read(call->request->arena, &call->query, call->type ? call->type->type : NULL, &call->projection, &reason,
			     &hint)) {
		answer_error(call, 400, "value", reason, hint);
		return false;
	}
	if (!counting_check(call))
		return false;
	return parameters == PARAMETERS_SEARCH || negotiate_is_lenient(call->request) || names_check(call);
}
