/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guest as people have them: Debian with systemd, agetty, login and bash, and the agent as a
 * unit. One guest serves all cases, in their order; it starts anew in the middle of them, and is
 * launched again at the end. */

#include <string.h>

#include "shell-checks.h"

/* For a boot, where others work, too. */
#define BOOT_MS (5 * Q_TEST_DEADLINE_MS)
#define N_CONSOLES 2

static struct
{
  QTestResources before;
  QMachine *machine;
  QConsole *consoles[N_CONSOLES];
  QShell *shells[N_CONSOLES];
  QGuestAgent *agent;
} guest;

static char *
find_file (const char *name)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");

  return g_build_filename (dir != NULL ? dir : "", name, NULL);
}

/* The kernel and systemd write to the first console all the time. On a busy host the kernel would
 * find that no interrupt of its timer comes, and panic. It has one processor: with several, a QEMU
 * that emulates them may lose its map of the memory while a guest begins anew, and abort.
 * And little room for translated code: a guest that begins anew writes over the programs that were
 * there, and for each of those writes QEMU looks through what it has translated. */
static void
make_guest (void)
{
  static const char *const append[]
    = { "-append", "console=ttyS0 panic=-1 no_timer_check systemd.show_status=1", NULL };
  g_autofree char *kernel = find_file ("kernel/vmlinuz");
  g_autofree char *initrd = find_file ("systemd.gz");
  g_autofree char *options = g_strdup_printf ("-accel tcg,tb-size=32 -cpu max -m 512 -nodefaults "
                                              "-kernel %s -initrd %s",
                                              kernel, initrd);
  g_auto (GStrv) args = g_strsplit (options, " ", -1);

  guest.machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, "base-dir", q_test_get_base_dir (), NULL);
  q_machine_add_args (guest.machine, append);
  for (guint i = 0; i < N_CONSOLES; i++)
    {
      g_autofree char *name = g_strdup_printf ("console%u", i);

      guest.consoles[i] = q_machine_add_console (guest.machine, name, NULL, NULL);
      g_assert_nonnull (guest.consoles[i]);
      guest.shells[i] = q_shell_new (guest.consoles[i]);
    }
  guest.agent = q_machine_add_guest_agent (guest.machine, NULL);
  g_assert_nonnull (guest.agent);
  q_guest_agent_set_command_timeout (guest.agent, Q_TEST_DEADLINE_MS);
}

static void
open_shell (guint i)
{
  g_autoptr (GError) error = NULL;

  q_shell_open (guest.shells[i], BOOT_MS, NULL, &error);
  g_assert_no_error (error);
}

static QGuestExecResult *
exec_script (const char *commands, const char *input)
{
  const char *const argv[] = { "/bin/sh", "-c", commands, NULL };
  g_autoptr (GBytes) bytes = input != NULL ? g_bytes_new (input, strlen (input)) : NULL;
  g_autoptr (GError) error = NULL;
  QGuestExecResult *result
    = q_guest_agent_exec (guest.agent, argv, NULL, bytes, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_exec (const char *commands, const char *input, const char *output, int status)
{
  g_autoptr (QGuestExecResult) result = exec_script (commands, input);

  shell_assert_bytes (q_guest_exec_result_get_output (result), output, strlen (output));
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, status);
}

/* What the library keeps for good is there then. */
static void
warm_up (void)
{
  g_autoptr (QMachine) first = q_test_machine_none ();

  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_kill (first, NULL, NULL));
}

/* -- the cases -- */

/* From the first instruction on, with the wrong password first: agetty's and login's words come
 * between systemd's and the kernel's. */
static void
test_login (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  warm_up ();
  q_test_count_resources (&guest.before);
  make_guest ();
  q_test_launch (guest.machine);
  q_shell_set_password (guest.shells[0], "wrong");
  g_assert_false (q_shell_open (guest.shells[0], BOOT_MS, NULL, &error));
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                      "open: the guest refused the login of \"root\": Login incorrect\nThe last "
                      "lines of the console:\n*");
  for (guint i = 0; i < N_CONSOLES; i++)
    {
      q_shell_set_password (guest.shells[i], "secret");
      open_shell (i);
      shell_assert_run (guest.shells[i], "id -un; ps -o tty= -p $$",
                        i == 0 ? "root\nttyS0" : "root\nttyS1", 0);
    }
  g_test_message ("boot and logins: %.1f s", (double)(g_get_monotonic_time () - begin) / 1e6);

  text = q_console_dup_text (guest.consoles[0]);
  g_assert_nonnull (strstr (text, "\033[0;32m  OK  \033[0m] "));
  g_assert_nonnull (strstr (text, "Linux version "));
  g_assert_nonnull (strstr (text, "\033[1;32mWelcome\033[0m to the "));
}

