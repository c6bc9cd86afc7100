/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mirrors the disk of a machine into a file, and shows the progress. */

#include <errno.h>
#include <glib/gstdio.h>
#include <qmachine/qmachine.h>
#include <unistd.h>

static gboolean
command (QMachine *machine, GError **error, const char *name, const char *arguments)
{
  g_autofree char *result = q_machine_command_json (machine, name, arguments, NULL, error);

  return result != NULL;
}

static gboolean
print_progress (QMachine *machine, GError **error)
{
  g_autoptr (JsonNode) jobs = q_machine_command (machine, "query-jobs", NULL, NULL, error);
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
static gboolean
follow_job (QMachine *machine, GError **error)
{
  const char *names[] = { "JOB_STATUS_CHANGE", NULL };

  for (;;)
    {
      g_autoptr (GError) no_event = NULL;
      g_autoptr (QMonitorEvent) event
        = q_machine_wait_event (machine, names, NULL, 200, NULL, &no_event);
      const char *status = "";

      if (event != NULL)
        {
          JsonObject *data = json_node_get_object (q_monitor_event_get_data (event));

          status = json_object_get_string_member (data, "status");
        }
      else if (!g_error_matches (no_event, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        {
          g_propagate_error (error, g_steal_pointer (&no_event));
          return FALSE;
        }

      if (!print_progress (machine, error))
        return FALSE;
      if (g_str_equal (status, "ready")
          && !command (machine, error, "job-complete", "{\"id\": \"mirror\"}"))
        return FALSE;
      if (g_str_equal (status, "concluded"))
        return command (machine, error, "job-dismiss", "{\"id\": \"mirror\"}");
    }
}

static gboolean
run (QMachine *machine, GError **error)
{
  return q_machine_launch (machine, NULL, error)
         && command (machine, error, "blockdev-mirror",
                     "{\"job-id\": \"mirror\", \"device\": \"disk\", \"target\": \"copy\", "
                     "\"sync\": \"full\", \"speed\": 67108864, \"auto-dismiss\": false}")
         && follow_job (machine, error) && q_machine_shutdown (machine, NULL, error);
}

/* An empty disk of a file's own. */
static char *
make_target (GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("mirror-XXXXXX", &path, error);

  if (fd < 0)
    return NULL;
  if (ftruncate (fd, 64 << 20) < 0)
    g_error ("%s: %s", path, g_strerror (errno));
  close (fd);
  return g_steal_pointer (&path);
}

int
main (void)
{
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = make_target (&error);
  g_autofree char *target = g_strdup_printf ("driver=file,node-name=copy,filename=%s", path);

  if (path != NULL)
    {
      q_machine_add_args (machine, (const char *[]){
        "-accel", "tcg", "-machine", "q35", "-nic", "none",
        "-blockdev", "driver=null-co,node-name=disk,size=67108864", "-blockdev", target, NULL });
      run (machine, &error);
      g_unlink (path);
    }

  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return error != NULL;
}
