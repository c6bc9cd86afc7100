/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "io/changes-private.h"
#include "io/dispatcher-private.h"
#include "launch/hook-private.h"
#include "process/log-private.h"
#include "q-enums.h"

/* A process beside QEMU, over all launches of its machine. */
typedef struct _QHelperCore QHelperCore;

/* What never changes. The strings are copied. */
typedef struct
{
  const char *name;
  const char *const *argv;
  const char *const *qemu_args; /* nullable: in front of the user's */
  const char *qemu_device;      /* nullable: behind them */
  gboolean shares_memory;       /* of the guest */
} QHelperSpec;

typedef enum
{
  Q_HELPER_CHANGE_PROCESS = 1 << 0, /* its number, and whether it runs */
  Q_HELPER_CHANGE_SOCKET_PATH = 1 << 1,
  Q_HELPER_CHANGE_EXIT = 1 << 2,
  Q_HELPER_CHANGE_COMMAND_LINE = 1 << 3,
  Q_HELPER_CHANGE_DIED = 1 << 4, /* while QEMU went on */
} QHelperChanges;

/* All on the I/O thread; `user_data` is not held. */
typedef struct
{
  /* QEMU can be started. */
  void (*ready) (gpointer user_data);
  /* The launch cannot go on. Takes over the error. */
  void (*failed) (gpointer user_data, GError *error);
  /* QEMU has gone on without it. */
  void (*died) (gpointer user_data, QHelperCore *core);
  /* Nothing of it is left, once it was told to end. */
  void (*gone) (gpointer user_data);
} QHelperObserver;

QHelperCore *q_helper_core_new (const QHelperSpec *spec, QDispatcher *dispatcher);
QHelperCore *q_helper_core_ref (QHelperCore *self);
void q_helper_core_unref (QHelperCore *self);
/* Held weakly. `changed` gets QHelperChanges. */
void q_helper_core_set_target (QHelperCore *self, GObject *target, QChangesFunc changed);

/* Any thread. */
const char *q_helper_core_get_name (QHelperCore *self);
const char *const *q_helper_core_get_argv (QHelperCore *self);
gboolean q_helper_core_shares_memory (QHelperCore *self);
gint64 q_helper_core_get_pid (QHelperCore *self);
char *q_helper_core_dup_socket_path (QHelperCore *self);
GStrv q_helper_core_dup_command_line (QHelperCore *self);
QExitKind q_helper_core_get_exit (QHelperCore *self, int *exit_code);
GBytes *q_helper_core_dup_log (QHelperCore *self); /* NULL for none yet */
int q_helper_core_get_start_timeout (QHelperCore *self);
void q_helper_core_set_start_timeout (QHelperCore *self, int timeout);

/* I/O thread. What a launch needs of it is there, or nothing is left. */
gboolean q_helper_core_prepare (QHelperCore *self, guint number, QLaunchParts *parts,
                                GError **error);
gboolean q_helper_core_start (QHelperCore *self, const QHelperObserver *observer,
                              gpointer user_data, GError **error);
gboolean q_helper_core_is_ready (QHelperCore *self);
/* QEMU was started; it has got on without being held up; it is about to end, or not. */
void q_helper_core_begin_limit (QHelperCore *self);
void q_helper_core_end_limit (QHelperCore *self);
void q_helper_core_expect_end (QHelperCore *self, gboolean expected);
/* To who uses it. */
void q_helper_core_tell_death (QHelperCore *self);
/* FALSE if there is none; the observer is told of its end otherwise. */
gboolean q_helper_core_stop (QHelperCore *self);
/* Also after `prepare` alone. Whatever runs goes its own way. */
void q_helper_core_end (QHelperCore *self);

/* NULL if it has not ended; and what it has said, NULL for nothing. */
GError *q_helper_core_describe_end (QHelperCore *self);
char *q_helper_core_explain (QHelperCore *self);

/* -- the helpers of a machine -- */

typedef struct _QHelperSet QHelperSet;

extern const QLaunchHook q_helper_set_hook;

QHelperSet *q_helper_set_new (void);
void q_helper_set_unref (QHelperSet *self);
/* INVALID_CONFIGURATION for a name that is taken, and for too many. */
gboolean q_helper_set_add (QHelperSet *self, QHelperCore *core, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QHelperCore, q_helper_core_unref)
