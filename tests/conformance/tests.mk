# SPDX-License-Identifier: Apache-2.0
conformance_tests = tests/conformance/conformance.sh
TESTS += $(conformance_tests)
EXTRA_DIST += \
	$(conformance_tests) \
	tests/conformance/README.md \
	tests/conformance/allowed-warnings.txt \
	tests/conformance/compare.py \
	tests/conformance/compare.sh \
	tests/conformance/faults.py \
	tests/conformance/pom.xml \
	tests/conformance/src/main/java/dev/cannula/conformance/Allowed.java \
	tests/conformance/src/main/java/dev/cannula/conformance/Schema.java \
	tests/conformance/src/main/java/dev/cannula/conformance/Validate.java \
	tests/conformance/src/main/java/dev/cannula/conformance/Verdicts.java
clean-local:
	rm -rf tests/conformance/target tests/clients/target

# Our validator beside the HL7 one: minutes of work, so not part of the suite.
compare-validators: all
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/conformance/compare.sh
.PHONY: compare-validators
