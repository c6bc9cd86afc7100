/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "plug-private.h"

#include "session/event-record-private.h"

/* How a feature that stands above the classes takes part in the launches of a machine. */

/* What is being put together for the child. */
typedef struct _QLaunchParts QLaunchParts;

/* Arguments for QEMU, before those of the user; copied. */
void q_launch_parts_add_args (QLaunchParts *self, const char *const *args);
/* A device, behind the arguments of the user, who may have added what it is plugged into. */
void q_launch_parts_add_device (QLaunchParts *self, const char *device);
/* The guest comes from elsewhere: the launch is done when it is there. */
void q_launch_parts_await_incoming (QLaunchParts *self);
/* A descriptor, which stays the feature's; returns its number in the child. */
int q_launch_parts_add_fd (QLaunchParts *self, int fd);
gboolean q_launch_parts_has_monitor (QLaunchParts *self);

/* What a feature has to settle with QEMU before the launch is done. */
typedef struct _QLaunchSettling QLaunchSettling;

/* Called once, also when the launch fails meanwhile: with an error then. */
typedef void (*QLaunchSettlingFunc) (const char *value, const GError *error, gpointer user_data);

/* A command, with its arguments as JSON. Where the monitor is gone the answer comes from within. */
void q_launch_settling_ask (QLaunchSettling *self, const char *command, const char *arguments,
                            QLaunchSettlingFunc func, gpointer user_data);
/* The feature is ready; with an error, which is taken over, the launch fails. */
void q_launch_settling_end (QLaunchSettling *self, GError *error);

/* The launch ends after so many milliseconds, if its own limit is not over before; -1 for none.
 * `what` is what was not done by then. */
void q_launch_parts_limit (QLaunchParts *self, int milliseconds, const char *what);
/* Of the user; NULL for none. */
const char *const *q_launch_parts_get_user_args (QLaunchParts *self);
/* Removed when QEMU has ended. */
const char *q_launch_parts_get_run_dir (QLaunchParts *self);

/* A socket to a chardev of QEMU's, which is there until `ended`; `options` gets the part of
 * `-chardev socket` that leads to it. Its descriptor is there when `started` is called, or when
 * `ready` is. */
QPlug *q_launch_parts_add_plug (QLaunchParts *self, const char *what, char **options,
                                GError **error);
/* There is no guest in a storage daemon. */
gboolean q_launch_parts_has_guest (QLaunchParts *self);

/* A command without arguments that QEMU is asked when its monitor is ready. */
typedef void (*QLaunchAnswerFunc) (gpointer feature, const char *value);

/* All of it is called on the I/O thread, but ref and unref, which may be called on any. */
typedef struct
{
  gpointer (*ref) (gpointer feature);
  void (*unref) (gpointer feature);
  /* It may refuse a launch for which others would make files. Not for one that joins a launch. */
  gboolean first;

  /* Before the child is there: adds to it. FALSE with an error fails the launch. */
  gboolean (*prepare) (gpointer feature, QLaunchParts *parts, GError **error);
  /* The child has its descriptors, and the feature may close its own. May be NULL. */
  void (*started) (gpointer feature);
  /* The monitor is ready, and nothing was asked yet; the launch goes on when all features have
   * ended this. Only where there is a monitor. Others that are launched are not held up. May be
   * NULL. */
  void (*arrive) (gpointer feature, QLaunchSettling *settling);
  /* Likewise, as the last step: the launch is done when all features have ended this. */
  void (*settle) (gpointer feature, QLaunchSettling *settling);
  /* The launch is about to succeed. May be NULL. */
  void (*ready) (gpointer feature);
  /* What QEMU is asked at that time, and what gets its answer; not called without one. May be
   * NULL. */
  const char *question;
  QLaunchAnswerFunc answer;
  /* QEMU has reported an event. May be NULL. */
  void (*event) (gpointer feature, QEventRecord *event);
  /* Follows each `prepare` that was good: QEMU has ended, or never began, or goes its own way. May
   * be NULL. */
  void (*ended) (gpointer feature, gboolean detached);
} QLaunchHook;
