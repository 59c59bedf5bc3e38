/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway that asks who its clients are: by their certificates, which are here but names. */
#ifndef CANNULA_TESTS_API_GUARDED_H
#define CANNULA_TESTS_API_GUARDED_H

#include "serving.h"

#define IDENTITY(row_subject, row_scopes)                                                                                        \
	{                                                                                                                        \
		.subject = { row_subject, sizeof(row_subject) - 1 }, .scopes = { row_scopes, ARRAY_SIZE(row_scopes) }            \
	}

/** Asks for certificates from now on. */
static inline void guard(struct access_identity *identities, size_t count)
{
	struct error err = { 0 };

	access_free(gateway.access);
	gateway.access_options.mode = SLICE("mtls");
	gateway.access_options.identities = (struct option_rows){ identities, count };
	assert_ok(access_new(&gateway.access_options, NULL, NULL, &gateway.access, &err), &err);
	assert_ok(api_guard(gateway.api, gateway.access, &err), &err);
}

static inline struct answer ask_as(const struct net_identity *identity, const char *target)
{
	return ask((struct asking){ .target = target, .identity = identity });
}

static inline struct answer ask_leniently(const struct net_identity *identity, const char *target)
{
	return ask((struct asking){
	    .target = target, .identity = identity, .headers = { { SLICE("Prefer"), SLICE("handling=lenient") } } });
}

static inline size_t times_in(const struct answer *answer, const char *text)
{
	struct slice rest = answer->body;
	size_t count = 0;

	for (size_t at; (at = slice_find(rest, slice_of(text))) != SIZE_MAX; rest = slice_from(rest, at + 1))
		count++;
	return count;
}

#endif
