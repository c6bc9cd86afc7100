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
/* Whether QEMU, and what belongs to it, must end with this program. */
gboolean q_launch_parts_exits_with_parent (QLaunchParts *self);
/* What the feature has in the run directory is needed even when QEMU goes its own way. */
void q_launch_parts_keep_run_dir (QLaunchParts *self);
/* FALSE with an error where `what` cannot have one: QEMU may be on another host. */
gboolean q_launch_parts_check_fds (QLaunchParts *self, const char *what, GError **error);

/* For a feature that fails later than in a call of the launch's own. It is good until `ended`. */
typedef struct _QLaunch QLaunch;
QLaunch *q_launch_parts_get_launch (QLaunchParts *self);
/* Fails the launch if it is still under way, and does nothing otherwise. Takes over the error. */
void q_launch_fail_if_under_way (QLaunch *self, GError *error);

/* What a feature has to settle before the launch goes on. */
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
  /* All features have prepared: QEMU is started when each has ended this, at the latest in
   * `ended`. Others that are launched are not held up. May be NULL. */
  void (*await) (gpointer feature, QLaunchSettling *settling);
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
  /* QEMU has failed to start: what the feature can add to the reason, from a new line on; NULL for
   * nothing. May be NULL. */
  char *(*explain) (gpointer feature);
  /* QEMU has ended, or never began, and does not go its own way: the launch is over, with an
   * `ended`, when all features have ended this. May be NULL. */
  void (*leave) (gpointer feature, QLaunchSettling *settling);
  /* Follows each `prepare` that was good: QEMU has ended, or never began, or goes its own way. May
   * be NULL. */
  void (*ended) (gpointer feature, gboolean detached);
} QLaunchHook;
