/* SPDX-License-Identifier: Apache-2.0 */
/* What a map got wrong. A listener hears of all of it, so reading and compiling go on behind a mistake; without one the first
 * ends them. */
#ifndef MAP_MISTAKES_H
#define MAP_MISTAKES_H

#include "cannula/base.h"

struct map_mistakes {
	void (*tell)(void *context, const struct error *mistake); /**< NULL: the first is the error */
	void *context;
	struct arena *arena;
	struct error *err; /**< where each is set first */
	size_t count;
	struct map_mistake *told;
};

/** Tells of the mistake that `err` holds, unless it was told before (a group is compiled for several types), and clears it.
 * False: there is none to hear it, it is no mistake of the map (no memory, a limit), or it is the last that is told. */
bool map_mistakes_go_on(struct map_mistakes *mistakes) MUST_USE;

#endif
