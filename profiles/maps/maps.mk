# SPDX-License-Identifier: Apache-2.0
# Maps in lower case are only imported. maps/MODEL/TYPE.map for both FHIR versions, maps/MODEL/TYPE.r4.map and .r5.map for one.
profiles_data += \
	profiles/maps/policy/DocumentReference.map \
	profiles/maps/policy/InsurancePlan.map \
	profiles/maps/policy/Library.map \
	profiles/maps/policy/Organization.map \
	profiles/maps/policy/Provenance.map \
	profiles/maps/policy/ValueSet.map \
	profiles/maps/procedure/ActivityDefinition.r4.map \
	profiles/maps/procedure/ActivityDefinition.r5.map \
	profiles/maps/procedure/PlanDefinition.r4.map \
	profiles/maps/procedure/PlanDefinition.r5.map \
	profiles/maps/procedure/ProcedureDefinition.map \
	profiles/maps/procedure/activity.map \
	profiles/maps/procedure/head.map \
	profiles/maps/procedure/plan.map
