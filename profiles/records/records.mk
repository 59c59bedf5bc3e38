# SPDX-License-Identifier: Apache-2.0
profiles_data += \
	profiles/records/page.yaml \
	profiles/structures/ProcedureRecord.json
