#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A few seconds of `make soak`, with tokens: everything at once, and all that was acknowledged is there after a restart.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"
command -v python3 >/dev/null || skip_all "python3 is missing"
command -v openssl >/dev/null || skip_all "openssl is missing"

soak() {
	python3 -B "$CANNULA_TOP/tests/soak/soak.py" --seconds 5 --access token >"$scratch/soak" 2>&1 && return
	cat "$scratch/soak"
	return 1
}
ok "nothing goes wrong while clients do all they do" soak
ok "what was acknowledged was looked for" grep -Eq '^audit after a restart: [0-9]{2,} facts' "$scratch/soak"
done_testing
