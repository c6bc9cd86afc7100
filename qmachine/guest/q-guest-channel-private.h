/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "guest/port-private.h"
#include "guest/q-guest-channel.h"

/* One whose bytes are the observer's, who is taken over in any case; nullable. The machine keeps
 * the channel. */
QGuestChannel *q_guest_channel_add (QMachine *machine, const char *name,
                                    const QPortObserver *observer, gpointer user_data,
                                    GError **error);
