# SPDX-License-Identifier: Apache-2.0
# `make soak SOAK_SECONDS=600`; SOAK_FLAGS as `python3 tests/soak/soak.py --help` tells. tests/scenario/soak.sh is a few seconds of it.
SOAK_SECONDS = 600
SOAK_FLAGS =
EXTRA_DIST += \
	tests/soak/churn.py \
	tests/soak/client.py \
	tests/soak/gateway.py \
	tests/soak/ledger.py \
	tests/soak/soak.py \
	tests/soak/work.py

soak: all
	CANNULA='$(abs_top_builddir)/cannula$(EXEEXT)' CANNULA_TOP='$(abs_top_srcdir)' CURL='$(CURL)' H2LOAD='$(H2LOAD)' \
		$(PYTHON3) -B $(srcdir)/tests/soak/soak.py --seconds $(SOAK_SECONDS) $(SOAK_FLAGS)
.PHONY: soak
