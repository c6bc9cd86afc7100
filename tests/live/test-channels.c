/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Channels to the guest from the host's side, consoles and channels behind wrappers that need the
 * monitor mode LISTEN, and paths for sockets. What a guest does with a channel is in
 * test-guest-agent-linux.c. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "q-test-util.h"

/* A PC whose processors never start: it has a bus for channels, and nobody in it. */
static QMachine *
new_pc (void)
{
  static const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-S", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "pc", "args",
                       args, "base-dir", q_test_get_base_dir (), NULL);
}

static QGuestChannel *
add_channel (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  QGuestChannel *channel = q_machine_add_channel (machine, name, &error);

  g_assert_no_error (error);
  g_assert_true (Q_IS_GUEST_CHANNEL (channel));
  return channel;
}

static void
assert_refused (QMachine *machine, const char *name, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_add_channel (machine, name, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, words));
}

static void
assert_launch_fails (QMachine *machine, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" is not in: %s", words, error->message);
}

/* -- channels -- */

static void
test_names (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autofree char *long_name = g_strnfill (65, 'n');
  g_autofree char *longest_name = g_strnfill (64, 'n');
  g_autoptr (GError) error = NULL;
  QGuestAgent *agent;

  assert_refused (machine, "", "\"\" is no name of a channel");
  assert_refused (machine, "a,b", "\"a,b\" is no name");
  assert_refused (machine, "a b", "\"a b\" is no name");
  assert_refused (machine, "../a", "\"../a\" is no name");
  assert_refused (machine, "\xc3\xa4", "is no name");
  assert_refused (machine, "a\n", "\"a\\n\" is no name");
  assert_refused (machine, long_name, "1 to 64 characters");
  g_assert_cmpstr (q_guest_channel_get_name (add_channel (machine, longest_name)), ==,
                   longest_name);
  add_channel (machine, "one");
  assert_refused (machine, "one", "has a channel one already");

  agent = q_machine_add_guest_agent (machine, &error);
  g_assert_no_error (error);
  g_assert_true (q_machine_add_guest_agent (machine, NULL) == agent);
  assert_refused (machine, "org.qemu.guest_agent.0", "already");
}

static void
test_agent_name_is_taken (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autoptr (GError) error = NULL;

  add_channel (machine, "org.qemu.guest_agent.0");
  g_assert_null (q_machine_add_guest_agent (machine, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "org.qemu.guest_agent.0"));
}

static void
test_many (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autoptr (GIOStream) first = NULL;
  g_autoptr (GIOStream) last = NULL;
  QGuestChannel *channels[64];
  /* One that stands on the first bus that there is. */
  static const char *const args[]
    = { "-chardev", "null,id=own", "-device", "virtserialport,chardev=own,name=own", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      g_autofree char *name = g_strdup_printf ("channel.%u", i);

      channels[i] = add_channel (machine, name);
    }
  assert_refused (machine, "late", "late: a machine has no more than 64 channels");
  q_machine_add_args (machine, args);
  q_test_launch (machine);
  first = q_guest_channel_dup_stream (channels[0]);
  last = q_guest_channel_dup_stream (channels[63]);
  g_assert_true (G_IS_SOCKET_CONNECTION (first) && G_IS_SOCKET_CONNECTION (last));
  g_assert_true (first != last);
  q_test_shutdown (machine);
}

static void
count_cb (GObject *object, GParamSpec *pspec, gpointer count)
{
  ++*(guint *)count;
}

