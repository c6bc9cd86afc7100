/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-job.h"
#include "guest/q-guest-agent.h"
#include "guest/q-wait-result-private.h"
#include "q-machine.h"

/* What a wait set is made of: its sources, and a main context of its own, which nobody turns but
 * who waits. Each source has one call of the library under way in it. So what comes is kept in the
 * context, in the order in which it came, until somebody asks for it.
 *
 * It is counted, for calls under way may outlive the set where nobody can wait for their ends. */
typedef struct _QWaitCore QWaitCore;

/* So many things in one set. */
#define Q_WAIT_MAX_SOURCES 1024

typedef struct
{
  QWaitKind kind;
  guint number; /* 0 for the end of QEMU that was not asked for */
  char *what;   /* in messages */

  QEventListener *listener;
  QConsole *console;
  QConsoleReader *reader;
  char *pattern;
  QConsoleMatchFlags flags;
  QRunState run_state;
  guint64 n_seen; /* run states of the launch up to the last one that was found */
  QGuestAgent *agent;
  QJob *job;
  char *end_text; /* how QEMU ended, when it has */

  gboolean armed;            /* its call is under way */
  gboolean launch_was_there; /* when that began */
  gboolean held;             /* what it found waits for being taken */
  gboolean over;             /* nothing more comes from it */
} QWaitSource;

/* Takes a reference of the machine. */
QWaitCore *q_wait_core_new (QMachine *machine);
void q_wait_core_unref (QWaitCore *self);

QMachine *q_wait_core_get_machine (QWaitCore *self);

/* Any thread. Takes over the source; 0 with an error when there are too many, or it is closed. */
guint q_wait_core_add (QWaitCore *self, QWaitSource *source, GError **error);
QWaitResult *q_wait_core_next (QWaitCore *self, int timeout, GCancellable *cancellable,
                               GError **error);
void q_wait_core_put_back (QWaitCore *self, QWaitResult *result);
/* Ends all calls, and waits for that, which is short. */
void q_wait_core_close (QWaitCore *self);

/* In wait-source.c. Takes over the text. */
QWaitSource *q_wait_source_new (QWaitKind kind, char *what);
void q_wait_source_free (QWaitSource *self);
/* Begins its call, in the thread-default context. */
void q_wait_source_arm (QWaitSource *self, QMachine *machine, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data);
/* The end of that call: FALSE with an error. */
gboolean q_wait_source_finish (QWaitSource *self, GObject *object, GAsyncResult *result,
                               QWaitFinding *finding, GError **error);
/* What is there, though that call has not come back. After that, it finds nothing more. */
gboolean q_wait_source_find_known (QWaitSource *self, QWaitFinding *finding);
/* How it stands, for the message of a time-out. `events` is what came meanwhile; nullable. */
void q_wait_source_describe (QWaitSource *self, QMachine *machine, const char *events,
                             GString *text);
