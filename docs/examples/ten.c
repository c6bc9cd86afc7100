/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ten machines at once: launched, asked and stopped side by side, from one thread. */

#include <qmachine/qmachine.h>

#define N_MACHINES 10

static int n_left = N_MACHINES;
static int n_failed;

static void
finish (QMachine *machine, const GError *error)
{
  g_autofree char *name = NULL;

  g_object_get (machine, "name", &name, NULL);
  if (error != NULL)
    {
      g_printerr ("%s: %s\n", name, error->message);
      n_failed++;
    }
  else
    {
      g_print ("%s: done\n", name);
    }
  n_left--;
}

/* The steps of each machine, the last one first. */
static void
shut_down_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QMachine *machine = Q_MACHINE (object);
  g_autoptr (GError) error = NULL;

  q_machine_shutdown_finish (machine, result, &error);
  finish (machine, error);
}

static void
asked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QMachine *machine = Q_MACHINE (object);
  g_autoptr (GError) error = NULL;
  g_autofree char *status = q_machine_command_json_finish (machine, result, &error);

  if (status == NULL)
    finish (machine, error);
  else
    q_machine_shutdown_async (machine, Q_TIMEOUT_DEFAULT, NULL, shut_down_cb, NULL);
}

static void
launched_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QMachine *machine = Q_MACHINE (object);
  g_autoptr (GError) error = NULL;

  if (!q_machine_launch_finish (machine, result, &error))
    finish (machine, error);
  else
    q_machine_command_json_async (machine, "query-status", NULL, Q_TIMEOUT_DEFAULT, NULL, asked_cb,
                                  NULL);
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };

  for (int i = 0; i < N_MACHINES; i++)
    {
      g_autofree char *name = g_strdup_printf ("machine %d", i);
      g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                                   "name", name, "args", args, NULL);

      /* The call holds the machine for as long as it takes. */
      q_machine_launch_async (machine, NULL, launched_cb, NULL);
    }

  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
  return n_failed;
}
