/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/fhir.h"

bool fhir_is_xml(struct slice text)
{
	struct slice mark = SLICE("\xef\xbb\xbf");

	text = slice_trim(slice_starts(text, mark) ? slice_from(text, mark.len) : text);
	return text.len && text.ptr[0] == '<';
}

bool fhir_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, bool lenient,
	       struct slice text, struct issues *issues, struct fhir_node **out)
{
	struct fhir_json_limits json = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_xml_limits xml = FHIR_XML_LIMITS_DEFAULT;

	json.lenient = xml.lenient = lenient;
	if (fhir_is_xml(text))
		return fhir_xml_read(arena, schema, type, text, &xml, issues, out);
	return fhir_json_read(arena, schema, type, text, &json, issues, out);
}
