/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The real agent in a real guest, and a channel beside it. One guest serves all cases, in their
 * order; it starts anew in the middle of them, and is launched again at the end. */

#include <glib/gstdio.h>
#include <string.h>

#include "q-test-util.h"

#define MIB (1024 * 1024)
#define PORT "org.example.test"
#define AGENT_PORT "org.qemu.guest_agent.0"

static struct
{
  QTestResources before;
  QMachine *machine;
  QConsole *console;
  QGuestAgent *agent;
  QGuestChannel *agent_channel;
  QGuestChannel *channel;
  guint n_ready; /* how often it became so, and no more so */
  guint n_closed;
} guest;

static char *
find_file (const char *name)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");

  return g_build_filename (dir != NULL ? dir : "", name, NULL);
}

static void
ready_cb (void)
{
  guest.n_ready++;
}

static void
closed_cb (QGuestAgent *agent, const GError *error, gpointer data)
{
  guest.n_closed++;
}

static void
add_disk (QMachine *machine)
{
  g_autofree char *path = q_test_get_path ("freezable.img");
  g_autofree char *zeros = g_malloc0 (8 * MIB);
  g_autoptr (QDisk) disk = q_disk_new (path, "raw");
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, zeros, 8 * MIB, &error);
  g_assert_no_error (error);
  g_object_set (disk, "device", "virtio-blk-pci", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
}

static void
make_guest (void)
{
  g_autofree char *kernel = find_file ("kernel/vmlinuz");
  g_autofree char *initrd = find_file ("tests.gz");
  const char *const args[]
    = { "-accel", "tcg",  "-m",      "256",  "-kernel", kernel,
        "-nic",   "none", "-initrd", initrd, "-append", "console=ttyS0 panic=-1 quiet shells=ttyS0",
        NULL };

  guest.machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                    "q35,graphics=off", "args", args, "base-dir", q_test_get_base_dir (), NULL);
  add_disk (guest.machine);
  guest.console = q_machine_add_console (guest.machine, NULL, NULL, NULL);
  guest.channel = q_machine_add_channel (guest.machine, PORT, NULL);
  guest.agent = q_machine_add_guest_agent (guest.machine, NULL);
  guest.agent_channel = q_guest_agent_dup_channel (guest.agent);
  g_signal_connect (guest.agent, "notify::ready", ready_cb, NULL);
  g_signal_connect (guest.agent, "closed", G_CALLBACK (closed_cb), NULL);
  q_guest_agent_set_command_timeout (guest.agent, Q_TEST_DEADLINE_MS);
}

