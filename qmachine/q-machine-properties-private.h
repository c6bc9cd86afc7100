/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "q-machine.h"

/* The properties of a machine. */

enum
{
  PROP_0,

  /* Settings for its next launch. */
  PROP_BINARY,
  PROP_KIND,
  PROP_ARGS,
  PROP_WRAPPER,
  PROP_WRAPPER_SHELL,
  PROP_WRAPPER_SOCKET_DIR,
  PROP_NAME,
  PROP_BASE_DIR,
  PROP_LOG_PATH,
  PROP_MACHINE_TYPE,
  PROP_DISPLAY,
  PROP_MONITOR_MODE,
  PROP_MONITOR_ADDRESS,
  PROP_EXIT_WITH_PARENT,
  PROP_ENABLE_QTEST,
  PROP_LAUNCH_TIMEOUT,
  PROP_SHUTDOWN_TIMEOUT,
  PROP_COMMAND_TIMEOUT,
  PROP_CONSOLE_LOG,
  PROP_MONITOR_LOG,

  /* What can be known of it. */
  PROP_STATE,
  PROP_RUNNING,
  PROP_PID,
  PROP_MONITOR,
  PROP_LISTEN_ADDRESS,
  PROP_CONSOLE,
  PROP_RUN_STATE,
  PROP_RUN_STATE_NAME,
  PROP_EXIT_KIND,
  PROP_SHUTDOWN_REASON,
  PROP_COMMAND_LINE,
  PROP_RUN_DIR,
  PROP_LOG,
  PROP_LOG_BYTES,
  N_PROPS,
};

void q_machine_install_properties (GObjectClass *object_class);
GParamSpec *q_machine_get_pspec (guint prop_id);
void q_machine_notify (QMachine *self, guint prop_id);
