/* SPDX-License-Identifier: Apache-2.0 */
/** process: what the system says of this process (proc(5)). */
#ifndef CANNULA_API_PROCESS_H
#define CANNULA_API_PROCESS_H

#include "cannula/base.h"

struct process_figures {
	double cpu_seconds, start_seconds; /**< start: since 1970 */
	uint64_t resident_bytes, virtual_bytes, open_fds, max_fds, threads;
};

/** False when the system does not say. Reads files: not on an event loop. */
bool process_figures(struct arena *arena, struct process_figures *out) MUST_USE;

#endif
