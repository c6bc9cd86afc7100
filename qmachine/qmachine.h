/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define QMACHINE_INSIDE

#include <qmachine/block/q-disk-check.h>
#include <qmachine/block/q-disk-image.h>
#include <qmachine/block/q-disk.h>
#include <qmachine/block/q-job.h>
#include <qmachine/block/q-migration-result.h>
#include <qmachine/block/q-migration.h>
#include <qmachine/block/q-snapshot.h>
#include <qmachine/display/q-screen.h>
#include <qmachine/guest/q-console-pty.h>
#include <qmachine/guest/q-console-terminal.h>
#include <qmachine/guest/q-forward.h>
#include <qmachine/guest/q-guest-agent.h>
#include <qmachine/guest/q-guest-channel.h>
#include <qmachine/guest/q-guest-exec-result.h>
#include <qmachine/guest/q-power-off-plan.h>
#include <qmachine/guest/q-power-off-result.h>
#include <qmachine/guest/q-power-off.h>
#include <qmachine/guest/q-shell-result.h>
#include <qmachine/guest/q-shell.h>
#include <qmachine/guest/q-wait-result.h>
#include <qmachine/guest/q-wait-set.h>
#include <qmachine/helpers/q-helper.h>
#include <qmachine/q-console-match.h>
#include <qmachine/q-console-reader.h>
#include <qmachine/q-console.h>
#include <qmachine/q-enum-types.h>
#include <qmachine/q-enums.h>
#include <qmachine/q-error.h>
#include <qmachine/q-event-listener.h>
#include <qmachine/q-interrupt.h>
#include <qmachine/q-json.h>
#include <qmachine/q-machine.h>
#include <qmachine/q-main-context.h>
#include <qmachine/q-monitor-event.h>
#include <qmachine/q-monitor.h>
#include <qmachine/q-version.h>
#include <qmachine/template/q-template.h>

#undef QMACHINE_INSIDE
