/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine-settings-private.h"

#include "q-enum-types.h"
#include "q-machine-private.h"

gboolean
q_machine_get_setting (const QLaunchConfig *config, guint prop_id, GValue *value)
{
  switch (prop_id)
    {
    case PROP_BINARY:
      g_value_set_string (value, config->binary);
      break;
    case PROP_KIND:
      g_value_set_enum (value, (int)config->kind);
      break;
    case PROP_ARGS:
      g_value_set_boxed (value, config->args);
      break;
    case PROP_WRAPPER:
      g_value_set_boxed (value, config->wrapper);
      break;
    case PROP_NAME:
      g_value_set_string (value, config->name);
      break;
    case PROP_BASE_DIR:
      g_value_set_string (value, config->base_dir);
      break;
    case PROP_LOG_PATH:
      g_value_set_string (value, config->log_path);
      break;
    case PROP_MACHINE_TYPE:
      g_value_set_string (value, config->machine_type);
      break;
    case PROP_MONITOR_MODE:
      g_value_set_enum (value, (int)config->monitor_mode);
      break;
    case PROP_MONITOR_ADDRESS:
      g_value_set_object (value, config->monitor_address);
      break;
    case PROP_EXIT_WITH_PARENT:
      g_value_set_boolean (value, config->exit_with_parent);
      break;
    case PROP_ENABLE_QTEST:
      g_value_set_boolean (value, config->enable_qtest);
      break;
    case PROP_LAUNCH_TIMEOUT:
      g_value_set_int (value, config->launch_timeout);
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      g_value_set_int (value, config->shutdown_timeout);
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, config->command_timeout);
      break;
    case PROP_CONSOLE_LOG:
      g_value_set_string (value, config->console_log);
      break;
    default:
      return FALSE;
    }

  return TRUE;
}

