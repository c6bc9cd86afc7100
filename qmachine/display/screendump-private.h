/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "call-private.h"

/* The picture of a screen, from QEMU's hand into memory that both share: no file.
 *
 * It is a PPM, though QEMU writes PNG since 7.1, too. For that it holds its lock, and so the guest,
 * seven times as long; and of a set that it wrote a PNG to it never knows that it is closed, so
 * that the set stays. */

/* The largest screen of the cards of today. */
#define Q_SCREENDUMP_MAX_SIZE (256 * 1024 * 1024)

typedef struct
{
  QMachine *machine;
  int fd;      /* to read */
  int writing; /* the description that QEMU writes by */
  int fdset;
  gint64 pid;    /* of the QEMU that has the set */
  gboolean kept; /* QEMU did not let go of it */

  guint width;
  guint height;
  gint64 pixels; /* where they begin, three bytes each */
} QScreendump;

/* `device` NULL is the first screen. */
gboolean q_screendump_take (QScreendump *self, QScreenCall *call, const char *device, int head,
                            GError **error);
void q_screendump_clear (QScreendump *self);
/* For q_png_encode (). */
gboolean q_screendump_read_row (gpointer screendump, guint row, guint8 *pixels, GError **error);