static void
assert_at_end (GIOStream *stream)
{
  char byte;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
    g_input_stream_read (g_io_stream_get_input_stream (stream), &byte, 1, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_stream (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestChannel *channel = add_channel (machine, "one");
  g_autoptr (GIOStream) before = q_guest_channel_dup_stream (channel);
  g_autoptr (GIOStream) earlier = NULL;
  guint n_notified = 0;

  g_assert_null (before);
  g_signal_connect (channel, "notify::stream", G_CALLBACK (count_cb), &n_notified);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GIOStream) stream = NULL;
      g_autoptr (GIOStream) none = NULL;

      q_test_launch (machine);
      q_test_wait_until (NULL, n_notified == 2 * i + 1);
      stream = q_guest_channel_dup_stream (channel);
      g_assert_true (G_IS_SOCKET_CONNECTION (stream));
      g_assert_true (stream != earlier);
      g_assert_false (q_guest_channel_get_open (channel));
      if (i == 2)
        g_assert_true (q_machine_kill (machine, NULL, NULL));
      else
        q_test_shutdown (machine);
      none = q_guest_channel_dup_stream (channel);
      g_assert_null (none);
      q_test_wait_until (NULL, n_notified == 2 * i + 2);
      assert_at_end (stream);
      g_set_object (&earlier, stream);
    }
}

/* What is written to a guest that has not opened the port waits, and the bound is the socket's. */
static void
test_writing_is_bounded (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestChannel *channel = add_channel (machine, "one");
  g_autoptr (GIOStream) stream = NULL;
  g_autofree char *piece = g_strnfill (65536, 'x');
  g_autoptr (GError) error = NULL;
  GPollableOutputStream *output;
  gsize total = 0;
  gssize n;

  q_test_launch (machine);
  stream = q_guest_channel_dup_stream (channel);
  output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream));
  while ((n = g_pollable_output_stream_write_nonblocking (output, piece, 65536, NULL, &error)) > 0)
    total += (gsize)n;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpuint (total, >, 0);
  g_assert_cmpuint (total, <, 16 * 1024 * 1024);
  q_test_shutdown (machine);
}

