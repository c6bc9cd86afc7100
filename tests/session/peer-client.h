/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <qmachine/qmachine.h>

#include "qmock.h"

/* The scripted peer and a monitor that is attached to it. */

/* More than a socket takes from a client whose peer does not read. */
#define PLENTY (4 * 1024 * 1024)

QMockPeer *start_peer (const char *script);
QMonitor *attach (QMockPeer *peer);
void finish_peer (QMockPeer *peer);
void assert_executes (QMonitor *monitor, const char *command, const char *arguments,
                      const char *expected);
/* What was called before has reached the I/O thread, and done there what can be done at once. */
void pass_io_thread (QMonitor *monitor);
