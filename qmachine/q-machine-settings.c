/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "io/path-private.h"
#include "q-machine-private.h"
#include "q-machine-properties-private.h"

/* The settings of a machine, one by one. */

/* -- one field, with the lock -- */

char *
q_machine_dup_string_setting (QMachine *self, char *const *field)
{
  char *string;

  q_machine_lock_config (self);
  string = g_strdup (*field);
  q_machine_unlock_config (self);

  return string;
}

static char **
dup_strv (QMachine *self, const GStrv *field)
{
  GStrv strv;

  q_machine_lock_config (self);
  strv = g_strdupv (*field);
  q_machine_unlock_config (self);

  return strv;
}

static gpointer
dup_object (QMachine *self, gconstpointer field)
{
  GObject *const *object = field;
  gpointer dup;

  q_machine_lock_config (self);
  dup = *object != NULL ? g_object_ref (*object) : NULL;
  q_machine_unlock_config (self);

  return dup;
}

static int
get_int (QMachine *self, const int *field)
{
  int value;

  q_machine_lock_config (self);
  value = *field;
  q_machine_unlock_config (self);

  return value;
}

static void
notify_if (QMachine *self, guint prop_id, gboolean changed)
{
  if (changed)
    q_machine_notify (self, prop_id);
}

static void
set_string (QMachine *self, guint prop_id, char **field, const char *string)
{
  gboolean changed;

  q_machine_lock_config (self);
  changed = g_strcmp0 (*field, string) != 0;
  if (changed)
    {
      g_free (*field);
      *field = g_strdup (string);
    }
  q_machine_unlock_config (self);

  notify_if (self, prop_id, changed);
}

void
q_machine_set_path_setting (QMachine *self, guint prop_id, char **field, const char *path)
{
  g_autofree char *absolute = q_path_make_absolute (path);

  set_string (self, prop_id, field, absolute);
}

static GSocketAddress *
make_absolute_address (GSocketAddress *address)
{
  GUnixSocketAddress *unix_address;
  g_autofree char *path = NULL;

  if (!G_IS_UNIX_SOCKET_ADDRESS (address))
    return address != NULL ? g_object_ref (address) : NULL;

  unix_address = G_UNIX_SOCKET_ADDRESS (address);
  if (g_unix_socket_address_get_address_type (unix_address) != G_UNIX_SOCKET_ADDRESS_PATH
      || g_path_is_absolute (g_unix_socket_address_get_path (unix_address)))
    return g_object_ref (address);

  path = q_path_make_absolute (g_unix_socket_address_get_path (unix_address));
  return g_unix_socket_address_new (path);
}

static void
set_strv (QMachine *self, guint prop_id, GStrv *field, const char *const *strv)
{
  g_auto (GStrv) copy = g_strdupv ((char **)strv);
  gboolean changed;

  q_machine_lock_config (self);
  changed = *field == NULL || copy == NULL ? *field != copy
                                           : !g_strv_equal ((const char *const *)*field, strv);
  if (changed)
    {
      g_strfreev (*field);
      *field = g_steal_pointer (&copy);
    }
  q_machine_unlock_config (self);

  notify_if (self, prop_id, changed);
}

static void
set_int (QMachine *self, guint prop_id, int *field, int value)
{
  gboolean changed;

  q_machine_lock_config (self);
  changed = *field != value;
  *field = value;
  q_machine_unlock_config (self);

  notify_if (self, prop_id, changed);
}

/* Each enumeration of C is as wide as an int. */
static guint
get_enum (QMachine *self, gconstpointer field)
{
  return (guint)get_int (self, field);
}

static void
set_enum (QMachine *self, guint prop_id, gpointer field, guint value)
{
  set_int (self, prop_id, field, (int)value);
}

/* -- the settings -- */

/**
 * q_machine_dup_binary: (get-property binary)
 * @self: a machine
 *
 * Gets QEMU's binary: see [property@Machine:binary].
 *
 * Returns: (nullable) (transfer full) (type filename): the binary, %NULL before it is set
 *
 * Since: 1.0
 */
