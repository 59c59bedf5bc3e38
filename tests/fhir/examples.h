/* SPDX-License-Identifier: Apache-2.0 */
/* The specification's own examples, where CANNULA_SHARED has them. */
#ifndef CANNULA_EXAMPLES_H
#define CANNULA_EXAMPLES_H

#include "../testing.h"

#include "cannula/fhir.h"

#include <unistd.h>

/** Unpacks the examples of a version, calls `use` with their directory, and removes it; nothing to do without them. */
static inline void examples_unpack(enum fhir_version version, void (*use)(enum fhir_version version, const char *directory))
{
	const char *shared = getenv("CANNULA_SHARED"), *name = fhir_version_name(version);
	char directory[] = "/tmp/cannula-examples-XXXXXX", path[600], command[1800];

	snprintf(path, sizeof(path), "%s/fhir/%s-examples.tar.xz", shared ? shared : "", name);
	/* cmocka's skip() says "not ok … # SKIP", which TAP counts as a failure. */
	if (access(path, R_OK) != 0) {
		print_message("# no examples at %s\n", path);
		return;
	}
	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof(command), "tar -xf '%s' -C %s", path, directory);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	use(version, path);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
}

#endif
