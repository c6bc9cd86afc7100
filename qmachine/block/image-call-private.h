/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* One use of qemu-img: what is asked of it, how a path reaches it unharmed, and what its words
 * mean. No class; the calling thread waits. */

typedef struct
{
  const char *action; /* for messages: "create" */
  char *program;
  char *path;
  char *format;
  char *other_path; /* the backing image, or the copy */
  char *other_format;
  GStrv options; /* nullable: NAME=VALUE each */
  guint64 size;
  gboolean may_shrink;
  gboolean compress;
  const char *repair; /* nullable: in qemu-img's words */
  int timeout;
  gboolean recognised; /* the image begins as its format does */
} QImageCall;

void q_image_call_free (QImageCall *self);

gboolean q_image_call_create (QImageCall *self, GCancellable *cancellable, GError **error);
gboolean q_image_call_create_overlay (QImageCall *self, GCancellable *cancellable, GError **error);
/* The function gets 0.0 to 1.0, in this thread. */
gboolean q_image_call_convert (QImageCall *self, void (*progress) (double done, gpointer user_data),
                               gpointer user_data, GCancellable *cancellable, GError **error);
/* A text of JSON. */
char *q_image_call_query_info (QImageCall *self, GCancellable *cancellable, GError **error);
char *q_image_call_check (QImageCall *self, GCancellable *cancellable, GError **error);
gboolean q_image_call_resize (QImageCall *self, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QImageCall, q_image_call_free)
