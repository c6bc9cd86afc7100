/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/q-screen.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call-private.h"
#include "io/blocking-task-private.h"
#include "io/interrupt-private.h"
#include "io/io-thread-private.h"
#include "wire/json-text-private.h"

/* Connections to a display of QEMU's, in the forms of their calls. QEMU gets the other end over the
 * monitor: nothing listens, and there is no path. */

/* In a pair of sockets; the other one is a descriptor. */
static GSocketConnection *
make_connection (const char *call, int *other, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: no socket: %s",
                   call, g_strerror (saved_errno));
      return NULL;
    }

  socket = g_socket_new_from_fd (fds[0], error);
  if (socket == NULL)
    {
      close (fds[0]);
      close (fds[1]);
      return NULL;
    }

  /* D-Bus passes descriptors by connections of this type alone. */
  g_type_ensure (G_TYPE_UNIX_CONNECTION);
  *other = fds[1];
  return g_socket_connection_factory_create_connection (socket);
}

/* Makes QEMU a server of the other end, which is closed here; `options` are more members. */
static gboolean
add_client (QScreenCall *call, int other, const char *protocol, const char *options, GError **error)
{
  static int counter;
  const int number = g_atomic_int_add (&counter, 1);
  g_autofree char *name = g_strdup_printf ("{\"fdname\":\"qmachine-screen-%d\"}", number);
  g_autofree char *arguments = g_strdup_printf (
    "{\"fdname\":\"qmachine-screen-%d\",\"protocol\":\"%s\"%s}", number, protocol, options);
  g_autofree char *sent = q_screen_call_command (call, "getfd", name, other, error);
  g_autofree char *added = NULL;

  if (sent != NULL)
    added = q_screen_call_command (call, "add_client", arguments, -1, error);
  /* It is QEMU's name for it until a client has it. */
  if (added == NULL)
    g_free (q_screen_call_clean_up (call, "closefd", name));

  return added != NULL;
}

/* -- D-Bus -- */

typedef struct
{
  GDBusConnection *connection; /* made where it will be used, as its signal needs it */
  int other;
  int timeout;
} Display;

static gboolean
display_init (Display *self, int timeout, GError **error)
{
  g_autoptr (GSocketConnection) stream = make_connection ("open_display", &self->other, error);

  if (stream == NULL)
    return FALSE;

  self->timeout = timeout;
  /* QEMU is the side that lets the other in. */
  self->connection = g_object_new (G_TYPE_DBUS_CONNECTION, "stream", stream, "flags",
                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL);
  return TRUE;
}

static void
display_clear (Display *self)
{
  g_clear_object (&self->connection);
  if (self->other >= 0)
    close (self->other);
}

static void
display_free (gpointer data)
{
  display_clear (data);
  g_free (data);
}

typedef struct
{
  GCancellable *cancellable;
  GAsyncResult *result;
  gboolean late;
} Greeting;

static void
greeted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Greeting *self = user_data;

  self->result = g_object_ref (result);
}

static gboolean
late_cb (gpointer user_data)
{
  Greeting *self = user_data;

  self->late = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  Greeting *self = user_data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
look_cb (gpointer user_data)
{
  Greeting *self = user_data;

  if (q_interrupt_check ())
    g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
add_source (GMainContext *context, GSource *source, GSourceFunc func, gpointer data)
{
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
}

/* Both sides prove who they are. In a context of this call's own, so that it has a limit. */
static gboolean
greet (QScreenCall *call, GDBusConnection *connection, GError **error)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Greeting greeting = { .cancellable = cancellable };
  gboolean greeted;

  if (call->limit >= 0)
    add_source (context, g_timeout_source_new ((guint)q_screen_call_get_left (call)), late_cb,
                &greeting);
  if (call->cancellable != NULL)
    add_source (context, g_cancellable_source_new (call->cancellable), G_SOURCE_FUNC (cancelled_cb),
                &greeting);
  if (q_interrupt_is_watched ())
    add_source (context, g_timeout_source_new (Q_INTERRUPT_MS), look_cb, &greeting);

  g_main_context_push_thread_default (context);
  g_async_initable_init_async (G_ASYNC_INITABLE (connection), G_PRIORITY_DEFAULT, cancellable,
                               greeted_cb, &greeting);
  while (greeting.result == NULL)
    g_main_context_iteration (context, TRUE);
  greeted = g_async_initable_init_finish (G_ASYNC_INITABLE (connection), greeting.result, error);
  g_main_context_pop_thread_default (context);
  g_object_unref (greeting.result);
  q_io_thread_unref_context (context);

  if (!greeted && greeting.late)
    {
      g_clear_error (error);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "%s: not done within %d ms: QEMU does not answer on D-Bus", call->name,
                   call->limit);
    }
  else if (!greeted)
    {
      q_screen_call_explain (call, error);
    }

  return greeted;
}

