/* SPDX-License-Identifier: Apache-2.0 */
/** modes: the words of access.mode and of listeners' access. */
#ifndef CANNULA_ACCESS_MODES_H
#define CANNULA_ACCESS_MODES_H

#include "cannula/access.h"

/** NULL-terminated, in the order of enum access_mode. */
extern const char *const mode_words[];

bool mode_parse(struct slice word, enum access_mode *out) MUST_USE;
/** That of a listener; NULL, or one that says none: that of `options`. All words were checked. */
enum access_mode mode_at(const struct access_options *options, const struct net_listener *listener);
/** A bit for each mode that the first listener or one of `net` (NULL: there are no others) has. */
unsigned modes_used(const struct access_options *options, const struct net_options *net);

static inline bool modes_have(unsigned modes, enum access_mode mode)
{
	return modes & 1u << mode;
}

#endif
