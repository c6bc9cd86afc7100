/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connections to the displays of a guest: D-Bus and VNC. */

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "screen-guest.h"

#define CONSOLE "/org/qemu/Display1/Console_0"

static GVariant *
get_property (GDBusConnection *display, const char *path, const char *interface, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariant *value;

  reply
    = g_dbus_connection_call_sync (display, NULL, path, "org.freedesktop.DBus.Properties", "Get",
                                   g_variant_new ("(ss)", interface, name), G_VARIANT_TYPE ("(v)"),
                                   G_DBUS_CALL_FLAGS_NONE, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(v)", &value);
  return value;
}

static guint32
get_number (GDBusConnection *display, const char *name)
{
  g_autoptr (GVariant) value = get_property (display, CONSOLE, "org.qemu.Display1.Console", name);

  return g_variant_get_uint32 (value);
}

static void
store_closed (GDBusConnection *display, gboolean remote, GError *error, gpointer closed)
{
  *(gboolean *)closed = TRUE;
}

static void
watch_closed (GDBusConnection *connection)
{
  gboolean *closed = g_new0 (gboolean, 1);

  g_object_set_data_full (G_OBJECT (connection), "closed", closed, g_free);
  g_signal_connect (connection, "closed", G_CALLBACK (store_closed), closed);
}

static GDBusConnection *
open_display (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *display
    = q_machine_open_display (screen_guest_get_machine (), Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  watch_closed (display);
  return display;
}

static void
close_display (GDBusConnection *display)
{
  gboolean *closed = g_object_get_data (G_OBJECT (display), "closed");

  if (!g_dbus_connection_is_closed (display))
    g_assert_true (g_dbus_connection_close_sync (display, NULL, NULL));
  /* It is told in the context of this thread. */
  q_test_wait_until (NULL, *closed);
  g_object_unref (display);
}

/* The same size as the picture has. */
static void
test_console_size (QTestFixture *fixture, gconstpointer data)
{
  GDBusConnection *display = open_display ();
  g_autoptr (GBytes) png = screen_take (screen_guest_get_machine ());
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GVariant) ids
    = get_property (display, "/org/qemu/Display1/VM", "org.qemu.Display1.VM", "ConsoleIDs");
  guint width, height;

  g_assert_cmpuint (g_variant_n_children (ids), ==, 1);
  pixels = screen_decode_png (png, &width, &height);
  g_assert_cmpuint (get_number (display, "Width"), ==, width);
  g_assert_cmpuint (get_number (display, "Height"), ==, height);
  close_display (display);
}

/* -- a listener -- */

typedef struct
{
  guint n_scanouts;
  guint n_updates;
  guint width;
  guint height;
  gboolean registered;
} Listener;

static void
listener_cb (GDBusConnection *connection, const char *sender, const char *path,
             const char *interface, const char *method, GVariant *parameters,
             GDBusMethodInvocation *invocation, gpointer user_data)
{
  Listener *self = user_data;

  if (g_str_equal (method, "Scanout"))
    {
      g_variant_get_child (parameters, 0, "u", &self->width);
      g_variant_get_child (parameters, 1, "u", &self->height);
      self->n_scanouts++;
    }
  else if (g_str_equal (method, "Update"))
    {
      self->n_updates++;
    }
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static GVariant *
no_property_cb (GDBusConnection *connection, const char *sender, const char *path,
                const char *interface, const char *name, GError **error, gpointer user_data)
{
  return g_variant_new_strv (NULL, 0);
}

static const char listener_xml[]
  = "<node><interface name='org.qemu.Display1.Listener'>"
    "<method name='Scanout'><arg type='u'/><arg type='u'/><arg type='u'/><arg type='u'/>"
    "<arg type='ay'/></method>"
    "<method name='Update'><arg type='i'/><arg type='i'/><arg type='i'/><arg type='i'/>"
    "<arg type='u'/><arg type='u'/><arg type='ay'/></method>"
    "<method name='Disable'/>"
    "<method name='MouseSet'><arg type='i'/><arg type='i'/><arg type='i'/></method>"
    "<property name='Interfaces' type='as' access='read'/>"
    "</interface></node>";

static void
registered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listener *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
    G_DBUS_CONNECTION (source), NULL, result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
  self->registered = TRUE;
}

/* QEMU calls the listener over a connection of its own, of which it is the server, too. */
static GDBusConnection *
add_listener (GDBusConnection *display, Listener *listener)
{
  static const GDBusInterfaceVTable table = { listener_cb, no_property_cb, NULL, { NULL } };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (listener_xml, NULL);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  fds = g_unix_fd_list_new_from_array (&pair[1], 1);
  socket = g_socket_new_from_fd (pair[0], NULL);
  stream = g_socket_connection_factory_create_connection (socket);

  g_dbus_connection_call_with_unix_fd_list (display, NULL, CONSOLE, "org.qemu.Display1.Console",
                                            "RegisterListener", g_variant_new ("(h)", 0), NULL,
                                            G_DBUS_CALL_FLAGS_NONE, Q_TEST_DEADLINE_MS, fds, NULL,
                                            registered_cb, listener);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                             | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                           NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (connection, "/org/qemu/Display1/Listener", node->interfaces[0],
                                     &table, listener, NULL, &error);
  g_assert_no_error (error);
  watch_closed (connection);
  g_dbus_connection_start_message_processing (connection);

  return connection;
}

static void
test_listener (QTestFixture *fixture, gconstpointer data)
{
  GDBusConnection *display = open_display ();
  Listener listener = { 0 };
  GDBusConnection *connection = add_listener (display, &listener);
  g_autoptr (GError) error = NULL;
  guint n_updates;

  q_test_wait_until (NULL, listener.registered && listener.n_scanouts > 0);
  g_assert_cmpuint (listener.width, ==, get_number (display, "Width"));
  g_assert_cmpuint (listener.height, ==, get_number (display, "Height"));

  n_updates = listener.n_updates;
  g_assert_true (
    q_machine_type_text (screen_guest_get_machine (), "seen", 0, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  q_test_wait_until (NULL, listener.n_updates > n_updates);

  close_display (connection);
  close_display (display);
}

/* QEMU has one at a time. */
static void
test_taken_over (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  GDBusConnection *first = open_display ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  GDBusConnection *second;

  g_assert_cmpuint (get_number (first, "Width"), >, 0);
  q_machine_open_display_async (machine, Q_TEST_DEADLINE_MS, NULL, q_test_store_result, &result);
  second = q_machine_open_display_finish (machine, q_test_await (&result), &error);
  g_assert_no_error (error);
  watch_closed (second);
  g_assert_cmpuint (get_number (second, "Width"), >, 0);
  reply
    = g_dbus_connection_call_sync (first, NULL, CONSOLE, "org.freedesktop.DBus.Properties",
                                   "GetAll", g_variant_new ("(s)", "org.qemu.Display1.Console"),
                                   NULL, G_DBUS_CALL_FLAGS_NONE, Q_TEST_DEADLINE_MS, NULL, &error);
  /* 7.2 closes the one before. */
  g_assert_null (reply);
  g_assert_nonnull (error);
  close_display (first);
  g_assert_cmpuint (get_number (second, "Width"), >, 0);
  close_display (second);
}

/* -- VNC -- */

static void
assert_vnc (GSocketConnection *connection)
{
  g_autoptr (GError) error = NULL;
  char version[13] = "";
  gsize n;

  g_socket_set_timeout (g_socket_connection_get_socket (connection), Q_TEST_DEADLINE_MS / 1000);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), version, 12, &n,
                           NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (version, ==, "RFB 003.008\n");
}

static guint
count_vnc_clients (void)
{
  g_autofree char *servers = q_machine_command_json (screen_guest_get_machine (),
                                                     "query-vnc-servers", NULL, -1, NULL, NULL);
  guint n = 0;

  for (const char *at = servers; (at = strstr (at, "\"websocket\"")) != NULL; at++)
    n++;

  return n;
}

static void
test_vnc (QTestFixture *fixture, gconstpointer data)
{
  QMachine *machine = screen_guest_get_machine ();
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  first = q_machine_open_vnc (machine, FALSE, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_machine_open_vnc_async (machine, TRUE, Q_TEST_DEADLINE_MS, NULL, q_test_store_result, &result);
  second = q_machine_open_vnc_finish (machine, q_test_await (&result), &error);
  g_assert_no_error (error);
  assert_vnc (first);
  assert_vnc (second);
  g_assert_cmpuint (count_vnc_clients (), ==, 2);

  g_clear_object (&first);
  g_clear_object (&second);
  q_test_wait_until (NULL, count_vnc_clients () == 0);
}

/* What of a display is there once stays: threads, and the types of GLib. */
static void
warm_up (void)
{
  GDBusConnection *display = open_display ();
  Listener listener = { 0 };
  GDBusConnection *connection = add_listener (display, &listener);

  q_test_wait_until (NULL, listener.registered);
  close_display (connection);
  close_display (display);
}

#define ADD(path, func) g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down)

int
main (int argc, char *argv[])
{
  int status;

  q_test_init (&argc, &argv);
  screen_guest_start ();
  warm_up ();

  ADD ("/screen-displays/console-size", test_console_size);
  ADD ("/screen-displays/listener", test_listener);
  ADD ("/screen-displays/taken-over", test_taken_over);
  ADD ("/screen-displays/vnc", test_vnc);

  status = g_test_run ();
  screen_guest_stop ();
  return status;
}
