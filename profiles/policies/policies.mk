# SPDX-License-Identifier: Apache-2.0
profiles_data += \
	profiles/policies/rules.yaml \
	profiles/structures/PolicyRecord.json