static gpointer
open_display (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  Display *self = task_data;
  g_autoptr (GError) refusal = NULL;
  QScreenCall call;
  gboolean added;

  if (!q_screen_call_init (&call, source_object, "open_display", self->timeout, 0, cancellable,
                           error))
    return NULL;

  added = add_client (&call, self->other, "@dbus-display", "", &refusal);
  close (self->other);
  self->other = -1;
  if (!added)
    {
      if (refusal->domain == Q_COMMAND_ERROR)
        q_screen_call_add_words (refusal, ": launch the machine with the display DBUS");
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }

  return greet (&call, self->connection, error) ? g_object_ref (self->connection) : NULL;
}

/**
 * q_machine_open_display:
 * @self: a running machine, launched with %Q_MACHINE_DISPLAY_DBUS as [property@Machine:display]
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Opens a connection to QEMU's D-Bus display: screens, keyboard, pointers and clipboard of the
 * guest, as objects under `/org/qemu/Display1`.
 *
 * It is a connection of its own, peer to peer, with no bus and no address: the objects have no
 * name of a bus, which is %NULL. QEMU serves one at a time: a later one takes the objects over, and
 * fails the call that opens another one just then. It is closed when QEMU ends, and the signal
 * `closed` of it is emitted in the thread-default main context of the thread that made this call.
 * QEMU's documentation of its D-Bus display lists the interfaces.
 *
 * Errors: [error@CommandError] for a machine that was launched with another display;
 * %Q_MONITOR_ERROR_INVALID_COMMAND when no descriptor can pass, with a monitor on TCP; those of
 * `g_dbus_connection_new_sync ()` when QEMU does not let this user in; otherwise those of
 * [method@Machine.command]. A QEMU without D-Bus ends at the launch, with its words.
 *
 * ```c
 * g_autoptr (GDBusConnection) display
 *   = q_machine_open_display (machine, Q_TIMEOUT_DEFAULT, NULL, error);
 * g_autoptr (GVariant) reply = NULL;
 *
 * if (display == NULL)
 *   return FALSE;
 * reply = g_dbus_connection_call_sync (display, NULL, "/", "org.freedesktop.DBus.Peer", "Ping",
 *                                      NULL, NULL, G_DBUS_CALL_FLAGS_NONE, 5000, NULL, error);
 * ```
 *
 * Returns: (transfer full): a connection
 *
 * Since: 1.0
 */
GDBusConnection *
q_machine_open_display (QMachine *self, int timeout, GCancellable *cancellable, GError **error)
{
  Display display = { .other = -1 };
  gpointer connection = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (display_init (&display, timeout, error))
    connection = open_display (self, &display, cancellable, error);
  display_clear (&display);

  return connection;
}

/**
 * q_machine_open_display_async:
 * @self: a running machine, launched with %Q_MACHINE_DISPLAY_DBUS as [property@Machine:display]
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is open
 * @user_data: data for @callback
 *
 * Like [method@Machine.open_display], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_open_display_async (QMachine *self, int timeout, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  Display *display;

  g_return_if_fail (Q_IS_MACHINE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_open_display_async);
  /* A result that is there is not thrown away. */
  g_task_set_check_cancellable (task, FALSE);
  display = g_new0 (Display, 1);
  display->other = -1;
  g_task_set_task_data (task, display, display_free);
  if (display_init (display, timeout, &error))
    q_blocking_task_run (g_steal_pointer (&task), open_display, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * q_machine_open_display_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.open_display_async].
 *
 * Returns: (transfer full): a connection
 *
 * Since: 1.0
 */
