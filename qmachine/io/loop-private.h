/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* What the library has in a main context of the program's: one source, for whatever is to be done
 * there. GLib goes over all sources of a context in each turn, and to attach one, and to end it,
 * costs more than most of what it would do. */
typedef struct _QLoop QLoop;

/* That of a context, which the caller must hold for as long as the loop. `find` gives only one that
 * is there already: NULL otherwise. */
QLoop *q_loop_get (GMainContext *context);
QLoop *q_loop_find (GMainContext *context);
void q_loop_unref (QLoop *self);

/* For a context that its thread does not turn by itself, but when a descriptor can be read: that is
 * `wakeup_fd`, by which the context is woken, and the readers. Returns it; it is closed with the
 * context. */
int q_loop_get_fd_for_poll (GMainContext *context, int wakeup_fd);

/* -- jobs: from any thread -- */

/* Run in each turn of the context, in the order in which they were added, until it is taken out. As
 * long as it is in, the loop has a reference to its data. */
typedef struct
{
  void (*run) (gpointer data);
  gpointer (*ref) (gpointer data);
  void (*unref) (gpointer data);
} QLoopJobClass;

typedef struct
{
  const QLoopJobClass *klass;
  gpointer data;
  GList link;
  gboolean added;
} QLoopJob;

void q_loop_add (QLoop *self, QLoopJob *job);
void q_loop_remove (QLoop *self, QLoopJob *job);

/* -- readers: only as the I/O thread, or with its lock held -- */

/* A descriptor that the context's thread watches and reads in place of the I/O thread, and not for
 * long: a program's thread may have something else to do. */
typedef struct _QLoopReader QLoopReader;

/* With the I/O thread's lock held. */
typedef enum
{
  Q_LOOP_READABLE, /* in the context's thread; once for all that came */
  Q_LOOP_BUSY,     /* on the I/O thread: its time is over, and it is not armed any more */
  Q_LOOP_BACK,     /* in the context's thread, which turns again */
} QLoopNews;

typedef void (*QLoopReaderFunc) (gpointer data, QLoopNews news);

QLoopReader *q_loop_reader_new (QLoop *loop, int fd, QLoopReaderFunc func, gpointer data);
void q_loop_reader_free (QLoopReader *self);
gboolean q_loop_reader_is_in (QLoopReader *self, QLoop *loop);

/* FALSE if it cannot be watched: the context may be gone. For one that is armed, its time begins
 * anew. */
gboolean q_loop_reader_arm (QLoopReader *self);
void q_loop_reader_disarm (QLoopReader *self);
