/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

QMACHINE_AVAILABLE_IN_1_0
GMainContext *q_main_context_new_for_poll (int *fd) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
