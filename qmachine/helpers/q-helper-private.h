/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "helpers/helper-private.h"
#include "helpers/q-helper.h"

/* For the launches of a machine to come. The machine keeps what is returned; the spec is good. */
QHelper *q_helper_add (QMachine *machine, const QHelperSpec *spec, GError **error);
/* One that is free: the prefix, and a number. */
char *q_helper_choose_name (QMachine *machine, const char *prefix);
/* Those that the machine has. */
guint q_helper_count (QMachine *machine);
