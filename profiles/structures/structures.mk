# SPDX-License-Identifier: Apache-2.0
# Our additional resource and the code systems and value sets that it and the maps use.
profiles_data += \
	profiles/structures/ProcedureDefinition.json \
	profiles/terminology/cannula.json
