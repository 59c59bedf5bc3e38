# SPDX-License-Identifier: Apache-2.0
# The files that become part of the program, as `asset_get` names them (without profiles/). Each area adds its own.
include profiles/api/api.mk
include profiles/apply/apply.mk
include profiles/fhir.mk
include profiles/maps/maps.mk
include profiles/narrative/narrative.mk
include profiles/operations/operations.mk
include profiles/policies/policies.mk
include profiles/records/records.mk
include profiles/structures/structures.mk

gateway/base/embedded.c: profiles/embed.sh $(profiles_data)
	@$(MKDIR_P) gateway/base
	$(AM_V_GEN)$(SHELL) $(srcdir)/profiles/embed.sh "$(abs_srcdir)" $(profiles_data) >$@.tmp && mv $@.tmp $@

CLEANFILES += gateway/base/embedded.c
EXTRA_DIST += profiles/embed.sh $(profiles_data)