char *
q_machine_dup_binary (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->binary);
}

/**
 * q_machine_set_binary: (set-property binary)
 * @self: a machine
 * @binary: (nullable) (type filename): a path, or a name that is looked up in `PATH`, %NULL for
 * none yet
 *
 * Sets QEMU's binary: see [property@Machine:binary].
 *
 * Since: 1.0
 */
void
q_machine_set_binary (QMachine *self, const char *binary)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_string (self, PROP_BINARY, &q_machine_get_config (self)->binary, binary);
}

/**
 * q_machine_get_kind: (get-property kind)
 * @self: a machine
 *
 * Gets what sort of program the binary is: see [property@Machine:kind].
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
QMachineKind
q_machine_get_kind (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_MACHINE_KIND_SYSTEM);

  return get_enum (self, &q_machine_get_config (self)->kind);
}

/**
 * q_machine_set_kind: (set-property kind)
 * @self: a machine
 * @kind: the kind
 *
 * Sets what sort of program the binary is: see [property@Machine:kind].
 *
 * Since: 1.0
 */
void
q_machine_set_kind (QMachine *self, QMachineKind kind)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail ((guint)kind <= Q_MACHINE_KIND_STORAGE_DAEMON);

  set_enum (self, PROP_KIND, &q_machine_get_config (self)->kind, kind);
}

/**
 * q_machine_dup_args: (get-property args)
 * @self: a machine
 *
 * Gets the arguments for QEMU: see [property@Machine:args].
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1) (element-type filename): the
 *   arguments, %NULL for none
 *
 * Since: 1.0
 */
char **
q_machine_dup_args (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return dup_strv (self, &q_machine_get_config (self)->args);
}

/**
 * q_machine_set_args: (set-property args)
 * @self: a machine
 * @args: (nullable) (array zero-terminated=1) (element-type filename): arguments for QEMU;
 *   they replace those that were added, %NULL for none
 *
 * Sets the arguments for QEMU: see [property@Machine:args].
 *
 * Since: 1.0
 */
void
q_machine_set_args (QMachine *self, const char *const *args)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_strv (self, PROP_ARGS, &q_machine_get_config (self)->args, args);
}

/**
 * q_machine_dup_wrapper: (get-property wrapper)
 * @self: a machine
 *
 * Gets the command in front of the binary: see [property@Machine:wrapper].
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1) (element-type filename): the
 *   wrapper, %NULL for none
 *
 * Since: 1.0
 */
char **
q_machine_dup_wrapper (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return dup_strv (self, &q_machine_get_config (self)->wrapper);
}

/**
 * q_machine_set_wrapper: (set-property wrapper)
 * @self: a machine
 * @wrapper: (nullable) (array zero-terminated=1) (element-type filename): a command and its
 *   arguments, %NULL for none
 *
 * Sets the command in front of the binary: see [property@Machine:wrapper].
 *
 * Since: 1.0
 */
void
q_machine_set_wrapper (QMachine *self, const char *const *wrapper)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_strv (self, PROP_WRAPPER, &q_machine_get_config (self)->wrapper, wrapper);
}

/**
 * q_machine_dup_name: (get-property name)
 * @self: a machine
 *
 * Gets the name for file names: see [property@Machine:name].
 *
 * Returns: (transfer full): the name
 *
 * Since: 1.0
 */
char *
q_machine_dup_name (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->name);
}

/**
 * q_machine_set_name: (set-property name)
 * @self: a machine
 * @name: (nullable): a name without slashes; %NULL changes nothing
 *
 * Sets the name for file names: see [property@Machine:name].
 *
 * Since: 1.0
 */
void
q_machine_set_name (QMachine *self, const char *name)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  if (name != NULL)
    set_string (self, PROP_NAME, &q_machine_get_config (self)->name, name);
}

