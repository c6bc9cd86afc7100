/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Features that take part in the launches of a machine: their arguments and descriptors reach QEMU,
 * and each hears of its launches' beginnings and ends, however they come. */

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"
#include "qmachine/q-machine-private.h"

typedef struct
{
  gint n_refs; /* atomic, like all of these */
  gint n_prepared;
  gint n_started;
  gint n_ended;
  gint n_detached;
  gboolean refuses;
  const char *name;
  int fd; /* while a launch is being prepared */
  gint n_settled;
  gboolean refuses_late;
  gboolean hangs;            /* tells QEMU to quit, again and again */
  QLaunchSettling *settling; /* while it settles something */
} Feature;

static gpointer
feature_ref (gpointer data)
{
  Feature *self = data;

  g_atomic_int_inc (&self->n_refs);
  return self;
}

static void
feature_unref (gpointer data)
{
  Feature *self = data;

  g_atomic_int_add (&self->n_refs, -1);
}

static gboolean
feature_prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  Feature *self = data;
  g_autofree char *option = NULL;

  if (self->refuses)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: not today", self->name);
      return FALSE;
    }

  self->fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  option = g_strdup_printf ("fd=%d,set=9,opaque=%s", q_launch_parts_add_fd (parts, self->fd),
                            self->name);
  q_launch_parts_add_args (parts, (const char *const[]){ "-add-fd", option, NULL });
  g_atomic_int_inc (&self->n_prepared);
  return TRUE;
}

static void
feature_started (gpointer data)
{
  Feature *self = data;

  close (g_steal_fd (&self->fd));
  g_atomic_int_inc (&self->n_started);
}

static void
feature_ended (gpointer data, gboolean detached)
{
  Feature *self = data;

  if (self->fd >= 0)
    close (g_steal_fd (&self->fd));
  g_atomic_int_inc (&self->n_ended);
  g_atomic_int_add (&self->n_detached, detached);
}

static const QLaunchHook hook = {
  .ref = feature_ref,
  .unref = feature_unref,
  .prepare = feature_prepare,
  .started = feature_started,
  .ended = feature_ended,
};

static void feature_settle (gpointer data, QLaunchSettling *settling);

static void
answer_cb (const char *value, const GError *error, gpointer data)
{
  Feature *self = data;

  /* Until QEMU is gone. */
  if (self->hangs && error == NULL)
    {
      feature_settle (self, self->settling);
      return;
    }

  g_atomic_int_inc (&self->n_settled);
  if (error != NULL)
    q_launch_settling_end (self->settling, g_error_copy (error));
  else if (self->refuses_late)
    q_launch_settling_end (self->settling,
                           g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                        "%s: QEMU says %s", self->name, value));
  else
    q_launch_settling_end (self->settling, NULL);
}

static void
feature_settle (gpointer data, QLaunchSettling *settling)
{
  Feature *self = data;

  self->settling = settling;
  q_launch_settling_ask (settling, self->hangs ? "human-monitor-command" : "query-name",
                         self->hangs ? "{\"command-line\":\"quit\"}" : NULL, answer_cb, self);
}

/* One that asks QEMU before the launch is done. */
static const QLaunchHook settling_hook = {
  .ref = feature_ref,
  .unref = feature_unref,
  .prepare = feature_prepare,
  .started = feature_started,
  .settle = feature_settle,
  .ended = feature_ended,
};

/* One that has nothing to do when its launches begin and end. */
static const QLaunchHook plain_hook = {
  .ref = feature_ref,
  .unref = feature_unref,
  .prepare = feature_prepare,
};

static void
assert_counts (Feature *feature, int n_prepared, int n_started, int n_ended)
{
  g_assert_cmpint (g_atomic_int_get (&feature->n_prepared), ==, n_prepared);
  g_assert_cmpint (g_atomic_int_get (&feature->n_started), ==, n_started);
  g_assert_cmpint (g_atomic_int_get (&feature->n_ended), ==, n_ended);
}

/* The last launch may let go on the I/O thread, a moment after the machine has. */
static void
wait_for_last_unref (Feature *feature)
{
  q_test_wait_until (NULL, g_atomic_int_get (&feature->n_refs) == 0);
}

