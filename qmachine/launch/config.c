/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "process/process-private.h"
#include "session/session-private.h"

#define DEFAULT_LAUNCH_TIMEOUT (60 * 1000)
#define DEFAULT_SHUTDOWN_TIMEOUT (30 * 1000)

#define DEFAULT_CONSOLE "console"
#define SERIAL "serial"
#define MAX_PORT 63

static GArray *
array_new (guint element_size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, FALSE, element_size);

  g_array_set_clear_func (array, clear);
  return array;
}

static void
config_fd_clear (gpointer data)
{
  QLaunchFd *fd = data;

  if (fd->fd >= 0)
    close (fd->fd);
  g_free (fd->opaque);
  g_free (fd->options);
}

static void
config_console_clear (gpointer data)
{
  QLaunchConsole *console = data;

  q_console_stream_unref (console->stream);
  g_free (console->name);
  g_free (console->device);
}

static void
config_telnet_clear (gpointer data)
{
  QLaunchTelnet *telnet = data;

  g_free (telnet->host);
}

static void
feature_clear (gpointer data)
{
  QLaunchFeature *feature = data;

  feature->hook->unref (feature->feature);
}

static void
make_arrays (QLaunchConfig *self)
{
  self->consoles = array_new (sizeof (QLaunchConsole), config_console_clear);
  self->fds = array_new (sizeof (QLaunchFd), config_fd_clear);
  self->telnets = array_new (sizeof (QLaunchTelnet), config_telnet_clear);
  self->hooks = array_new (sizeof (QLaunchFeature), feature_clear);
}

QLaunchConfig *
q_launch_config_new (void)
{
  static int counter;
  QLaunchConfig *self = g_new0 (QLaunchConfig, 1);

  self->name = g_strdup_printf ("qemu-%d-%d", (int)getpid (), g_atomic_int_add (&counter, 1) + 1);
  self->exit_with_parent = TRUE;
  self->launch_timeout = DEFAULT_LAUNCH_TIMEOUT;
  self->shutdown_timeout = DEFAULT_SHUTDOWN_TIMEOUT;
  self->command_timeout = -1;
  self->socket_paths = q_socket_paths_new ();
  make_arrays (self);

  return self;
}

QLaunchConfig *
q_launch_config_copy (const QLaunchConfig *self)
{
  QLaunchConfig *copy = g_memdup2 (self, sizeof *self);

  copy->binary = g_strdup (self->binary);
  copy->args = g_strdupv (self->args);
  copy->wrapper = g_strdupv (self->wrapper);
  copy->wrapper_socket_dir = g_strdup (self->wrapper_socket_dir);
  copy->name = g_strdup (self->name);
  copy->base_dir = g_strdup (self->base_dir);
  copy->log_path = g_strdup (self->log_path);
  copy->monitor_log = g_strdup (self->monitor_log);
  copy->machine_type = g_strdup (self->machine_type);
  copy->monitor_address
    = self->monitor_address != NULL ? g_object_ref (self->monitor_address) : NULL;

  copy->console_log = g_strdup (self->console_log);
  copy->socket_paths = q_socket_paths_ref (self->socket_paths);

  make_arrays (copy);
  for (guint i = 0; i < self->consoles->len; i++)
    {
      QLaunchConsole console = g_array_index (self->consoles, QLaunchConsole, i);

      console.stream = q_console_stream_ref (console.stream);
      console.name = g_strdup (console.name);
      console.device = g_strdup (console.device);
      g_array_append_val (copy->consoles, console);
    }

  for (guint i = 0; i < self->fds->len; i++)
    {
      QLaunchFd fd = g_array_index (self->fds, QLaunchFd, i);

      fd.fd = fcntl (fd.fd, F_DUPFD_CLOEXEC, 3);
      fd.opaque = g_strdup (fd.opaque);
      fd.options = g_strdup (fd.options);
      g_array_append_val (copy->fds, fd);
    }

  for (guint i = 0; i < self->telnets->len; i++)
    {
      QLaunchTelnet telnet = g_array_index (self->telnets, QLaunchTelnet, i);

      telnet.host = g_strdup (telnet.host);
      g_array_append_val (copy->telnets, telnet);
    }

  for (guint i = 0; i < self->hooks->len; i++)
    {
      const QLaunchFeature *each = &g_array_index (self->hooks, QLaunchFeature, i);

      q_launch_config_add_hook (copy, each->hook, each->feature);
    }

  return copy;
}

