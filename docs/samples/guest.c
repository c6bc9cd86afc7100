/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QGuestAgent; machine.c says how they are kept. The agent is the real one, on this
 * host, without the commands that would freeze or end it. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <qmachine/qmachine.h>
#include <signal.h>
#include <sys/wait.h>

static gboolean
use_agent (GSocketAddress *address, GError **error)
{
  /* sample: QGuestAgent */
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GBytes) release = NULL;

  if (!q_guest_agent_attach (agent, address, Q_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  release = q_guest_agent_read_file (agent, "/etc/os-release", 60000, NULL, error);
  if (release == NULL)
    return FALSE;
  g_print ("%" G_GSIZE_FORMAT " bytes\n", g_bytes_get_size (release));
  /* end of sample */
  return q_guest_agent_close (agent, Q_TIMEOUT_DEFAULT, NULL, error);
}

static gboolean
run (QGuestAgent *agent, GError **error)
{
  /* sample: q_guest_agent_exec */
  const char *argv[] = { "uname", "-r", NULL };
  g_autoptr (QGuestExecResult) result
    = q_guest_agent_exec (agent, argv, NULL, NULL, 5000, NULL, error);

  if (result == NULL)
    return FALSE;
  g_print ("status %d\n", (int)q_guest_exec_result_get_exit_status (result));
  /* end of sample */
  return TRUE;
}

static gboolean
copy (QGuestAgent *agent, gboolean (*copy_disk) (GError **error), GError **error)
{
  /* sample: q_guest_agent_freeze */
  gboolean copied;

  if (q_guest_agent_freeze (agent, 10000, Q_TIMEOUT_DEFAULT, NULL, error) < 0)
    return FALSE;
  copied = copy_disk (error);
  if (q_guest_agent_thaw (agent, Q_TIMEOUT_DEFAULT, NULL, NULL) < 0)
    g_printerr ("the library goes on trying to thaw it\n");
  /* end of sample */
  return copied;
}

static gboolean
copy_nothing (GError **error)
{
  return TRUE;
}

static GPid
start_agent (const char *directory, const char *path)
{
  g_autofree char *found = g_find_program_in_path ("qemu-ga");
  g_autofree char *pid_file = g_build_filename (directory, "pid", NULL);
  const char *argv[]
    = { found != NULL ? found : "/usr/sbin/qemu-ga",
        "-m",
        "unix-listen",
        "-p",
        path,
        "-t",
        directory,
        "-f",
        pid_file,
        "-b",
        "guest-shutdown,guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-suspend-disk,"
        "guest-suspend-ram,guest-suspend-hybrid",
        NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                 NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

int
main (void)
{
  g_autofree char *directory = g_dir_make_tmp ("guest-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "agent", NULL);
  g_autofree char *pid_file = g_build_filename (directory, "pid", NULL);
  g_autofree char *state_file = g_build_filename (directory, "qga.state", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();
  g_autoptr (GError) error = NULL;
  GPid pid = start_agent (directory, path);
  gboolean good;

  for (guint i = 0; i < 1000 && !q_guest_agent_attach (agent, address, 5000, NULL, NULL); i++)
    g_usleep (10 * 1000);
  good = run (agent, &error);
  /* This agent does not freeze. */
  good = good && !copy (agent, copy_nothing, NULL);
  good = good && q_guest_agent_close (agent, Q_TIMEOUT_DEFAULT, NULL, &error)
         && use_agent (address, &error);
  if (error != NULL)
    g_printerr ("%s\n", error->message);

  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  g_remove (path);
  g_remove (pid_file);
  g_remove (state_file);
  g_rmdir (directory);
  return good ? 0 : 1;
}
