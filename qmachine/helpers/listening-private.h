/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* Sockets on which somebody else is to accept. */

/* Bound and listening, -1 with an error. The file is the caller's to remove. */
int q_listening_make (const char *path, GError **error);
/* Whether somebody has connected whom nobody has accepted. */
gboolean q_listening_has_pending (int fd);
/* Whether somebody listens at a path. Without connecting: many programs serve one client only. */
gboolean q_listening_is_at (const char *path);
/* Whether somebody has connected to it, accepted or not; TRUE where that cannot be told. */
gboolean q_listening_is_connected (const char *path);
/* A path that has room in an address; FALSE with an error. */
gboolean q_listening_check_path (const char *path, GError **error);