/**
 * q_machine_dup_base_dir: (get-property base-dir)
 * @self: a machine
 *
 * Gets where the directory for a launch is made: see [property@Machine:base-dir].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for the default
 *
 * Since: 1.0
 */
char *
q_machine_dup_base_dir (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->base_dir);
}

/**
 * q_machine_set_base_dir: (set-property base-dir)
 * @self: a machine
 * @base_dir: (nullable) (type filename): a directory, %NULL for the default
 *
 * Sets where the directory for a launch is made: see [property@Machine:base-dir].
 *
 * Since: 1.0
 */
void
q_machine_set_base_dir (QMachine *self, const char *base_dir)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_machine_set_path_setting (self, PROP_BASE_DIR, &q_machine_get_config (self)->base_dir,
                              base_dir);
}

/**
 * q_machine_dup_machine_type: (get-property machine-type)
 * @self: a machine
 *
 * Gets QEMU's machine type: see [property@Machine:machine-type].
 *
 * Returns: (nullable) (transfer full): the machine type, %NULL for QEMU's own
 *
 * Since: 1.0
 */
char *
q_machine_dup_machine_type (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->machine_type);
}

/**
 * q_machine_set_machine_type: (set-property machine-type)
 * @self: a machine
 * @machine_type: (nullable): a machine type, such as `q35`, with options behind a comma if need
 *   be, %NULL for QEMU's own
 *
 * Sets QEMU's machine type: see [property@Machine:machine-type].
 *
 * Since: 1.0
 */
void
q_machine_set_machine_type (QMachine *self, const char *machine_type)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_string (self, PROP_MACHINE_TYPE, &q_machine_get_config (self)->machine_type, machine_type);
}

/**
 * q_machine_get_display: (get-property display)
 * @self: a machine
 *
 * Gets where the screen is shown: see [property@Machine:display].
 *
 * Returns: the display
 *
 * Since: 1.0
 */
QMachineDisplay
q_machine_get_display (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_MACHINE_DISPLAY_NONE);

  return get_enum (self, &q_machine_get_config (self)->display);
}

/**
 * q_machine_set_display: (set-property display)
 * @self: a machine
 * @display: the display
 *
 * Sets where the screen is shown: see [property@Machine:display].
 *
 * Since: 1.0
 */
void
q_machine_set_display (QMachine *self, QMachineDisplay display)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail ((guint)display <= Q_MACHINE_DISPLAY_DEFAULT);

  set_enum (self, PROP_DISPLAY, &q_machine_get_config (self)->display, display);
}

/**
 * q_machine_get_monitor_mode: (get-property monitor-mode)
 * @self: a machine
 *
 * Gets how the monitor is wired: see [property@Machine:monitor-mode].
 *
 * Returns: the mode
 *
 * Since: 1.0
 */
QMonitorMode
q_machine_get_monitor_mode (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), Q_MONITOR_MODE_NONE);

  return get_enum (self, &q_machine_get_config (self)->monitor_mode);
}

/**
 * q_machine_set_monitor_mode: (set-property monitor-mode)
 * @self: a machine
 * @monitor_mode: the mode
 *
 * Sets how the monitor is wired: see [property@Machine:monitor-mode].
 *
 * Since: 1.0
 */
void
q_machine_set_monitor_mode (QMachine *self, QMonitorMode monitor_mode)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail ((guint)monitor_mode <= Q_MONITOR_MODE_STDIO);

  set_enum (self, PROP_MONITOR_MODE, &q_machine_get_config (self)->monitor_mode, monitor_mode);
}

/**
 * q_machine_dup_monitor_address: (get-property monitor-address)
 * @self: a machine
 *
 * Gets where the monitor listens: see [property@Machine:monitor-address].
 *
 * Returns: (nullable) (transfer full): the address, %NULL for a socket in the directory of the
 *   launch
 *
 * Since: 1.0
 */
GSocketAddress *
q_machine_dup_monitor_address (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return dup_object (self, &q_machine_get_config (self)->monitor_address);
}

