/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Screens, keys and displays that are not there, hang, or end in the middle; and the settings. */

#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "screen-guest.h"

/* A PC without a guest. */
static QMachine *
new_machine (QMachineDisplay display, const char *card)
{
  const char *const args[] = { "-accel", "tcg", "-nodefaults", "-m", "32", "-vga", card, NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, "base-dir",
                       q_test_get_base_dir (), "display", display, NULL);
}

/* Each call once: which of them fails by itself is told by the message. */
static void
assert_all_fail (QMachine *machine, GQuark domain, int code, int timeout, GCancellable *cancellable)
{
  static const char *const names[]
    = { "screenshot: ",   "type_text: ",    "press_keys: ", "click: ",
        "move_pointer: ", "open_display: ", "open_vnc: " };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean done;

      if (i == 0)
        done = q_machine_screenshot (machine, NULL, 0, timeout, cancellable, &error) != NULL;
      else if (i == 1)
        done = q_machine_type_text (machine, "text", 0, timeout, cancellable, &error);
      else if (i == 2)
        done = q_machine_press_keys (machine, "a", 0, timeout, cancellable, &error);
      else if (i == 3)
        done
          = q_machine_click (machine, 0, 0, Q_MOUSE_BUTTON_LEFT, 1, timeout, cancellable, &error);
      else if (i == 4)
        done = q_machine_move_pointer (machine, 0, 0, timeout, cancellable, &error);
      else if (i == 5)
        done = q_machine_open_display (machine, timeout, cancellable, &error) != NULL;
      else
        done = q_machine_open_vnc (machine, FALSE, timeout, cancellable, &error) != NULL;

      g_assert_false (done);
      g_assert_error (error, domain, code);
      g_assert_true (g_str_has_prefix (error->message, names[i]));
    }
}

static void
test_not_running (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_NONE, "none");

  assert_all_fail (machine, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING, Q_TIMEOUT_DEFAULT, NULL);
  assert_all_fail (machine, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND, -3, NULL);
}

static void
test_cancelled (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_HEADLESS, "std");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  q_test_launch (machine);
  assert_all_fail (machine, G_IO_ERROR, G_IO_ERROR_CANCELLED, -1, cancellable);
  screen_assert_no_fdsets (machine);
  q_test_shutdown (machine);
}

