/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Root shells of a Linux guest: on its serial ports, and on a port that is no terminal. */

#include <string.h>

#include "shell-checks.h"

#define N_CONSOLES 3

typedef struct
{
  QShell *shell;
  const char *data;
  guint seed;
  guint n_runs;
  guint max;
} Worker;

/* With a device for all consoles, or serial ports. It has one processor: with several, a QEMU that
 * emulates them may lose its map of the memory while a guest begins anew, and abort. */
static QMachine *
launch_guest (const char *device, const char *append, QConsole *consoles[N_CONSOLES],
              QGuestChannel **channel)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel = g_build_filename (dir, "kernel", "vmlinuz", NULL);
  g_autofree char *initrd = g_build_filename (dir, "tests.gz", NULL);
  g_autofree char *options = g_strdup_printf ("-accel tcg -M q35,graphics=off -m 256 "
                                              "-nodefaults -kernel %s -initrd %s",
                                              kernel, initrd);
  g_auto (GStrv) args = g_strsplit (options, " ", -1);
  const char *const kernel_args[] = { "-append", append, NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  q_machine_set_base_dir (machine, q_test_get_base_dir ());
  q_machine_set_args (machine, (const char *const *)args);
  q_machine_add_args (machine, kernel_args);
  for (guint i = 0; i < N_CONSOLES; i++)
    {
      g_autofree char *name = g_strdup_printf ("console%u", i);

      consoles[i] = q_machine_add_console (machine, name, i < 2 ? device : NULL, &error);
      g_assert_no_error (error);
    }
  *channel = q_machine_add_channel (machine, "shell", &error);
  g_assert_no_error (error);
  q_test_launch (machine);

  return g_steal_pointer (&machine);
}

static void
send_data (QShell *shell, const char *data)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, DATA_SIZE / N_COPIES);
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) result
    = q_shell_run (shell, "x=/tmp/data; cat >$x.1; cat $x.1 $x.1 $x.1 $x.1 >$x", bytes,
                   Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, 0);
}

static gpointer
run_thread (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (worker->seed);

  shell_run_random (worker->shell, rand, "/tmp/data", worker->data, worker->n_runs, worker->max);
  return NULL;
}

/* On two consoles at once, while the kernel writes to the first one. */
static void
check_together (QShell *first, QShell *second, const char *data, guint n_runs, guint max)
{
  Worker workers[] = { { first, data, g_test_rand_int (), n_runs, max },
                       { second, data, g_test_rand_int (), n_runs, max } };
  GThread *threads[2];

  shell_assert_run (first,
                    "echo 8 >/proc/sys/kernel/printk; echo on >/proc/sys/kernel/printk_devkmsg; "
                    "(while :; do echo 'eth0: link; is} up' >/dev/kmsg; usleep 50000; done) & "
                    "echo $! >/tmp/pid",
                    "", 0);
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("run", run_thread, &workers[i]);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  shell_assert_run (second, "kill -9 $(cat /tmp/pid); echo 1 >/proc/sys/kernel/printk", "", 0);
}

/* 1 MiB. */
static void
check_large (QShell *shell, const char *data)
{
  g_autoptr (QShellResult) result
    = shell_run (shell, "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat /tmp/data; done");
  gsize size;
  const char *bytes = g_bytes_get_data (q_shell_result_get_output (result), &size);

  g_assert_cmpuint (size, ==, 16 * DATA_SIZE);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpmem (bytes + i * DATA_SIZE, DATA_SIZE, data, DATA_SIZE);
}

