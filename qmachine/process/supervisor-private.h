/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <stdint.h>

/* What goes over the socket pair between the library and qmachine-exec, one message at a time.
 * Both come from one build, so there is no version. */

typedef enum
{
  /* To the supervisor. */
  Q_SUPERVISOR_KILL,        /* all that came from it, until nothing is left */
  Q_SUPERVISOR_CHILD_FIRST, /* from now on a kill is one of the child; what else there is, which
                             * may end something elsewhere, has a moment */
  Q_SUPERVISOR_RELEASE,     /* all may live on, whatever becomes of the socket */
  Q_SUPERVISOR_SIGNAL,      /* `value` to the child's process group */
  Q_SUPERVISOR_WATCH,       /* `pid` is QEMU, and not the child itself */
  Q_SUPERVISOR_SWEEP, /* QEMU is gone, unless it is watched and lives: what is left has a moment,
                       * then it is killed and named */

  /* From it. The end of the socket says that nothing is left. */
  Q_SUPERVISOR_STARTED,    /* `pid` of the child; always the first */
  Q_SUPERVISOR_ENDED,      /* the child, with the status `value` as waitpid () gave it */
  Q_SUPERVISOR_QEMU_ENDED, /* likewise, when it was left to the supervisor to reap it */
  Q_SUPERVISOR_DEFIED,     /* `pid` is another user's, and cannot be killed; once for each kill */
} QSupervisorMessageType;

typedef struct
{
  int32_t type;
  int32_t pid;
  int32_t value;
} QSupervisorMessage;
