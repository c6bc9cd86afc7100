/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The qtest server of a real QEMU. Debian's has no `qtest` accelerator, so the guest is paused and
 * the clock is not stepped; the rest needs none. */

#include <signal.h>
#include <string.h>

#include "q-test-util.h"

static QMachine *
launch (void)
{
  static const char *const args[] = { "-accel", "tcg", "-machine", "pc",   "-nodefaults", "-m",
                                      "16",     "-S",  "-serial",  "null", NULL };
  QMachine *machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "args", args, "enable-qtest", TRUE, NULL);
  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);

  return machine;
}

static void
assert_qtest (QMachine *machine, const char *line, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_qtest (machine, line, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (reply, ==, expected);
}

static void
test_memory_and_ports (void)
{
  g_autoptr (QMachine) machine = launch ();
  g_autofree char *log = NULL;

  assert_qtest (machine, "writeb 0x100000 0x5a", "OK");
  assert_qtest (machine, "readb 0x100000", "OK 0x000000000000005a");
  assert_qtest (machine, "writel 0x100004 0x12345678", "OK");
  assert_qtest (machine, "readw 0x100004", "OK 0x0000000000005678");
  assert_qtest (machine, "read 0x100004 0x4", "OK 0x78563412");
  /* The scratch register of the CMOS clock's index port reads back through its data port. */
  assert_qtest (machine, "outb 0x70 0x0f", "OK");
  assert_qtest (machine, "outb 0x71 0x2a", "OK");
  assert_qtest (machine, "inb 0x71", "OK 0x002a");

  log = q_machine_dup_log (machine);
  g_assert_cmpstr (log, ==, "");
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

static void
test_errors (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMachine) tested = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_qtest (machine, "endianness", -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_true (q_machine_launch (machine, NULL, NULL));
  g_assert_null (q_machine_qtest (machine, "endianness", -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "without qtest"));
  g_clear_error (&error);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));

  tested = launch ();
  g_assert_null (q_machine_qtest (tested, "no_such_thing", -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "FAIL Unknown command 'no_such_thing'"));
  g_clear_error (&error);
  g_assert_null (q_machine_qtest (tested, "readb 0x0\nreadb 0x1", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_machine_qtest (tested, "", -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  assert_qtest (tested, "endianness", "OK little");
  g_assert_true (q_machine_shutdown (tested, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* Given up, its answer is nobody's; and what waits when QEMU dies is told. */
static void
test_gives_up (void)
{
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) doomed = NULL;
  g_autoptr (GError) error = NULL;
  gint64 pid = q_machine_get_pid (machine);

  assert_qtest (machine, "writeb 0x100000 0x5a", "OK");
  kill ((pid_t)pid, SIGSTOP);
  q_machine_qtest_async (machine, "readb 0x100000", -1, cancellable, q_test_store_result,
                         &cancelled);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  kill ((pid_t)pid, SIGCONT);
  assert_qtest (machine, "endianness", "OK little");

  kill ((pid_t)pid, SIGSTOP);
  q_machine_qtest_async (machine, "readb 0x100000", -1, NULL, q_test_store_result, &doomed);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_null (q_machine_qtest_finish (machine, q_test_await (&doomed), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
}

static void
note_irq (QMachine *machine, guint irq, gboolean raised, gpointer data)
{
  g_string_append_printf (data, "%c%u ", raised ? '+' : '-', irq);
}

static void
test_interrupts (void)
{
  g_autoptr (QMachine) machine = launch ();
  g_autoptr (GString) irqs = g_string_new (NULL);

  g_signal_connect (machine, "qtest-irq", G_CALLBACK (note_irq), irqs);
  assert_qtest (machine, "irq_intercept_in ioapic", "OK");
  /* The serial port's transmitter is empty: asked to say so, it raises its line. */
  assert_qtest (machine, "outb 0x3fc 0x08", "OK");
  assert_qtest (machine, "outb 0x3f9 0x02", "OK");
  assert_qtest (machine, "inb 0x3fa", "OK 0x0002");
  g_assert_cmpuint (irqs->len, ==, 0);

  q_test_wait_until (NULL, strstr (irqs->str, "+4 ") != NULL);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

/* Hundreds of thousands of calls in one program are nothing unusual: no growth with each. */
static void
test_many_calls (void)
{
  g_autoptr (QMachine) machine = launch ();
  const guint n_calls = q_test_is_long () ? 300000 : 20000;
  gsize rss = 0;

  for (guint i = 0; i < n_calls; i++)
    {
      assert_qtest (machine, "readb 0x100000", "OK 0x0000000000000000");
      if (i == n_calls / 10)
        rss = q_test_get_rss ();
    }
  if (q_test_memory_counts ())
    g_assert_cmpuint (q_test_get_rss (), <, rss + 1024 * 1024);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, NULL));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/qtest/memory-and-ports", test_memory_and_ports);
  g_test_add_func ("/qtest/errors", test_errors);
  g_test_add_func ("/qtest/gives-up", test_gives_up);
  g_test_add_func ("/qtest/interrupts", test_interrupts);
  g_test_add_func ("/qtest/many-calls", test_many_calls);

  return g_test_run ();
}
