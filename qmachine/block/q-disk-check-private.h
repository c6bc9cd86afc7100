/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/q-disk-check.h"

/* Takes over the text of JSON; NULL if that is not understood. */
QDiskCheck *q_disk_check_new (char *json);
