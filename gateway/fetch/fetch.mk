# SPDX-License-Identifier: Apache-2.0
gateway_sources +=
