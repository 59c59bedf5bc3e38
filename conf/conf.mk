# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += conf/cannula.yaml conf/demo.yaml