void
q_launch_config_free (QLaunchConfig *self)
{
  g_free (self->binary);
  g_strfreev (self->args);
  g_strfreev (self->wrapper);
  g_free (self->wrapper_socket_dir);
  g_free (self->name);
  g_free (self->base_dir);
  g_free (self->log_path);
  g_free (self->monitor_log);
  g_free (self->machine_type);
  g_clear_object (&self->monitor_address);
  g_free (self->console_log);
  g_array_unref (self->consoles);
  g_array_unref (self->fds);
  g_array_unref (self->telnets);
  g_array_unref (self->hooks);
  q_socket_paths_unref (self->socket_paths);
  g_free (self);
}

void
q_launch_config_add_hook (QLaunchConfig *self, const QLaunchHook *hook, gpointer feature)
{
  QLaunchFeature added = { hook, hook->ref (feature), FALSE };

  if (hook->first)
    g_array_prepend_val (self->hooks, added);
  else
    g_array_append_val (self->hooks, added);
}

void
q_launch_config_add_args (QLaunchConfig *self, const char *const *args)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  if (self->args != NULL)
    g_strv_builder_addv (all, (const char **)self->args);
  g_strv_builder_addv (all, (const char **)args);

  g_strfreev (self->args);
  self->args = g_strv_builder_end (all);
}

/* The child gets it under the same number. NULL with an error that begins with the call's name. */
static QLaunchFd *
keep_fd (QLaunchConfig *self, const char *call, int fd, GError **error)
{
  QLaunchFd kept = { .number = fd, .fdset = Q_LAUNCH_NO_FDSET };

  if (fd <= STDERR_FILENO)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "%s: %d cannot be handed over: 0, 1 and 2 have their own uses", call, fd);
      return NULL;
    }

  for (guint i = 0; i < self->fds->len; i++)
    if (g_array_index (self->fds, QLaunchFd, i).number == fd)
      {
        g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                     "%s: a descriptor %d is handed over already; one that is closed in between "
                     "has its number taken by the next that is opened",
                     call, fd);
        return NULL;
      }

  kept.fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (kept.fd < 0)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "%s: descriptor %d: %s", call, fd, g_strerror (errno));
      return NULL;
    }

  g_array_append_val (self->fds, kept);
  return &g_array_index (self->fds, QLaunchFd, self->fds->len - 1);
}

gboolean
q_launch_config_add_fd (QLaunchConfig *self, int fd, int fdset, const char *opaque,
                        const char *options, GError **error)
{
  QLaunchFd *added;

  if (fdset < 0)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_fd: %d is no number of an fdset", fdset);
      return FALSE;
    }

  added = keep_fd (self, "add_fd", fd, error);
  if (added == NULL)
    return FALSE;

  added->fdset = fdset;
  added->opaque = g_strdup (opaque);
  added->options = g_strdup (options);
  return TRUE;
}

gboolean
q_launch_config_pass_fd (QLaunchConfig *self, int fd, GError **error)
{
  return keep_fd (self, "pass_fd", fd, error) != NULL;
}

/* As QEMU wants an identifier to be, and none of the library's own. */
static gboolean
is_console_name (const char *name)
{
  if (!g_ascii_isalpha (name[0]) || g_str_equal (name, "mon") || g_str_equal (name, "qtest")
      || g_str_has_prefix (name, "telnet"))
    return FALSE;

  return strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._") == strlen (name);
}

char *
q_launch_config_name_console (const char *name, GError **error)
{
  if (name == NULL)
    return g_strdup (DEFAULT_CONSOLE);
  if (is_console_name (name))
    return g_strdup (name);

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "add_console: \"%s\" is no name for a console: a letter, and then letters, digits, "
               "\"-\", \".\" and \"_\"; \"mon\", \"qtest\" and \"telnet...\" are taken",
               name);
  return NULL;
}

static QLaunchConsole *
find_console (QLaunchConfig *self, const char *name)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      QLaunchConsole *each = &g_array_index (self->consoles, QLaunchConsole, i);

      if (g_str_equal (each->name, name))
        return each;
    }

  return NULL;
}

