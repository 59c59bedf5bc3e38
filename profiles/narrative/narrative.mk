# SPDX-License-Identifier: Apache-2.0
# Templates of narratives, one for each resource type.
profiles_data += \
	profiles/narrative/ActivityDefinition.yaml \
	profiles/narrative/Appointment.yaml \
	profiles/narrative/CapabilityStatement.yaml \
	profiles/narrative/CarePlan.yaml \
	profiles/narrative/CommunicationRequest.yaml \
	profiles/narrative/DeviceRequest.yaml \
	profiles/narrative/DocumentReference.yaml \
	profiles/narrative/Goal.yaml \
	profiles/narrative/InsurancePlan.yaml \
	profiles/narrative/Library.yaml \
	profiles/narrative/MedicationRequest.yaml \
	profiles/narrative/NutritionOrder.yaml \
	profiles/narrative/OperationDefinition.yaml \
	profiles/narrative/Organization.yaml \
	profiles/narrative/PlanDefinition.yaml \
	profiles/narrative/ProcedureDefinition.yaml \
	profiles/narrative/Provenance.yaml \
	profiles/narrative/RequestOrchestration.yaml \
	profiles/narrative/SearchParameter.yaml \
	profiles/narrative/ServiceRequest.yaml \
	profiles/narrative/SupplyRequest.yaml \
	profiles/narrative/Task.yaml \
	profiles/narrative/TerminologyCapabilities.yaml \
	profiles/narrative/ValueSet.yaml
