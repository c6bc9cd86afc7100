/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mirrors the disk of a machine into a file, and shows the progress. */

#include <qmachine/qmachine.h>

#define SIZE 67108864

static void
show (QJob *job, GParamSpec *property, gpointer data)
{
  g_autofree char *bar = g_strnfill ((gsize)(20 * MAX (q_job_get_progress (job), 0)), '#');

  g_print ("[%-20s] %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes\n", bar,
           q_job_get_current (job), q_job_get_total (job));
}

static void
done_cb (GObject *job, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

static gboolean
mirror (QMachine *machine, GError **error)
{
  g_autoptr (JsonNode) arguments
    = json_from_string ("{\"device\": \"disk\", \"target\": \"copy\", \"sync\": \"full\", "
                        "\"speed\": " G_STRINGIFY (SIZE) "}",
                        NULL);
  g_autoptr (QJob) job
    = q_machine_start_job (machine, "blockdev-mirror", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *type = NULL;

  if (job == NULL)
    return FALSE;

  g_signal_connect (job, "notify::progress", G_CALLBACK (show), NULL);
  q_job_complete_async (job, -1, NULL, done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (!q_job_complete_finish (job, result, error))
    return FALSE;

  type = q_job_dup_job_type (job);
  g_print ("%s: %s\n", type, q_job_get_status (job) == Q_JOB_STATUS_CONCLUDED ? "concluded" : "?");
  return TRUE;
}

static gboolean
run (const char *disk, const char *copy, GError **error)
{
  g_autofree char *source = g_strdup_printf ("driver=file,node-name=disk,filename=%s", disk);
  g_autofree char *target = g_strdup_printf ("driver=file,node-name=copy,filename=%s", copy);
  const char *args[] = {
    "-accel", "tcg", "-nic", "none", "-blockdev", source, "-blockdev", target, NULL,
  };
  g_autoptr (QMachine) machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64",
                                               "machine-type", "q35", "args", args, NULL);

  return q_machine_launch (machine, NULL, error) && mirror (machine, error)
         && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

static GFile *
make_file (char content, GError **error)
{
  g_autoptr (GFileIOStream) stream = NULL;
  g_autofree char *text = g_strnfill (SIZE, content);
  g_autoptr (GFile) file = g_file_new_tmp ("mirror-XXXXXX", &stream, error);

  if (file == NULL
      || !g_file_replace_contents (file, text, SIZE, NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL,
                                   error))
    return NULL;
  return g_steal_pointer (&file);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) disk = make_file ('x', &error);
  g_autoptr (GFile) copy = disk != NULL ? make_file ('-', &error) : NULL;
  gboolean done = copy != NULL && run (g_file_peek_path (disk), g_file_peek_path (copy), &error);

  if (disk != NULL)
    g_file_delete (disk, NULL, NULL);
  if (copy != NULL)
    g_file_delete (copy, NULL, NULL);
  if (!done)
    g_printerr ("%s\n", error->message);
  return done ? 0 : 1;
}