static void
test_systemd (void)
{
  QShell *shell = guest.shells[0];

  shell_assert_run (shell, "cat /proc/1/comm; readlink /proc/1/exe | grep -o 'systemd$'",
                    "systemd\nsystemd", 0);
  shell_assert_run (shell, "systemctl is-active dbus systemd-logind serial-getty@ttyS1",
                    "active\nactive\nactive", 0);
  /* Each login is a session of logind's. */
  shell_assert_run (shell, "loginctl --no-legend list-sessions | grep -c root", "2", 0);
  shell_assert_run (shell, "systemd-run --quiet --pipe --wait sh -c 'echo of a unit; exit 3'",
                    "of a unit", 3);
  /* As a person's login has set it. */
  shell_assert_run (shell, "echo $TERM $USER $HOME; TERM=linux ls -d --color=always /proc",
                    "vt220 root /root\n\033[0m\033[01;34m/proc\033[0m", 0);
  shell_check_commands (shell, 4000);
  shell_check_limits (guest.shells[1]);
}

typedef struct
{
  QShell *shell;
  const char *data;
  guint seed;
} Worker;

static gpointer
run_thread (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (worker->seed);

  shell_run_random (worker->shell, rand, "/tmp/data", worker->data, 30, 8192);
  return NULL;
}

/* On two consoles at once. On the first one the kernel writes, and somebody else; and systemd says
 * what it starts, as SIGRTMIN+20 tells it. */
static void
test_together (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autofree char *content = shell_make_data (rand);
  g_autoptr (GBytes) bytes = g_bytes_new (content, DATA_SIZE);
  Worker workers[N_CONSOLES];
  GThread *threads[N_CONSOLES];
  g_autoptr (GError) error = NULL;

  q_guest_agent_wait_ready (guest.agent, BOOT_MS, NULL, &error);
  g_assert_no_error (error);
  q_guest_agent_write_file (guest.agent, "/tmp/data", bytes, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  shell_assert_run (guest.shells[1],
                    "echo 8 >/proc/sys/kernel/printk; echo on >/proc/sys/kernel/printk_devkmsg\n"
                    "kill -54 1; printf '[Service]\\nExecStart=/bin/true\\n' "
                    ">/run/systemd/system/chatter.service; systemctl daemon-reload\n"
                    "(while :; do echo 'eth0: link; is} up' >/dev/kmsg; systemctl start chatter; "
                    "printf '\\033[31mlogin: \\033[0m\\r\\n# ' >/dev/ttyS0; sleep 1; done) "
                    "</dev/null >/dev/null 2>&1 & echo $! >/tmp/chatter",
                    "", 0);
  for (guint i = 0; i < N_CONSOLES; i++)
    {
      workers[i] = (Worker){ guest.shells[i], content, g_test_rand_int () };
      threads[i] = g_thread_new ("run", run_thread, &workers[i]);
    }
  for (guint i = 0; i < N_CONSOLES; i++)
    g_thread_join (threads[i]);
  shell_assert_run (guest.shells[1], "kill $(cat /tmp/chatter); echo 4 >/proc/sys/kernel/printk",
                    "", 0);
}

/* As its package has it: udev sees the port, and systemd begins the service. */
static void
test_agent (void)
{
  static const char *const none[] = { "/no/such/program", NULL };
  g_autofree guint8 *data = g_malloc (200000);
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GBytes) read = NULL;
  g_autoptr (JsonNode) info = NULL;
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_guest_agent_wait_ready (guest.agent, BOOT_MS, NULL, &error);
  g_assert_no_error (error);
  assert_exec ("ps -o unit= -p $PPID", NULL, "qemu-guest-agent.service\n", 0);
  assert_exec ("tr a-z A-Z; exit 7", "what to say", "WHAT TO SAY", 7);
  info = q_guest_agent_command (guest.agent, "guest-get-osinfo", NULL, Q_TIMEOUT_DEFAULT, NULL,
                                &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (info), "id"), ==, "debian");

  for (gsize i = 0; i < 200000; i++)
    data[i] = (guint8)g_test_rand_int ();
  written = g_bytes_new_take (g_steal_pointer (&data), 200000);
  q_guest_agent_write_file (guest.agent, "/run/file", written, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  shell_assert_run (guest.shells[0], "stat -c %s /run/file", "200000", 0);
  read = q_guest_agent_read_file (guest.agent, "/run/file", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (written, read));

  result = q_guest_agent_exec (guest.agent, none, NULL, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
}

/* systemd ends the shells, and the guest comes up again, with another agent. */
static void
test_reboot (void)
{
  g_autoptr (GError) error = NULL;

  shell_assert_run (guest.shells[0], "touch /run/before", "", 0);
  g_assert_null (q_shell_run (guest.shells[0], "echo begun; systemctl reboot; sleep 1000", NULL,
                              BOOT_MS, NULL, &error));
  g_test_message ("%s", error->message);
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                      "run: \"echo begun; systemctl reboot*\": the guest*\n*lines of the console:"
                      "\n*");
  for (guint i = 0; i < N_CONSOLES; i++)
    {
      open_shell (i);
      shell_assert_run (guest.shells[i], "ls /run/before 2>/dev/null; cat /proc/1/comm", "systemd",
                        0);
    }
  test_agent ();
}

