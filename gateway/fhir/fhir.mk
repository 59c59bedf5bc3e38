# SPDX-License-Identifier: Apache-2.0
gateway_sources += \
	gateway/fhir/align.c \
	gateway/fhir/align.h \
	gateway/fhir/check.c \
	gateway/fhir/code_systems.c \
	gateway/fhir/diff.c \
	gateway/fhir/document.c \
	gateway/fhir/issues.c \
	gateway/fhir/json.h \
	gateway/fhir/json_parse.c \
	gateway/fhir/json_patch.c \
	gateway/fhir/json_pointer.c \
	gateway/fhir/json_pointer.h \
	gateway/fhir/json_read.c \
	gateway/fhir/json_tree.c \
	gateway/fhir/json_write.c \
	gateway/fhir/narrative.c \
	gateway/fhir/narrative_section.c \
	gateway/fhir/narrative_section.h \
	gateway/fhir/narrative_text.c \
	gateway/fhir/narrative_text.h \
	gateway/fhir/node.c \
	gateway/fhir/node.h \
	gateway/fhir/place.c \
	gateway/fhir/place.h \
	gateway/fhir/schema.c \
	gateway/fhir/schema.h \
	gateway/fhir/schema_add.c \
	gateway/fhir/schema_search.c \
	gateway/fhir/schema_table.c \
	gateway/fhir/xml.h \
	gateway/fhir/xml_parse.c \
	gateway/fhir/xml_read.c \
	gateway/fhir/xml_write.c
