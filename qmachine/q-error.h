/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <glib.h>
#include <qmachine/q-version.h>

G_BEGIN_DECLS

/**
 * QMachineError:
 * @Q_MACHINE_ERROR_ALREADY_LAUNCHED: The machine runs or is being launched or stopped already.
 * @Q_MACHINE_ERROR_NOT_RUNNING: The machine does not run, or has no monitor.
 * @Q_MACHINE_ERROR_INVALID_CONFIGURATION: A setting cannot work: the message names it. Nothing
 *   was started.
 * @Q_MACHINE_ERROR_LAUNCH_FAILED: QEMU could not be started, or ended before its monitor was
 *   ready. The message holds its exit status, its command line and its last words.
 * @Q_MACHINE_ERROR_EXITED: QEMU ended while the call waited for something else.
 * @Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN: QEMU is gone, but force was needed, or it died by a signal
 *   when it was asked to quit.
 *
 * What can go wrong with a machine as a process.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_ERROR_ALREADY_LAUNCHED,
  Q_MACHINE_ERROR_NOT_RUNNING,
  Q_MACHINE_ERROR_INVALID_CONFIGURATION,
  Q_MACHINE_ERROR_LAUNCH_FAILED,
  Q_MACHINE_ERROR_EXITED,
  Q_MACHINE_ERROR_ABNORMAL_SHUTDOWN,
} QMachineError;

/**
 * Q_MACHINE_ERROR:
 *
 * The error domain of machines; see [error@MachineError].
 *
 * Since: 1.0
 */
#define Q_MACHINE_ERROR (q_machine_error_quark ())

QMACHINE_AVAILABLE_IN_1_0
GQuark q_machine_error_quark (void);

/**
 * QMonitorError:
 * @Q_MONITOR_ERROR_CLOSED: The session is closed, by either side, or was never open.
 * @Q_MONITOR_ERROR_PROTOCOL: The peer sent something that is not QMP. The session is closed.
 * @Q_MONITOR_ERROR_NEGOTIATION: The peer refused the capabilities asked for, or is a QEMU older
 *   than 2.12. The session is closed.
 * @Q_MONITOR_ERROR_TOO_LARGE: A message is over the limit the error names. One that came closes
 *   the session; one to be sent is refused, and the session goes on.
 * @Q_MONITOR_ERROR_BUSY: The monitor cannot take the request now: it is in use already, or too
 *   many commands wait. Nothing was sent.
 * @Q_MONITOR_ERROR_INVALID_COMMAND: The command's name or arguments are not something QMP can
 *   carry. Nothing was sent, and the session goes on.
 *
 * What can go wrong with a monitor session.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MONITOR_ERROR_CLOSED,
  Q_MONITOR_ERROR_PROTOCOL,
  Q_MONITOR_ERROR_NEGOTIATION,
  Q_MONITOR_ERROR_TOO_LARGE,
  Q_MONITOR_ERROR_BUSY,
  Q_MONITOR_ERROR_INVALID_COMMAND,
} QMonitorError;

/**
 * Q_MONITOR_ERROR:
 *
 * The error domain of monitor sessions; see [error@MonitorError].
 *
 * Since: 1.0
 */
#define Q_MONITOR_ERROR (q_monitor_error_quark ())

QMACHINE_AVAILABLE_IN_1_0
GQuark q_monitor_error_quark (void);

/**
 * QCommandError:
 * @Q_COMMAND_ERROR_GENERIC_ERROR: QEMU's `GenericError`: the text says what.
 * @Q_COMMAND_ERROR_COMMAND_NOT_FOUND: QEMU's `CommandNotFound`.
 * @Q_COMMAND_ERROR_DEVICE_NOT_ACTIVE: QEMU's `DeviceNotActive`.
 * @Q_COMMAND_ERROR_DEVICE_NOT_FOUND: QEMU's `DeviceNotFound`.
 * @Q_COMMAND_ERROR_KVM_MISSING_CAP: QEMU's `KVMMissingCap`.
 * @Q_COMMAND_ERROR_UNKNOWN_CLASS: A class this library does not know; the message ends with its
 *   name in brackets.
 *
 * QEMU's own error replies.
 *
 * The message is the name of the command, a colon, a space, and QEMU's text, untouched.
 * From C, [func@CommandError.get_class_name] and its siblings give each part.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_COMMAND_ERROR_GENERIC_ERROR,
  Q_COMMAND_ERROR_COMMAND_NOT_FOUND,
  Q_COMMAND_ERROR_DEVICE_NOT_ACTIVE,
  Q_COMMAND_ERROR_DEVICE_NOT_FOUND,
  Q_COMMAND_ERROR_KVM_MISSING_CAP,
  Q_COMMAND_ERROR_UNKNOWN_CLASS,
} QCommandError;

/**
 * Q_COMMAND_ERROR:
 *
 * The error domain of QEMU's error replies; see [error@CommandError].
 *
 * Since: 1.0
 */
#define Q_COMMAND_ERROR (q_command_error_quark ())

QMACHINE_AVAILABLE_IN_1_0
GQuark q_command_error_quark (void);
QMACHINE_AVAILABLE_IN_1_0
const char *q_command_error_get_command_name (const GError *error);
QMACHINE_AVAILABLE_IN_1_0
const char *q_command_error_get_class_name (const GError *error);
QMACHINE_AVAILABLE_IN_1_0
const char *q_command_error_get_description (const GError *error);
QMACHINE_AVAILABLE_IN_1_0
const char *q_command_error_get_reply (const GError *error);

/**
 * QJobError:
 * @Q_JOB_ERROR_FAILED: The job has failed: the message has QEMU's words.
 * @Q_JOB_ERROR_CANCELLED: The job was cancelled.
 * @Q_JOB_ERROR_GONE: QEMU knows the job no more, and nobody here has seen how it ended.
 * @Q_JOB_ERROR_NOT_SUPPORTED: A job of this type, or in this state, cannot do what was asked for.
 *   Nothing was sent.
 *
 * What can become of a job.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_JOB_ERROR_FAILED,
  Q_JOB_ERROR_CANCELLED,
  Q_JOB_ERROR_GONE,
  Q_JOB_ERROR_NOT_SUPPORTED,
} QJobError;

/**
 * Q_JOB_ERROR:
 *
 * The error domain of jobs; see [error@JobError].
 *
 * Since: 1.0
 */
#define Q_JOB_ERROR (q_job_error_quark ())

QMACHINE_AVAILABLE_IN_1_0
GQuark q_job_error_quark (void);

G_END_DECLS
