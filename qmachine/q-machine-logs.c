/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-machine.h"

#include "q-machine-private.h"
#include "q-machine-properties-private.h"

/* The settings for what a launch leaves in files. */

/**
 * q_machine_dup_log_path: (get-property log-path)
 * @self: a machine
 *
 * Gets the file for what QEMU writes: see [property@Machine:log-path].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for one in the
 *   directory of the launch
 *
 * Since: 1.0
 */
char *
q_machine_dup_log_path (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->log_path);
}

/**
 * q_machine_set_log_path: (set-property log-path)
 * @self: a machine
 * @log_path: (nullable) (type filename): the path of a file, %NULL for one in the directory of the
 *   launch
 *
 * Sets the file for what QEMU writes: see [property@Machine:log-path].
 *
 * Since: 1.0
 */
void
q_machine_set_log_path (QMachine *self, const char *log_path)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_machine_set_path_setting (self, PROP_LOG_PATH, &q_machine_get_config (self)->log_path,
                              log_path);
}

/**
 * q_machine_dup_console_log: (get-property console-log)
 * @self: a machine
 *
 * Gets the file for what the guest writes on the console: see [property@Machine:console-log].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for none
 *
 * Since: 1.0
 */
char *
q_machine_dup_console_log (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->console_log);
}

/**
 * q_machine_set_console_log: (set-property console-log)
 * @self: a machine
 * @console_log: (nullable) (type filename): the path of a file, %NULL for none
 *
 * Sets the file for what the guest writes on the console: see [property@Machine:console-log].
 *
 * Since: 1.0
 */
void
q_machine_set_console_log (QMachine *self, const char *console_log)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_machine_set_path_setting (self, PROP_CONSOLE_LOG, &q_machine_get_config (self)->console_log,
                              console_log);
}

/**
 * q_machine_dup_monitor_log: (get-property monitor-log)
 * @self: a machine
 *
 * Gets the file for what goes over the monitor: see [property@Machine:monitor-log].
 *
 * Returns: (nullable) (transfer full) (type filename): an absolute path, %NULL for none
 *
 * Since: 1.0
 */
char *
q_machine_dup_monitor_log (QMachine *self)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  return q_machine_dup_string_setting (self, &q_machine_get_config (self)->monitor_log);
}

/**
 * q_machine_set_monitor_log: (set-property monitor-log)
 * @self: a machine
 * @monitor_log: (nullable) (type filename): the path of a file, %NULL for none
 *
 * Sets the file for what goes over the monitor: see [property@Machine:monitor-log].
 *
 * Since: 1.0
 */
void
q_machine_set_monitor_log (QMachine *self, const char *monitor_log)
{
  g_return_if_fail (Q_IS_MACHINE (self));

  q_machine_set_path_setting (self, PROP_MONITOR_LOG, &q_machine_get_config (self)->monitor_log,
                              monitor_log);
}
