/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* For targets that play a peer: one input always does the same, without a clock. */

/* The library has read all that was written to the peer's end, and has done what follows from it.
 */
void q_fuzz_settle (int fd);

/* One that the documentation names for a call to a peer. */
void q_fuzz_check_call_error (const GError *error);
