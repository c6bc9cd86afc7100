/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "event-backlog-private.h"
#include "q-enums.h"
#include "q-error.h"
#include "io/operation-private.h"

typedef struct _QSession QSession;

/* What a session is asked to do, as the data of an operation: checked and encoded in the caller's
 * thread, so that a bad one never reaches the I/O thread, and a large one does not delay it. */

/* Head of both kinds. `failed` gets the error of a session that ended and must end the operation;
 * NULL returns it as it is. */
typedef struct
{
  QSession *session; /* owned */
  void (*failed) (QOperation *operation, GError *error, gpointer user_data);
  gpointer user_data;
} QSessionCall;

typedef enum
{
  Q_REPLY_RETURN, /* the text of the return value; an error reply is a QCommandError */
  Q_REPLY_WHOLE,  /* the text of the whole reply, errors too */
  Q_REPLY_NONE,   /* a descriptor alone, with no command */
} QReplyKind;

typedef struct
{
  QSessionCall call;
  char *command; /* the name, for messages */
  char *text;    /* the bytes to send; given away when they are */
  gsize length;
  int fd; /* owned, -1 for none */
  gboolean out_of_band;
  QReplyKind kind;
  int timeout;   /* ms, -1 none, Q_TIMEOUT_DEFAULT for the session's */
  gpointer sent; /* the channel's handle while the reply is awaited */
  gboolean (*prepare) (QOperation *operation); /* see q_session_allow_direct_call () */
  int wake_fd;                                 /* while its caller waits for the answer itself */
} QRequest;

typedef struct
{
  QSessionCall call;
  QEventFilter filter;
  int timeout; /* ms, -1 none */
} QEventQuery;

/* The descriptor at `fd` is duplicated; NULL for none. Errors: INVALID_COMMAND, TOO_LARGE. */
QRequest *q_request_new (const char *command, const char *arguments, QMonitorFlags flags,
                         const int *fd, QReplyKind kind, GError **error);
QRequest *q_request_new_for_node (const char *command, JsonNode *arguments, QMonitorFlags flags,
                                  const int *fd, QReplyKind kind, GError **error);
/* A descriptor alone; the file at the path, if there is one, is opened for it. */
QRequest *q_request_new_for_fd (int fd, const char *path, GError **error);
/* Takes over the request: NULL with INVALID_COMMAND for what is no time limit. */
QRequest *q_request_set_timeout (QRequest *self, int timeout, GError **error);
void q_request_free (QRequest *self);

/* A copy of a match that is text, from its first byte; INVALID_COMMAND for one that is no JSON. */
char *q_event_match_check (const char *match, GError **error);

/* Copies names and match. Errors: INVALID_COMMAND, with the name of the call. */
gboolean q_event_filter_init (QEventFilter *self, const char *call, const char *const *names,
                              const char *match, GError **error);
gboolean q_event_filter_init_for_node (QEventFilter *self, const char *call,
                                       const char *const *names, JsonNode *match, GError **error);

/* The match is copied, since the I/O thread reads it while the caller may change the original.
 * Errors: INVALID_COMMAND. */
QEventQuery *q_event_query_new (const char *const *names, const char *match, int timeout,
                                GError **error);
QEventQuery *q_event_query_new_for_node (const char *const *names, JsonNode *match, int timeout,
                                         GError **error);
void q_event_query_free (QEventQuery *self);

/* A reply's text, of which the call takes possession, as a tree. */
JsonNode *q_reply_to_node (char *text, GError **error);

/* A member of a reply's text, without a tree; NULL where it is absent, or no string, or there is no
 * reply. */
char *q_reply_dup_string (const char *text, const char *member);

/* The public face of an error of the wire. */
GError *q_session_error_from_wire (const GError *error, const char *prefix);
