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

/* Which process wrote the first bytes; 0 where the socket does not pass that on. */
gint64 q_transport_get_peer_pid (QTransport *self);

/* Whether descriptors can travel: on a Unix socket only. */
gboolean q_transport_can_pass_fds (QTransport *self);

/* Whether q_transport_write () may be called from another thread than the context's, which a lock
 * keeps out meanwhile: a plain socket's writes use nothing of the thread. */
gboolean q_transport_is_socket (QTransport *self);

/* Takes what the stream takes now: 0 when it is full (then `writable` follows), -1 with an error.
 * Descriptors (or NULL) go with the first byte. */
gssize q_transport_write (QTransport *self, const char *bytes, gsize length, GUnixFDList *fds,
                          GError **error);

/* A thread that waits for one answer can read it itself, instead of being woken by the context's
 * thread: only from a plain socket, and with the context's thread kept out meanwhile by a lock.
 *
 * hold: the descriptor to poll, -1 where that cannot be. From here on `received` is not called.
 * read_held: how many bytes came into what `reserve` gave, or 0 for none yet; -1 for an end, which
 * is kept.
 * release: FALSE if an end is kept, which only q_transport_resume () on the context tells. */
int q_transport_hold (QTransport *self);
gssize q_transport_read_held (QTransport *self);
gboolean q_transport_release (QTransport *self);
void q_transport_resume (QTransport *self);

/* Closes the stream and frees the transport; no callback follows. */
void q_transport_close (QTransport *self);
