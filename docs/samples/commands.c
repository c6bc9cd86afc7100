/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of commands and events; machine.c says how they are kept. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <qmachine/qmachine.h>

static gboolean
command (QMachine *machine, GError **error)
{
  /* sample: q_machine_command */
  g_autoptr (JsonNode) arguments = json_from_string ("{\"path\": \"/machine\"}", error);
  g_autoptr (JsonNode) list = NULL;

  if (arguments == NULL)
    return FALSE;
  list = q_machine_command (machine, "qom-list", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
  if (list == NULL)
    return FALSE;
  g_print ("%u properties\n", json_array_get_length (json_node_get_array (list)));
  /* end of sample */
  return TRUE;
}

static gboolean
command_json (QMachine *machine)
{
  /* sample: q_machine_command_json */
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json (machine, "device_del", "{\"id\": \"nic0\"}",
                                                   Q_TIMEOUT_DEFAULT, NULL, &error);

  if (g_error_matches (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND))
    g_print ("there is no such device\n");
  else if (reply == NULL)
    g_printerr ("%s\n", error->message);
  /* end of sample */
  return g_error_matches (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND);
}

static gboolean
from_variant (QMachine *machine, const char *path, GError **error)
{
  /* sample: q_json_from_variant */
  g_autofree char *arguments
    = q_json_from_variant (g_variant_new_parsed ("{'path': %s}", path), error);
  g_autofree char *reply = NULL;

  if (arguments == NULL)
    return FALSE;
  reply = q_machine_command_json (machine, "qom-list", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
  /* end of sample */
  return reply != NULL;
}

static gboolean
qmp (QMachine *machine, GError **error)
{
  /* sample: q_machine_qmp */
  g_autoptr (JsonNode) reply = q_machine_qmp (machine, "fly", NULL, -1, NULL, error);
  JsonObject *object;

  if (reply == NULL)
    return FALSE;
  object = json_node_get_object (reply);
  if (json_object_has_member (object, "error"))
    object = json_object_get_object_member (object, "error");
  g_print ("%s\n", json_object_get_string_member_with_default (object, "desc", "no error"));
  /* end of sample */
  return json_object_has_member (object, "desc");
}

static gboolean
command_with_fd (QMachine *machine, const char *path, GError **error)
{
  /* sample: q_machine_command_with_fd */
  int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  g_autoptr (JsonNode) set
    = q_machine_command_with_fd (machine, "add-fd", NULL, fd, Q_TIMEOUT_DEFAULT, NULL, error);

  g_close (fd, NULL);
  if (set == NULL)
    return FALSE;
  g_print ("QEMU may open /dev/fdset/%" G_GINT64_FORMAT "\n",
           json_object_get_int_member (json_node_get_object (set), "fdset-id"));
  /* end of sample */
  return TRUE;
}

static gboolean
wait_event (QMachine *machine, GError **error)
{
  /* sample: q_machine_wait_event */
  const char *names[] = { "STOP", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, error);

  if (reply == NULL)
    return FALSE;
  event = q_machine_wait_event (machine, names, NULL, 5000, NULL, error);
  if (event == NULL)
    return FALSE;
  g_print ("stopped at %" G_GINT64_FORMAT " us\n", q_monitor_event_get_timestamp (event));
  /* end of sample */
  return TRUE;
}

static gboolean
listen_to (QMachine *machine, GError **error)
{
  /* sample: QEventListener */
  const char *names[] = { "STOP", "RESUME", NULL };
  g_autoptr (QEventListener) listener = q_machine_listen (machine, names, NULL, error);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *reply = NULL;

  if (listener == NULL)
    return FALSE;
  reply = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (reply == NULL)
    return FALSE;
  event = q_event_listener_next (listener, 5000, NULL, error);
  if (event == NULL)
    return FALSE;
  g_print ("%s\n", q_monitor_event_get_name (event));
  /* end of sample */
  return g_str_equal (q_monitor_event_get_name (event), "RESUME");
}

static void
pop_event (QMachine *machine)
{
  /* sample: q_machine_pop_event */
  QMonitorEvent *event;

  while ((event = q_machine_pop_event (machine)) != NULL)
    {
      g_print ("%s\n", q_monitor_event_get_name (event));
      g_object_unref (event);
    }
  /* end of sample */
}

static gboolean
look_at_event (QMonitorEvent *event)
{
  /* sample: QMonitorEvent */
  g_autofree char *text = q_monitor_event_to_json (event);

  if (g_str_equal (q_monitor_event_get_name (event), "SHUTDOWN"))
    g_print ("QEMU is about to end: %s\n", text);
  /* end of sample */
  return TRUE;
}

static gboolean
matches (QMonitorEvent *event, GError **error)
{
  /* sample: q_monitor_event_matches */
  g_autoptr (JsonNode) match = json_from_string ("{\"reason\": \"host-qmp-quit\"}", error);

  if (match == NULL)
    return FALSE;
  if (q_monitor_event_matches (event, match))
    g_print ("somebody told QEMU to quit\n");
  /* end of sample */
  return q_monitor_event_matches (event, match);
}

static gboolean
dup_string (QMonitorEvent *event)
{
  /* sample: q_monitor_event_dup_string */
  g_autofree char *reason = q_monitor_event_dup_string (event, "reason");

  if (g_strcmp0 (reason, "guest-reset") == 0)
    g_print ("the guest asked for a reset\n");
  /* end of sample */
  return reason != NULL;
}

static gboolean
get_data (QMonitorEvent *event)
{
  /* sample: q_monitor_event_get_data */
  JsonNode *data = q_monitor_event_get_data (event);
  JsonObject *object = data != NULL ? json_node_get_object (data) : NULL;

  if (object != NULL && json_object_has_member (object, "reason"))
    g_print ("reason: %s\n", json_object_get_string_member (object, "reason"));
  /* end of sample */
  return object != NULL;
}

/* sample: QMachine::event */
static void
shutdown_cb (QMachine *machine, QMonitorEvent *event, gpointer user_data)
{
  g_autofree char *text = q_monitor_event_to_json (event);

  g_print ("%s\n", text);
}

/* end of sample */
/* sample: QMachine::exited */
static void
exited_cb (QMachine *machine, GMainLoop *loop)
{
  int exit_code;

  if (q_machine_get_exit_code (machine, &exit_code))
    g_print ("exit code: %d\n", exit_code);
  g_main_loop_quit (loop);
}

/* end of sample */
static void
connect_signals (QMachine *machine, GMainLoop *loop)
{
  /* sample: QMachine::event */
  g_signal_connect (machine, "event::SHUTDOWN", G_CALLBACK (shutdown_cb), NULL);
  /* end of sample */
  /* sample: QMachine::exited */
  g_signal_connect (machine, "exited", G_CALLBACK (exited_cb), loop);
  /* end of sample */
}

static gboolean
run_end (QMachine *machine, GError **error)
{
  const char *names[] = { "SHUTDOWN", NULL };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *reply = NULL;

  connect_signals (machine, loop);
  reply = q_machine_command_json (machine, "quit", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (reply == NULL)
    return FALSE;
  g_main_loop_run (loop);
  event = q_machine_wait_event (machine, names, NULL, 0, NULL, error);
  return event != NULL && look_at_event (event) && get_data (event) && dup_string (event)
         && matches (event, error);
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;
  gboolean done = q_machine_launch (machine, NULL, &error) && command (machine, &error)
                  && command_json (machine) && qmp (machine, &error)
                  && from_variant (machine, "/machine", &error)
                  && command_with_fd (machine, "/dev/null", &error) && wait_event (machine, &error)
                  && listen_to (machine, &error);

  if (done)
    {
      reply = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
      pop_event (machine);
      done = reply != NULL && q_machine_pop_event (machine) == NULL && run_end (machine, &error);
    }
  if (!done)
    g_printerr ("%s\n", error != NULL ? error->message : "a sample did not do what it shows");
  return done ? 0 : 1;
}
