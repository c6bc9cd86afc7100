/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <sys/resource.h>
#include <unistd.h>

#include "process/command-line-private.h"

/* What a launch hands to its child: descriptors, and the command line that speaks of them. */

static gboolean
is_taken (GArray *fds, int number)
{
  for (guint i = 0; i < fds->len; i++)
    if (g_array_index (fds, QProcessFd, i).target == number)
      return TRUE;

  return FALSE;
}

/* A wrapper's own descriptors, and those that scripts open by number, are low ones, or 200 and
 * the like; a shell moves its script to 255. */
#define FIRST_OWN_NUMBER 300

/* A program may allow few. */
static int
get_first_own_number (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < FIRST_OWN_NUMBER)
    return MAX ((int)(limit.rlim_cur / 2), STDERR_FILENO + 1);

  return FIRST_OWN_NUMBER;
}

/* Under the lowest number out of a wrapper's way that none of the others has. */
int
q_launch_add_child_fd (GArray *fds, int source)
{
  QProcessFd fd = { .source = source, .target = get_first_own_number () };

  while (is_taken (fds, fd.target))
    fd.target++;
  g_array_append_val (fds, fd);

  return fd.target;
}

char *
q_launch_place_plug (GArray *fds, QPlug *plug)
{
  const char *path = q_plug_get_path (plug);
  g_autofree char *quoted = NULL;

  if (path == NULL)
    return g_strdup_printf ("fd=%d", q_launch_add_child_fd (fds, q_plug_get_child_fd (plug)));

  quoted = q_command_line_quote (path);
  return g_strconcat ("path=", quoted, NULL);
}

void
q_launch_collect_fds (QLaunch *self, QChildFds *child)
{
  child->fds = g_array_new (FALSE, FALSE, sizeof (QProcessFd));
  for (guint i = 0; i < self->config->fds->len; i++)
    {
      const QLaunchFd *added = &g_array_index (self->config->fds, QLaunchFd, i);
      QProcessFd fd = { added->fd, added->number };

      g_array_append_val (child->fds, fd);
    }

  child->monitor = self->listener != NULL
                     ? q_launch_add_child_fd (child->fds, g_socket_get_fd (self->listener))
                     : -1;
  for (guint i = 0; i < self->config->consoles->len; i++)
    self->consoles[i].where = q_launch_place_plug (child->fds, self->consoles[i].plug);
  child->qtest_where
    = self->qtest_plug != NULL ? q_launch_place_plug (child->fds, self->qtest_plug) : NULL;
}

static void
clear_console (gpointer data)
{
  g_free (((QCommandLineConsole *)data)->log_path);
}

/* All but the paths belongs to the configuration. */
static GArray *
collect_consoles (QLaunch *self)
{
  GArray *consoles = g_array_new (FALSE, FALSE, sizeof (QCommandLineConsole));

  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      const QLaunchConsole *each = &g_array_index (self->config->consoles, QLaunchConsole, i);
      QCommandLineConsole console = { .where = self->consoles[i].where,
                                      .name = each->name,
                                      .device = each->device,
                                      .port = each->port,
                                      .log_path = q_console_stream_dup_log_path (each->stream) };

      if (console.log_path == NULL && i == 0)
        console.log_path = g_strdup (self->config->console_log);
      g_array_append_val (consoles, console);
    }
  g_array_set_clear_func (consoles, clear_console);

  return consoles;
}

static const QCommandLineDisplay displays[] = {
  [Q_MACHINE_DISPLAY_NONE] = Q_COMMAND_LINE_DISPLAY_NONE,
  [Q_MACHINE_DISPLAY_HEADLESS] = Q_COMMAND_LINE_DISPLAY_HEADLESS,
  [Q_MACHINE_DISPLAY_DBUS] = Q_COMMAND_LINE_DISPLAY_DBUS,
  [Q_MACHINE_DISPLAY_VNC] = Q_COMMAND_LINE_DISPLAY_VNC,
  [Q_MACHINE_DISPLAY_GTK] = Q_COMMAND_LINE_DISPLAY_GTK,
  [Q_MACHINE_DISPLAY_SDL] = Q_COMMAND_LINE_DISPLAY_SDL,
  [Q_MACHINE_DISPLAY_DEFAULT] = Q_COMMAND_LINE_DISPLAY_DEFAULT,
};

GStrv
q_launch_build_command_line (QLaunch *self, const QChildFds *child, const QLaunchParts *parts,
                             GError **error)
{
  const QLaunchConfig *config = self->config;
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (QCommandLineFd));
  g_autofree QCommandLineTelnet *telnets = g_new0 (QCommandLineTelnet, config->telnets->len + 1);
  g_autoptr (GArray) consoles = collect_consoles (self);
  g_auto (GStrv) wrapper = q_launch_dup_wrapper (self);
  QCommandLine command_line = {
    .style = config->kind == Q_MACHINE_KIND_STORAGE_DAEMON ? Q_COMMAND_LINE_STORAGE_DAEMON
                                                           : Q_COMMAND_LINE_SYSTEM,
    .wrapper = (const char *const *)wrapper,
    .wrapper_shell = config->wrapper_shell,
    .binary = config->binary,
    .machine_type = config->machine_type,
    .display = displays[config->display],
    .monitor_fd = child->monitor,
    .monitor_address = config->monitor_address,
    .consoles = (const QCommandLineConsole *)(gconstpointer)consoles->data,
    .n_consoles = consoles->len,
    .qtest_where = child->qtest_where,
    .telnets = telnets,
    .n_telnets = config->telnets->len,
    .feature_args = (const char *const *)parts->args->pdata,
    .args = (const char *const *)config->args,
    .last_args = (const char *const *)parts->last_args->pdata,
  };

  if (config->monitor_mode == Q_MONITOR_MODE_INHERIT)
    command_line.monitor = Q_COMMAND_LINE_MONITOR_INHERIT;
  else if (config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    command_line.monitor = Q_COMMAND_LINE_MONITOR_LISTEN;
  else if (config->monitor_mode == Q_MONITOR_MODE_STDIO)
    command_line.monitor = Q_COMMAND_LINE_MONITOR_STDIO;

  for (guint i = 0; i < config->fds->len; i++)
    {
      const QLaunchFd *fd = &g_array_index (config->fds, QLaunchFd, i);
      QCommandLineFd option = { fd->number, fd->fdset, fd->opaque, fd->options };

      if (fd->fdset != Q_LAUNCH_NO_FDSET)
        g_array_append_val (added, option);
    }
  command_line.fds = (const QCommandLineFd *)(gconstpointer)added->data;
  command_line.n_fds = added->len;
  for (guint i = 0; i < config->telnets->len; i++)
    {
      const QLaunchTelnet *telnet = &g_array_index (config->telnets, QLaunchTelnet, i);

      telnets[i] = (QCommandLineTelnet){ telnet->host, telnet->port };
    }

  return q_command_line_build (&command_line, error);
}

