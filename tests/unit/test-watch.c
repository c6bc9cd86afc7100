/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/watch-private.h"

#define N_WATCHES 100 /* more than one turn handles */

typedef struct
{
  QWatch *watch;
  QWatch **victim; /* freed by the callback */
  int ends[2];
  guint n_calls;
  gboolean stay;
} Watched;

static gboolean
count_cb (gpointer data)
{
  Watched *watched = data;

  watched->n_calls++;
  if (watched->victim != NULL)
    g_clear_pointer (watched->victim, q_watch_free);
  return watched->stay;
}

static void
watched_init (Watched *self, gboolean readable)
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->ends));
  if (readable)
    g_assert_cmpint (write (self->ends[1], "x", 1), ==, 1);
  self->watch = q_watch_new (self->ends[0], count_cb, self);
  g_assert_nonnull (self->watch);
}

static void
watched_clear (Watched *self)
{
  g_clear_pointer (&self->watch, q_watch_free);
  close (self->ends[0]);
  close (self->ends[1]);
}

static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
test_only_the_readable (void)
{
  Watched readable = { 0 };
  Watched silent = { 0 };

  watched_init (&readable, TRUE);
  watched_init (&silent, FALSE);
  turn ();
  g_assert_cmpuint (readable.n_calls, ==, 1);
  g_assert_cmpuint (silent.n_calls, ==, 0);

  /* It has ended itself: what is still there to be read is nobody's matter. */
  turn ();
  g_assert_cmpuint (readable.n_calls, ==, 1);

  /* The end of the peer is something to be read. */
  shutdown (silent.ends[1], SHUT_RDWR);
  turn ();
  g_assert_cmpuint (silent.n_calls, ==, 1);
  watched_clear (&readable);
  watched_clear (&silent);
}

static void
test_until_it_is_read (void)
{
  Watched watched = { .stay = TRUE };

  watched_init (&watched, TRUE);
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_true (g_main_context_iteration (NULL, FALSE));
      g_assert_cmpuint (watched.n_calls, ==, i);
    }
  watched_clear (&watched);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
}

/* Whichever comes first: the other must not be called any more. */
static void
test_free_each_other (void)
{
  Watched a = { 0 };
  Watched b = { 0 };

  watched_init (&a, TRUE);
  watched_init (&b, TRUE);
  a.victim = &b.watch;
  b.victim = &a.watch;
  turn ();
  g_assert_cmpuint (a.n_calls + b.n_calls, ==, 1);
  g_assert_true ((a.watch == NULL) != (b.watch == NULL));
  watched_clear (&a);
  watched_clear (&b);
}

static void
test_free_itself (void)
{
  Watched watched = { 0 };

  watched_init (&watched, TRUE);
  watched.victim = &watched.watch;
  turn ();
  g_assert_cmpuint (watched.n_calls, ==, 1);
  g_assert_null (watched.watch);
  watched_clear (&watched);
}

static void
test_many (void)
{
  Watched watched[N_WATCHES] = { 0 };

  for (guint i = 0; i < N_WATCHES; i++)
    watched_init (&watched[i], TRUE);
  turn ();
  for (guint i = 0; i < N_WATCHES; i++)
    {
      g_assert_cmpuint (watched[i].n_calls, ==, 1);
      watched_clear (&watched[i]);
    }
}

static void
test_no_such_descriptor (void)
{
  Watched watched = { 0 };

  g_assert_null (q_watch_new (-1, count_cb, &watched));
  g_assert_false (g_main_context_iteration (NULL, FALSE));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/only-the-readable", test_only_the_readable);
  g_test_add_func ("/watch/until-it-is-read", test_until_it_is_read);
  g_test_add_func ("/watch/free-each-other", test_free_each_other);
  g_test_add_func ("/watch/free-itself", test_free_itself);
  g_test_add_func ("/watch/many", test_many);
  g_test_add_func ("/watch/no-such-descriptor", test_no_such_descriptor);

  return g_test_run ();
}
