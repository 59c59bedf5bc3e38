/* SPDX-License-Identifier: Apache-2.0 */
#include "api/validation.h"

const char *const validation_words[] = { "full", "structure", "off", NULL };

bool validation_validator(struct api *api, enum fhir_version version, const struct validator **out, struct error *err)
{
	pthread_mutex_lock(&api->validators_lock);
	bool ok = api->validators[version] || validator_new(api->bases[version].schema, &api->validators[version], err);
	*out = api->validators[version];
	pthread_mutex_unlock(&api->validators_lock);
	return ok;
}

static bool give_terms(void *context, enum fhir_version version, const struct terms_source **out, struct error *err)
{
	const struct validator *validator;

	if (!validation_validator(context, version, &validator, err))
		return false;
	*out = validator_terms(validator);
	return true;
}

void validation_consult(struct api *api, struct store *store)
{
	store_consult(store, (struct store_terms){ give_terms, api });
}

bool validation_run(struct api *api, enum fhir_version version, const struct fhir_node *resource, struct issues *issues,
		    struct error *err)
{
	const struct validator *validator;

	if (slice_equal(api->options.validation, SLICE("off")))
		return true;
	if (slice_equal(api->options.validation, SLICE("structure"))) {
		/* What is wrong stands in the issues. */
		bool fine = fhir_node_check(resource, issues);
		(void)fine;
		return true;
	}
	return validation_validator(api, version, &validator, err) && validate_resource(validator, resource, issues, err);
}