static void
wait_ready (void)
{
  g_autoptr (GError) error = NULL;

  q_guest_agent_wait_ready (guest.agent, 2 * Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

static QGuestExecResult *
run (const char *commands, const char *input)
{
  const char *const argv[] = { "sh", "-c", commands, NULL };
  g_autoptr (GBytes) bytes = input != NULL ? g_bytes_new (input, strlen (input)) : NULL;
  g_autoptr (GError) error = NULL;
  QGuestExecResult *result
    = q_guest_agent_exec (guest.agent, argv, NULL, bytes, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected,
                   strlen (expected));
}

/* What goes on in the guest keeps none of the pipes that the agent reads. */
static void
begin (const char *commands)
{
  g_autofree char *quoted = g_shell_quote (commands);
  g_autofree char *whole = g_strdup_printf ("setsid sh -c %s </dev/null >/dev/null 2>&1 &", quoted);
  g_autoptr (QGuestExecResult) result = run (whole, NULL);

  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
}

/* -- the cases -- */

static void
test_ready (void)
{
  q_test_count_resources (&guest.before);
  make_guest ();
  q_test_launch (guest.machine);
  g_assert_cmpint (q_guest_agent_get_state (guest.agent), ==, Q_GUEST_AGENT_STATE_WAITING);
  wait_ready ();
  q_test_wait_until (NULL, guest.n_ready == 1);
  g_assert_true (q_guest_channel_get_open (guest.agent_channel));
  g_assert_false (q_guest_channel_get_open (guest.channel));
}

static void
test_exec (void)
{
  g_autoptr (QGuestExecResult) result = run ("cat; echo words >&2; exit 7", "what to say");
  g_autoptr (QGuestExecResult) killed = run ("kill -9 $$", NULL);
  static const char *const argv[] = { "/bin/sh", "-c", "echo $COLOUR", NULL };
  static const char *const env[] = { "COLOUR=blue", NULL };
  g_autoptr (QGuestExecResult) coloured = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_guest_exec_result_get_exit_kind (result), ==, Q_EXIT_KIND_EXITED);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 7);
  assert_bytes (q_guest_exec_result_get_output (result), "what to say");
  assert_bytes (q_guest_exec_result_get_error_output (result), "words\n");
  g_assert_cmpint (q_guest_exec_result_get_exit_kind (killed), ==, Q_EXIT_KIND_SIGNALED);
  g_assert_cmpint (q_guest_exec_result_get_term_signal (killed), ==, 9);
  coloured = q_guest_agent_exec (guest.agent, argv, env, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  assert_bytes (q_guest_exec_result_get_output (coloured), "blue\n");
}

static void
test_files (void)
{
  g_autofree guint8 *data = g_malloc (MIB);
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GBytes) read = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < MIB; i++)
    data[i] = (guint8)g_test_rand_int ();
  written = g_bytes_new_take (g_steal_pointer (&data), MIB);
  q_guest_agent_write_file (guest.agent, "/tmp/file", written, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  read = q_guest_agent_read_file (guest.agent, "/tmp/file", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (written, read));

  g_assert_null (
    q_guest_agent_read_file (guest.agent, "/tmp/none", Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_nonnull (strstr (error->message, "/tmp/none"));
}

static void
open_channel (const char *commands)
{
  g_autofree char *whole = g_strdup_printf ("exec 3<>/dev/virtio-ports/" PORT "; %s", commands);
  g_autoptr (GError) error = NULL;

  begin (whole);
  q_guest_channel_wait_open (guest.channel, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (q_guest_channel_get_open (guest.channel));
}

static void
wait_closed (void)
{
  q_test_wait_until (NULL, !q_guest_channel_get_open (guest.channel));
}

static gpointer
write_thread (gpointer stream)
{
  g_autofree guint8 *data = g_malloc (MIB);
  GOutputStream *output = g_io_stream_get_output_stream (stream);

  for (gsize i = 0; i < MIB; i++)
    data[i] = (guint8)(i % 251);
  g_assert_true (g_output_stream_write_all (output, data, MIB, NULL, NULL, NULL));
  return NULL;
}

/* A megabyte goes there and comes back, and lines of text, too. */
static void
test_channel (void)
{
  g_autoptr (GIOStream) stream = q_guest_channel_dup_stream (guest.channel);
  g_autoptr (GDataInputStream) input
    = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_autofree guint8 *data = g_malloc (MIB);
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gsize n;

  /* Otherwise the stream is closed with it. */
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (input), FALSE);
  open_channel ("head -c 1048576 <&3 >&3; head -n 1 <&3 | tr a-z A-Z >&3");
  thread = g_thread_new ("writer", write_thread, stream);
  g_assert_true (g_input_stream_read_all (G_INPUT_STREAM (input), data, MIB, &n, NULL, &error));
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpuint (n, ==, MIB);
  for (gsize i = 0; i < MIB; i++)
    if (data[i] != (guint8)(i % 251))
      g_error ("byte %" G_GSIZE_FORMAT " is %d", i, data[i]);

  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (stream), "a line\n", 7,
                                            NULL, NULL, &error));
  line = g_data_input_stream_read_line (input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (line, ==, "A LINE");
  wait_closed ();
}

/* A program that does not read holds up the writer in the guest, and nothing else. */
static void
test_channel_unread (void)
{
  g_autoptr (GIOStream) stream = q_guest_channel_dup_stream (guest.channel);
  g_autofree guint8 *data = g_malloc (8 * MIB);
  g_autoptr (GError) error = NULL;
  gsize n;

  open_channel ("head -c 8388608 /dev/zero >&3; echo done >/tmp/done");
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (QGuestExecResult) result = run ("[ ! -e /tmp/done ]", NULL);

      g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
    }
  g_assert_true (q_guest_channel_get_open (guest.channel));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (stream), data, 8 * MIB, &n,
                                          NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 8 * MIB);
  wait_closed ();
}

/* The root of this guest is no disk, so the agent freezes none, and says so; the library does not
 * trust in that, and thaws all the same. */
