/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

/** No query and no content: they may say more about somebody than a log should keep. */
void api_access_log(struct api *api, const struct net_request *request, unsigned status, uint64_t bytes, uint64_t duration_us)
{
	if (!api->options.access_log)
		return;
	struct route route = route_parse(request->arena, request->path);
	const struct api_interaction *interaction = route_interaction(route.place, request->method);

	log_write(LOG_INFO, "access id=%llu peer=%.*s method=%.*s interaction=%s path=%.*s status=%u bytes=%llu us=%llu",
		  (unsigned long long)request->id, SLICE_ARG(request->peer), SLICE_ARG(request->method_text),
		  interaction ? interaction->code : "-", SLICE_ARG(request->path), status, (unsigned long long)bytes,
		  (unsigned long long)duration_us);
}
