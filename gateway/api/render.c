/* SPDX-License-Identifier: Apache-2.0 */
#include "api/render.h"

#include "api/browse.h"
#include "api/pretty.h"

/** A tree takes more room than its text. */
#define TREE_BYTES_PER_BYTE 32u
#define TREE_MIN_BYTES (1u << 20)

bool render_is_plain(const struct api_call *call)
{
	return call->format.form == FORM_JSON && !call->format.pretty && projection_is_whole(&call->projection);
}

static void prettify(struct buf *json)
{
	struct buf pretty;

	buf_init(&pretty, json->max_bytes);
	pretty_json(&pretty, buf_slice(json));
	buf_free(json);
	*json = pretty;
}

static bool tree_write_xml(const struct api_call *call, struct arena *arena, struct slice json, struct buf *out,
			   struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *tree;
	struct issues issues;

	limits.max_bytes = json.len;
	issues_init(&issues, arena, 1);
	if (!fhir_json_read(arena, call->base->schema, NULL, json, &limits, &issues, &tree))
		return error_set(err, ERROR_MEMORY, "", "the answer cannot be read again: %.*s",
				 SLICE_ARG(issues.first ? issues.first->text : SLICE("no memory")));
	return fhir_xml_write(out, tree, call->format.pretty ? FHIR_XML_PRETTY : FHIR_XML_COMPACT, err);
}

static bool to_xml(const struct api_call *call, struct buf *json, struct error *err)
{
	struct arena *arena = arena_new(TREE_MIN_BYTES + TREE_BYTES_PER_BYTE * json->len);
	struct buf xml;

	buf_init(&xml, 2 * json->max_bytes);
	bool ok = (arena || error_memory(err)) && tree_write_xml(call, arena, buf_slice(json), &xml, err);
	arena_free(arena);
	buf_free(json);
	*json = xml;
	return ok;
}

bool render(const struct api_call *call, struct buf *json, struct error *err)
{
	if (json->failed)
		return true;
	if (call->format.form == FORM_XML)
		return to_xml(call, json, err);
	if (call->format.form == FORM_PAGE)
		return browse_page(call, json, err);
	if (call->format.pretty)
		prettify(json);
	return true;
}