/* Of another one. */
static gboolean
is_port_taken (QLaunchConfig *self, guint port, const char *name)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      const QLaunchConsole *each = &g_array_index (self->consoles, QLaunchConsole, i);

      if (each->device == NULL && each->port == port && !g_str_equal (each->name, name))
        return TRUE;
    }

  return FALSE;
}

/* NULL is the first serial port that is free, "serialN" the one of that number. */
static gboolean
find_port (QLaunchConfig *self, const char *name, const char *device, guint *port, GError **error)
{
  guint64 number = 0;

  if (device == NULL)
    while (is_port_taken (self, (guint)number, name))
      number++;
  else if (!g_ascii_string_to_unsigned (device + strlen (SERIAL), 10, 0, MAX_PORT, &number, NULL))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_console: %s: serial ports are serial0 to serial%d", device, MAX_PORT);
      return FALSE;
    }
  if (number > MAX_PORT || is_port_taken (self, (guint)number, name))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_console: another console has the serial port %" G_GUINT64_FORMAT, number);
      return FALSE;
    }

  *port = (guint)number;
  return TRUE;
}

gboolean
q_launch_config_add_console (QLaunchConfig *self, QConsoleStream *stream, const char *name,
                             const char *device, GError **error)
{
  gboolean is_serial = device == NULL || g_str_has_prefix (device, SERIAL);
  QLaunchConsole *console = find_console (self, name);
  QLaunchConsole added = { NULL };
  guint port = 0;

  if (is_serial && !find_port (self, name, device, &port, error))
    return FALSE;

  if (console == NULL)
    {
      added.stream = q_console_stream_ref (stream);
      added.name = g_strdup (name);
      g_array_append_val (self->consoles, added);
      console = find_console (self, name);
    }
  g_free (console->device);
  console->device = is_serial ? NULL : g_strdup (device);
  console->port = port;

  return TRUE;
}

gboolean
q_launch_config_add_telnet (QLaunchConfig *self, const char *host, guint port, GError **error)
{
  QLaunchTelnet telnet = { .port = (guint16)port };

  if (port == 0 || port > G_MAXUINT16)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_monitor_telnet: %u is no port that a client could connect to", port);
      return FALSE;
    }

  telnet.host = g_strdup (host);
  g_array_append_val (self->telnets, telnet);
  return TRUE;
}

static gboolean
has_fdset (const QLaunchConfig *self)
{
  for (guint i = 0; i < self->fds->len; i++)
    if (g_array_index (self->fds, QLaunchFd, i).fdset != Q_LAUNCH_NO_FDSET)
      return TRUE;

  return FALSE;
}

/* What is there for guests only. */
static gboolean
check_storage_daemon (const QLaunchConfig *self, GError **error)
{
  const char *setting = NULL;

  if (self->machine_type != NULL)
    setting = "machine-type";
  else if (self->display != Q_MACHINE_DISPLAY_NONE)
    setting = "display";
  else if (self->consoles->len > 0)
    setting = "add_console";
  else if (self->enable_qtest)
    setting = "enable-qtest";
  else if (has_fdset (self))
    setting = "add_fd";
  else if (self->telnets->len > 0)
    setting = "add_monitor_telnet";

  if (setting != NULL)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "%s: a storage daemon has no such thing", setting);
  return setting == NULL;
}

/* What QEMU may be too far away for. */
static gboolean
check_stdio (const QLaunchConfig *self, GError **error)
{
  const char *setting = NULL;
  gboolean has_sockets = self->wrapper_socket_dir != NULL;

  if (self->monitor_address != NULL)
    setting = "monitor-address";
  else if (self->consoles->len > 0 && !has_sockets)
    setting = "add_console";
  else if (self->enable_qtest && !has_sockets)
    setting = "enable-qtest";
  else if (has_fdset (self))
    setting = "add_fd";
  else if (self->fds->len > 0)
    setting = "pass_fd";
  else if (self->display == Q_MACHINE_DISPLAY_DBUS || self->display == Q_MACHINE_DISPLAY_VNC)
    setting = "display";

  if (setting != NULL)
    g_set_error (
      error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
      "%s: it needs a descriptor or a socket of this host, and in the monitor mode STDIO "
      "QEMU may be on another",
      setting);
  return setting == NULL;
}

