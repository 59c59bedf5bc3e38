# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/net/http1 \
	tests/net/server \
	tests/net/serving \
	tests/net/tls
EXTRA_DIST += tests/net/live.h
