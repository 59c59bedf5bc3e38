# SPDX-License-Identifier: Apache-2.0
unit_tests += tests/patch/fhirpath_patch
