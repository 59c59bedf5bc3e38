/* SPDX-License-Identifier: Apache-2.0 */
/** certificate: whose client certificate it is, by the rows of the configuration. */
#ifndef CANNULA_ACCESS_CERTIFICATE_H
#define CANNULA_ACCESS_CERTIFICATE_H

#include "cannula/access.h"

/** Somebody of the configuration, ready to be compared. */
struct certificate_row {
	const struct access_identity *identity;
	struct slice fingerprint; /**< as net writes it; absent: not by fingerprint */
	struct access_principal principal;
};

/** The rows of `options`, in their order. NULL: no memory. */
const struct certificate_row *certificate_rows_new(struct arena *arena, const struct access_options *options) MUST_USE;
/** The first row that fits; NULL when none does. */
const struct access_principal *certificate_principal(const struct certificate_row *rows, size_t count,
						     const struct net_identity *identity);

#endif
