/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* The wire room's own domain: the monitor above turns it into the public one. */
typedef enum
{
  Q_WIRE_ERROR_PROTOCOL,  /* not JSON, or not QMP */
  Q_WIRE_ERROR_TOO_LARGE, /* over the message size */
  Q_WIRE_ERROR_CLOSED,    /* the stream ended or failed */
  Q_WIRE_ERROR_BUSY,      /* too much queued already */
  Q_WIRE_ERROR_INVALID,   /* what the caller wants to send is no valid command */
} QWireError;

#define Q_WIRE_ERROR (q_wire_error_quark ())

GQuark q_wire_error_quark (void);
