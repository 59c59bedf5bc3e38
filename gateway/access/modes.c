/* SPDX-License-Identifier: Apache-2.0 */
#include "access/modes.h"

const char *const mode_words[] = {
	[ACCESS_OPEN] = "open", [ACCESS_MTLS] = "mtls", [ACCESS_TOKEN] = "token", [ACCESS_MODES] = NULL
};

const char *access_mode_name(enum access_mode mode)
{
	return mode_words[mode];
}

bool mode_parse(struct slice word, enum access_mode *out)
{
	for (*out = ACCESS_OPEN; *out < ACCESS_MODES; ++*out)
		if (slice_equal(word, slice_of(mode_words[*out])))
			return true;
	return false;
}

enum access_mode mode_at(const struct access_options *options, const struct net_listener *listener)
{
	enum access_mode mode;

	if (mode_parse(listener && listener->access.len ? listener->access : options->mode, &mode))
		return mode;
	return ACCESS_TOKEN; /* what nobody has checked is not open */
}

unsigned modes_used(const struct access_options *options, const struct net_options *net)
{
	const struct net_listener *more = net ? net->listeners.items : NULL;
	unsigned used = 1u << mode_at(options, NULL);

	for (size_t i = 0; more && i < net->listeners.count; i++)
		used |= 1u << mode_at(options, &more[i]);
	return used;
}
