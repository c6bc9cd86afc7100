/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Consoles and qtest servers that do not read, or slowly, and an expression that is too much. */

#include "peer-client.h"
#include "q-test-util.h"

static QMachine *
launch_deaf (QConsole **console)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("negotiate; serve");

  if (console != NULL)
    {
      q_machine_add_console (machine, NULL, NULL, NULL);
      *console = q_machine_dup_console (machine);
    }
  else
    g_object_set (machine, "enable-qtest", TRUE, NULL);
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

static void
test_deaf_console (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = launch_deaf (&console);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  q_console_write_async (console, plenty, NULL, q_test_store_result, &first);
  q_console_write_async (console, "more", cancellable, q_test_store_result, &second);
  pass_io_thread (monitor);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_console_write_finish (console, q_test_await (&second), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (first);

  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (q_console_write_finish (console, q_test_await (&first), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

static void
test_deaf_qtest (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = launch_deaf (NULL);
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (machine);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_qtest_async (machine, plenty, -1, NULL, q_test_store_result, &first);
  q_machine_qtest_async (machine, "endianness", -1, cancellable, q_test_store_result, &second);
  pass_io_thread (monitor);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&second), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (first);

  g_assert_true (q_machine_kill (machine, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&first), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

static void
test_slow_console (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "head -c 4 <&300 >/dev/null; echo begun >&300; head -c 4194304 <&300 | wc -c >&300;"
    "exec sleep 600",
    &console);
  g_autofree char *plenty = g_strnfill (PLENTY, 'x');
  g_autofree char *found = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  /* The first four bytes let it begin: by then the socket is full, and the rest has to wait. */
  q_console_write_async (console, plenty, NULL, q_test_store_result, &result);
  found = q_console_wait_for_text (console, "begun", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_console_write (console, "last", NULL, &error));
  g_assert_no_error (error);
  g_assert_true (q_console_write_finish (console, q_test_await (&result), &error));
  g_free (found);
  found = q_console_wait_for_text (console, "4194304", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, &error));
}

/* An expression that is too much for the matcher ends the call, not the program. */
static void
test_endless_expression (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QConsole) console = NULL;
  g_autoptr (QMachine) machine = q_test_launch_shell (
    "head -c 2000 /dev/zero | tr '\\0' x >&300; echo z >&300; exec sleep 600", &console);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  found = q_console_wait_for_text (console, "(x+x+)+[uvw]", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_null (found);
  g_assert_error (error, G_REGEX_ERROR, G_REGEX_ERROR_MATCH);
  g_clear_error (&error);
  found = q_console_wait_for_text (console, "z", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_kill (machine, NULL, &error));
}

#define ADD(path, data, func)                                                                      \
  g_test_add ("/console-qtest/" path, QTestFixture, data, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  ADD ("deaf-console", NULL, test_deaf_console);
  ADD ("deaf-qtest", NULL, test_deaf_qtest);
  ADD ("slow-console", NULL, test_slow_console);
  ADD ("endless-expression", NULL, test_endless_expression);

  return g_test_run ();
}
