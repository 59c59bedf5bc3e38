/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader and writer. */
#include "codec.h"

static bool read(struct arena *arena, const struct fhir_schema *schema, struct slice text, struct issues *issues,
		 struct fhir_node **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;

	return fhir_json_read(arena, schema, NULL, text, &limits, issues, out);
}

static bool write(struct buf *buf, const struct fhir_node *node)
{
	fhir_json_write(buf, node, FHIR_JSON_COMPACT);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	codec_fuzz(&(struct codec){ read, write }, (struct slice){ (const char *)data, size });
	return 0;
}
