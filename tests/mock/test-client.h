/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qmock.h"

/* A client for the tests of the mock that is nothing but a socket. */

#define DEADLINE_MS 30000

int client_try_connect (const char *path);
int client_connect_to (const char *path);
int client_start (const char *script, QMockPeer **peer);
void client_put (int fd, const char *text);
gssize client_get (int fd, char *buffer, gsize size);
char *client_get_line (int fd);
void client_assert_line (int fd, const char *expected);
void client_skip_lines (int fd, guint n);
void client_assert_end (int fd);
void client_assert_finished (QMockPeer *peer);
void client_assert_failed (QMockPeer *peer, QMockError code, const char *message);
