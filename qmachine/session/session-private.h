/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <sys/un.h>

#include "event-queue-private.h"
#include "event-record-private.h"
#include "q-enums.h"
#include "request-private.h"
#include "io/changes-private.h"
#include "io/operation-private.h"
#include "wire/framer-private.h"
#include "wire/transcript-private.h"

/* One QMP session, on the I/O thread: negotiation, commands, the event backlog and those who wait
 * for events. It outlives the object that it belongs to while something is still in flight, and
 * holds only weak references upwards. */

#define Q_SESSION_MAX_MESSAGE_SIZE (64 * 1024 * 1024)
#define Q_SESSION_EVENT_BACKLOG 1024
#define Q_SESSION_ATTACH_TIMEOUT (30 * 1000)

/* Without a word GUnixSocketAddress keeps no more of a path than fits into the system's structure:
 * so one that fills it may be the beginning of another's, and lead to somebody else. */
#define Q_SESSION_MAX_PATH (sizeof ((struct sockaddr_un *)NULL)->sun_path - 2)

/* With these defaults, and -1 for the time of a command. */
typedef struct
{
  guint64 max_message_size; /* bytes */
  guint event_backlog;
  gboolean out_of_band;
  int command_timeout; /* ms, -1 none */
  int attach_timeout;  /* ms, -1 none */
  gboolean attach_retry;
} QSessionSettings;

/* What the composer of a machine wants to know, on the I/O thread. */
typedef struct
{
  void (*event) (QEventRecord *event, gpointer user_data);
  /* One of the program's that did not fail; with what it returned if that is the run state. */
  void (*command_done) (const char *command, const char *status, gpointer user_data);
  void (*ended) (gpointer user_data);
} QSessionObserver;

/* One event on its way to those who listen. */
typedef struct
{
  QEventRecord *record; /* borrowed */
  GQuark detail;        /* the event's name, 0 where no program ever mentioned it */
  GObject *event;       /* made by the first who needs it, for all; dropped with the emission */
} QEventEmission;

typedef void (*QSessionEventFunc) (GObject *target, QEventEmission *emission);

/* What a session tells upwards: in the owner context, as long as its target is there; but
 * `make_event`, which makes the result of a wait, is called on the I/O thread. It takes over the
 * record. */
typedef struct
{
  GObject *(*make_event) (QEventRecord *record);
  QSessionEventFunc event;
  QChangesFunc changed; /* which of its properties is not told */
  void (*closed) (GObject *target, const GError *error);
} QSessionSignals;

/* On the I/O thread, exactly once for each open: NULL when the session is up. */
typedef void (*QSessionOpenedFunc) (const GError *error, gpointer user_data);

QSession *q_session_new (QDispatcher *dispatcher, const QSessionSignals *signals);
QSession *q_session_ref (QSession *self);
void q_session_unref (QSession *self);

/* Any thread. */
/* Holds it weakly. */
void q_session_set_target (QSession *self, GObject *target);
void q_session_get_settings (QSession *self, QSessionSettings *settings);
/* To change one of them. */
QSessionSettings *q_session_lock_settings (QSession *self);
void q_session_unlock_settings (QSession *self);
void q_session_set_command_timeout (QSession *self, int milliseconds);
QMonitorState q_session_get_state (QSession *self);
char *q_session_dup_greeting (QSession *self);
char *q_session_dup_version (QSession *self);
char **q_session_dup_capabilities (QSession *self);
guint64 q_session_get_events_dropped (QSession *self);
guint64 q_session_get_signals_dropped (QSession *self);
QEventRecord *q_session_pop_event (QSession *self);
/* As the oldest one, or to one who waits. Takes over the event. */
void q_session_put_back_event (QSession *self, QEventRecord *event);

/* Any thread: `changed` once more. */
void q_session_post_changed (QSession *self);

