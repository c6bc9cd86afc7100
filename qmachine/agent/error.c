/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error-private.h"

#include "wire/wire-error-private.h"

GError *
q_agent_error_from_wire (const GError *error)
{
  static const QMonitorError codes[] = {
    [Q_WIRE_ERROR_PROTOCOL] = Q_MONITOR_ERROR_PROTOCOL,
    [Q_WIRE_ERROR_TOO_LARGE] = Q_MONITOR_ERROR_TOO_LARGE,
    [Q_WIRE_ERROR_CLOSED] = Q_MONITOR_ERROR_CLOSED,
    [Q_WIRE_ERROR_BUSY] = Q_MONITOR_ERROR_BUSY,
    [Q_WIRE_ERROR_INVALID] = Q_MONITOR_ERROR_INVALID_COMMAND,
  };

  if (error->domain != Q_WIRE_ERROR || error->code < 0
      || (gsize)error->code >= G_N_ELEMENTS (codes))
    return g_error_copy (error);

  return g_error_new_literal (Q_MONITOR_ERROR, (int)codes[error->code], error->message);
}

GError *
q_agent_error_no_answer (void)
{
  return g_error_new_literal (Q_MONITOR_ERROR, Q_MONITOR_ERROR_PROTOCOL,
                              "the guest agent sent something that is no answer");
}
