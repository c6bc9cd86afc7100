/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Told of what is written to a file, also where the kernel does not tell. */

#include <fcntl.h>
#include <unistd.h>

#include "io/file-watch-private.h"
#include "io/io-thread-private.h"

typedef struct
{
  char *path;
  QFileWatch *watch;
  gboolean frees; /* in its callback */
  gint n_calls;   /* atomic, like the next one */
  gint ready;
} Watched;

static void
written_cb (gpointer data)
{
  Watched *self = data;

  g_atomic_int_inc (&self->n_calls);
  if (self->frees)
    g_clear_pointer (&self->watch, q_file_watch_free);
}

static gboolean
begin_cb (gpointer data)
{
  Watched *self = data;

  self->watch = q_file_watch_new (self->path, written_cb, self);
  g_atomic_int_set (&self->ready, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
end_cb (gpointer data)
{
  Watched *self = data;

  g_clear_pointer (&self->watch, q_file_watch_free);
  g_atomic_int_set (&self->ready, FALSE);
  return G_SOURCE_REMOVE;
}

static void
begin (Watched *self)
{
  q_io_thread_post (begin_cb, self);
  while (!g_atomic_int_get (&self->ready))
    g_usleep (1000);
}

static void
end (Watched *self)
{
  q_io_thread_post (end_cb, self);
  while (g_atomic_int_get (&self->ready))
    g_usleep (1000);
}

static void
await_call (Watched *self, gint n)
{
  while (g_atomic_int_get (&self->n_calls) < n)
    g_usleep (1000);
}

static void
append (const char *path)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);

  g_assert_cmpint (write (fd, "x", 1), ==, 1);
  close (fd);
}

static char *
make_file (void)
{
  char *path = NULL;
  int fd = g_file_open_tmp (NULL, &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  return path;
}

/* Each hears of its own file only; a second one of the same file hears of it, too. */
static void
test_written (void)
{
  g_autofree char *path = make_file ();
  g_autofree char *other = make_file ();
  Watched first = { .path = path };
  Watched same = { .path = path };
  Watched silent = { .path = other };

  begin (&first);
  begin (&same);
  begin (&silent);
  append (path);
  await_call (&first, 1);
  await_call (&same, 1);
  g_assert_cmpint (g_atomic_int_get (&silent.n_calls), ==, 0);
  end (&first);
  end (&same);
  end (&silent);
  unlink (path);
  unlink (other);
}

static void
test_free_itself (void)
{
  g_autofree char *path = make_file ();
  Watched watched = { .path = path, .frees = TRUE };

  begin (&watched);
  append (path);
  append (path);
  await_call (&watched, 1);
  end (&watched);
  g_assert_cmpint (watched.n_calls, ==, 1);

  /* The file may go before its watch, and another one come. */
  watched = (Watched){ .path = path };
  begin (&watched);
  unlink (path);
  end (&watched);
}

/* The kernel cannot watch what is not there, and is not asked again. */
static void
test_without_the_kernel (void)
{
  Watched watched = { .path = (char *)"/nonexistent/file" };

  begin (&watched);
  await_call (&watched, 2);
  end (&watched);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-watch/written", test_written);
  g_test_add_func ("/file-watch/free-itself", test_free_itself);
  g_test_add_func ("/file-watch/without-the-kernel", test_without_the_kernel);

  return g_test_run ();
}
