/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/hook-private.h"

/* What both a source and its clones are launched with. */

void q_template_add_memory (QLaunchParts *parts, const char *ram, guint64 size, gboolean share);
void q_template_add_generation (QLaunchParts *parts, const char *binary, const char *machine_type);