GDBusConnection *
q_machine_open_display_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_open_display_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- VNC -- */

typedef struct
{
  gboolean skip_auth;
  int timeout;
} Vnc;

/* QEMU takes a client for a server that is not there, says that all is well, and forgets it. */
static gboolean
has_vnc_server (QScreenCall *call, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autofree char *servers = q_screen_call_command (call, "query-vnc-servers", NULL, -1, &refusal);
  const char *position = servers;
  const char *value;

  if (servers != NULL && q_json_next_element (&position, &value))
    return TRUE;

  if (servers != NULL
      || g_error_matches (refusal, Q_COMMAND_ERROR, Q_COMMAND_ERROR_COMMAND_NOT_FOUND))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: %s: launch the machine with the display VNC", call->name,
                 servers != NULL ? "QEMU has no VNC server" : "this QEMU was built without VNC");
  else
    g_propagate_error (error, g_steal_pointer (&refusal));
  return FALSE;
}

static gpointer
open_vnc (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  const Vnc *self = task_data;
  g_autoptr (GSocketConnection) connection = NULL;
  QScreenCall call;
  gboolean added;
  int other;

  if (!q_screen_call_init (&call, source_object, "open_vnc", self->timeout, 0, cancellable, error)
      || !has_vnc_server (&call, error))
    return NULL;

  connection = make_connection (call.name, &other, error);
  if (connection == NULL)
    return NULL;

  added = add_client (&call, other, "vnc", self->skip_auth ? ",\"skipauth\":true" : "", error);
  close (other);
  return added ? g_steal_pointer (&connection) : NULL;
}

/**
 * q_machine_open_vnc:
 * @self: a running machine, launched with %Q_MACHINE_DISPLAY_VNC as [property@Machine:display]
 * @skip_auth: whether QEMU lets this client in without what its server asks for, such as a
 *   password; only whoever has the monitor can want that
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Opens a connection to QEMU's VNC server, for a viewer: the server's first words, `RFB 003.008`,
 * are still to be read.
 *
 * Nothing listens for it. It is closed when QEMU ends.
 *
 * Errors: %G_IO_ERROR_NOT_SUPPORTED where there is no VNC server;
 * %Q_MONITOR_ERROR_INVALID_COMMAND when no descriptor can pass, with a monitor on TCP; otherwise
 * those of [method@Machine.command].
 *
 * Returns: (transfer full): a connection
 *
 * Since: 1.0
 */
GSocketConnection *
q_machine_open_vnc (QMachine *self, gboolean skip_auth, int timeout, GCancellable *cancellable,
                    GError **error)
{
  Vnc vnc = { skip_auth, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return open_vnc (self, &vnc, cancellable, error);
}

/**
 * q_machine_open_vnc_async:
 * @self: a running machine, launched with %Q_MACHINE_DISPLAY_VNC as [property@Machine:display]
 * @skip_auth: whether QEMU lets this client in without what its server asks for, such as a
 *   password; only whoever has the monitor can want that
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is open
 * @user_data: data for @callback
 *
 * Like [method@Machine.open_vnc], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_open_vnc_async (QMachine *self, gboolean skip_auth, int timeout,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;
  Vnc *vnc;

  g_return_if_fail (Q_IS_MACHINE (self));

  vnc = g_new (Vnc, 1);
  *vnc = (Vnc){ skip_auth, timeout };
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_open_vnc_async);
  /* A result that is there is not thrown away. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, vnc, g_free);
  q_blocking_task_run (task, open_vnc, g_object_unref);
}

/**
 * q_machine_open_vnc_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.open_vnc_async].
 *
 * Returns: (transfer full): a connection
 *
 * Since: 1.0
 */
GSocketConnection *
q_machine_open_vnc_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_open_vnc_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