/* It becomes part of words that a launcher, and perhaps a shell, takes apart. */
static gboolean
check_socket_dir (const QLaunchConfig *self, GError **error)
{
  const char *dir = self->wrapper_socket_dir;
  gboolean plain = dir[0] == '/';

  for (const char *c = dir; *c != '\0' && plain; c++)
    plain = g_ascii_isalnum (*c) || strchr ("/._-+@", *c) != NULL;
  if (!plain)
    {
      g_autofree char *shown = g_strescape (dir, NULL);

      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "wrapper-socket-dir: \"%s\" is no absolute path of letters, digits, and "
                   "\"/._-+@\" alone",
                   shown);
      return FALSE;
    }
  if (self->monitor_mode != Q_MONITOR_MODE_STDIO)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "wrapper-socket-dir: it is for the monitor mode STDIO");
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_monitor_path (GUnixSocketAddress *address, GError **error)
{
  const char *path = g_unix_socket_address_get_path (address);
  gsize length = g_unix_socket_address_get_path_len (address);

  if (g_unix_socket_address_get_address_type (address) != G_UNIX_SOCKET_ADDRESS_PATH)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "monitor-address: a Unix address must be a path: QEMU takes an abstract "
                           "name for one, and removes a file that is called so");
      return FALSE;
    }
  if (length == 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "monitor-address: the path is empty");
      return FALSE;
    }
  if (length > Q_SESSION_MAX_PATH)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "monitor-address: a path may have %" G_GSIZE_FORMAT " bytes; this one has "
                   "more, or GLib has cut it to %s",
                   Q_SESSION_MAX_PATH, path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_monitor_address (const QLaunchConfig *self, GError **error)
{
  GSocketAddress *address = self->monitor_address;

  if (self->monitor_mode == Q_MONITOR_MODE_NONE)
    return TRUE;
  if (self->monitor_mode == Q_MONITOR_MODE_LISTEN && address == NULL)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "monitor-address: the monitor mode LISTEN needs one");
      return FALSE;
    }
  if (self->monitor_mode == Q_MONITOR_MODE_LISTEN && G_IS_INET_SOCKET_ADDRESS (address)
      && g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) == 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "monitor-address: port 0 is for the monitor mode INHERIT: a QEMU that "
                           "listens itself does not say which one it took");
      return FALSE;
    }

  return !G_IS_UNIX_SOCKET_ADDRESS (address)
         || check_monitor_path (G_UNIX_SOCKET_ADDRESS (address), error);
}

gboolean
q_launch_config_check (const QLaunchConfig *self, GError **error)
{
  gboolean wrapped = self->wrapper != NULL && self->wrapper[0] != NULL;
  g_autoptr (GError) reason = NULL;

  if (self->binary == NULL || self->binary[0] == '\0')
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "binary: none is set");
      return FALSE;
    }

  /* Behind a wrapper the binary may be on another host. */
  if (!q_process_check_program (wrapped ? self->wrapper[0] : self->binary, &reason))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "%s: %s",
                   wrapped ? "wrapper" : "binary", reason->message);
      return FALSE;
    }

  for (gsize i = 0; self->args != NULL && self->args[i] != NULL; i++)
    if (g_str_equal (self->args[i], "-daemonize") || g_str_equal (self->args[i], "--daemonize"))
      {
        g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                             "args: -daemonize would make QEMU a process that nobody owns");
        return FALSE;
      }

  if (self->name == NULL || self->name[0] == '\0' || strchr (self->name, '/') != NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "name: \"%s\" cannot be part of a file name",
                   self->name != NULL ? self->name : "");
      return FALSE;
    }

  if (self->kind == Q_MACHINE_KIND_STORAGE_DAEMON && !check_storage_daemon (self, error))
    return FALSE;

  if (self->wrapper_socket_dir != NULL && !check_socket_dir (self, error))
    return FALSE;

  if (self->monitor_mode == Q_MONITOR_MODE_STDIO && !check_stdio (self, error))
    return FALSE;

  return check_monitor_address (self, error);
}
