/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples about the end of a machine, and about waiting for any of several things; machine.c
 * says how they are kept. */

#include <qmachine/qmachine.h>

static gboolean
use_plan (QMachine *machine, GError **error)
{
  /* sample: QPowerOffPlan */
  g_autoptr (QPowerOffPlan) plan = q_power_off_plan_new ();
  g_autoptr (QPowerOffResult) result = NULL;

  q_power_off_plan_set_button_timeout (plan, 30000);
  result = q_machine_power_off (machine, plan, NULL, error);
  if (result == NULL)
    return FALSE;
  g_print ("%s\n", q_power_off_result_get_description (result));
  /* end of sample */
  return TRUE;
}

static gboolean
power_off (QMachine *machine, GError **error)
{
  /* sample: q_machine_power_off */
  g_autoptr (QPowerOffResult) result = q_machine_power_off (machine, NULL, NULL, error);

  if (result == NULL)
    return FALSE;
  if (!q_power_off_result_get_guest_off (result))
    g_printerr ("%s\n", q_power_off_result_get_description (result));
  /* end of sample */
  return TRUE;
}

static gboolean
wait_for_any (QMachine *machine, GError **error)
{
  /* sample: QWaitSet */
  const char *names[] = { "STOP", NULL };
  g_autoptr (QWaitSet) set = q_wait_set_new (machine);
  g_autoptr (QWaitResult) result = NULL;
  guint stop = q_wait_set_add_event (set, names, NULL, error);

  if (stop == 0 || q_wait_set_add_exit (set, error) == 0)
    return FALSE;
  result = q_wait_set_next (set, 5000, NULL, error);
  if (result == NULL)
    return FALSE;
  if (q_wait_result_get_number (result) == stop)
    g_print ("the guest was stopped\n");
  /* end of sample */
  return TRUE;
}

static gint found; /* atomic */

/* Until the set, which the sample makes, has seen it. */
static gpointer
stop_thread (gpointer machine)
{
  while (!g_atomic_int_get (&found))
    {
      g_free (q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
      g_free (q_machine_command_json (machine, "cont", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
    }
  return NULL;
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GError) error = NULL;
  gboolean done = q_machine_launch (machine, NULL, &error);

  if (done)
    {
      GThread *thread = g_thread_new ("stop", stop_thread, machine);

      done = wait_for_any (machine, &error);
      g_atomic_int_set (&found, TRUE);
      g_thread_join (thread);
    }
  /* One that is paused is not waited for. */
  if (done)
    g_free (q_machine_command_json (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL));
  done = done && use_plan (machine, &error) && power_off (machine, &error);
  if (!done)
    g_printerr ("%s\n", error != NULL ? error->message : "a sample did not do what it shows");
  return done ? 0 : 1;
}