/**
 * q_machine_set_monitor_address: (set-property monitor-address)
 * @self: a machine
 * @monitor_address: (nullable): a Unix or a TCP address, %NULL for a socket in the directory of
 *   the launch
 *
 * Sets where the monitor listens: see [property@Machine:monitor-address].
 *
 * Since: 1.0
 */
void
q_machine_set_monitor_address (QMachine *self, GSocketAddress *monitor_address)
{
  g_autoptr (GSocketAddress) absolute = NULL;
  g_autoptr (GSocketAddress) old = NULL;
  QLaunchConfig *config;
  gboolean changed;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (monitor_address == NULL || G_IS_SOCKET_ADDRESS (monitor_address));

  absolute = make_absolute_address (monitor_address);
  config = q_machine_lock_config (self);
  changed = config->monitor_address != absolute;
  /* Not freed with the lock held: whoever hears of it may ask this machine. */
  old = g_steal_pointer (&config->monitor_address);
  config->monitor_address = g_steal_pointer (&absolute);
  q_machine_unlock_config (self);

  notify_if (self, PROP_MONITOR_ADDRESS, changed);
}

/**
 * q_machine_get_wrapper_shell: (get-property wrapper-shell)
 * @self: a machine
 *
 * Gets whether the wrapper passes its arguments through a shell: see
 * [property@Machine:wrapper-shell].
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_machine_get_wrapper_shell (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return get_int (self, &q_machine_get_config (self)->wrapper_shell);
}

/**
 * q_machine_set_wrapper_shell: (set-property wrapper-shell)
 * @self: a machine
 * @wrapper_shell: whether it does
 *
 * Sets whether the wrapper passes its arguments through a shell: see
 * [property@Machine:wrapper-shell].
 *
 * Since: 1.0
 */
void
q_machine_set_wrapper_shell (QMachine *self, gboolean wrapper_shell)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_int (self, PROP_WRAPPER_SHELL, &q_machine_get_config (self)->wrapper_shell,
           wrapper_shell ? TRUE : FALSE);
}

/**
 * q_machine_dup_wrapper_socket_dir: (get-property wrapper-socket-dir)
 * @self: a machine
 *
 * Gets where QEMU finds sockets of this host: see [property@Machine:wrapper-socket-dir].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for nowhere
 *
 * Since: 1.0
 */
char *
q_machine_dup_wrapper_socket_dir (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->wrapper_socket_dir);
}

/**
 * q_machine_set_wrapper_socket_dir: (set-property wrapper-socket-dir)
 * @self: a machine
 * @dir: (nullable) (type filename): a directory of the host where QEMU runs, %NULL for none
 *
 * Sets where QEMU finds sockets of this host: see [property@Machine:wrapper-socket-dir].
 *
 * Since: 1.0
 */
void
q_machine_set_wrapper_socket_dir (QMachine *self, const char *dir)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_string (self, PROP_WRAPPER_SOCKET_DIR, &q_machine_get_config (self)->wrapper_socket_dir, dir);
}

/**
 * q_machine_get_exit_with_parent: (get-property exit-with-parent)
 * @self: a machine
 *
 * Gets whether QEMU is killed when this process ends: see [property@Machine:exit-with-parent].
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_machine_get_exit_with_parent (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return get_int (self, &q_machine_get_config (self)->exit_with_parent);
}

/**
 * q_machine_set_exit_with_parent: (set-property exit-with-parent)
 * @self: a machine
 * @exit_with_parent: whether to
 *
 * Sets whether QEMU is killed when this process ends: see [property@Machine:exit-with-parent].
 *
 * Since: 1.0
 */
void
q_machine_set_exit_with_parent (QMachine *self, gboolean exit_with_parent)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_int (self, PROP_EXIT_WITH_PARENT, &q_machine_get_config (self)->exit_with_parent,
           exit_with_parent ? TRUE : FALSE);
}

