/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The socket below the player: waits with a deadline, frames commands, keeps what was received,
 * and writes in pieces. One thread uses it; the functions marked "any thread" are the exception.
 */

#pragma once

#include "mock-script.h"

G_BEGIN_DECLS

typedef enum
{
  MOCK_WAIT_FAILED,
  MOCK_WAIT_READY,
  MOCK_WAIT_FINISHING,
} MockWait;

typedef struct
{
  /* Set by the player. */
  const MockStep *step; /* the one being played, for messages */
  guint timeout;        /* of a wait, in milliseconds */

  /* To be read by the player. */
  int fd;            /* the connection, or -1 */
  gboolean was_open; /* there has been a connection */
  gboolean is_unix;
  gboolean eof;  /* nothing more will be read from the connection */
  gboolean gone; /* nothing more can be written to it */
  GString *in;   /* what was read... */
  gsize in_pos;  /* ...and up to here consumed */

  /* The last byte that was read is only peeked at, and stays in the socket until more is wanted:
   * closing with it there is what makes a reset possible at any time. */
  gboolean held;

  /* How far the search for the end of a command has come, and in what state: a long command that
   * comes in pieces is looked at only once. */
  gsize scan_pos;
  gsize scan_depth;
  gboolean scan_string;
  gboolean scan_escape;

  guint split; /* bytes per write, or 0 */

  int finish_fd; /* eventfds that are never drained: once readable, always readable */
  int abort_fd;
  int aborted; /* atomic; for the loops that do not poll */

  GMutex mutex; /* guards the two below, which the test's thread looks at */
  GByteArray *received;
  GArray *fds;
} MockLink;

MockLink *mock_link_new (guint timeout, GError **error);
void mock_link_free (MockLink *self);

gboolean mock_link_fail (MockLink *self, GError **error, QMockError code, const char *format, ...)
  G_GNUC_PRINTF (4, 5);
char *mock_link_excerpt (const char *text, gsize length);

gint64 mock_link_deadline (MockLink *self);
MockWait mock_link_wait (MockLink *self, int fd, short events, gint64 until, gboolean heed_finish,
                         const char *what, GError **error);

void mock_link_open (MockLink *self, int fd);
void mock_link_close (MockLink *self);
gboolean mock_link_reset (MockLink *self, GError **error);

MockWait mock_link_wait_input (MockLink *self, gint64 until, gboolean heed_finish, const char *what,
                               GError **error);
gboolean mock_link_find_command (MockLink *self, gsize *end);
gboolean mock_link_wait_command (MockLink *self, gsize *end, GError **error);
void mock_link_skip_filling (MockLink *self);
void mock_link_consume (MockLink *self, gsize end);
gboolean mock_link_set_split (MockLink *self, guint split, GError **error);
gboolean mock_link_write (MockLink *self, const char *data, gsize length, GError **error);

/* Any thread. */
void mock_link_ask_finish (MockLink *self);
void mock_link_abort (MockLink *self);
gboolean mock_link_is_aborted (MockLink *self);
GBytes *mock_link_dup_received (MockLink *self);
guint mock_link_get_n_fds (MockLink *self);
int mock_link_steal_fd (MockLink *self, guint index, guint64 *offset);

G_END_DECLS
