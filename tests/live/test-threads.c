/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One machine in many threads, and machines of threads with contexts of their own: everybody gets
 * his own answer, in his own context, and signals come where the machine was made. */

#include <string.h>

#include "q-test-util.h"

#define N_THREADS 8
#define N_COMMANDS 50

/* -- one machine, used from everywhere -- */

typedef struct
{
  QMachine *machine;
  GThread *thread;
  guint index;
  guint n_answers;
  gint *n_left; /* atomic: threads at work */
} User;

/* Each thread asks for what the others do not, so that a wrong answer is seen. */
static void
assert_own_answer (User *user, const char *text, guint round)
{
  g_autofree char *own = g_strdup_printf ("thread-%u-%u", user->index, round);

  g_assert_nonnull (text);
  g_assert_nonnull (strstr (text, own));
  user->n_answers++;
}

static char *
make_arguments (User *user, guint round)
{
  return g_strdup_printf ("{\"command-line\": \"thread-%u-%u\"}", user->index, round);
}

static gpointer
use (gpointer data)
{
  User *user = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < N_COMMANDS; i++)
    {
      g_autofree char *arguments = make_arguments (user, i);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      if (i % 2 == 0)
        {
          text = q_machine_command_json (user->machine, "human-monitor-command", arguments,
                                         Q_TIMEOUT_DEFAULT, NULL, &error);
        }
      else
        {
          g_autoptr (GAsyncResult) result = NULL;
          GAsyncResult *pending = NULL;

          q_machine_command_json_async (user->machine, "human-monitor-command", arguments,
                                        Q_TIMEOUT_DEFAULT, NULL, q_test_store_result, &pending);
          result = q_test_await (&pending);
          text = q_machine_command_json_finish (user->machine, result, &error);
        }
      g_assert_no_error (error);
      /* QEMU's human monitor says which command it does not know. */
      assert_own_answer (user, text, i);
    }
  g_main_context_pop_thread_default (context);
  g_atomic_int_add (user->n_left, -1);
  return NULL;
}

static void
check_thread (QMachine *machine, QMonitorEvent *event, gpointer owner)
{
  g_assert_true (g_thread_self () == owner);
}

static void
check_notify_thread (QMachine *machine, GParamSpec *pspec, gpointer owner)
{
  g_assert_true (g_thread_self () == owner);
}

static void
test_shared (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  User users[N_THREADS];
  gint n_left = N_THREADS;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_signal_connect (machine, "event", G_CALLBACK (check_thread), g_thread_self ());
  g_signal_connect (machine, "notify", G_CALLBACK (check_notify_thread), g_thread_self ());
  q_test_launch (machine);
  for (guint i = 0; i < N_THREADS; i++)
    {
      users[i] = (User){ .machine = machine, .index = i, .n_left = &n_left };
      users[i].thread = g_thread_new ("user", use, &users[i]);
    }

  /* The owner has its events meanwhile. */
  while (g_atomic_int_get (&n_left) > 0)
    {
      g_free (text);
      text = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      g_free (text);
      text = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (users[i].thread);
      g_assert_cmpuint (users[i].n_answers, ==, N_COMMANDS);
    }
  q_test_shutdown (machine);
}

/* -- a machine for each thread, with a context of its own -- */

typedef struct
{
  GThread *self;
  GString *seen; /* in order: an event's first letter, or '.' for a reply */
  gboolean exited;
} Log;

static void
log_event (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  Log *log = data;

  g_assert_true (g_thread_self () == log->self);
  g_string_append_c (log->seen, q_monitor_event_get_name (event)[0]);
}

static void
log_exited (QMachine *machine, gpointer data)
{
  Log *log = data;

  g_assert_true (g_thread_self () == log->self);
  log->exited = TRUE;
}

static void
log_reply (GObject *machine, GAsyncResult *result, gpointer data)
{
  Log *log = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = q_machine_command_json_finish (Q_MACHINE (machine), result, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "{}");
  g_assert_true (g_thread_self () == log->self);
  g_string_append_c (log->seen, '.');
}

static gpointer
own (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (GError) error = NULL;
  Log log = { .self = g_thread_self (), .seen = g_string_new (NULL) };

  g_main_context_push_thread_default (context);
  machine = q_test_machine_none ();
  g_signal_connect (machine, "event", G_CALLBACK (log_event), &log);
  g_signal_connect (machine, "exited", G_CALLBACK (log_exited), &log);
  q_test_launch (machine);
  for (guint i = 0; i < 5; i++)
    {
      q_machine_command_json_async (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, log_reply,
                                    &log);
      q_machine_command_json_async (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, log_reply,
                                    &log);
    }
  q_test_wait_until (context, log.seen->len == 20);
  /* STOP before the reply to it, RESUME before its own: as on the wire. */
  g_assert_cmpstr (log.seen->str, ==, "S.R.S.R.S.R.S.R.S.R.");

  q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  q_test_wait_until (context, log.exited);
  g_signal_handlers_disconnect_by_data (machine, &log);
  g_clear_object (&machine);
  g_main_context_pop_thread_default (context);
  g_string_free (log.seen, TRUE);
  return NULL;
}