static void
set_string (char **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
set_strv (GStrv *strv, const GValue *value)
{
  g_strfreev (*strv);
  *strv = g_value_dup_boxed (value);
}

gboolean
q_machine_set_setting (QLaunchConfig *config, guint prop_id, const GValue *value)
{
  switch (prop_id)
    {
    case PROP_BINARY:
      set_string (&config->binary, value);
      break;
    case PROP_KIND:
      config->kind = (QMachineKind)g_value_get_enum (value);
      break;
    case PROP_ARGS:
      set_strv (&config->args, value);
      break;
    case PROP_WRAPPER:
      set_strv (&config->wrapper, value);
      break;
    case PROP_NAME:
      /* As a construct property it is set to NULL when nobody chose a name: the default stays. */
      if (g_value_get_string (value) != NULL)
        set_string (&config->name, value);
      break;
    case PROP_BASE_DIR:
      set_string (&config->base_dir, value);
      break;
    case PROP_LOG_PATH:
      set_string (&config->log_path, value);
      break;
    case PROP_MACHINE_TYPE:
      set_string (&config->machine_type, value);
      break;
    case PROP_MONITOR_MODE:
      config->monitor_mode = (QMonitorMode)g_value_get_enum (value);
      break;
    case PROP_MONITOR_ADDRESS:
      g_set_object (&config->monitor_address, g_value_get_object (value));
      break;
    case PROP_EXIT_WITH_PARENT:
      config->exit_with_parent = g_value_get_boolean (value);
      break;
    case PROP_ENABLE_QTEST:
      config->enable_qtest = g_value_get_boolean (value);
      break;
    case PROP_LAUNCH_TIMEOUT:
      config->launch_timeout = g_value_get_int (value);
      break;
    case PROP_SHUTDOWN_TIMEOUT:
      config->shutdown_timeout = g_value_get_int (value);
      break;
    case PROP_COMMAND_TIMEOUT:
      config->command_timeout = g_value_get_int (value);
      break;
    case PROP_CONSOLE_LOG:
      set_string (&config->console_log, value);
      break;
    default:
      return FALSE;
    }

  return TRUE;
}

static void
install (GObjectClass *object_class, guint prop_id, GParamSpec *pspec)
{
  g_object_class_install_property (object_class, prop_id, pspec);
}

void
q_machine_install_settings (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * QMachine:binary:
   *
   * QEMU's binary: a path, or a name that is looked up in `PATH`. A launch without one is refused.
   * For `qemu-storage-daemon` see [property@Machine:kind].
   *
   * Since: 1.0
   */
  install (object_class, PROP_BINARY,
           g_param_spec_string ("binary", NULL, NULL, NULL, flags));

  /**
   * QMachine:kind:
   *
   * What sort of program the binary is, and so which options it is given. Default:
   * %Q_MACHINE_KIND_SYSTEM.
   *
   * Since: 1.0
   */
  install (object_class, PROP_KIND,
           g_param_spec_enum ("kind", NULL, NULL, Q_TYPE_MACHINE_KIND,
                              (int)Q_MACHINE_KIND_SYSTEM, flags));

  /**
   * QMachine:args:
   *
   * Arguments for QEMU, after those that the library adds itself: `-chardev` and `-qmp` for the
   * monitor, with the id `mon`; `-display none -vga none`; and what the other settings ask for.
   * QEMU takes the last word where an option is given twice. `-daemonize` is refused. Default:
   * %NULL, none.
   *
   * Since: 1.0
   */
  install (object_class, PROP_ARGS,
           g_param_spec_boxed ("args", NULL, NULL, G_TYPE_STRV, flags));

  /**
   * QMachine:wrapper:
   *
   * A command that is put in front of the binary, such as `strace -f` or `ssh host`.
   *
   * It must become QEMU, or stay until QEMU has ended, and pass on its descriptors; a wrapper that
   * does not needs the monitor mode %Q_MONITOR_MODE_LISTEN. Wrapper and QEMU are a process group of
   * their own, and are signalled together; but [property@Machine:exit-with-parent] reaches only
   * the wrapper, if it is the one that stays. Default: %NULL, none.
   *
   * Since: 1.0
   */
  install (object_class, PROP_WRAPPER,
           g_param_spec_boxed ("wrapper", NULL, NULL, G_TYPE_STRV, flags));

  /**
   * QMachine:name:
   *
   * A name for file names: no slashes. By default `qemu-PID-N`, of the program's process id and a
   * number that counts up; %NULL does not change it.
   *
   * Since: 1.0
   */
  install (object_class, PROP_NAME,
           g_param_spec_string ("name", NULL, NULL, NULL, flags));

  /**
   * QMachine:base-dir:
   *
   * Where the directory for a launch is made, with its socket and its log. %NULL for the user's
   * run-time directory, and `/var/tmp` where there is none. A socket's path is limited to 107
   * bytes, so a long one is refused.
   *
   * Since: 1.0
   */
  install (object_class, PROP_BASE_DIR,
           g_param_spec_string ("base-dir", NULL, NULL, NULL, flags));

  /**
   * QMachine:log-path:
   *
   * The path of a file to which QEMU's standard output and standard error go, anew with every
   * launch. It stays, also when a launch fails. An existing one must be a regular file, and no
   * symbolic link. %NULL for one in the directory of the launch, which goes away with it;
   * [method@Machine.get_log] has its content in either case.
   *
   * QEMU itself writes a line into it which is not part of what `get_log` returns, when its
   * monitor waits for this library.
   *
   * Since: 1.0
   */
  install (object_class, PROP_LOG_PATH,
           g_param_spec_string ("log-path", NULL, NULL, NULL, flags));

  /**
   * QMachine:machine-type:
   *
   * QEMU's machine type, such as `q35` or `none`, with options behind a comma if need be; %NULL,
   * the default, for QEMU's own.
   *
   * Since: 1.0
   */
  install (object_class, PROP_MACHINE_TYPE,
           g_param_spec_string ("machine-type", NULL, NULL, NULL, flags));

  /**
   * QMachine:monitor-mode:
   *
   * How the monitor is wired. Default: %Q_MONITOR_MODE_INHERIT.
   *
   * Since: 1.0
   */
  install (object_class, PROP_MONITOR_MODE,
           g_param_spec_enum ("monitor-mode", NULL, NULL, Q_TYPE_MONITOR_MODE,
                              (int)Q_MONITOR_MODE_INHERIT, flags));

  /**
   * QMachine:monitor-address:
   *
   * Where the monitor listens: a Unix or a TCP address, %NULL for a socket in the directory of the
   * launch. The mode %Q_MONITOR_MODE_LISTEN needs one. A path may have 106 bytes on Linux: a
   * `GUnixSocketAddress` cuts a longer one to 107 without telling, so those are refused. Port 0, a
   * free one, is for the mode %Q_MONITOR_MODE_INHERIT. Whoever can reach the address while the
   * monitor is free controls the machine. Default: %NULL.
   *
   * Since: 1.0
   */
  install (object_class, PROP_MONITOR_ADDRESS,
           g_param_spec_object ("monitor-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, flags));

  /**
   * QMachine:exit-with-parent:
   *
   * Whether QEMU is killed when this process ends, in whichever way. Without it, QEMU and its
   * directory outlive a program that ends while a machine runs, or that lets it go by
   * [method@Machine.detach]; dropping the object of a running machine still kills.
   * A program that is itself killed by a signal leaves the directory of the launch behind, with
   * the log in it; another one that launches a machine in the same [property@Machine:base-dir]
   * later than a minute after that removes it. Default: %TRUE.
   *
   * Since: 1.0
   */
  install (object_class, PROP_EXIT_WITH_PARENT,
           g_param_spec_boolean ("exit-with-parent", NULL, NULL, TRUE, flags));

  /**
   * QMachine:enable-qtest:
   *
   * Whether QEMU is launched with a qtest server, for [method@Machine.qtest]. It adds the server
   * and never an accelerator: many builds of QEMU have no `qtest` accelerator, and only the clock
   * needs it. Default: %FALSE.
   *
   * Since: 1.0
   */
  install (object_class, PROP_ENABLE_QTEST,
           g_param_spec_boolean ("enable-qtest", NULL, NULL, FALSE, flags));

  /**
   * QMachine:launch-timeout:
   *
   * How long a launch may take until the monitor is ready, in milliseconds; -1 for as long as it
   * takes. Default: 60000.
   *
   * Since: 1.0
   */
  install (object_class, PROP_LAUNCH_TIMEOUT,
           g_param_spec_int ("launch-timeout", NULL, NULL, -1, G_MAXINT, 60 * 1000, flags));

  /**
   * QMachine:shutdown-timeout:
   *
   * How long [method@Machine.shutdown] waits for QEMU to end when asked before it uses force, in
   * milliseconds; -1 for as long as it takes. Counts as it is when the call is made, also for a
   * machine that was launched before it was set. Default: 30000.
   *
   * Since: 1.0
   */
  install (object_class, PROP_SHUTDOWN_TIMEOUT,
           g_param_spec_int ("shutdown-timeout", NULL, NULL, -1, G_MAXINT, 30 * 1000, flags));

  /**
   * QMachine:command-timeout:
   *
   * How long a command may take, in milliseconds; -1 for as long as it takes. Applies to a running
   * machine at once; see [property@Monitor:command-timeout]. Default: -1.
   *
   * Since: 1.0
   */
  install (object_class, PROP_COMMAND_TIMEOUT,
           g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT, -1, flags));

  /**
   * QMachine:console-log:
   *
   * The path of a file to which QEMU writes all that the guest writes on the console, anew with
   * every launch; %NULL, the default, for none. It stays, and has no limit. Only with
   * [method@Machine.add_console].
   *
   * Since: 1.0
   */
  install (object_class, PROP_CONSOLE_LOG,
           g_param_spec_string ("console-log", NULL, NULL, NULL, flags));
}

/* -- what is added -- */

/**
 * q_machine_add_args:
 * @self: a machine
 * @args: (array zero-terminated=1): more arguments
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
 * It has the same number there, so other arguments can refer to it as well. A duplicate is kept:
 * the caller may close its own at once. %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that @fd is
 * not open, is one of the first three, or was added already.
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
