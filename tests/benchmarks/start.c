/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program that does nothing, for what linking costs. */

int
main (void)
{
  return 0;
}
