/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "message-private.h"

/* What a greeting says: the version as "7.2.22" (NULL where it says none) and the names of the
 * capabilities (never NULL). Takes whatever the peer wrote there. */
void q_message_get_greeting (const QMessage *self, char **version, GStrv *capabilities);
