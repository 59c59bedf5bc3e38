# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/net/admission \
	tests/net/bodies \
	tests/net/http1 \
	tests/net/http2 \
	tests/net/http2_ends \
	tests/net/http2_memory \
	tests/net/http2_past \
	tests/net/http2_region \
	tests/net/http2_rules \
	tests/net/listeners \
	tests/net/lull \
	tests/net/server \
	tests/net/serving \
	tests/net/serving_ends \
	tests/net/tls \
	tests/net/tls_certificates
EXTRA_DIST += tests/net/certificates.h tests/net/client.h tests/net/frames.h tests/net/live.h