/* What the machine was not launched with. */
static void
test_nothing_there (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_NONE, "none");
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_null (q_machine_screenshot (machine, NULL, 0, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_cmpstr (error->message, ==,
                   "screenshot: screendump: There is no console to take a screendump from");
  g_clear_error (&error);
  g_assert_false (q_machine_click (machine, 0, 0, Q_MOUSE_BUTTON_LEFT, 1, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "usb-tablet"));
  g_assert_nonnull (strstr (error->message, "QEMU PS/2 Mouse"));
  g_clear_error (&error);
  g_assert_null (q_machine_open_display (machine, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_ACTIVE);
  g_assert_nonnull (strstr (error->message, "launch the machine with the display DBUS"));
  g_clear_error (&error);
  g_assert_null (q_machine_open_vnc (machine, FALSE, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "launch the machine with the display VNC"));
  screen_assert_no_fdsets (machine);
  q_test_shutdown (machine);
}

/* No descriptor passes over TCP; keys do. */
static void
test_over_tcp (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_DBUS, "std");
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  const char *const args[] = { "-vnc", "none", NULL };
  g_autoptr (GError) error = NULL;

  g_object_set (machine, "monitor-address", address, NULL);
  q_machine_add_args (machine, args);
  q_test_launch (machine);
  g_assert_null (q_machine_screenshot (machine, NULL, 0, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_assert_nonnull (strstr (error->message, "screenshot: add-fd: "));
  g_assert_nonnull (strstr (error->message, "Unix socket"));
  g_clear_error (&error);
  g_assert_null (q_machine_open_display (machine, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_null (q_machine_open_vnc (machine, FALSE, -1, NULL, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
  g_clear_error (&error);
  g_assert_true (q_machine_press_keys (machine, "a", 10, -1, NULL, &error));
  g_assert_no_error (error);
  q_test_shutdown (machine);
}

static gboolean
has_fdsets (QMachine *machine)
{
  g_autofree char *sets = q_machine_command_json (machine, "query-fdsets", NULL, -1, NULL, NULL);

  return g_strcmp0 (sets, "[]") != 0;
}

/* The limit counts, and what was begun is undone when QEMU is there again. */
static void
test_hanging (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_DBUS, "std");
  const char *const args[] = { "-vnc", "none", NULL };
  const gint64 start = g_get_monotonic_time ();

  q_machine_add_args (machine, args);
  q_test_launch (machine);
  kill ((pid_t)q_machine_get_pid (machine), SIGSTOP);
  assert_all_fail (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, 30, NULL);
  g_object_set (machine, "command-timeout", 30, NULL);
  assert_all_fail (machine, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, Q_TIMEOUT_DEFAULT, NULL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, Q_TEST_DEADLINE_MS * 1000LL);
  kill ((pid_t)q_machine_get_pid (machine), SIGCONT);
  q_test_wait_until (NULL, !has_fdsets (machine));
  q_test_shutdown (machine);
}

/* In the middle of all of it. */
static void
test_killed (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_DBUS, "std");
  GAsyncResult *results[22] = { NULL };
  const guint n_shots = G_N_ELEMENTS (results) - 2;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  for (guint i = 0; i < n_shots; i++)
    q_machine_screenshot_async (machine, NULL, 0, -1, NULL, q_test_store_result, &results[i]);
  q_machine_type_text_async (machine, "much too long for that", 1000, -1, NULL, q_test_store_result,
                             &results[n_shots]);
  q_machine_open_display_async (machine, -1, NULL, q_test_store_result, &results[n_shots + 1]);
  g_object_unref (q_test_await (&results[0]));
  kill ((pid_t)q_machine_get_pid (machine), SIGKILL);

  for (guint i = 1; i < n_shots; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autoptr (GBytes) png = q_machine_screenshot_finish (machine, result, &error);

      /* Who was faster has a picture. */
      g_assert_true (png != NULL || error->domain == Q_MACHINE_ERROR);
      g_clear_error (&error);
    }
  g_assert_false (q_machine_type_text_finish (machine, q_test_await (&results[n_shots]), &error));
  g_assert_cmpuint (error->domain, ==, Q_MACHINE_ERROR);
  g_assert_nonnull (strstr (error->message, " of 22 characters were typed)"));
  g_clear_error (&error);
  g_object_unref (results[n_shots]);
  {
    g_autoptr (GAsyncResult) result = q_test_await (&results[n_shots + 1]);
    g_autoptr (GDBusConnection) display = q_machine_open_display_finish (machine, result, NULL);

    if (display != NULL)
      g_dbus_connection_close_sync (display, NULL, NULL);
  }
  g_assert_true (q_machine_kill (machine, NULL, NULL));
  q_test_take_warnings (NULL); /* of a QEMU that was killed */
}

/* -- what QEMU would not do -- */

#define BEGIN "negotiate; expect query-status; reply {\"running\":true,\"status\":\"running\"}; "

/* The descriptor that the peer was given; -1 while there is none. */
static int
open_picture (QMachine *machine)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", q_machine_get_pid (machine));
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *fd = g_build_filename (path, name, NULL);
      g_autofree char *link = g_file_read_link (fd, NULL);

      if (link != NULL && strstr (link, "memfd:qmachine-screen") != NULL)
        return open (fd, O_WRONLY | O_CLOEXEC);
    }

  return -1;
}

typedef struct
{
  const char *header;
  gint64 size;
  int code;
  const char *words;
} Picture;

static const Picture pictures[] = {
  { "", 0, Q_MONITOR_ERROR_PROTOCOL, "0 bytes, is no whole PPM" },
  { "P5\n1 1\n255\n", 100, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n10 10\n255\n", 312, Q_MONITOR_ERROR_PROTOCOL, "312 bytes, is no whole PPM" },
  { "P6\n0 10\n255\n", 400, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n99999 99999\n255\n", 400, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n1 1\n65535\n", 400, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n-1 -1\n255\n", 400, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n1 1\n255", 10, Q_MONITOR_ERROR_PROTOCOL, "is no whole PPM" },
  { "P6\n1 1\n255\n", 256 * 1024 * 1024 + 1, Q_MONITOR_ERROR_TOO_LARGE,
    "QEMU wrote 268435457 bytes; the limit is 268435456" },
};

static void
test_bad_picture (QTestFixture *fixture, gconstpointer data)
{
  const Picture *picture = data;
  g_autoptr (QMachine) machine = q_test_machine_mock (
    BEGIN "expect add-fd; reply {}; expect screendump; wait-signal USR1; reply {}; "
          "expect remove-fd; reply {}; expect query-fdsets; reply []; serve");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int fd = -1;

  q_test_launch (machine);
  q_machine_screenshot_async (machine, NULL, 0, -1, NULL, q_test_store_result, &result);
  q_test_wait_until (NULL, (fd = open_picture (machine)) >= 0);
  g_assert_cmpint (write (fd, picture->header, strlen (picture->header)), ==,
                   (gssize)strlen (picture->header));
  g_assert_cmpint (ftruncate (fd, picture->size), ==, 0);
  close (fd);
  kill ((pid_t)q_machine_get_pid (machine), SIGUSR1);

  g_assert_null (q_machine_screenshot_finish (machine, q_test_await (&result), &error));
  g_assert_error (error, Q_MONITOR_ERROR, picture->code);
  g_assert_true (g_str_has_prefix (error->message, "screenshot: "));
  g_assert_nonnull (strstr (error->message, picture->words));
  q_test_shutdown (machine);
}

/* A QEMU that was built without them. */
static void
test_not_built (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = q_test_machine_mock (BEGIN "expect query-vnc-servers; error CommandNotFound The command "
                                 "query-vnc-servers has not been found; expect getfd; reply {}; "
                                 "expect add_client; error GenericError no such protocol; "
                                 "expect closefd; reply {}; serve");
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_null (q_machine_open_vnc (machine, FALSE, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "this QEMU was built without VNC"));
  g_clear_error (&error);
  g_assert_null (q_machine_open_display (machine, -1, NULL, &error));
  g_assert_error (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR);
  g_assert_cmpstr (error->message, ==,
                   "open_display: add_client: no such protocol: launch the machine with the "
                   "display DBUS");
  q_test_shutdown (machine);
}

/* It takes the connection, and says nothing on it. */
static void
test_silent_display (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock (
    BEGIN "expect getfd; reply {}; expect add_client; reply {}; expect getfd; reply {}; "
          "expect add_client; reply {}; serve");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  g_assert_null (q_machine_open_display (machine, 1000, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==,
                   "open_display: not done within 1000 ms: QEMU does not answer on D-Bus");
  g_clear_error (&error);

  q_machine_open_display_async (machine, -1, cancellable, q_test_store_result, &result);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_open_display_finish (machine, q_test_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (q_machine_kill (machine, NULL, NULL));
}

/* -- the setting -- */

typedef struct
{
  QMachineDisplay display;
  const char *options;
} Setting;

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer n_notified)
{
  (*(guint *)n_notified)++;
}

static void
test_display_setting (QTestFixture *fixture, gconstpointer data)
{
  static const Setting settings[] = {
    { Q_MACHINE_DISPLAY_HEADLESS, " -display none -machine none" },
    { Q_MACHINE_DISPLAY_DBUS, " -display dbus,p2p=yes -machine none" },
    { Q_MACHINE_DISPLAY_VNC, " -display none -vnc none -machine none" },
    { Q_MACHINE_DISPLAY_NONE, " -display none -vga none -machine none" },
  };
  g_autoptr (QMachine) machine = q_test_machine_none ();
  guint n_notified = 0;

  g_assert_cmpint (q_machine_get_display (machine), ==, Q_MACHINE_DISPLAY_NONE);
  g_signal_connect (machine, "notify::display", G_CALLBACK (count_notify), &n_notified);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_auto (GStrv) argv = NULL;
      g_autofree char *text = NULL;

      q_machine_set_display (machine, settings[i].display);
      q_machine_set_display (machine, settings[i].display);
      g_assert_cmpuint (n_notified, ==, i + 1);
      q_test_launch (machine);
      argv = q_machine_dup_command_line (machine);
      text = g_strjoinv (" ", argv);
      g_assert_nonnull (strstr (text, settings[i].options));
      q_test_shutdown (machine);
    }
}

/* A display that this QEMU does not have ends it at once, with its words. */
static void
test_storage_daemon (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-storage-daemon", "kind",
                    Q_MACHINE_KIND_STORAGE_DAEMON, "display", Q_MACHINE_DISPLAY_VNC, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "display: a storage daemon has no such thing");
}

/* Its threads stay. */
static void
warm_up (void)
{
  g_autoptr (QMachine) machine = new_machine (Q_MACHINE_DISPLAY_DBUS, "none");
  g_autoptr (GDBusConnection) display = NULL;

  q_test_launch (machine);
  display = q_machine_open_display (machine, -1, NULL, NULL);
  g_assert_true (g_dbus_connection_close_sync (display, NULL, NULL));
  q_test_shutdown (machine);
}

#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);
  warm_up ();

  ADD ("/screen-faults/not-running", test_not_running);
  ADD ("/screen-faults/cancelled", test_cancelled);
  ADD ("/screen-faults/nothing-there", test_nothing_there);
  ADD ("/screen-faults/over-tcp", test_over_tcp);
  ADD ("/screen-faults/hanging", test_hanging);
  ADD ("/screen-faults/killed", test_killed);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *path = g_strdup_printf ("/screen-faults/bad-picture/%u", i);

      g_test_add (path, QTestFixture, &pictures[i], q_test_set_up, test_bad_picture,
                  q_test_tear_down);
    }
  ADD ("/screen-faults/not-built", test_not_built);
  ADD ("/screen-faults/silent-display", test_silent_display);
  ADD ("/screen-faults/display-setting", test_display_setting);
  ADD ("/screen-faults/storage-daemon", test_storage_daemon);

  return g_test_run ();
}
