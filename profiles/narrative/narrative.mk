# SPDX-License-Identifier: Apache-2.0
# Templates of narratives, one for each resource type.
profiles_data += \
	profiles/narrative/ActivityDefinition.yaml \
	profiles/narrative/CapabilityStatement.yaml \
	profiles/narrative/DocumentReference.yaml \
	profiles/narrative/InsurancePlan.yaml \
	profiles/narrative/Library.yaml \
	profiles/narrative/Organization.yaml \
	profiles/narrative/PlanDefinition.yaml \
	profiles/narrative/ProcedureDefinition.yaml \
	profiles/narrative/Provenance.yaml \
	profiles/narrative/ValueSet.yaml