static void
test_own_contexts (QTestFixture *fixture, gconstpointer data)
{
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("owner", own, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

/* -- the monitor -- */

typedef struct
{
  QMachine *machine;
  gint stop;
} Asker;

static gpointer
ask_all_the_time (gpointer data)
{
  Asker *asker = data;

  while (!g_atomic_int_get (&asker->stop))
    {
      QMonitor *monitor = q_machine_dup_monitor (asker->machine);
      QMonitorEvent *event = q_machine_pop_event (asker->machine);

      g_clear_object (&monitor);
      g_clear_object (&event);
    }

  return NULL;
}

/* Each launch has a monitor of its own, which nobody who asks meanwhile may take for an old one. */
static void
test_monitor_of_launch (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  Asker asker = { machine, 0 };
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asker", ask_all_the_time, &asker);
  for (guint i = 0; i < (q_test_is_long () ? 200 : 20); i++)
    {
      q_test_launch (machine);
      g_assert_cmpint (q_machine_get_state (machine), ==, Q_MACHINE_STATE_RUNNING);
      q_test_shutdown (machine);
    }
  g_atomic_int_set (&asker.stop, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
note_thread (gpointer data, GObject *event)
{
  *(GThread **)data = g_thread_self ();
}

/* What a program hangs on an event it was waiting for is freed in its own thread. */
static void
test_event_is_freed_here (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  static const char *const names[] = { "STOP", NULL };

  q_test_launch (machine);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GAsyncResult) stopped = NULL;
      g_autofree char *text = NULL;
      GThread *freed_by = NULL;
      QMonitorEvent *event;

      q_machine_command_json_async (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                    q_test_store_result, &stopped);
      event = q_machine_wait_event (machine, names, NULL, Q_TEST_DEADLINE_MS, NULL, NULL);
      g_assert_nonnull (event);
      g_object_weak_ref (G_OBJECT (event), note_thread, &freed_by);
      g_object_unref (event);
      g_assert_true (freed_by == g_thread_self ());
      text = q_machine_command_json_finish (machine, q_test_await (&stopped), NULL);
      g_free (text);
      text = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
    }
  q_test_shutdown (machine);
}

/* -- notifications -- */

typedef struct
{
  QMachine *machine;
  gint stop;
} Setter;

static gpointer
set_all_the_time (gpointer data)
{
  Setter *setter = data;

  while (!g_atomic_int_get (&setter->stop))
    g_object_set (setter->machine, "machine-type", "none", "launch-timeout", 60000, NULL);

  return NULL;
}

static void
note_state (QMachine *machine, GParamSpec *pspec, gpointer data)
{
  GThread *owner = g_thread_self ();

  g_ptr_array_add (data, owner);
}

/* A setter in another thread holds back all notifications of the object, and emits them there. */
static void
test_setter (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  Setter setter = { machine, 0 };
  GThread *thread;

  g_signal_connect (machine, "notify::state", G_CALLBACK (note_state), threads);
  thread = g_thread_new ("setter", set_all_the_time, &setter);
  for (guint i = 0; i < 20; i++)
    {
      guint n_seen = threads->len;

      q_test_launch (machine);
      q_test_wait_until (NULL, threads->len > n_seen);
      n_seen = threads->len;
      q_test_shutdown (machine);
      q_test_wait_until (NULL, threads->len > n_seen);
    }
  g_atomic_int_set (&setter.stop, 1);
  g_thread_join (thread);
  for (guint i = 0; i < threads->len; i++)
    g_assert_true (threads->pdata[i] == g_thread_self ());
}

/* As of any other object, also when it is thawed outside of a main loop. */
static void
test_freeze (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  guint n_exited = 0;

  g_signal_connect (machine, "notify::state", G_CALLBACK (note_state), threads);
  g_signal_connect_swapped (machine, "exited", G_CALLBACK (g_atomic_int_inc), &n_exited);
  g_object_freeze_notify (G_OBJECT (machine));
  q_test_launch (machine);
  q_test_shutdown (machine);
  q_test_wait_until (NULL, n_exited == 1);
  g_assert_cmpuint (threads->len, ==, 0);
  g_object_thaw_notify (G_OBJECT (machine));
  g_assert_cmpuint (threads->len, ==, 1);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

#define ADD(path, func)                                                                            \
  g_test_add ("/threads/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)
  ADD ("shared-machine", test_shared);
  ADD ("own-contexts", test_own_contexts);
  ADD ("monitor-of-launch", test_monitor_of_launch);
  ADD ("event-is-freed-here", test_event_is_freed_here);
  ADD ("setter", test_setter);
  ADD ("freeze", test_freeze);

  return g_test_run ();
}
