# SPDX-License-Identifier: Apache-2.0
profiles_data += \
	profiles/api/browse.html \
	profiles/api/capability.json \
	profiles/api/home.html \
	profiles/api/lifecycle.yaml \
	profiles/api/related-policies.yaml \
	profiles/api/served.yaml \
	profiles/api/terminology.json
