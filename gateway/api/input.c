/* SPDX-License-Identifier: Apache-2.0 */
#include "api/input.h"

#include "api/answer.h"
#include "api/operation.h"
#include "api/published.h"

#define NAMES_MAX 32

static const struct fhir_node *definition_of(const struct api_call *call)
{
	return published_operation(&call->api->published[call->route.version], call->operation);
}

static bool is_input(const struct fhir_node *parameter)
{
	return slice_equal(fhir_node_text(parameter, SLICE("use")), SLICE("in"));
}

/** The next parameter that goes in, from `parameter` on. */
static const struct fhir_node *next_input(const struct fhir_node *parameter)
{
	while (parameter && !is_input(parameter))
		parameter = fhir_node_again(parameter);
	return parameter;
}

static const struct fhir_node *first_input(const struct api_call *call)
{
	return next_input(fhir_node_child(definition_of(call), SLICE("parameter")));
}

static const struct fhir_node *input_find(const struct api_call *call, struct slice name)
{
	const struct fhir_node *input = first_input(call);

	while (input && !slice_equal(fhir_node_text(input, SLICE("name")), name))
		input = next_input(fhir_node_again(input));
	return input;
}

static bool refuse(struct api_call *call, const char *code, struct slice text, struct slice hint)
{
	answer_error(call, 400, code, text, hint);
	return false;
}

static bool refuse_unknown(struct api_call *call, struct slice name)
{
	struct arena *arena = call->request->arena;
	const char *names[NAMES_MAX];
	size_t count = 0;

	for (const struct fhir_node *input = first_input(call); input; input = next_input(fhir_node_again(input)))
		if (count < NAMES_MAX && (names[count] = arena_cstr(arena, fhir_node_text(input, SLICE("name")))))
			count++;
	const char *nearest = nearest_name(name, names, count);
	struct slice list = served_names_join(arena, names, count);
	return refuse(call, "not-supported",
		      arena_printf(arena, "%s takes no parameter '%.*s'", call->operation->name, SLICE_ARG(name)),
		      arena_printf(arena, "%s%s%sIt takes: %.*s.", nearest ? "Did you mean '" : "", nearest ? nearest : "",
				   nearest ? "'? " : "", SLICE_ARG(list)));
}

static bool names_check(struct api_call *call, const struct input *input)
{
	const struct fhir_node *given = input->parameters ? fhir_node_child(input->parameters, SLICE("parameter")) : NULL;

	for (; given; given = fhir_node_again(given)) {
		struct slice name = fhir_node_text(given, SLICE("name"));
		if (!input_find(call, name))
			return refuse_unknown(call, name);
		if (!fhir_node_child(given, SLICE("value")) && !fhir_node_child(given, SLICE("resource")))
			return refuse(call, "required",
				      arena_printf(call->request->arena, "The parameter '%.*s' has no value", SLICE_ARG(name)),
				      SLICE_NONE);
	}
	return true;
}

/** How often a parameter was given, in whatever form. */
static size_t given_count(const struct input *input, struct slice name)
{
	const struct fhir_node *given = input->parameters ? fhir_node_child(input->parameters, SLICE("parameter")) : NULL;
	size_t count = 0;

	for (; given; given = fhir_node_again(given))
		count += slice_equal(fhir_node_text(given, SLICE("name")), name);
	for (size_t i = 0; i < input->call->query.count; i++)
		count += slice_equal(input->call->query.items[i].name, name);
	return count;
}

static bool counts_check(struct api_call *call, const struct input *input)
{
	struct arena *arena = call->request->arena;

	for (const struct fhir_node *each = first_input(call); each; each = next_input(fhir_node_again(each))) {
		struct slice name = fhir_node_text(each, SLICE("name")), max = fhir_node_text(each, SLICE("max"));
		size_t count = given_count(input, name);
		if (count == 0 && !slice_equal(fhir_node_text(each, SLICE("min")), SLICE("0")))
			return refuse(
			    call, "required",
			    arena_printf(arena, "%s needs the parameter '%.*s'", call->operation->name, SLICE_ARG(name)),
			    fhir_node_text(each, SLICE("documentation")));
		if (count > (slice_equal(max, SLICE("*")) ? INPUT_VALUES_MAX : 1))
			return refuse(call, "value",
				      arena_printf(arena, "The parameter '%.*s' is given too often", SLICE_ARG(name)),
				      SLICE_NONE);
	}
	return true;
}

bool input_read(struct api_call *call, const char *bare, struct input *out)
{
	bool has_body = call->given || slice_trim(call->request->body).len;
	struct body body;

	*out = (struct input){ .call = call };
	if (has_body && call->request->method == NET_POST) {
		if (!body_read(call, call->worker->scratch, &body))
			return false;
		bool is_parameters = slice_equal(body.resource->type->name, SLICE("Parameters"));
		*(is_parameters ? &out->parameters : &out->resource) = body.resource;
		if (!is_parameters && !bare)
			return refuse(call, "invalid",
				      arena_printf(call->request->arena, "%s takes a Parameters resource, not a %.*s",
						   call->operation->name, SLICE_ARG(body.resource->type->name)),
				      SLICE_NONE);
	}
	return names_check(call, out) && counts_check(call, out);
}

static struct slice text_of(const struct fhir_node *value)
{
	return value->type->kind == FHIR_KIND_PRIMITIVE ? value->value : fhir_node_text(value, SLICE("reference"));
}

size_t input_texts(const struct input *input, struct slice name, struct slice *out)
{
	const struct fhir_node *given = input->parameters ? fhir_node_child(input->parameters, SLICE("parameter")) : NULL;
	const struct query *query = &input->call->query;
	size_t count = 0;

	for (; given && count < INPUT_VALUES_MAX; given = fhir_node_again(given)) {
		const struct fhir_node *value = fhir_node_child(given, SLICE("value"));
		if (value && slice_equal(fhir_node_text(given, SLICE("name")), name) && text_of(value).ptr)
			out[count++] = text_of(value);
	}
	for (size_t i = 0; i < query->count && count < INPUT_VALUES_MAX; i++)
		if (slice_equal(query->items[i].name, name))
			out[count++] = query->items[i].value;
	return count;
}

struct slice input_text(const struct input *input, struct slice name)
{
	struct slice texts[INPUT_VALUES_MAX];

	return input_texts(input, name, texts) ? texts[0] : SLICE_NONE;
}

const struct fhir_node *input_node(const struct input *input, struct slice name)
{
	const struct fhir_node *given = input->parameters ? fhir_node_child(input->parameters, SLICE("parameter")) : NULL;

	while (given && !slice_equal(fhir_node_text(given, SLICE("name")), name))
		given = fhir_node_again(given);
	if (!given)
		return NULL;
	const struct fhir_node *resource = fhir_node_child(given, SLICE("resource"));
	return resource ? resource : fhir_node_child(given, SLICE("value"));
}
