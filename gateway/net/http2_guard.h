/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_guard: frames that cost a peer nothing and make work here (resets, pings, settings, empty data, pieces of header blocks).
 * Each takes a token; tokens come back with time. A peer without tokens is an attacker or broken (CVE-2023-44487, CVE-2019-9512,
 * -9514, -9515, -9517, -9518, CVE-2024-27316).
 */
#ifndef CANNULA_NET_HTTP2_GUARD_H
#define CANNULA_NET_HTTP2_GUARD_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

struct http2_guard {
	uint64_t tokens, max_tokens;
	uint64_t counted_ms; /**< up to when tokens came back */
};

void http2_guard_init(struct http2_guard *guard, uint64_t max_tokens, uint64_t now_ms);
/** A frame begins. False: that is one too many. A tenth of `max_tokens` comes back each second. */
bool http2_guard_admit(struct http2_guard *guard, const nghttp2_frame_hd *frame, uint64_t now_ms);

#endif
