/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire-error-private.h"

G_DEFINE_QUARK (q - wire - error - quark, q_wire_error)
