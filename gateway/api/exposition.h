/* SPDX-License-Identifier: Apache-2.0 */
/**
 * exposition: metrics as Prometheus reads them, text format 0.0.4.
 *
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
#ifndef CANNULA_API_EXPOSITION_H
#define CANNULA_API_EXPOSITION_H

#include "cannula/base.h"

/** Begins a family: `type` is "counter", "gauge" or "histogram". Its samples follow, all of them. */
void exposition_family(struct buf *buf, const char *name, const char *type, const char *help);
/** Sample of a family: `labels` as 'a="b",c="d"', or "" for none; values of labels went through exposition_label. */
void exposition_count(struct buf *buf, const char *name, const char *labels, uint64_t value);
void exposition_number(struct buf *buf, const char *name, const char *labels, double value);
/** A family of one sample without labels. */
void exposition_single(struct buf *buf, const char *name, const char *type, const char *help, double value);
/** 'key="value"', the value escaped. */
struct slice exposition_label(struct arena *arena, const char *key, struct slice value) MUST_USE;

#endif