static void
assert_not_open (QGuestChannel *channel, int timeout, GQuark domain, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_guest_channel_wait_open (channel, timeout, NULL, &error));
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_wait_open (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestChannel *channel = add_channel (machine, "one");
  QGuestChannel *late;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;

  assert_not_open (channel, -7, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "wait_open: -7 is no time-out");
  assert_not_open (channel, 1000, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                   "the channel one is not running");
  q_test_launch (machine);
  late = add_channel (machine, "late");
  assert_not_open (late, 1000, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                   "launched before it was added");
  assert_not_open (channel, 1, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "the guest has not opened the channel one within 1 ms");

  q_guest_channel_wait_open_async (channel, -1, cancellable, q_test_store_result, &cancelled);
  q_guest_channel_wait_open_async (channel, -1, NULL, q_test_store_result, &ended);
  g_cancellable_cancel (cancellable);
  g_assert_false (q_guest_channel_wait_open_finish (channel, q_test_await (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  q_test_shutdown (machine);
  g_assert_false (q_guest_channel_wait_open_finish (channel, q_test_await (&ended), &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED);
  g_assert_nonnull (strstr (error->message, "the channel one, and the machine has ended"));
}

static void
test_no_monitor (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestChannel *channel = add_channel (machine, "one");
  g_autoptr (GIOStream) stream = NULL;

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  q_test_launch (machine);
  stream = q_guest_channel_dup_stream (channel);
  g_assert_nonnull (stream);
  assert_not_open (channel, -1, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "without a monitor nobody knows");
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

static void
test_detach (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestChannel *channel = add_channel (machine, "one");
  QGuestAgent *agent = q_machine_add_guest_agent (machine, NULL);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GIOStream) none = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree char *run_dir = NULL;
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;

  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  run_dir = q_machine_dup_run_dir (machine);
  stream = q_guest_channel_dup_stream (channel);
  address = q_machine_dup_listen_address (machine);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  none = q_guest_channel_dup_stream (channel);
  g_assert_null (none);
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);

  /* Who holds it still has a stream to that QEMU, which ends with it. */
  g_assert_true (q_monitor_attach (monitor, address, NULL, &error));
  reply = q_monitor_command_json (monitor, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                  NULL, &error);
  g_assert_no_error (error);
  assert_at_end (stream);
  q_test_remove_tree (run_dir);
}

/* A machine that has no bus says so in QEMU's words, and nothing is left. */
static void
test_no_bus (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) none = q_test_machine_none ();
  g_autoptr (QMachine) microvm = new_pc ();
  g_autoptr (QMachine) daemon
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-storage-daemon", "kind",
                    Q_MACHINE_KIND_STORAGE_DAEMON, "base-dir", q_test_get_base_dir (), NULL);

  add_channel (none, "one");
  assert_launch_fails (none, Q_MACHINE_ERROR_LAUNCH_FAILED, "virtio-serial");
  add_channel (microvm, "one");
  q_machine_set_machine_type (microvm, "microvm");
  assert_launch_fails (microvm, Q_MACHINE_ERROR_LAUNCH_FAILED, "virtio-serial");
  add_channel (daemon, "one");
  assert_launch_fails (daemon, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "add_channel: a storage daemon");
}

/* Without a guest nobody opens the port, and the agent's calls say so. */
static void
test_agent_of_nobody (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  QGuestAgent *agent = q_machine_add_guest_agent (machine, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new ("/nowhere");
  g_autoptr (QGuestChannel) channel = q_guest_agent_dup_channel (agent);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (q_guest_channel_get_name (channel), ==, "org.qemu.guest_agent.0");
  g_assert_false (q_guest_agent_wait_ready (agent, 1000, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
  g_assert_nonnull (strstr (error->message, "its machine does not run"));
  g_clear_error (&error);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GIOStream) none = NULL;

      q_test_launch (machine);
      g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_WAITING);
      none = q_guest_channel_dup_stream (channel);
      g_assert_null (none);
      g_assert_false (q_guest_agent_wait_ready (agent, 1000, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_nonnull (
        strstr (error->message, "the guest has not opened the port org.qemu.guest_agent.0"));
      g_clear_error (&error);
      g_assert_false (q_guest_agent_attach (agent, address, 1000, NULL, &error));
      g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_BUSY);
      g_assert_nonnull (strstr (error->message, "that of a machine"));
      g_clear_error (&error);
      q_test_shutdown (machine);
      g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
    }

  /* Closed by the program, it is there again with the next launch. */
  q_test_launch (machine);
  g_assert_true (q_guest_agent_close (agent, 1000, NULL, &error));
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
  q_test_shutdown (machine);
  q_test_launch (machine);
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_WAITING);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* The machine goes first, with QEMU at work, and what it kept can still be held. */
static void
test_dropped_machine (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autoptr (QGuestChannel) channel = g_object_ref (add_channel (machine, "one"));
  g_autoptr (QGuestAgent) agent = g_object_ref (q_machine_add_guest_agent (machine, NULL));
  g_autoptr (GIOStream) stream = NULL;

  q_test_launch (machine);
  stream = q_guest_channel_dup_stream (channel);
  q_test_assert_last_unref (machine);
  assert_at_end (stream);
  assert_not_open (channel, 1000, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, "not running");
  g_assert_cmpint (q_guest_agent_get_state (agent), ==, Q_GUEST_AGENT_STATE_CLOSED);
}

/* -- the mode LISTEN -- */

#define CLOSES_ALL                                                                                 \
  "for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -le 2 ] || eval \"exec $fd>&-\"; done 2>&-; " \
  "exec \"$@\""

static QMachine *
new_listening (const char *commands)
{
  QMachine *machine = new_pc ();
  g_autofree char *path = q_test_get_path ("monitor");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_LISTEN);
  q_machine_set_monitor_address (machine, address);
  if (commands != NULL)
    q_machine_set_wrapper (machine, (const char *const[]){ "bash", "-c", commands, "-", NULL });
  return machine;
}

static void
test_listen (QTestFixture *fixture, gconstpointer data)
{
  static const char *const wrappers[] = { NULL, "exec env -i \"$@\"", CLOSES_ALL };

  for (guint i = 0; i < G_N_ELEMENTS (wrappers); i++)
    {
      g_autoptr (QMachine) machine = new_listening (wrappers[i]);
      QConsole *console = q_machine_add_console (machine, "words", NULL, NULL);
      QGuestChannel *channel = add_channel (machine, "one");
      g_autoptr (GIOStream) stream = NULL;
      g_autofree char *reply = NULL;
      g_autoptr (GError) error = NULL;

      q_machine_set_machine_type (machine, "pc,graphics=off");
      q_machine_set_enable_qtest (machine, TRUE);
      q_test_launch (machine);
      stream = q_guest_channel_dup_stream (channel);
      g_assert_true (G_IS_SOCKET_CONNECTION (stream));
      reply = q_machine_qtest (machine, "outb 0x3f8 0x51", Q_TEST_DEADLINE_MS, NULL, &error);
      g_assert_no_error (error);
      g_free (q_console_wait_for_text (console, "Q", Q_TEST_DEADLINE_MS, NULL, &error));
      g_assert_no_error (error);
      q_test_shutdown (machine);
    }
}

/* As on another host: the path leads nowhere there. */
static void
test_listen_elsewhere (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *commands
    = g_strdup_printf ("rm -f %s/*/*.socket; exec \"$@\"", q_test_get_base_dir ());
  g_autoptr (QMachine) with_console = new_listening (commands);
  g_autoptr (QMachine) with_channel = new_listening (commands);

  q_machine_add_console (with_console, "words", NULL, NULL);
  assert_launch_fails (with_console, Q_MACHINE_ERROR_LAUNCH_FAILED,
                       "QEMU must be able to connect to a socket of this host for the console "
                       "words.");
  add_channel (with_channel, "one");
  assert_launch_fails (with_channel, Q_MACHINE_ERROR_LAUNCH_FAILED, "for the channel one.");
}

/* It claims to be QEMU, and has not connected. */
static void
test_listen_without_console (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = new_listening ("args=(); for a; do args+=(\"${a/#socket,id=words,*/null,id=words}\"); done; "
                     "exec \"${args[@]}\"");

  q_machine_add_console (machine, "words", NULL, NULL);
  assert_launch_fails (machine, Q_MACHINE_ERROR_LAUNCH_FAILED,
                       "launch: the console words: QEMU has not connected to");
}

static void
test_listen_long_path (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_listening ("exec \"$@\"");
  g_autofree char *name = g_strnfill (100, 'd');
  g_autofree char *base = q_test_get_path (name);

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  q_machine_set_base_dir (machine, base);
  q_machine_add_console (machine, "words", NULL, NULL);
  assert_launch_fails (machine, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "base-dir: the path of the socket of the console words");
  g_assert_cmpint (g_rmdir (base), ==, 0);
}

/* -- paths -- */

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

static char *
add_path (QMachine *machine, const char *name)
{
  g_autoptr (GError) error = NULL;
  char *path = q_machine_add_socket_path (machine, name, &error);

  g_assert_no_error (error);
  return path;
}

static gboolean
exists (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0;
}

static void
test_paths (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autofree char *own = add_path (machine, "own");
  g_autofree char *qemus = add_path (machine, "qemus");
  g_autofree char *stale = add_path (machine, "stale");
  g_autofree char *file = add_path (machine, "file");
  g_autofree char *again = add_path (machine, "own");
  g_autofree char *dir = g_path_get_dirname (own);
  g_autofree char *run_dir = NULL;
  g_autofree char *chardev = g_strdup_printf ("socket,id=q,path=%s,server=on,wait=off", qemus);
  GStatBuf info;
  int server = listen_at (own);

  g_assert_cmpstr (own, ==, again);
  g_assert_true (g_path_is_absolute (own));
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  close (listen_at (stale));
  g_assert_true (g_file_set_contents (file, "mine", -1, NULL));
  q_machine_add_args (machine, (const char *const[]){ "-chardev", chardev, NULL });
  for (guint i = 0; i < 3; i++)
    {
      q_test_launch (machine);
      g_assert_false (exists (stale));
      g_assert_true (exists (own) && exists (qemus) && exists (file));
      /* Nobody has looked in. */
      g_assert_cmpint (accept (server, NULL, NULL), ==, -1);
      g_free (run_dir);
      run_dir = q_machine_dup_run_dir (machine);
      g_assert_cmpstr (run_dir, !=, dir);
      /* Which leaves the file. */
      g_assert_true (q_machine_kill (machine, NULL, NULL));
      g_assert_false (exists (qemus));
    }

  close (server);
  q_test_assert_last_unref (machine);
  q_test_wait_until (NULL, !exists (dir));
}

static void
test_path_names (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "", ".", "..", "a/b", "a b", "a,b", "-a", "\n" };
  g_autoptr (QMachine) machine = new_pc ();
  g_autofree char *long_name = g_strnfill (33, 'n');
  g_autofree char *longest_name = g_strnfill (32, 'n');
  g_autofree char *base_name = g_strnfill (100, 'd');
  g_autofree char *base = q_test_get_path (base_name);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (names); i++)
    {
      const char *name = i < G_N_ELEMENTS (names) ? names[i] : long_name;

      g_assert_null (q_machine_add_socket_path (machine, name, &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
      g_assert_nonnull (strstr (error->message, "is no name of a socket"));
      g_clear_error (&error);
    }

  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  q_machine_set_base_dir (machine, base);
  g_assert_null (q_machine_add_socket_path (machine, "own", &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "may have 107 bytes"));
  g_clear_error (&error);
  g_assert_cmpint (g_rmdir (base), ==, 0);
  g_assert_null (q_machine_add_socket_path (machine, "own", &error));
  g_assert_nonnull (strstr (error->message, "base-dir: cannot make a directory"));

  q_machine_set_base_dir (machine, NULL);
  path = add_path (machine, longest_name);
  g_assert_cmpuint (strlen (path), <, 108);
  g_assert_true (g_str_has_suffix (path, ".socket"));
}

/* What a QEMU that was detached has made there stays. */
static void
test_path_of_detached (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_pc ();
  g_autofree char *path = add_path (machine, "qemus");
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *chardev = g_strdup_printf ("socket,id=q,path=%s,server=on,wait=off", path);
  g_autofree char *run_dir = NULL;
  g_autoptr (QMonitor) client = q_monitor_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autofree char *reply = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  q_machine_add_args (
    machine, (const char *const[]){ "-chardev", chardev, "-mon", "chardev=q,mode=control", NULL });
  q_machine_set_exit_with_parent (machine, FALSE);
  q_test_launch (machine);
  run_dir = q_machine_dup_run_dir (machine);
  /* Who comes later does not take it for what a killed program has left. */
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  g_assert_true (q_machine_detach (machine, NULL, &error));
  g_assert_no_error (error);
  q_test_assert_last_unref (machine);
  g_assert_true (exists (path));
  g_assert_true (q_monitor_attach (client, address, NULL, &error));
  g_assert_no_error (error);
  reply = q_monitor_command_json (client, "quit", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                  NULL, &error);
  g_assert_no_error (error);
  q_test_remove_tree (run_dir);
  q_test_remove_tree (dir);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QTestFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/channels/names", test_names },
    { "/channels/agent-name-is-taken", test_agent_name_is_taken },
    { "/channels/many", test_many },
    { "/channels/stream", test_stream },
    { "/channels/writing-is-bounded", test_writing_is_bounded },
    { "/channels/wait-open", test_wait_open },
    { "/channels/no-monitor", test_no_monitor },
    { "/channels/detach", test_detach },
    { "/channels/no-bus", test_no_bus },
    { "/channels/agent-of-nobody", test_agent_of_nobody },
    { "/channels/dropped-machine", test_dropped_machine },
    { "/channels/listen", test_listen },
    { "/channels/listen-elsewhere", test_listen_elsewhere },
    { "/channels/listen-without-console", test_listen_without_console },
    { "/channels/listen-long-path", test_listen_long_path },
    { "/channels/paths", test_paths },
    { "/channels/path-names", test_path_names },
    { "/channels/path-of-detached", test_path_of_detached },
  };

  q_test_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QTestFixture, NULL, q_test_set_up, tests[i].func, q_test_tear_down);

  return g_test_run ();
}
