/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/config-private.h"

/* The properties of a machine that are settings for its next launch. Its other properties are
 * numbered after them. */
enum
{
  PROP_0,
  PROP_BINARY,
  PROP_KIND,
  PROP_ARGS,
  PROP_WRAPPER,
  PROP_NAME,
  PROP_BASE_DIR,
  PROP_LOG_PATH,
  PROP_MACHINE_TYPE,
  PROP_MONITOR_MODE,
  PROP_MONITOR_ADDRESS,
  PROP_EXIT_WITH_PARENT,
  PROP_ENABLE_QTEST,
  PROP_LAUNCH_TIMEOUT,
  PROP_SHUTDOWN_TIMEOUT,
  PROP_COMMAND_TIMEOUT,
  PROP_CONSOLE_LOG,
  N_SETTINGS,
};

void q_machine_install_settings (GObjectClass *object_class);

/* FALSE for the number of another property. */
gboolean q_machine_get_setting (const QLaunchConfig *config, guint prop_id,
                                GValue *value);
gboolean q_machine_set_setting (QLaunchConfig *config, guint prop_id,
                                const GValue *value);
