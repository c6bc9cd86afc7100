/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

/* A GIOStream as the channel wants it: bytes read into the channel's own buffer as they come, and
 * writes that never block. Lives on the context that was thread-default when it was made. */
typedef struct _QTransport QTransport;

typedef struct
{
  /* Room for `wanted` bytes at least. */
  guint8 *(*reserve) (gpointer user_data, gsize wanted);
  /* So many bytes came; FALSE stops the reading (the transport may be gone by then). */
  gboolean (*received) (gpointer user_data, gsize n_bytes);
  /* Bytes are taken again. */
  void (*writable) (gpointer user_data);
  /* The peer is gone: NULL for an orderly end. Takes over the error. Not called after close. */
  void (*ended) (gpointer user_data, GError *error);
} QTransportCallbacks;

QTransport *q_transport_new (GIOStream *stream, const QTransportCallbacks *callbacks,
                             gpointer user_data);

/* Whether descriptors can travel: on a Unix socket only. */
gboolean q_transport_can_pass_fds (QTransport *self);

/* Takes what the stream takes now: 0 when it is full (then `writable` follows), -1 with an error.
 * Descriptors (or NULL) go with the first byte. */
gssize q_transport_write (QTransport *self, const char *bytes, gsize length, GUnixFDList *fds,
                          GError **error);

/* Closes the stream and frees the transport; no callback follows. */
void q_transport_close (QTransport *self);
