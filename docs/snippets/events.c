/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about events shows in C. */

#include <qmachine/qmachine.h>

/* snippet: signal */
static void
event_cb (QMachine *machine, QMonitorEvent *event, gpointer user_data)
{
  g_print ("event: %s\n", q_monitor_event_get_name (event));
}

static void
shutdown_cb (QMachine *machine, QMonitorEvent *event, gpointer user_data)
{
  g_autofree char *reason = q_monitor_event_dup_string (event, "reason");

  g_print ("why: %s\n", reason != NULL ? reason : "unknown");
}
/* end of snippet */

static void
connect_signals (QMachine *machine, GMainLoop *main_loop)
{
  /* snippet: signal */
  g_signal_connect (machine, "event", G_CALLBACK (event_cb), NULL);
  g_signal_connect (machine, "event::SHUTDOWN", G_CALLBACK (shutdown_cb), NULL);
  g_signal_connect_swapped (machine, "exited", G_CALLBACK (g_main_loop_quit), main_loop);
  /* end of snippet */
}

static void
fetch (QMachine *machine)
{
  /* snippet: backlog */
  QMonitorEvent *event;

  while ((event = q_machine_pop_event (machine)) != NULL)
    {
      g_print ("fetched: %s\n", q_monitor_event_get_name (event));
      g_object_unref (event);
    }
  /* end of snippet */
}

static gboolean
wait_for_removal (QMachine *machine, GError **error)
{
  /* snippet: wait */
  const char *names[] = { "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", NULL };
  g_autoptr (QMonitorEvent) event = NULL;
  g_autofree char *reply = q_machine_command_json (machine, "device_del", "{\"id\": \"tablet\"}",
                                                   Q_TIMEOUT_DEFAULT, NULL, error);

  if (reply == NULL)
    return FALSE;
  event
    = q_machine_wait_event_json (machine, names, "{\"device\": \"tablet\"}", 10000, NULL, error);
  if (event == NULL)
    return FALSE;
  g_print ("unplugged: %s\n", q_monitor_event_get_name (event));
  /* end of snippet */
  return TRUE;
}

static gboolean
command (QMachine *machine, const char *name, GError **error)
{
  g_autofree char *reply
    = q_machine_command_json (machine, name, NULL, Q_TIMEOUT_DEFAULT, NULL, error);

  return reply != NULL;
}

static gboolean
listen_to_changes (QMachine *machine, GError **error)
{
  /* snippet: listen */
  const char *names[] = { "STOP", "RESUME", NULL };
  g_autoptr (QEventListener) changes = q_machine_listen (machine, names, NULL, error);
  g_autoptr (QMonitorEvent) first = NULL;
  g_autoptr (QMonitorEvent) second = NULL;
  g_autofree char *stopped = NULL;
  g_autofree char *resumed = NULL;

  if (changes == NULL)
    return FALSE;
  stopped = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (stopped == NULL)
    return FALSE;
  resumed = q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (resumed == NULL)
    return FALSE;
  first = q_event_listener_next (changes, 5000, NULL, error);
  if (first == NULL)
    return FALSE;
  g_print ("first: %s\n", q_monitor_event_get_name (first));
  second = q_event_listener_next (changes, 5000, NULL, error);
  if (second == NULL)
    return FALSE;
  g_print ("then: %s\n", q_monitor_event_get_name (second));
  /* end of snippet */
  return TRUE;
}

static gboolean
wait_for_any (QMachine *machine, GError **error)
{
  /* snippet: any */
  const char *names[] = { "STOP", NULL };
  g_autoptr (QWaitSet) waits = q_wait_set_new (machine);
  g_autoptr (QWaitResult) result = NULL;
  g_autofree char *reply = NULL;
  guint stop = q_wait_set_add_event (waits, names, NULL, error);

  if (stop == 0 || q_wait_set_add_exit (waits, error) == 0)
    return FALSE;
  reply = q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  if (reply == NULL)
    return FALSE;
  result = q_wait_set_next (waits, 5000, NULL, error);
  if (result == NULL)
    return FALSE;
  g_print (q_wait_result_get_number (result) == stop ? "stopped\n" : "QEMU has ended\n");
  /* end of snippet */

  return TRUE;
}

static gboolean
run (QMachine *machine, GMainLoop *main_loop, GError **error)
{
  if (!q_machine_launch (machine, NULL, error) || !wait_for_removal (machine, error)
      || !listen_to_changes (machine, error))
    return FALSE;
  fetch (machine);
  if (!wait_for_any (machine, error))
    return FALSE;
  connect_signals (machine, main_loop);
  if (!command (machine, "quit", error))
    return FALSE;
  g_main_loop_run (main_loop);
  g_print ("QEMU has ended\n");
  return TRUE;
}

int
main (void)
{
  const char *args[]
    = { "-accel", "tcg", "-nic", "none", "-device", "qemu-xhci", "-device", "usb-tablet,id=tablet",
        NULL };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);
  g_autoptr (GMainLoop) main_loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  if (!run (machine, main_loop, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
