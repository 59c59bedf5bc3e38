# SPDX-License-Identifier: Apache-2.0
# Operations of our own.
profiles_data += profiles/operations/related-policies.json
