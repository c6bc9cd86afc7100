/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmachine/q-version.h"

/**
 * q_get_major_version:
 *
 * Gets the major version of the library that the program runs with.
 *
 * Returns: the version; [const@MAJOR_VERSION] is that of the headers
 *
 * Since: 1.0
 */
guint
q_get_major_version (void)
{
  return QMACHINE_MAJOR_VERSION;
}

/**
 * q_get_minor_version:
 *
 * Gets the minor version of the library that the program runs with.
 *
 * Returns: the version; [const@MINOR_VERSION] is that of the headers
 *
 * Since: 1.0
 */
guint
q_get_minor_version (void)
{
  return QMACHINE_MINOR_VERSION;
}

/**
 * q_get_micro_version:
 *
 * Gets the micro version of the library that the program runs with.
 *
 * Returns: the version; [const@MICRO_VERSION] is that of the headers
 *
 * Since: 1.0
 */
guint
q_get_micro_version (void)
{
  return QMACHINE_MICRO_VERSION;
}
