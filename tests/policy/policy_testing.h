/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the policy room share: rules and schema, loaded once. */
#ifndef CANNULA_POLICY_TESTING_H
#define CANNULA_POLICY_TESTING_H

#include "../testing.h"

#include "policy/rules.h"

static struct arena *forever, *arena;
static struct policy_rules *rules;

static inline int load_rules(void **state)
{
	struct error err = { 0 };

	(void)state;
	forever = arena_new(256u << 20);
	arena = arena_new(256u << 20);
	if (forever && arena && policy_rules_load(forever, &rules, &err))
		return 0;
	print_error("%s: %s\n", err.place, err.message);
	return -1;
}

static inline int free_rules(void **state)
{
	(void)state;
	policy_rules_free(rules);
	arena_free(arena);
	arena_free(forever);
	return 0;
}

#endif