/* Of ACPI, to logind, which ends the guest in order. */
static void
test_button (void)
{
  g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();
  g_autoptr (QPowerOffResult) result = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  q_power_off_plan_set_button_timeout (plan, BOOT_MS);
  result = q_machine_power_off (guest.machine, plan, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", q_power_off_result_get_description (result));
  g_assert_cmpint (q_power_off_result_get_step (result), ==, Q_POWER_OFF_STEP_BUTTON);
  g_assert_true (q_power_off_result_get_guest_off (result));
  g_assert_cmpint (q_power_off_result_get_outcome (result, Q_POWER_OFF_STEP_BUTTON), ==,
                   Q_POWER_OFF_OUTCOME_WORKED);
  g_assert_nonnull (q_power_off_result_get_reason (result, Q_POWER_OFF_STEP_AGENT));
  g_assert_cmpint (q_power_off_result_get_outcome (result, Q_POWER_OFF_STEP_QUIT), ==,
                   Q_POWER_OFF_OUTCOME_NOT_REACHED);
  g_assert_cmpstr (q_power_off_result_get_shutdown_reason (result), ==, "guest-shutdown");
  g_assert_cmpint (q_power_off_result_get_exit_code (result), ==, 0);
  text = q_console_dup_text (guest.consoles[0]);
  g_assert_nonnull (strstr (text, "reboot: Power down"));
  g_assert_nonnull (strstr (text, "poweroff.target"));
}

/* The same objects, with a guest that ends by its agent. */
static void
test_shutdown (void)
{
  g_autoptr (GError) error = NULL;

  q_test_launch (guest.machine);
  q_guest_agent_wait_ready (guest.agent, BOOT_MS, NULL, &error);
  g_assert_no_error (error);
  open_shell (1);
  shell_assert_run (guest.shells[1], "echo again", "again", 0);
  q_guest_agent_shutdown (guest.agent, Q_GUEST_SHUTDOWN_MODE_POWERDOWN, Q_TIMEOUT_DEFAULT, NULL,
                          &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_wait (guest.machine, BOOT_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (guest.machine), ==, 0);
}

static void
test_end (void)
{
  for (guint i = 0; i < N_CONSOLES; i++)
    q_test_assert_last_unref (guest.shells[i]);
  q_test_assert_last_unref (guest.machine);
  q_test_assert_resources (&guest.before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static void
test_missing (void)
{
  g_test_skip ("there is no such guest: QMACHINE_TEST_GUEST/systemd.gz is missing, which "
               "tests/run --long makes");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    GTestFunc func;
  } cases[] = {
    { "/systemd/login", test_login },       { "/systemd/systemd", test_systemd },
    { "/systemd/together", test_together }, { "/systemd/agent", test_agent },
    { "/systemd/reboot", test_reboot },     { "/systemd/button", test_button },
    { "/systemd/shutdown", test_shutdown }, { "/systemd/end", test_end },
  };
  g_autofree char *initrd = NULL;
  gboolean is_there;

  q_test_init (&argc, &argv);
  initrd = find_file ("systemd.gz");
  is_there = g_file_test (initrd, G_FILE_TEST_EXISTS);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_func (cases[i].path, is_there ? cases[i].func : test_missing);
  return g_test_run ();
}
