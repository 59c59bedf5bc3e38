/* SPDX-License-Identifier: Apache-2.0 */
#include "store/kind.h"

const struct index_kind *kind_find(const struct fhir_search_param *definition)
{
	static const struct index_kind *const kinds[] = {
		[FHIR_SEARCH_NUMBER] = &kind_number,
		[FHIR_SEARCH_DATE] = &kind_date,
		[FHIR_SEARCH_STRING] = &kind_string,
		[FHIR_SEARCH_TOKEN] = &kind_token,
		[FHIR_SEARCH_REFERENCE] = &kind_reference,
		[FHIR_SEARCH_QUANTITY] = &kind_quantity,
		[FHIR_SEARCH_URI] = &kind_uri,
		[FHIR_SEARCH_SPECIAL] = NULL,
	};

	if (slice_equal(definition->code, SLICE("_text")) || slice_equal(definition->code, SLICE("_content")))
		return &kind_text;
	/* These two are columns of the resource's own row. */
	if (slice_equal(definition->code, SLICE("_id")))
		return &kind_id;
	if (slice_equal(definition->code, SLICE("_lastUpdated")))
		return &kind_updated;
	return kinds[definition->type];
}

const char *kind_plus(const struct index_kind *kind)
{
	return slice_equal(slice_of(kind->low), slice_of(kind->high)) ? "" : "+";
}

bool kind_refuse_modifier(const struct store_filter *filter, struct error *err)
{
	error_set(err, ERROR_UNSUPPORTED, "", "the search parameter %.*s does not take the modifier :%.*s here",
		  SLICE_ARG(filter->param->code), SLICE_ARG(filter->modifier));
	return error_hint(err, "leave the modifier out");
}

bool kind_refuse_value(const struct store_filter *filter, const struct store_value *value, const char *form, struct error *err)
{
	error_set(err, ERROR_SYNTAX, "", "the search parameter %.*s cannot have the value \"%.*s\"",
		  SLICE_ARG(filter->param->code), SLICE_ARG(value->text));
	return error_hint(err, "write it as %s", form);
}

bool writer_open(struct index_writer *writer, struct db_query *query, struct error *err)
{
	if (!db_query_open(writer->conn->db, slice_of(writer->kind->insert), query, err))
		return false;
	db_bind_int(query, writer->resource);
	db_bind_int(query, writer->change);
	db_bind_int(query, writer->param);
	db_bind_int(query, writer->item);
	return true;
}

bool writer_system(struct index_writer *writer, struct slice uri, int64_t *out, struct error *err)
{
	*out = SYSTEM_NONE;
	return uri.len == 0 || name_system(writer->conn, uri, true, out, err);
}

enum prefix kind_cut_prefix(struct slice *text)
{
	static const char names[][3] = {
		[PREFIX_EQ] = "eq", [PREFIX_NE] = "ne", [PREFIX_GT] = "gt", [PREFIX_LT] = "lt", [PREFIX_GE] = "ge",
		[PREFIX_LE] = "le", [PREFIX_SA] = "sa", [PREFIX_EB] = "eb", [PREFIX_AP] = "ap",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_starts(*text, slice_of(names[i]))) {
			*text = slice_from(*text, 2);
			return (enum prefix)i;
		}
	return PREFIX_EQ;
}
