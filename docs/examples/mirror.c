/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mirrors the disk of a machine into a file, and shows the progress. */

#include <qmachine/qmachine.h>

#define SIZE 67108864

static gboolean
command (QMachine *machine, const char *name, const char *arguments, GError **error)
{
  g_autofree char *reply
    = q_machine_command_json (machine, name, arguments, Q_TIMEOUT_DEFAULT, NULL, error);

  return reply != NULL;
}

static gboolean
show_progress (QMachine *machine, GError **error)
{
  g_autoptr (JsonNode) jobs
    = q_machine_command (machine, "query-jobs", NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  JsonObject *job;

  if (jobs == NULL)
    return FALSE;

  job = json_array_get_object_element (json_node_get_array (jobs), 0);
  if (json_object_has_member (job, "error"))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           json_object_get_string_member (job, "error"));
      return FALSE;
    }
  g_print ("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes\n",
           json_object_get_string_member (job, "status"),
           json_object_get_int_member (job, "current-progress"),
           json_object_get_int_member (job, "total-progress"));
  return TRUE;
}

/* An event tells of each step of the job; what lies between them is asked for. */
static char *
next_status (QMachine *machine, GError **error)
{
  const char *names[] = { "JOB_STATUS_CHANGE", NULL };
  g_autoptr (GError) reason = NULL;
  g_autoptr (QMonitorEvent) event = q_machine_wait_event (machine, names, NULL, 200, NULL, &reason);

  if (event != NULL)
    {
      JsonObject *data = json_node_get_object (q_monitor_event_get_data (event));

      return g_strdup (json_object_get_string_member (data, "status"));
    }
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_strdup ("nothing new");

  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

static gboolean
follow_job (QMachine *machine, GError **error)
{
  for (;;)
    {
      g_autofree char *status = next_status (machine, error);

      if (status == NULL || !show_progress (machine, error))
        return FALSE;
      if (g_str_equal (status, "ready")
          && !command (machine, "job-complete", "{\"id\": \"mirror\"}", error))
        return FALSE;
      if (g_str_equal (status, "concluded"))
        return command (machine, "job-dismiss", "{\"id\": \"mirror\"}", error);
    }
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

  return q_machine_launch (machine, NULL, error)
         && command (machine, "blockdev-mirror",
                     "{\"job-id\": \"mirror\", \"device\": \"disk\", \"target\": \"copy\", "
                     "\"sync\": \"full\", \"auto-dismiss\": false, "
                     "\"speed\": " G_STRINGIFY (SIZE) "}",
                     error)
         && follow_job (machine, error)
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
