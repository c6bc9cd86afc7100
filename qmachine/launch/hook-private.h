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
/* A descriptor, which stays the feature's; returns its number in the child. */
int q_launch_parts_add_fd (QLaunchParts *self, int fd);

/* A socket to a chardev of QEMU's, which is there until `ended`; `options` gets the part of
 * `-chardev socket` that leads to it. Its descriptor is there when `started` is called, or when
 * `ready` is. */
QPlug *q_launch_parts_add_plug (QLaunchParts *self, const char *what, char **options,
                                GError **error);
gboolean q_launch_parts_has_monitor (QLaunchParts *self);
/* There is no guest in a storage daemon. */
gboolean q_launch_parts_has_guest (QLaunchParts *self);

/* A command without arguments that QEMU is asked when its monitor is ready. */
typedef void (*QLaunchAnswerFunc) (gpointer feature, const char *value);

/* All of it is called on the I/O thread, but ref and unref, which may be called on any. */
typedef struct
{
  gpointer (*ref) (gpointer feature);
  void (*unref) (gpointer feature);

  /* Before the child is there: adds to it. FALSE with an error fails the launch. */
  gboolean (*prepare) (gpointer feature, QLaunchParts *parts, GError **error);
  /* The child has its descriptors, and the feature may close its own. May be NULL. */
  void (*started) (gpointer feature);
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
