/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-watch-private.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "io-thread-private.h"

/* Where the kernel has no watch left for us. */
#define LOOK_MS 200

struct _QFileWatch
{
  int descriptor;       /* of the kernel's watch; -1 without one */
  GSource *look_source; /* instead of it */
  void (*written) (gpointer user_data);
  gpointer user_data;
};

/* One for all files, from the first one on: to close it takes the kernel ten milliseconds. */
static int inotify_fd = -1;
static GSource *inotify_source;
static GHashTable *watches; /* by descriptor */

static gboolean
look_cb (gpointer data)
{
  QFileWatch *self = data;

  self->written (self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
look_from_time_to_time (QFileWatch *self)
{
  self->look_source = q_io_thread_add_timeout (LOOK_MS, look_cb, self, "qmachine-look");
}

static void
tell (gpointer descriptor, gboolean is_last)
{
  QFileWatch *watch = g_hash_table_lookup (watches, descriptor);

  if (watch == NULL)
    return;
  if (is_last)
    {
      g_hash_table_remove (watches, descriptor);
      watch->descriptor = -1;
      look_from_time_to_time (watch);
    }
  watch->written (watch->user_data);
}

/* Too much came at once, and some of it is lost. */
static void
tell_all (void)
{
  g_autoptr (GList) descriptors = g_hash_table_get_keys (watches);

  for (GList *l = descriptors; l != NULL; l = l->next)
    tell (l->data, FALSE);
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  union
  {
    struct inotify_event event;
    char bytes[4096];
  } buffer;
  gssize length = read (fd, &buffer, sizeof buffer);

  for (gssize at = 0; at < length;)
    {
      const struct inotify_event *event = (gpointer)(buffer.bytes + at);

      at += (gssize)(sizeof *event + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0)
        tell_all ();
      else
        tell (GINT_TO_POINTER (event->wd), (event->mask & IN_IGNORED) != 0);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
have_inotify (void)
{
  if (inotify_fd >= 0)
    return TRUE;

  inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (inotify_fd < 0)
    return FALSE;

  watches = g_hash_table_new (NULL, NULL);
  inotify_source = q_io_thread_add_fd (inotify_fd, G_IO_IN, readable_cb, NULL, "qmachine-files");
  return TRUE;
}

static QFileWatch *
new_watch (const char *path, guint32 events, void (*written) (gpointer user_data),
           gpointer user_data)
{
  QFileWatch *self = g_new0 (QFileWatch, 1);

  self->descriptor = have_inotify () ? inotify_add_watch (inotify_fd, path, events) : -1;
  self->written = written;
  self->user_data = user_data;

  /* The kernel gives the same descriptor again for a file that is watched already. */
  if (self->descriptor >= 0 && g_hash_table_contains (watches, GINT_TO_POINTER (self->descriptor)))
    self->descriptor = -1;

  if (self->descriptor >= 0)
    g_hash_table_insert (watches, GINT_TO_POINTER (self->descriptor), self);
  else
    look_from_time_to_time (self);

  return self;
}

QFileWatch *
q_file_watch_new (const char *path, void (*written) (gpointer user_data), gpointer user_data)
{
  return new_watch (path, IN_MODIFY, written, user_data);
}

QFileWatch *
q_file_watch_new_for_users (const char *path, void (*changed) (gpointer user_data),
                            gpointer user_data)
{
  return new_watch (path, IN_OPEN | IN_CLOSE, changed, user_data);
}

void
q_file_watch_free (QFileWatch *self)
{
  if (self->descriptor >= 0)
    {
      g_hash_table_remove (watches, GINT_TO_POINTER (self->descriptor));
      inotify_rm_watch (inotify_fd, self->descriptor);
    }
  q_source_clear (&self->look_source);
  g_free (self);
}
