/* SPDX-License-Identifier: Apache-2.0 */
#include "api/operation.h"

#include "api/call.h"

const struct api_operation *const api_operations[] = {
	&operation_row_apply_activity, &operation_row_apply_plan, &operation_row_meta,     &operation_row_meta_add,
	&operation_row_meta_delete,    &operation_row_related,    &operation_row_validate, NULL,
};

#define NAMES_MAX 32

static unsigned level_of(enum route_place place)
{
	if (place == ROUTE_BASE_OPERATION)
		return OPERATION_SYSTEM;
	if (place == ROUTE_TYPE_OPERATION)
		return OPERATION_TYPE;
	return place == ROUTE_INSTANCE_OPERATION ? OPERATION_INSTANCE : 0;
}

static bool is_at(const struct api_operation *operation, enum route_place place, struct slice type)
{
	if (!(operation->levels & level_of(place)))
		return false;
	if (!type.ptr || !operation->types)
		return true;
	for (size_t i = 0; operation->types[i]; i++)
		if (slice_equal(type, slice_of(operation->types[i])))
			return true;
	return false;
}

const struct api_operation *operation_find(struct slice name, enum route_place place, struct slice type)
{
	for (size_t i = 0; api_operations[i]; i++)
		if (slice_equal(name, slice_of(api_operations[i]->name)) && is_at(api_operations[i], place, type))
			return api_operations[i];
	return NULL;
}

bool operation_takes(const struct api_operation *operation, enum net_method method)
{
	return method == NET_POST || (!operation->affects_state && (method == NET_GET || method == NET_HEAD));
}

static size_t names_at(enum route_place place, struct slice type, const char *names[NAMES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; api_operations[i] && count < NAMES_MAX; i++)
		if (is_at(api_operations[i], place, type))
			names[count++] = api_operations[i]->name;
	return count;
}

struct slice operation_names(struct arena *arena, enum route_place place, struct slice type)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t count = names_at(place, type, names);

	return served_names_join(arena, names, count);
}

const char *operation_nearest(struct slice name, enum route_place place, struct slice type)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t count = names_at(place, type, names);

	return nearest_name(name, names, count);
}

void api_operation(struct api_call *call)
{
	call->operation->handler(call);
}