static void
test_parts (QTestFixture *fixture, gconstpointer data)
{
  Feature one = { .name = "one", .fd = -1 };
  Feature other = { .name = "other", .fd = -1 };
  static const char *const args[] = { "-name", "last", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_machine_add_args (machine, args);
  q_machine_add_hook (machine, &hook, &one);
  q_machine_add_hook (machine, &hook, &other);
  for (int i = 1; i <= 3; i++)
    {
      g_autofree char *sets = NULL;
      g_auto (GStrv) command_line = NULL;
      guint length;

      q_test_launch (machine);
      assert_counts (&one, i, i, i - 1);
      sets = q_machine_command_json (machine, "query-fdsets", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
      g_assert_nonnull (strstr (sets, "\"one\""));
      g_assert_nonnull (strstr (sets, "\"other\""));
      command_line = q_machine_dup_command_line (machine);
      length = g_strv_length (command_line);
      g_assert_cmpstr (command_line[length - 1], ==, "last");
      q_test_shutdown (machine);
      assert_counts (&one, i, i, i);
      assert_counts (&other, i, i, i);
    }
  g_assert_cmpint (one.n_detached, ==, 0);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&one);
  wait_for_last_unref (&other);
}

static void
test_refused (QTestFixture *fixture, gconstpointer data)
{
  Feature good = { .name = "good", .fd = -1 };
  Feature bad = { .name = "bad", .fd = -1, .refuses = TRUE };
  Feature late = { .name = "late", .fd = -1 };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  q_machine_add_hook (machine, &hook, &good);
  q_machine_add_hook (machine, &hook, &bad);
  q_machine_add_hook (machine, &hook, &late);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_cmpstr (error->message, ==, "launch: bad: not today");
  assert_counts (&good, 1, 0, 1);
  assert_counts (&bad, 0, 0, 0);
  assert_counts (&late, 0, 0, 0);

  bad.refuses = FALSE;
  q_test_launch (machine);
  q_test_shutdown (machine);
  assert_counts (&good, 2, 1, 2);
  assert_counts (&late, 1, 1, 1);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&good);
  wait_for_last_unref (&bad);
  wait_for_last_unref (&late);
}

static void
test_early_end (QTestFixture *fixture, gconstpointer data)
{
  Feature feature = { .name = "feature", .fd = -1 };
  static const char *const args[] = { "-no-such-option", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  q_machine_add_args (machine, args);
  q_machine_add_hook (machine, &hook, &feature);
  g_assert_false (q_machine_launch (machine, NULL, NULL));
  assert_counts (&feature, 1, 1, 1);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&feature);
}

static void
test_dropped (QTestFixture *fixture, gconstpointer data)
{
  Feature feature = { .name = "feature", .fd = -1 };
  Feature plain = { .name = "plain", .fd = -1 };
  QMachine *machine = q_test_machine_none ();

  q_machine_add_hook (machine, &hook, &feature);
  q_machine_add_hook (machine, &plain_hook, &plain);
  q_test_launch (machine);
  g_assert_cmpint (plain.n_prepared, ==, 1);
  close (g_steal_fd (&plain.fd));
  q_test_assert_last_unref (machine);
  assert_counts (&feature, 1, 1, 1);
  wait_for_last_unref (&feature);
  wait_for_last_unref (&plain);
}

static void
test_detached (QTestFixture *fixture, gconstpointer data)
{
  Feature feature = { .name = "feature", .fd = -1 };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *path = g_build_filename (q_test_get_base_dir (), "monitor", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "exit-with-parent", FALSE, "monitor-address", address, NULL);
  q_machine_add_hook (machine, &hook, &feature);
  q_test_launch (machine);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  q_test_wait_until (NULL, q_machine_get_state (machine) == Q_MACHINE_STATE_STOPPED);
  assert_counts (&feature, 1, 1, 1);
  g_assert_cmpint (feature.n_detached, ==, 1);

  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  answer = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                   NULL, &error);
  g_assert_no_error (error);
  q_monitor_close (monitor, NULL, NULL);
  g_unlink (path);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&feature);
}

static void
test_settled (QTestFixture *fixture, gconstpointer data)
{
  Feature one = { .name = "one", .fd = -1 };
  Feature plain = { .name = "plain", .fd = -1 };
  Feature other = { .name = "other", .fd = -1, .refuses_late = TRUE };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  q_machine_add_hook (machine, &settling_hook, &one);
  q_machine_add_hook (machine, &hook, &plain);
  q_machine_add_hook (machine, &settling_hook, &other);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "launch: other: QEMU says {}\nCommand line: "));
  g_assert_cmpint (g_atomic_int_get (&one.n_settled), ==, 1);
  assert_counts (&one, 1, 1, 1);
  assert_counts (&other, 1, 1, 1);

  other.refuses_late = FALSE;
  q_test_launch (machine);
  g_assert_cmpint (g_atomic_int_get (&one.n_settled), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&other.n_settled), ==, 2);
  q_test_shutdown (machine);

  /* Without a monitor there is nobody to be asked. */
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  q_test_launch (machine);
  g_assert_cmpint (g_atomic_int_get (&one.n_settled), ==, 2);
  q_test_shutdown (machine);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&one);
  wait_for_last_unref (&plain);
  wait_for_last_unref (&other);
}

/* The launch is given up, or QEMU ends, while a feature has not settled. */
static void
test_unsettled (QTestFixture *fixture, gconstpointer data)
{
  Feature feature = { .name = "feature", .fd = -1, .hangs = TRUE };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  q_machine_add_hook (machine, &settling_hook, &feature);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "exited with status 0"));
  assert_counts (&feature, 1, 1, 1);
  q_test_assert_last_unref (machine);
  wait_for_last_unref (&feature);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/hooks/" path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("parts", test_parts);
  ADD ("refused", test_refused);
  ADD ("early-end", test_early_end);
  ADD ("dropped", test_dropped);
  ADD ("detached", test_detached);
  ADD ("settled", test_settled);
  ADD ("unsettled", test_unsettled);

  return g_test_run ();
}
