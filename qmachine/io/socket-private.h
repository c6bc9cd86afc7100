/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A connected socket on the I/O thread: what comes is handed on as it is, and what the socket does
 * not take at once waits until it does. */
typedef struct _QSocket QSocket;

/* None of these may close the socket. */
typedef struct
{
  /* FALSE ends the reading. */
  gboolean (*received) (gpointer user_data, const char *bytes, gsize length);
  /* The other side has closed it, and nothing more will come. May be NULL. */
  void (*ended) (gpointer user_data);
  /* What `write` says is written; or it is lost, and the error is one of errno's. May be NULL. */
  void (*written) (gpointer write, int error);
} QSocketCallbacks;

/* Takes over a non-blocking descriptor. `name` is that of its sources. */
QSocket *q_socket_new (int fd, const QSocketCallbacks *callbacks, gpointer user_data,
                       const char *name);

/* FALSE when nothing more will come. */
gboolean q_socket_is_reading (QSocket *self);

/* Takes over the bytes. `write` is what `written` is told, which may be before this returns. */
void q_socket_write (QSocket *self, char *bytes, gsize length, gpointer write);
/* The rest is not written, and nobody is told. */
void q_socket_withdraw (QSocket *self, gpointer write);

/* Hands on what is there to be read, once more. */
void q_socket_drain (QSocket *self);
/* What waits to be written is withdrawn. */
void q_socket_close (QSocket *self);
