# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += conf/cannula.service conf/cannula.socket conf/cannula.yaml conf/demo.yaml
