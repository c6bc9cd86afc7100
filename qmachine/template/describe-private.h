/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/config-private.h"
#include "q-machine.h"
#include "template/template-private.h"

/* What is the launch's own, and was set for it: the program, its arguments, consoles and display,
 * and the order of the devices. */
QTemplate *q_template_describe_launch (const char *directory, const QLaunchConfig *config);
/* What the machine has, in the order in which its devices were made; all is kept in the template.
 * FALSE with the name of what no clone can have. */
gboolean q_template_describe_parts (QTemplate *self, QMachine *machine, int timeout,
                                    GCancellable *cancellable, GError **error);