/* Before the first open. */
void q_session_set_observer (QSession *self, const QSessionObserver *observer, gpointer user_data);
/* Takes it over. Good until q_session_unobserve (). */
void q_session_take_transcript (QSession *self, QTranscript *transcript);
gboolean q_session_is_relayed (QSession *self);
gboolean q_session_is_observed (QSession *self); /* I/O thread */
/* Another target, whose `event` follows the first one's. */
void q_session_set_relay (QSession *self, GObject *target, QSessionEventFunc relay);

/* Whether a failure to open is that of a peer which is still starting. */
gboolean q_session_is_not_there_yet (const GError *error);
/* How long to wait before the next try, in milliseconds. */
guint q_session_get_retry_delay (guint n_tries);

/* For connections to monitors. */
GSocketClient *q_session_make_client (void);

/* The rest is for the I/O thread. */

/* BUSY unless closed. No deadline of its own. */
void q_session_connect (QSession *self, GSocketAddress *address, QSessionOpenedFunc func,
                        gpointer user_data);
void q_session_open (QSession *self, GIOStream *stream, QSessionOpenedFunc func,
                     gpointer user_data);
/* Likewise; the stream leads through other programs, and what they say before the greeting goes to
 * `prelude`, with the same data, as long as it is observed. */
void q_session_open_through_programs (QSession *self, GIOStream *stream, QFramerPreludeFunc prelude,
                                      QSessionOpenedFunc func, gpointer user_data);
/* An open is to come, maybe more than one try: who waits for events may begin now, and is told of
 * the failure only when the announcement is taken back. Ends when the session is up. */
void q_session_expect_open (QSession *self);
void q_session_give_up_open (QSession *self);

/* Who asked for the open gave up: its answer goes to somebody else. */
void q_session_redirect_opened (QSession *self, QSessionOpenedFunc func, gpointer user_data);
/* Ends it; NULL for an end that was wanted. */
void q_session_close (QSession *self, const GError *reason);
/* The same, as the program's wish; and how often it had it: who tries again knows by that when not
 * to. */
void q_session_close_on_request (QSession *self);
guint q_session_get_n_closes (QSession *self);
void q_session_unobserve (QSession *self);

/* The process that sent the last greeting; 0 if that is not known. */
gint64 q_session_get_peer_pid (QSession *self);

/* What the peer does next is the end of the session, and no failure. */
void q_session_expect_end (QSession *self);

/* Whether the peer ended the session, after it had said that it will or was asked to. */
gboolean q_session_has_peer_left (QSession *self);

/* The operation's data is a request or a query whose `session` is set. The result of a wait is
 * what `make_event` made. */
void q_session_execute (QOperation *operation);
void q_session_wait_event (QOperation *operation);

/* The events from now on; of a session that is closed, from its next opening on. */
void q_session_add_queue (QSession *self, QEventQueue *queue);
/* Whether it is open, or about to be. */
gboolean q_session_has_events (QSession *self);
/* Those that are left to the next opening: there will be none. */
GPtrArray *q_session_steal_queues (QSession *self);
/* Why there is nothing more to come, in the words of the owner. Takes over the error. */
void q_session_set_owner_reason (QSession *self, GError *reason);
const GError *q_session_get_owner_reason (QSession *self); /* NULL before the end */
/* With the reason of its end. */
void q_session_fail_waiter (QSession *self, QOperation *operation);

/* For operations whose start function leads to q_session_execute (): without a change of threads,
 * where that can be. See direct-call.c. `prepare` is the machine's, and may be NULL. */
void q_session_allow_direct_call (QOperation *operation,
                                  gboolean (*prepare) (QOperation *operation));

/* A command of the library's own: no operation, no time limit. */
typedef void (*QSessionReplyFunc) (const char *value, const GError *error, gpointer user_data);
void q_session_ask (QSession *self, const char *command, QSessionReplyFunc func,
                    gpointer user_data);
/* `arguments` is an object of JSON, or NULL. */
void q_session_ask_json (QSession *self, const char *command, const char *arguments,
                         QSessionReplyFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QSession, q_session_unref)
