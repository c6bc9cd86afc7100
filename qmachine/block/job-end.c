/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-job-private.h"

/* What goes on though nobody waits for it any more: QEMU keeps it when it has ended, until it is
 * told to forget it. The list of jobs does that where somebody turns the context of the machine.
 * This does it anywhere, in a thread of its own, which ends with the job, or with QEMU. It holds no
 * reference of the machine, which its program may drop meanwhile. */

typedef struct
{
  QJob *job;
  QMonitor *monitor;
  QEventListener *listener;
} End;

static void
end_free (End *self)
{
  g_object_unref (self->job);
  g_object_unref (self->monitor);
  g_object_unref (self->listener);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (End, end_free)

static JsonNode *
ask (End *self, const char *command, JsonNode *arguments)
{
  /* However long QEMU is silent: if it ends, so does this. */
  return q_monitor_command (self->monitor, command, arguments, Q_MONITOR_FLAGS_NONE, -1, NULL,
                            NULL);
}

static gpointer
follow (gpointer data)
{
  g_autoptr (End) self = data;
  const QJobKind *kind = q_job_get_kind (self->job);
  g_autoptr (JsonNode) arguments = q_job_make_arguments (self->job);
  g_autoptr (JsonNode) dismissed = NULL;

  while (!q_job_get_ended (self->job))
    {
      g_autoptr (JsonNode) reply = ask (self, kind->query, NULL);
      g_autoptr (QMonitorEvent) event = NULL;

      if (reply == NULL)
        return NULL;
      kind->take (self->job, reply);
      if (q_job_get_ended (self->job))
        break;
      event = q_event_listener_next (self->listener, -1, NULL, NULL);
      if (event == NULL)
        return NULL;
    }

  if (q_job_take_dismissal (self->job))
    dismissed = ask (self, "job-dismiss", arguments);
  return NULL;
}

void
q_job_dismiss_at_end (QJob *self)
{
  g_autoptr (QMachine) machine = q_job_dup_machine (self, "", NULL);
  g_autoptr (QMonitor) monitor = machine != NULL ? q_machine_dup_monitor (machine) : NULL;
  g_autoptr (GThread) thread = NULL;
  QEventListener *listener;
  End *end;

  if (monitor == NULL || !q_job_get_kind (self)->is_a_job)
    return;
  /* Before it is asked for, so that no end is missed. */
  listener = q_machine_listen (machine, q_job_get_kind (self)->events, NULL, NULL);
  if (listener == NULL)
    return;

  end = g_new (End, 1);
  end->job = g_object_ref (self);
  end->monitor = g_steal_pointer (&monitor);
  end->listener = listener;
  thread = g_thread_try_new ("qmachine-job-end", follow, end, NULL);
  if (thread == NULL)
    end_free (end);
}
