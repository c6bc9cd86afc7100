/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-event-listener.h"
#include "session/session-private.h"

/* To whom it listens. All but the last two are called on the I/O thread. */
typedef struct
{
  /* Lets the queue have the events from now on. */
  void (*add) (gpointer owner, QEventQueue *queue);
  /* No session has begun: ends the operation with the reason. */
  void (*refuse) (QOperation *operation, gpointer owner);
  /* Sets the call of a QEventNext. FALSE if it has ended the operation instead. */
  gboolean (*prepare) (QOperation *operation, QSession *session, gpointer owner);
  gpointer (*ref) (gpointer owner);
  void (*unref) (gpointer owner);
} QEventListenerKind;

/* Takes over the owner, and what the filter holds. */
QEventListener *q_event_listener_new (QDispatcher *dispatcher, const QEventListenerKind *kind,
                                      gpointer owner, QEventFilter *filter);
