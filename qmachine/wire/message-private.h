/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <json-glib/json-glib.h>

#include "framer-private.h"

typedef enum
{
  Q_MESSAGE_GREETING,
  Q_MESSAGE_EVENT,
  Q_MESSAGE_RETURN,
  Q_MESSAGE_ERROR,
} QMessageKind;

/* A frame whose shape is known; borrows the frame's text. */
typedef struct
{
  QMessageKind kind;
  QFrame frame;
} QMessage;

/* By shape alone, so that it holds in every phase of a session. Checks the types of the members
 * that the kind needs: `QMP` an object, `event` a string, `error` an object with the strings
 * `class` and `desc`, `timestamp` (where there) an object. PROTOCOL otherwise. */
gboolean q_message_classify (const QFrame *frame, QMessage *message, GError **error);

/* The bytes of one member, NUL-terminated; NULL where absent. */
char *q_message_dup_member (const QMessage *self, QMember member);

/* Of an event: its name, unescaped; its time in microseconds since the epoch, -1 if unknown. */
char *q_message_dup_event_name (const QMessage *self);
gint64 q_message_get_timestamp (const QMessage *self);

/* Whether there is an id that can be one of ours (a plain unsigned decimal integer). */
gboolean q_message_get_id (const QMessage *self, guint64 *id);

/* Of an error: class and text, unescaped. */
void q_message_get_error (const QMessage *self, char **class_name, char **description);

/* `{"execute":NAME,"arguments":ARGUMENTS}`, nothing more than the protocol needs. `arguments` is
 * JSON text or NULL; length -1 for NUL-terminated. An absent, or empty, object is left out.
 * INVALID or TOO_LARGE otherwise. */
char *q_message_encode_command (const char *name, gboolean out_of_band, const char *arguments,
                                gssize arguments_length, gsize *length, GError **error);

/* Strict JSON, one value, any type, within the depth that QEMU takes. INVALID otherwise, with the
 * offset in the message. */
gboolean q_message_validate_json (const char *text, gssize length, GError **error);

/* A tree of a text that was validated before. `text` need not be NUL-terminated. */
JsonNode *q_message_parse (const char *text, gsize length, GError **error);
