# SPDX-License-Identifier: Apache-2.0
profiles_data += \
	profiles/api/browse.html \
	profiles/api/capability.json \
	profiles/api/home.html \
	profiles/api/served.yaml

# Not part of the program: what the CapabilityStatement's extension means, for validators and for people.
EXTRA_DIST += profiles/extensions/additional-resource.json