static void
check_login (QConsole *console)
{
  g_autoptr (QShell) shell = q_shell_new (console);
  g_autoptr (GError) error = NULL;

  q_shell_set_password (shell, "wrong");
  g_assert_false (q_shell_open (shell, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (
    error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
    "open: the guest refused the login of \"root\": Login incorrect\nThe last lines of "
    "the console:\n*");
  q_shell_set_password (shell, "secret");
  shell_assert_run (shell, "id -u", "0", 0);
}

/* A port that is no terminal, where nothing is echoed and nobody has job control. */
static void
check_channel (QGuestChannel *channel, QShell *first, const char *data)
{
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (QShell) shell = NULL;
  g_autoptr (GError) error = NULL;

  shell_assert_run (first, "setsid sh -i <>/dev/virtio-ports/shell >&0 2>&1 &", "", 0);
  g_assert_true (q_guest_channel_wait_open (channel, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  stream = q_guest_channel_dup_stream (channel);
  shell = q_shell_new_for_stream (stream);
  check_large (shell, data);
  shell_check_limits (shell);
}

static void
reset (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  JsonNode *reply
    = q_machine_command (machine, "system_reset", NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  json_node_unref (reply);
}

static gboolean
skip_without_guest (void)
{
  g_autofree char *initrd = g_build_filename (g_getenv ("QMACHINE_TEST_GUEST"), "tests.gz", NULL);

  if (g_file_test (initrd, G_FILE_TEST_EXISTS))
    return FALSE;

  g_test_skip ("there is no Linux guest");
  return TRUE;
}

/* What the shell promises: every byte and exit status of so many commands, on two consoles at once.
 * The kernel writes to the first. */
static void
test_many (QTestFixture *fixture, gconstpointer data)
{
  QConsole *consoles[N_CONSOLES];
  QGuestChannel *channel;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) first = NULL;
  g_autoptr (QShell) second = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autofree char *content = shell_make_data (rand);
  gint64 begin;

  if (skip_without_guest ())
    return;

  machine
    = launch_guest ("virtconsole", "console=hvc0 console=ttyS0 panic=-1 quiet shells=hvc0,hvc1",
                    consoles, &channel);
  first = q_shell_new (consoles[0]);
  second = q_shell_new (consoles[1]);
  send_data (first, content);
  begin = g_get_monotonic_time ();
  check_together (first, second, content, q_test_is_long () ? 5000 : 500, DATA_SIZE);
  g_test_message ("commands: %.1f s", (double)(g_get_monotonic_time () - begin) / 1e6);
  begin = g_get_monotonic_time ();
  check_large (first, content);
  check_large (second, content);
  check_large (second, content);
  g_test_message ("3 MiB: %.1f s", (double)(g_get_monotonic_time () - begin) / 1e6);
  check_channel (channel, first, content);
}

static void
test_serial (QTestFixture *fixture, gconstpointer data)
{
  QConsole *consoles[N_CONSOLES];
  QGuestChannel *channel;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) first = NULL;
  g_autoptr (QShell) second = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autofree char *content = shell_make_data (rand);

  if (skip_without_guest ())
    return;

  machine = launch_guest (NULL, "console=ttyS0 panic=-1 quiet shells=ttyS0,ttyS1 logins=ttyS2",
                          consoles, &channel);
  first = q_shell_new (consoles[0]);
  second = q_shell_new (consoles[1]);
  send_data (first, content);
  check_together (first, second, content, q_test_is_long () ? 1000 : 25, 8192);
  if (q_test_is_long ())
    check_large (second, content);
  shell_check_commands (first, 8000);
  shell_check_limits (second);
  check_login (consoles[2]);
  shell_assert_lost (second, KILL_PROGRAM, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                     "run: \"p=*\": the guest's shell was killed, or the guest began anew\n*");
  shell_assert_run (second, "echo next", "next", 0);

  shell_assert_lost (
    first, "reboot -f; sleep 1000", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
    "run: \"reboot*\": the guest has ended meanwhile: *reboot: Restarting system\n*");
  shell_assert_run (first, "ls /tmp; echo again", "again", 0);
  shell_assert_lost (
    first, "echo c >/proc/sysrq-trigger; sleep 1000", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
    "run: \"echo c*\": the guest has ended meanwhile: *Kernel panic - not syncing*");
  shell_assert_run (first, "echo again", "again", 0);
  shell_assert_lost (second, "kill -9 -1; sleep 1000", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                     "run: \"kill -9 -1*\": the guest's shell *");
  reset (machine);
  q_test_assert_last_unref (first);
  first = q_shell_new (consoles[0]);
  shell_assert_lost (first, "poweroff -f; sleep 1000", Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED,
                     "run: \"poweroff*\": *QEMU*\nThe last lines of the console:\n*");
  g_assert_true (q_machine_wait (machine, Q_TEST_DEADLINE_MS, NULL, NULL));
}

/* Under a shell that is idle: the next command is for the new guest. */
static void
test_reset (QTestFixture *fixture, gconstpointer data)
{
  QConsole *consoles[N_CONSOLES];
  QGuestChannel *channel;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) first = NULL;

  if (skip_without_guest ())
    return;

  machine = launch_guest (NULL, "console=ttyS0 panic=-1 quiet shells=ttyS0", consoles, &channel);
  first = q_shell_new (consoles[0]);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QShellResult) result = q_shell_run (first, "ls /tmp; >/tmp/here; echo anew", NULL,
                                                     4 * Q_TEST_DEADLINE_MS, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (q_shell_result_get_text (result), ==, "anew");
      if (i == 0)
        shell_assert_run (first, "ls /tmp", "here", 0);
      reset (machine);
    }
}

/* On a console where the new guest says nothing until its own shell is there. */
static void
test_relaunch (QTestFixture *fixture, gconstpointer data)
{
  QConsole *consoles[N_CONSOLES];
  QGuestChannel *channel;
  g_autoptr (QMachine) machine = NULL;
  g_autoptr (QShell) second = NULL;
  g_autoptr (GError) error = NULL;

  if (skip_without_guest ())
    return;

  machine = launch_guest (NULL, "console=ttyS0 panic=-1 quiet shells=ttyS1", consoles, &channel);
  second = q_shell_new (consoles[1]);
  shell_assert_run (second, ">/tmp/here; echo of the first", "of the first", 0);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  g_assert_false (q_shell_open (second, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                      "open: the machine is not running\nThe last lines of the console:\n*");
  g_assert_false (q_shell_get_ready (second));
  g_clear_error (&error);

  q_test_launch (machine);
  g_assert_true (q_shell_open (second, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  shell_assert_run (second, "ls /tmp; echo of the second", "of the second", 0);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  q_test_launch (machine);
  g_assert_true (q_shell_open (second, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  shell_assert_run (second, "echo of the third", "of the third", 0);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  q_test_launch (machine);
  shell_assert_run (second, "echo of the fourth", "of the fourth", 0);
}

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  g_test_add ("/shell-guest/many", QTestFixture, NULL, q_test_set_up, test_many, q_test_tear_down);
  g_test_add ("/shell-guest/reset", QTestFixture, NULL, q_test_set_up, test_reset,
              q_test_tear_down);
  g_test_add ("/shell-guest/relaunch", QTestFixture, NULL, q_test_set_up, test_relaunch,
              q_test_tear_down);
  g_test_add ("/shell-guest/serial", QTestFixture, NULL, q_test_set_up, test_serial,
              q_test_tear_down);

  return g_test_run ();
}
