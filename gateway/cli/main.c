/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

int main(void)
{
	return 0;
}
