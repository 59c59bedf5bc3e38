/* SPDX-License-Identifier: Apache-2.0 */
/* _id: the id in the resource's own row, compared exactly. */
#include "store/kind.h"

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	if (!value->text.ptr)
		return kind_refuse_value(filter, value, "an id", err);
	condition_add_text(condition, "id = ?", value->text);
	return true;
}

const struct index_kind kind_id = { .match = match };
