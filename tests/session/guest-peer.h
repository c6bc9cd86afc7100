/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gunixsocketaddress.h>

#include "q-test-util.h"
#include "qmock.h"

/* A guest agent that a script plays, and one that is attached to it. */
typedef struct
{
  QTestResources before;
  QMockPeer *peer;
  QGuestAgent *agent;
  guint n_closed;
} GuestSession;

/* For g_signal_connect_swapped (). */
void guest_count (guint *n);

void guest_create (GuestSession *session, const char *script);
void guest_attach (GuestSession *session);
/* Both. */
void guest_begin (GuestSession *session, const char *script);
void guest_close (GuestSession *session);
/* Closes it, and looks at what is left: nothing, and a script that was played to its end. */
void guest_end (GuestSession *session);

void guest_assert_command (GuestSession *session, const char *command, const char *expected);
