/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-monitor-event-private.h"
#include "q-monitor-request-private.h"
#include "q-monitor.h"
#include "io/operation-private.h"

/* QMonitorSession is what happens on the I/O thread behind a QMonitor: negotiation, commands, the
 * event backlog and those who wait for events. It outlives the object while something is still in
 * flight and holds only weak references upwards, so dropping a QMonitor always ends its session. */

typedef struct
{
  guint64 max_message_size; /* bytes */
  guint event_backlog;
  gboolean out_of_band;
  int command_timeout; /* ms, -1 none */
  int attach_timeout;  /* ms, -1 none */
  gboolean attach_retry;
} QMonitorSettings;

/* What the composer of a machine wants to know, on the I/O thread. */
typedef struct
{
  void (*event) (QEventRecord *event, gpointer user_data);
  void (*ended) (gpointer user_data);
} QMonitorObserver;

/* In the owner context, after the monitor's own signal. */
typedef void (*QMonitorRelayFunc) (GObject *target, QEventEmission *emission);

/* On the I/O thread, exactly once for each open: NULL when the session is up. */
typedef void (*QMonitorOpenedFunc) (const GError *error, gpointer user_data);

QMonitorSession *q_monitor_session_new (QDispatcher *dispatcher);
QMonitorSession *q_monitor_session_ref (QMonitorSession *self);
void q_monitor_session_unref (QMonitorSession *self);

/* Any thread. */
void q_monitor_session_set_object (QMonitorSession *self, QMonitor *monitor);
void q_monitor_session_get_settings (QMonitorSession *self, QMonitorSettings *settings);
void q_monitor_session_set_settings (QMonitorSession *self, const QMonitorSettings *settings);
QMonitorState q_monitor_session_get_state (QMonitorSession *self);
char *q_monitor_session_dup_greeting (QMonitorSession *self);
char *q_monitor_session_dup_version (QMonitorSession *self);
char **q_monitor_session_dup_capabilities (QMonitorSession *self);
guint64 q_monitor_session_get_events_dropped (QMonitorSession *self);
guint64 q_monitor_session_get_signals_dropped (QMonitorSession *self);
QMonitorEvent *q_monitor_session_pop_event (QMonitorSession *self);

/* Before the first open. */
void q_monitor_session_set_observer (QMonitorSession *self, const QMonitorObserver *observer,
                                     gpointer user_data);
gboolean q_monitor_session_is_relayed (QMonitorSession *self);
gboolean q_monitor_session_is_observed (QMonitorSession *self); /* I/O thread */
void q_monitor_session_set_relay (QMonitorSession *self, GObject *target, QMonitorRelayFunc relay);

/* Whether a failure to open is that of a peer which is still starting. */
gboolean q_monitor_session_is_not_there_yet (const GError *error);
/* How long to wait before the next try, in milliseconds. */
guint q_monitor_session_get_retry_delay (guint n_tries);

/* The rest is for the I/O thread. */

/* BUSY unless closed. No deadline of its own. */
void q_monitor_session_connect (QMonitorSession *self, GSocketAddress *address,
                                QMonitorOpenedFunc func, gpointer user_data);
void q_monitor_session_open (QMonitorSession *self, GIOStream *stream, QMonitorOpenedFunc func,
                             gpointer user_data);
/* An open is to come, maybe more than one try: who waits for events may begin now, and is told of
 * the failure only when the announcement is taken back. Ends when the session is up. */
void q_monitor_session_announce (QMonitorSession *self);
void q_monitor_session_renounce (QMonitorSession *self);

/* Who asked for the open gave up: its answer goes to somebody else. */
void q_monitor_session_redirect_opened (QMonitorSession *self, QMonitorOpenedFunc func,
                                        gpointer user_data);
/* Ends it; NULL for an end that was wanted. */
void q_monitor_session_close (QMonitorSession *self, const GError *reason);
/* The same, as the program's wish; and how often it had it: who tries again knows by that when not
 * to. */
void q_monitor_session_close_on_request (QMonitorSession *self);
guint q_monitor_session_get_n_closes (QMonitorSession *self);
void q_monitor_session_unobserve (QMonitorSession *self);

/* What the peer does next is the end of the session, and no failure. */
void q_monitor_session_expect_end (QMonitorSession *self);

/* The operation's data is a request or a query whose `session` is set. */
void q_monitor_session_execute (QOperation *operation);
void q_monitor_session_wait_event (QOperation *operation);

/* The same without a change of threads, for operations whose start function is that: whether it can
 * be now, and how the answer is waited for. */
gboolean q_monitor_session_can_execute_directly (QMonitorSession *self);
extern const QOperationShortcut q_monitor_session_shortcut;

/* A command of the library's own: no operation, no time limit. */
typedef void (*QMonitorReplyFunc) (const char *value, const GError *error, gpointer user_data);
void q_monitor_session_ask (QMonitorSession *self, const char *command, QMonitorReplyFunc func,
                            gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QMonitorSession, q_monitor_session_unref)
