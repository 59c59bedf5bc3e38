# SPDX-License-Identifier: Apache-2.0
profiles_data += profiles/apply/elements.tsv
