/* SPDX-License-Identifier: Apache-2.0 */
#include "map/mistakes.h"

#include "cannula/map.h"

struct map_mistake {
	struct slice text;
	struct map_mistake *next;
};

static bool is_told(const struct map_mistakes *mistakes, struct slice text)
{
	for (const struct map_mistake *mistake = mistakes->told; mistake; mistake = mistake->next)
		if (slice_equal(mistake->text, text))
			return true;
	return false;
}

bool map_mistakes_go_on(struct map_mistakes *mistakes)
{
	struct error *err = mistakes->err;

	if (err->code == ERROR_NONE)
		return mistakes->count > 0;
	if (!mistakes->tell || err->code != ERROR_SYNTAX || mistakes->count == MAP_MISTAKES_MAX)
		return false;
	struct slice text = arena_printf(mistakes->arena, "%s %s", err->place, err->message);
	if (!is_told(mistakes, text)) {
		struct map_mistake *mistake = arena_new_of(mistakes->arena, struct map_mistake);

		if (!mistake)
			return false;
		*mistake = (struct map_mistake){ text, mistakes->told };
		mistakes->told = mistake;
		mistakes->count++;
		mistakes->tell(mistakes->context, err);
	}
	*err = (struct error){ .code = ERROR_NONE };
	return true;
}
