/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers and key servers send: any bytes as a token, as the claims of one whose signature was good, and as a JWK set. No
 * token verifies, since the only keys are those of the input, and no input can sign. */
#include <stddef.h>
#include <stdint.h>

#include "access/jwk.h"
#include "access/scope.h"
#include "access/token.h"

#define ARENA_BYTES (16u << 20)

static const struct slice audience[] = { { "us", 2 } };
static const struct slice algorithms[] = { { "RS384", 5 }, { "ES384", 5 }, { "RS256", 5 }, { "ES256", 5 } };
static const struct access_token_options options = {
	.issuer = { "issuer", 6 },
	.audience = { audience, 1 },
	.algorithms = { algorithms, ARRAY_SIZE(algorithms) },
	.skew_ms = 60000,
	.max_token_bytes = 8192,
};

static void use_token(struct arena *arena, struct slice text, const struct jwk_set *set)
{
	struct token token = { 0 };

	if (token_parse(arena, text, &options, &token))
		return;
	ASSERT(token.algorithm && token.signed_part.len < text.len);
	const struct jwk *key = set ? jwk_set_find(set, token.key_id, token.algorithm) : NULL;
	ASSERT(!key || token_verify(&token, key));
}

static void use_claims(struct arena *arena, struct slice text)
{
	struct token token = { .payload = text };
	struct access_principal principal;
	struct slice bad_scope;
	int64_t expires_ms;

	if (token_claims(arena, &token, &options, 1000000000000, &principal, &expires_ms, &bad_scope))
		return;
	ASSERT(principal.name.len && expires_ms > 1000000000000 && principal.grant_count <= SCOPE_GRANTS_MAX);
	for (size_t i = 0; i < principal.grant_count; i++)
		ASSERT(access_allows(&principal, principal.grants[i].type, principal.grants[i].permissions));
}

/** The input's first line is a token, the rest a JWK set; and all of it is claims. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, rest = text, line = slice_cut(&rest, '\n');
	struct arena *arena = arena_new(ARENA_BYTES);
	size_t left_out = 0;

	if (!arena)
		return 0;
	struct jwk_set *set = rest.len ? jwk_set_new(rest, &left_out, NULL) : NULL;
	use_token(arena, line, set);
	use_claims(arena, text);
	jwk_set_unref(set);
	arena_free(arena);
	return 0;
}