static void
test_freeze_nothing (void)
{
  g_autofree char *status = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (q_guest_agent_freeze (guest.agent, -1, Q_TIMEOUT_DEFAULT, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_true (q_guest_agent_get_frozen (guest.agent));
  status = q_guest_agent_command_json (guest.agent, "guest-fsfreeze-status", NULL,
                                       Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_cmpstr (status, ==, "\"thawed\"");
  g_assert_cmpint (q_guest_agent_thaw (guest.agent, Q_TIMEOUT_DEFAULT, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_false (q_guest_agent_get_frozen (guest.agent));
}

/* While it is frozen a writer stands still. */
static void
test_freeze (void)
{
  g_autoptr (QGuestExecResult) result = NULL;
  g_autoptr (GError) error = NULL;

  result
    = run ("mkdir -p /disk && mke2fs -q /dev/vda >/dev/null 2>&1; mount -t ext4 /dev/vda /disk "
           "&& echo first >/disk/file",
           NULL);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);

  g_assert_cmpint (q_guest_agent_freeze (guest.agent, -1, Q_TIMEOUT_DEFAULT, NULL, &error), ==, 1);
  g_assert_no_error (error);
  q_console_write (guest.console, "echo second >/disk/file; echo wrote-$((6 * 7))\n", NULL, &error);
  g_assert_no_error (error);
  g_assert_null (q_console_wait_for_text (guest.console, "wrote-42", 500, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_cmpint (q_guest_agent_thaw (guest.agent, Q_TIMEOUT_DEFAULT, NULL, &error), ==, 1);
  g_assert_no_error (error);
  g_free (q_console_wait_for_text (guest.console, "wrote-42", Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);

  /* Nobody thaws it. */
  q_guest_agent_freeze (guest.agent, 50, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  q_test_wait_until (NULL, !q_guest_agent_get_frozen (guest.agent));
  g_clear_object (&result);
  result = run ("echo third >/disk/file && umount /disk", NULL);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
}

/* It begins, does something to the guest, and would take an hour. */
static GAsyncResult *
fail_exec (const char *commands)
{
  g_autofree char *whole = g_strdup_printf ("%s; sleep 3600", commands);
  const char *const argv[] = { "sh", "-c", whole, NULL };
  GAsyncResult *result = NULL;

  q_guest_agent_exec_async (guest.agent, argv, NULL, NULL, 2 * Q_TEST_DEADLINE_MS, NULL,
                            q_test_store_result, &result);
  return q_test_await (&result);
}

static void
assert_lost (GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_guest_agent_exec_finish (guest.agent, result, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_cmpstr (error->message, ==,
                   "exec: the guest closed the port " AGENT_PORT
                   ": its agent has ended, or it starts anew");
}

static void
test_agent_killed (void)
{
  const guint tries = q_test_is_long () ? 20 : 2;

  for (guint i = 0; i < tries; i++)
    {
      guint n_ready = guest.n_ready;
      g_autoptr (GAsyncResult) result = fail_exec ("killall -9 qemu-ga");

      assert_lost (result);
      wait_ready ();
      /* No more, and again. */
      q_test_wait_until (NULL, guest.n_ready == n_ready + 2);
      g_object_unref (run ("true", NULL));
    }
  g_assert_cmpuint (guest.n_closed, ==, 0);
}

static void
assert_replaced (const GError *error)
{
  if (!g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED)
      && (error->domain != Q_COMMAND_ERROR || strcasestr (error->message, "pid") == NULL))
    g_error ("%s", error->message);
}

/* Another one is there in the same moment, and QEMU reports no more than one event a second: either
 * that comes first, or the new one's word that it knows no such program. */
static void
test_agent_replaced (void)
{
  static const char *const argv[] = { "sleep", "2", NULL };
  gint64 deadline = g_get_monotonic_time () + 2 * Q_TEST_DEADLINE_MS * 1000LL;
  g_autoptr (QGuestExecResult) last = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GAsyncResult) result = fail_exec (
        "killall -9 qemu-ga; until qemu-ga -d -m virtio-serial -p /dev/virtio-ports/" AGENT_PORT
        " -t /run -f /run/other.pid; do :; done");

      g_assert_null (q_guest_agent_exec_finish (guest.agent, result, &error));
      assert_replaced (error);
      g_clear_error (&error);
      wait_ready ();
    }

  /* The last event may still come, and a new agent may carry out what the last one left unread. */
  while (
    (last = q_guest_agent_exec (guest.agent, argv, NULL, NULL, Q_TEST_DEADLINE_MS, NULL, &error))
    == NULL)
    {
      assert_replaced (error);
      g_clear_error (&error);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  g_assert_cmpint (q_guest_exec_result_get_exit_status (last), ==, 0);
}

static void
test_agent_hangs (void)
{
  static const char stop[] = "killall -STOP qemu-ga; echo it stops\n";
  static const char go_on[] = "killall -CONT qemu-ga; echo went on\n";
  g_autofree char *reply = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (q_console_write (guest.console, stop, NULL, NULL));
  words = q_console_wait_for_text (guest.console, "\nit stops", Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&words, g_free);
  reply = q_guest_agent_command_json (guest.agent, "guest-ping", NULL, 500, NULL, &error);
  g_assert_null (reply);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (q_guest_agent_wait_ready (guest.agent, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "the guest has opened the port " AGENT_PORT
                                            ", but no guest agent answers"));

  g_assert_true (q_console_write (guest.console, go_on, NULL, NULL));
  words = q_console_wait_for_text (guest.console, "\nwent on", Q_TEST_DEADLINE_MS, NULL, NULL);
  g_assert_nonnull (words);
  wait_ready ();
  g_object_unref (run ("true", NULL));
}

static void
test_guest_starts_anew (void)
{
  guint n_ready = guest.n_ready;
  g_autoptr (GIOStream) before = q_guest_channel_dup_stream (guest.channel);
  g_autoptr (GIOStream) after = NULL;
  g_autoptr (GAsyncResult) result = fail_exec ("reboot -f");

  assert_lost (result);
  g_assert_false (q_guest_agent_get_ready (guest.agent));
  wait_ready ();
  q_test_wait_until (NULL, guest.n_ready == n_ready + 2);
  g_assert_cmpuint (guest.n_closed, ==, 0);
  after = q_guest_channel_dup_stream (guest.channel);
  g_assert_true (after == before);
  test_channel ();
}

/* An agent runs `shutdown`, or `poweroff` in newer ones: this guest has none of one, and one of the
 * other that asks an init which it does not have. */
static void
give_shutdown (void)
{
  static const char *const paths[] = { "/sbin/shutdown", "/sbin/poweroff" };
  static const char script[] = "#!/bin/sh\nexec /bin/busybox poweroff -f\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (script, strlen (script));
  g_autoptr (GError) error = NULL;

  g_object_unref (run ("rm -f /sbin/poweroff", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      q_guest_agent_write_file (guest.agent, paths[i], bytes, Q_TIMEOUT_DEFAULT, NULL, &error);
      g_assert_no_error (error);
    }
  g_object_unref (run ("chmod 755 /sbin/shutdown /sbin/poweroff", NULL));
}

static void
test_shutdown (void)
{
  g_autoptr (GError) error = NULL;
  guint n_closed = guest.n_closed;

  give_shutdown ();
  q_guest_agent_shutdown (guest.agent, Q_GUEST_SHUTDOWN_MODE_POWERDOWN, Q_TIMEOUT_DEFAULT, NULL,
                          &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_wait (guest.machine, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (q_test_get_exit_code (guest.machine), ==, 0);
  g_assert_cmpint (q_guest_agent_get_state (guest.agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  g_assert_false (q_guest_channel_get_open (guest.agent_channel));
  q_test_wait_until (NULL, guest.n_closed == n_closed + 1);
}

static void
test_launched_again (void)
{
  const guint tries = q_test_is_long () ? 3 : 1;

  for (guint i = 0; i < tries; i++)
    {
      guint n_closed = guest.n_closed;

      q_test_launch (guest.machine);
      wait_ready ();
      g_object_unref (run ("true", NULL));
      test_channel ();
      g_assert_true (q_machine_kill (guest.machine, NULL, NULL));
      q_test_wait_until (NULL, guest.n_closed == n_closed + 1);
    }
}

static void
test_end (void)
{
  g_autofree char *disk = q_test_get_path ("freezable.img");

  g_clear_object (&guest.agent_channel);
  q_test_assert_last_unref (guest.machine);
  g_assert_cmpint (g_unlink (disk), ==, 0);
  q_test_assert_resources (&guest.before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

static void
warm_up (void)
{
  g_autoptr (QMachine) first = q_test_machine_none ();

  g_assert_true (q_machine_launch (first, NULL, NULL));
  g_assert_true (q_machine_kill (first, NULL, NULL));
}

static void
test_missing (void)
{
  g_test_skip ("there is no Linux guest: QMACHINE_TEST_GUEST/tests.gz is missing");
}

int
main (int argc, char **argv)
{
  g_autofree char *initrd = NULL;

  q_test_init (&argc, &argv);
  initrd = find_file ("tests.gz");
  if (!g_file_test (initrd, G_FILE_TEST_EXISTS))
    {
      g_test_add_func ("/guest-agent-linux/missing", test_missing);
      return g_test_run ();
    }

  warm_up ();
  g_test_add_func ("/guest-agent-linux/ready", test_ready);
  g_test_add_func ("/guest-agent-linux/exec", test_exec);
  g_test_add_func ("/guest-agent-linux/files", test_files);
  g_test_add_func ("/guest-agent-linux/channel", test_channel);
  g_test_add_func ("/guest-agent-linux/channel-unread", test_channel_unread);
  g_test_add_func ("/guest-agent-linux/freeze-nothing", test_freeze_nothing);
  g_test_add_func ("/guest-agent-linux/freeze", test_freeze);
  g_test_add_func ("/guest-agent-linux/agent-killed", test_agent_killed);
  g_test_add_func ("/guest-agent-linux/agent-replaced", test_agent_replaced);
  g_test_add_func ("/guest-agent-linux/agent-hangs", test_agent_hangs);
  g_test_add_func ("/guest-agent-linux/guest-starts-anew", test_guest_starts_anew);
  g_test_add_func ("/guest-agent-linux/shutdown", test_shutdown);
  g_test_add_func ("/guest-agent-linux/launched-again", test_launched_again);
  g_test_add_func ("/guest-agent-linux/end", test_end);
  return g_test_run ();
}
