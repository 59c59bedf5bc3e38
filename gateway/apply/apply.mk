# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/apply/activity.c \
	gateway/apply/apply.c \
	gateway/apply/assign.c \
	gateway/apply/plan.c \
	gateway/apply/result.c \
	gateway/apply/rules.c \
	gateway/apply/run.h \
	gateway/apply/scope.c
