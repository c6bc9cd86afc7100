/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* What QEMU's human monitor answers to `info usernet`, the one place where it names the ports that
 * the kernel chose, and the states of connections. It is meant for people: headings and widths of
 * columns differ between versions, and what is not understood is left out. */

typedef struct
{
  char *netdev; /* NULL if there was no heading */
  gboolean udp;
  char *state; /* such as HOST_FORWARD, SYN_SENT or ESTABLISHED */
  int fd;      /* of QEMU's */
  char *source;
  guint source_port; /* of a forward and its connections: that of the host */
  guint dest_port;   /* and that of the guest */
} QUsernetRow;

/* Of QUsernetRow; its elements are freed with it. */
GPtrArray *q_usernet_parse (const char *text);

/* The port that listens on the host stands in it. */
gboolean q_usernet_row_is_forward (const QUsernetRow *self);
/* The guest has answered for this connection. */
gboolean q_usernet_row_is_past_handshake (const QUsernetRow *self);

/* The beginning of what somebody said, fit for a message. */
char *q_usernet_quote (const char *text, gssize length);
