/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* How a feature that stands above the classes takes part in the launches of a machine. */

/* What is being put together for the child. */
typedef struct _QLaunchParts QLaunchParts;

/* Arguments for QEMU, before those of the user; copied. */
void q_launch_parts_add_args (QLaunchParts *self, const char *const *args);
/* A device, behind the arguments of the user, who may have added what it is plugged into. */
void q_launch_parts_add_device (QLaunchParts *self, const char *device);
/* Sent when the monitor is ready, before the launch is done, which fails if QEMU refuses.
 * `arguments` is an object of JSON. */
void q_launch_parts_add_command (QLaunchParts *self, const char *command, const char *arguments);
/* The guest comes from elsewhere: the launch is done when it is there. */
void q_launch_parts_await_incoming (QLaunchParts *self);
/* A descriptor, which stays the feature's; returns its number in the child. */
int q_launch_parts_add_fd (QLaunchParts *self, int fd);

/* Of the user; NULL for none. */
const char *const *q_launch_parts_get_user_args (QLaunchParts *self);
/* Removed when QEMU has ended. */
const char *q_launch_parts_get_run_dir (QLaunchParts *self);

/* All of it is called on the I/O thread, but ref and unref, which may be called on any. */
typedef struct
{
  gpointer (*ref) (gpointer feature);
  void (*unref) (gpointer feature);

  /* Before the child is there: adds to it. FALSE with an error fails the launch. */
  gboolean (*prepare) (gpointer feature, QLaunchParts *parts, GError **error);
  /* The child has its descriptors, and the feature may close its own. May be NULL. */
  void (*started) (gpointer feature);
  /* Follows each `prepare` that was good: QEMU has ended, or never began, or goes its own way. May
   * be NULL. */
  void (*ended) (gpointer feature, gboolean detached);
} QLaunchHook;
