/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib-object.h>

/* Lets a property of the type that is bound to one that is a string read `running`, where GObject
 * would make it `Q_RUN_STATE_RUNNING`. */
void q_enum_read_as_nick (GType type);