/**
 * q_machine_get_enable_qtest: (get-property enable-qtest)
 * @self: a machine
 *
 * Gets whether QEMU is launched with a qtest server: see [property@Machine:enable-qtest].
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
gboolean
q_machine_get_enable_qtest (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);

  return get_int (self, &q_machine_get_config (self)->enable_qtest);
}

/**
 * q_machine_set_enable_qtest: (set-property enable-qtest)
 * @self: a machine
 * @enable_qtest: whether to
 *
 * Sets whether QEMU is launched with a qtest server: see [property@Machine:enable-qtest].
 *
 * Since: 1.0
 */
void
q_machine_set_enable_qtest (QMachine *self, gboolean enable_qtest)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  set_int (self, PROP_ENABLE_QTEST, &q_machine_get_config (self)->enable_qtest,
           enable_qtest ? TRUE : FALSE);
}

/**
 * q_machine_get_launch_timeout: (get-property launch-timeout)
 * @self: a machine
 *
 * Gets how long a launch may take: see [property@Machine:launch-timeout].
 *
 * Returns: milliseconds, -1 for as long as it takes
 *
 * Since: 1.0
 */
int
q_machine_get_launch_timeout (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), -1);

  return get_int (self, &q_machine_get_config (self)->launch_timeout);
}

/**
 * q_machine_set_launch_timeout: (set-property launch-timeout)
 * @self: a machine
 * @launch_timeout: milliseconds, -1 for as long as it takes
 *
 * Sets how long a launch may take: see [property@Machine:launch-timeout].
 *
 * Since: 1.0
 */
void
q_machine_set_launch_timeout (QMachine *self, int launch_timeout)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (launch_timeout >= -1);

  set_int (self, PROP_LAUNCH_TIMEOUT, &q_machine_get_config (self)->launch_timeout, launch_timeout);
}

/**
 * q_machine_get_shutdown_timeout: (get-property shutdown-timeout)
 * @self: a machine
 *
 * Gets how long a shutdown waits before it uses force: see [property@Machine:shutdown-timeout].
 *
 * Returns: milliseconds, -1 for as long as it takes
 *
 * Since: 1.0
 */
int
q_machine_get_shutdown_timeout (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), -1);

  return get_int (self, &q_machine_get_config (self)->shutdown_timeout);
}

/**
 * q_machine_set_shutdown_timeout: (set-property shutdown-timeout)
 * @self: a machine
 * @shutdown_timeout: milliseconds, -1 for as long as it takes
 *
 * Sets how long a shutdown waits before it uses force: see [property@Machine:shutdown-timeout].
 *
 * Since: 1.0
 */
void
q_machine_set_shutdown_timeout (QMachine *self, int shutdown_timeout)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (shutdown_timeout >= -1);

  set_int (self, PROP_SHUTDOWN_TIMEOUT, &q_machine_get_config (self)->shutdown_timeout,
           shutdown_timeout);
}

/**
 * q_machine_get_command_timeout: (get-property command-timeout)
 * @self: a machine
 *
 * Gets how long a command may take: see [property@Machine:command-timeout].
 *
 * Returns: milliseconds, -1 for as long as it takes
 *
 * Since: 1.0
 */
int
q_machine_get_command_timeout (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), -1);

  return get_int (self, &q_machine_get_config (self)->command_timeout);
}

/**
 * q_machine_set_command_timeout: (set-property command-timeout)
 * @self: a machine
 * @command_timeout: milliseconds, -1 for as long as it takes
 *
 * Sets how long a command may take: see [property@Machine:command-timeout].
 *
 * Since: 1.0
 */
void
q_machine_set_command_timeout (QMachine *self, int command_timeout)
{
  QLaunchConfig *config;
  gboolean changed;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (command_timeout >= -1);

  config = q_machine_lock_config (self);
  changed = config->command_timeout != command_timeout;
  config->command_timeout = command_timeout;
  /* The one setting that a running machine takes at once. */
  q_launch_state_set_command_timeout (q_machine_get_launch_state (self), command_timeout);
  q_machine_unlock_config (self);

  notify_if (self, PROP_COMMAND_TIMEOUT, changed);
}
