# SPDX-License-Identifier: Apache-2.0
# Our additional resource. The code systems, value sets and extensions that it and the maps use are published with it.
profiles_data += \
	profiles/structures/ProcedureDefinition.json \
	profiles/terminology/cannula.json
EXTRA_DIST += profiles/extensions/policy-position.json