/* Without a wrapper every descriptor passes. One that needs the mode LISTEN may pass none. */
static gboolean
must_go_by_path (QLaunch *self)
{
  return self->config->monitor_mode == Q_MONITOR_MODE_LISTEN && self->config->wrapper != NULL
         && self->config->wrapper[0] != NULL;
}

QPlug *
q_launch_add_plug (QLaunch *self, const char *what, GError **error)
{
  g_autofree char *name = NULL;
  QPlug *plug;

  if (self->config->wrapper_socket_dir != NULL)
    plug = q_launch_make_far_plug (self, what, error);
  else if (self->config->monitor_mode == Q_MONITOR_MODE_STDIO)
    {
      g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "%s: it needs a socket of this host, and in the monitor mode STDIO QEMU may be on "
        "another, without wrapper-socket-dir",
        what);
      return NULL;
    }
  else if (must_go_by_path (self))
    {
      name = g_strdup_printf ("%u" Q_RUN_DIR_SOCKET_SUFFIX, self->plugs->len);
      plug = q_plug_new_listener (what, q_run_dir_get_file (self->run_dir, name), error);
    }
  else
    plug = q_plug_new_pair (what, error);

  if (plug != NULL)
    g_ptr_array_add (self->plugs, plug);
  return plug;
}

gboolean
q_launch_make_sockets (QLaunch *self, GError **error)
{
  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      const QLaunchConsole *each = &g_array_index (self->config->consoles, QLaunchConsole, i);
      g_autofree char *what = g_strdup_printf ("the console %s", each->name);

      self->consoles[i].plug = q_launch_add_plug (self, what, error);
      if (self->consoles[i].plug == NULL)
        return FALSE;
    }

  if (self->config->enable_qtest)
    self->qtest_plug = q_launch_add_plug (self, "qtest", error);
  if (self->config->enable_qtest && self->qtest_plug == NULL)
    return FALSE;
  if (self->config->monitor_mode != Q_MONITOR_MODE_STDIO)
    return TRUE;

  self->stdio_plug = q_plug_new_pair ("the monitor", error);
  if (self->stdio_plug == NULL)
    return FALSE;
  g_ptr_array_add (self->plugs, self->stdio_plug);
  self->prelude_fd = q_log_dup_fd (self->log, error);
  return self->prelude_fd >= 0;
}

static QConsoleStream *
get_console (QLaunch *self, guint i)
{
  return g_array_index (self->config->consoles, QLaunchConsole, i).stream;
}

/* Those to which QEMU is connected, or will be. */
static void
open_streams (QLaunch *self)
{
  int fd;

  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      QLaunchConsoleSocket *console = &self->consoles[i];

      if (!console->open && (fd = q_plug_take_fd (console->plug)) >= 0)
        {
          q_console_stream_open (get_console (self, i), fd);
          console->open = TRUE;
        }
    }
  if (self->qtest_plug != NULL && self->qtest == NULL
      && (fd = q_plug_take_fd (self->qtest_plug)) >= 0)
    self->qtest = q_qtest_stream_new (self->state, fd);
}

void
q_launch_open_sockets (QLaunch *self)
{
  for (guint i = 0; i < self->plugs->len; i++)
    q_plug_close_child_fd (g_ptr_array_index (self->plugs, i));
  open_streams (self);
}

static void
accept_next (QLaunch *self)
{
  for (guint i = 0; i < self->plugs->len; i++)
    {
      QPlug *plug = g_ptr_array_index (self->plugs, i);
      g_autoptr (GError) error = NULL;

      if (q_plug_accept (plug, &error))
        continue;

      /* What brings it here may be slower than the monitor. */
      if (q_plug_is_far (plug) && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        q_launch_await_plug (self, plug, accept_next);
      else
        q_launch_fail_with_output (self,
                                   g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                                "launch: %s", error->message));
      return;
    }

  open_streams (self);
  self->accepted (self);
}

void
q_launch_accept_sockets (QLaunch *self, QLaunchStep next)
{
  self->accepted = next;
  accept_next (self);
}

void
q_launch_close_sockets (QLaunch *self, gboolean exited, const char *end)
{
  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      if (self->consoles[i].open)
        q_console_stream_close (get_console (self, i), exited, end);
      g_clear_pointer (&self->consoles[i].where, g_free);
    }
  if (self->qtest != NULL)
    q_qtest_stream_close (g_steal_pointer (&self->qtest), self->detached);
  /* What was never handed over. */
  g_ptr_array_set_size (self->plugs, 0);
}
