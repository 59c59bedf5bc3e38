# SPDX-License-Identifier: Apache-2.0
profiles_data += \
	profiles/code-systems.yaml \
	profiles/diff.yaml \
	profiles/r4/codes.tsv \
	profiles/r4/operations.ndjson \
	profiles/r4/rules.tsv \
	profiles/r4/search.tsv \
	profiles/r4/types.tsv \
	profiles/r5/codes.tsv \
	profiles/r5/operations.ndjson \
	profiles/r5/rules.tsv \
	profiles/r5/search.tsv \
	profiles/r5/types.tsv \
	profiles/search-parameters.tsv \
	profiles/units.tsv

EXTRA_DIST += profiles/generate.py

# For maintainers: make tables DEFINITIONS_R4=dir DEFINITIONS_R5=dir, each an unpacked FHIR definitions package.
tables:
	@test -n "$(DEFINITIONS_R4)" && test -n "$(DEFINITIONS_R5)" || \
		{ echo "make tables DEFINITIONS_R4=dir DEFINITIONS_R5=dir (unpacked FHIR definitions packages)" >&2; exit 2; }
	$(PYTHON3) $(srcdir)/profiles/generate.py --definitions $(DEFINITIONS_R4) --out $(srcdir)/profiles/r4
	$(PYTHON3) $(srcdir)/profiles/generate.py --definitions $(DEFINITIONS_R5) --out $(srcdir)/profiles/r5
.PHONY: tables
