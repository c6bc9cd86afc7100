/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What QMP messages look like: commands in, everything else out, laid out as QEMU 7.2 does. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *name;   /* NULL when it is not a command at all */
  char *id;     /* its JSON text, or NULL */
  gboolean oob; /* it says "exec-oob" */
} MockCommand;

MockCommand *mock_command_parse (const char *text, gsize length);
void mock_command_free (MockCommand *command);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MockCommand, mock_command_free)

/* Each appends a whole line. JSON texts are copied as they are; an id may be NULL. */
void mock_message_append_greeting (GString *out, gboolean with_oob);
void mock_message_append_return (GString *out, const char *json, gsize length, const char *id);
void mock_message_append_error (GString *out, const char *class, const char *text, const char *id);
void mock_message_append_event (GString *out, const char *name, const char *json, gsize length);

/* Appends what `serve` answers to this command. Returns FALSE when it was `quit`. */
gboolean mock_message_append_served (GString *out, const char *text, gsize length);

/* Appends @text with $ID, $N and $$ replaced. */
void mock_message_append_expanded (GString *out, const char *text, gsize length, const char *id,
                                   guint64 round);

G_END_DECLS
