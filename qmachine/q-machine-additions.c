/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"

/* What is added to a machine for the launches to come. */

/**
 * q_machine_add_args:
 * @self: a machine
 * @args: (array zero-terminated=1) (element-type filename): more arguments
 *
 * Adds to [property@Machine:args], for the next launch.
 *
 * ```c
 * const char *args[] = { "-m", "512", "-nic", "none", NULL };
 *
 * q_machine_add_args (machine, args);
 * ```
 *
 * Since: 1.0
 */
void
q_machine_add_args (QMachine *self, const char *const *args)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (args != NULL);

  q_launch_config_add_args (q_machine_lock_config (self), args);
  q_machine_unlock_config (self);

  g_object_notify (G_OBJECT (self), "args");
}

/**
 * q_machine_add_fd:
 * @self: a machine
 * @fd: a descriptor above 2, which stays the caller's
 * @fdset: the number of the fdset, 0 or more
 * @opaque: (nullable): any text to find it by in `query-fdsets`
 * @opts: (nullable): more of QEMU's own options to `-add-fd`, as they are
 * @error: return location for an error
 *
 * Hands a descriptor to QEMU with every launch to come, as part of an fdset.
 *
 * It has the same number there, so other arguments can refer to it as well;
 * [method@Machine.pass_fd] is for those that need no fdset. A duplicate is kept: the caller may
 * close its own at once. %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that @fd is not open, is one
 * of the first three, or has a number that is handed over already.
 *
 * ```c
 * const char *args[] = { "-blockdev", "driver=file,node-name=disk,filename=/dev/fdset/1", NULL };
 * int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
 * gboolean added = q_machine_add_fd (machine, fd, 1, "the disk", NULL, error);
 *
 * g_close (fd, NULL);
 * if (!added)
 *   return FALSE;
 * q_machine_add_args (machine, args);
 * ```
 *
 * Returns: %TRUE if the descriptor is good
 *
 * Since: 1.0
 */
gboolean
q_machine_add_fd (QMachine *self, int fd, int fdset, const char *opaque, const char *opts,
                  GError **error)
{
  gboolean good;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  good = q_launch_config_add_fd (q_machine_lock_config (self), fd, fdset, opaque, opts, error);
  q_machine_unlock_config (self);

  return good;
}

/**
 * q_machine_pass_fd:
 * @self: a machine
 * @fd: a descriptor above 2, which stays the caller's
 * @error: return location for an error
 *
 * Hands a descriptor to QEMU, and to what stands in front of it, with every launch to come.
 *
 * It is for the options that take a descriptor by its number: `-netdev socket,fd=`,
 * `-chardev socket,fd=`, `-incoming fd:`, those of vhost and tap devices, and paths such as
 * `/dev/fd/N`. The number is the one that @fd has here. A duplicate is kept, so the caller may
 * close its own; but then the next descriptor that is opened may get the same number and is
 * refused, so all that are to be passed should be open together. The library's own descriptors keep
 * out of the way. %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that @fd is not open, is one of the
 * first three, or has a number that is handed over already.
 *
 * ```c
 * int number = q_machine_pass_fd (machine, fd, error);
 * g_autofree char *chardev = g_strdup_printf ("socket,id=log,fd=%d", number);
 * const char *args[] = { "-chardev", chardev, "-serial", "chardev:log", NULL };
 *
 * if (number < 0)
 *   return FALSE;
 * q_machine_add_args (machine, args);
 * ```
 *
 * Returns: the number that the descriptor has in QEMU, or -1 on failure
 *
 * Since: 1.0
 */
int
q_machine_pass_fd (QMachine *self, int fd, GError **error)
{
  gboolean good;

  g_return_val_if_fail (Q_IS_MACHINE (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  good = q_launch_config_pass_fd (q_machine_lock_config (self), fd, error);
  q_machine_unlock_config (self);

  return good ? fd : -1;
}

/**
 * q_machine_add_monitor_telnet:
 * @self: a machine
 * @host: a host name or address of this host
 * @port: a TCP port, from 1 to 65535
 * @error: return location for an error
 *
 * Adds a human monitor that telnet clients can connect to, for every launch to come.
 *
 * Whoever can reach the port controls the machine. A port that is taken makes the launch fail,
 * with QEMU's words. %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that @port is out of range.
 *
 * Returns: %TRUE if the monitor will be there
 *
 * Since: 1.0
 */
gboolean
q_machine_add_monitor_telnet (QMachine *self, const char *host, guint port, GError **error)
{
  gboolean good;

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  good = q_launch_config_add_telnet (q_machine_lock_config (self), host, port, error);
  q_machine_unlock_config (self);

  return good;
}

/**
 * q_machine_add_socket_path:
 * @self: a machine
 * @name: a name of up to 32 letters and digits, and `-`, `.` and `_` behind the first
 * @error: return location for an error
 *
 * Gets a path for a socket that the program and QEMU, or another program, share: that of a chardev,
 * of VNC, of a backend of vhost-user.
 *
 * It is short enough for a socket, and in a directory that nobody else may enter. The directory is
 * there from the first call on, in [property@Machine:base-dir] as it is then, until the machine is
 * gone; so the path is good in arguments, and for a server that listens before the launch. It is
 * not [property@Machine:run-dir], which is another one for each launch, and is the library's. The
 * same name gives the same path.
 *
 * The library makes no socket. It removes one that nobody has any more, of a QEMU that was killed,
 * before each launch and after it, and all that is in the directory at the end of the machine. What
 * a QEMU that was detached uses stays, with the directory, for whoever ends it.
 *
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that the name is none, that the path would have more
 * than the 107 bytes that a socket allows, or that there can be no directory.
 *
 * ```c
 * g_autofree char *path = q_machine_add_socket_path (machine, "serial", error);
 * g_autofree char *chardev = g_strdup_printf ("socket,id=own,path=%s,server=on,wait=off", path);
 * const char *args[] = { "-chardev", chardev, "-serial", "chardev:own", NULL };
 *
 * if (path == NULL)
 *   return FALSE;
 * q_machine_add_args (machine, args);
 * ```
 *
 * Returns: (transfer full) (type filename): an absolute path, or %NULL on failure
 *
 * Since: 1.0
 */
char *
q_machine_add_socket_path (QMachine *self, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;
  QLaunchConfig *config;
  char *path;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  config = q_machine_lock_config (self);
  path = q_socket_paths_add (config->socket_paths, name, config->base_dir, config->exit_with_parent,
                             &reason);
  q_machine_unlock_config (self);

  if (path == NULL)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_socket_path: %s", reason->message);
  return path;
}
