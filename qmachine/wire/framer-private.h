/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* The top-level members a QMP message may have; others are validated and passed over. */
typedef enum
{
  Q_MEMBER_QMP,
  Q_MEMBER_EVENT,
  Q_MEMBER_TIMESTAMP,
  Q_MEMBER_DATA,
  Q_MEMBER_RETURN,
  Q_MEMBER_ERROR,
  Q_MEMBER_ID,
  Q_N_MEMBERS,
} QMember;

/* A part of a text. No JSON value is empty, so length 0 means absent. */
typedef struct
{
  gsize start;
  gsize length;
} QSlice;

/* One whole, valid JSON object. The text is the framer's, not NUL-terminated, and good until the
 * next call on the framer. */
typedef struct
{
  const char *text;
  gsize length;
  QSlice members[Q_N_MEMBERS];
} QFrame;

/* Bytes in, whole JSON objects out: no I/O, no locks, no trust in the peer. */
typedef struct _QFramer QFramer;

QFramer *q_framer_new (gsize max_message_size);
void q_framer_free (QFramer *self);

/* Until QMP's greeting other text may come, up to a bound, and goes there as it comes. */
typedef void (*QFramerPreludeFunc) (const char *bytes, gsize length, gpointer user_data);
void q_framer_set_prelude (QFramer *self, QFramerPreludeFunc func, gpointer user_data);

/* Room for the next bytes, at least `wanted`; then tell how many came. */
guint8 *q_framer_reserve (QFramer *self, gsize wanted);
void q_framer_commit (QFramer *self, gsize n_bytes);

/* TRUE with a frame, FALSE without an error when more bytes are needed, FALSE with an error
 * (PROTOCOL, TOO_LARGE) once and for all when the stream is broken. */
gboolean q_framer_next (QFramer *self, QFrame *frame, GError **error);

/* Whether the stream could end here: no part of a message is waiting for its rest. */
gboolean q_framer_is_between_messages (QFramer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QFramer, q_framer_free)
