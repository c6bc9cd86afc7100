/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page about threads shows in C. */

#include <qmachine/qmachine.h>

/* snippet: async */
static void
launch_cb (GObject *object, GAsyncResult *result, gpointer main_loop)
{
  g_autoptr (GError) error = NULL;

  if (q_machine_launch_finish (Q_MACHINE (object), result, &error))
    g_print ("QEMU runs\n");
  else
    g_printerr ("%s\n", error->message);
  g_main_loop_quit (main_loop);
}
/* end of snippet */

static void
launch (QMachine *machine)
{
  g_autoptr (GMainLoop) main_loop = g_main_loop_new (NULL, FALSE);

  /* snippet: async */
  q_machine_launch_async (machine, NULL, launch_cb, main_loop);
  g_print ("QEMU starts\n"); /* the program goes on */
  g_main_loop_run (main_loop);
  /* end of snippet */
}

/* snippet: cancel */
static gpointer
cancel_thread (gpointer cancellable)
{
  g_usleep (100000);
  g_cancellable_cancel (cancellable);
  return NULL;
}
/* end of snippet */

static void
cancel (QMachine *machine)
{
  /* snippet: cancel */
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("canceller", cancel_thread, cancellable);
  g_autoptr (GError) error = NULL;

  q_machine_wait (machine, -1, cancellable, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_print ("QEMU goes on\n");
  g_thread_join (thread);
  /* end of snippet */
}

int
main (void)
{
  const char *args[] = { "-machine", "none", "-accel", "tcg", NULL };
  g_autoptr (QMachine) machine
    = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "args", args, NULL);
  g_autoptr (GError) error = NULL;

  launch (machine);
  cancel (machine);
  if (!q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
