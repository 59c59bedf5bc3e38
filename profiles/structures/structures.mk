# SPDX-License-Identifier: Apache-2.0
# Our additional resource, and the extensions, code systems and value sets that it and the maps use.
profiles_data += \
	profiles/extensions/additional-resource.json \
	profiles/extensions/policy-position.json \
	profiles/structures/ProcedureDefinition.json \
	profiles/terminology/cannula.json
