/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the official suite that we do not pass, each with its reason. */
{ NULL, NULL },
