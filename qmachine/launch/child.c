/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

static int
add_own_fd (GArray *fds, int fd, int none)
{
  return fd >= 0 ? q_launch_add_child_fd (fds, fd) : none;
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

  child->monitor
    = add_own_fd (child->fds, self->listener != NULL ? g_socket_get_fd (self->listener) : -1, -1);
  for (guint i = 0; i < self->config->consoles->len; i++)
    self->consoles[i].number = add_own_fd (child->fds, self->consoles[i].child_fd, -1);
  child->qtest = add_own_fd (child->fds, self->qtest_child_fd, 0);
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
      QCommandLineConsole console = { .fd = self->consoles[i].number,
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
q_launch_build_command_line (QLaunch *self, const QChildFds *child, const char *const *feature_args,
                             GError **error)
{
  const QLaunchConfig *config = self->config;
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (QCommandLineFd));
  g_autofree QCommandLineTelnet *telnets = g_new0 (QCommandLineTelnet, config->telnets->len + 1);
  g_autoptr (GArray) consoles = collect_consoles (self);
  QCommandLine command_line = {
    .style = config->kind == Q_MACHINE_KIND_STORAGE_DAEMON ? Q_COMMAND_LINE_STORAGE_DAEMON
                                                           : Q_COMMAND_LINE_SYSTEM,
    .wrapper = (const char *const *)config->wrapper,
    .binary = config->binary,
    .machine_type = config->machine_type,
    .display = displays[config->display],
    .monitor_fd = child->monitor,
    .monitor_address = config->monitor_address,
    .consoles = (const QCommandLineConsole *)(gconstpointer)consoles->data,
    .n_consoles = consoles->len,
    .qtest_fd = child->qtest,
    .telnets = telnets,
    .n_telnets = config->telnets->len,
    .feature_args = feature_args,
    .args = (const char *const *)config->args,
  };

  if (config->monitor_mode == Q_MONITOR_MODE_INHERIT)
    command_line.monitor = Q_COMMAND_LINE_MONITOR_INHERIT;
  else if (config->monitor_mode == Q_MONITOR_MODE_LISTEN)
    command_line.monitor = Q_COMMAND_LINE_MONITOR_LISTEN;

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

/* A pair of sockets: nobody else has to find it, and there is nothing to wait for. */
static gboolean
make_pair (const char *what, int *ours, int *childs, GError **error)
{
  int fds[2];

  /* Only our end never waits; the child may be a wrapper that expects what it always had. */
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "cannot make the socket of %s: %s", what, g_strerror (saved_errno));
      return FALSE;
    }

  *ours = fds[0];
  *childs = fds[1];
  return g_unix_set_fd_nonblocking (fds[0], TRUE, error);
}

gboolean
q_launch_make_sockets (QLaunch *self, GError **error)
{
  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      QLaunchConsoleSocket *console = &self->consoles[i];

      if (!make_pair ("a console", &console->fd, &console->child_fd, error))
        return FALSE;
    }

  return !self->config->enable_qtest
         || make_pair ("qtest", &self->qtest_fd, &self->qtest_child_fd, error);
}

static QConsoleStream *
get_console (QLaunch *self, guint i)
{
  return g_array_index (self->config->consoles, QLaunchConsole, i).stream;
}

void
q_launch_open_sockets (QLaunch *self)
{
  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      QLaunchConsoleSocket *console = &self->consoles[i];

      close (g_steal_fd (&console->child_fd));
      q_console_stream_open (get_console (self, i), g_steal_fd (&console->fd));
      console->open = TRUE;
    }
  if (self->qtest_fd >= 0)
    {
      close (g_steal_fd (&self->qtest_child_fd));
      self->qtest = q_qtest_stream_new (self->state, g_steal_fd (&self->qtest_fd));
    }
}

/* What was never handed over. */
static void
close_unused (int *fd)
{
  if (*fd >= 0)
    close (g_steal_fd (fd));
}

void
q_launch_close_sockets (QLaunch *self, gboolean exited, const char *end)
{
  for (guint i = 0; i < self->config->consoles->len; i++)
    {
      if (self->consoles[i].open)
        q_console_stream_close (get_console (self, i), exited, end);
      close_unused (&self->consoles[i].fd);
      close_unused (&self->consoles[i].child_fd);
    }
  if (self->qtest != NULL)
    q_qtest_stream_close (g_steal_pointer (&self->qtest), self->detached);
  close_unused (&self->qtest_fd);
  close_unused (&self->qtest_child_fd);
}
