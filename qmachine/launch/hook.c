/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "process/command-line-private.h"

void
q_launch_parts_add_args (QLaunchParts *self, const char *const *args)
{
  for (gsize i = 0; args[i] != NULL; i++)
    g_ptr_array_add (self->args, g_strdup (args[i]));
}

int
q_launch_parts_add_fd (QLaunchParts *self, int fd)
{
  return q_launch_add_child_fd (self->fds, fd);
}

QPlug *
q_launch_parts_add_plug (QLaunchParts *self, const char *what, char **options, GError **error)
{
  QPlug *plug = q_launch_add_plug (self->launch, what, error);

  if (plug != NULL)
    *options = q_launch_place_plug (self->fds, plug);
  return plug;
}

gboolean
q_launch_parts_has_guest (QLaunchParts *self)
{
  return self->launch->config->kind == Q_MACHINE_KIND_SYSTEM;
}

gboolean
q_launch_parts_has_monitor (QLaunchParts *self)
{
  return self->launch->config->monitor_mode != Q_MONITOR_MODE_NONE;
}

gboolean
q_launch_prepare_hooks (QLaunch *self, QLaunchParts *parts, GError **error)
{
  for (; self->n_prepared < self->config->hooks->len; self->n_prepared++)
    {
      const QLaunchFeature *each
        = &g_array_index (self->config->hooks, QLaunchFeature, self->n_prepared);

      if (!each->hook->prepare (each->feature, parts, error))
        return FALSE;
    }

  return TRUE;
}

void
q_launch_start_hooks (QLaunch *self)
{
  for (guint i = 0; i < self->n_prepared; i++)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, i);

      if (each->hook->started != NULL)
        each->hook->started (each->feature);
    }
}

typedef struct
{
  QLaunch *launch;
  const QLaunchFeature *feature; /* of its configuration */
} Question;

static void
answered_cb (const char *value, const GError *error, gpointer data)
{
  g_autofree Question *question = data;

  if (error == NULL)
    question->feature->hook->answer (question->feature->feature, value);
  q_launch_question_answered (question->launch);
}

static void
ask (QLaunch *self, const QLaunchFeature *feature)
{
  Question *question = g_new0 (Question, 1);

  question->launch = self;
  question->feature = feature;
  self->n_questions++;
  q_session_ask (self->session, feature->hook->question, answered_cb, question);
}

void
q_launch_ready_hooks (QLaunch *self)
{
  for (guint i = 0; i < self->n_prepared; i++)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, i);

      if (each->hook->ready != NULL)
        each->hook->ready (each->feature);
      if (each->hook->question != NULL && self->session != NULL)
        ask (self, each);
    }
}

void
q_launch_tell_hooks (QLaunch *self, QEventRecord *event)
{
  for (guint i = 0; i < self->n_prepared; i++)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, i);

      if (each->hook->event != NULL)
        each->hook->event (each->feature, event);
    }
}

void
q_launch_end_hooks (QLaunch *self)
{
  while (self->n_prepared > 0)
    {
      const QLaunchFeature *each
        = &g_array_index (self->config->hooks, QLaunchFeature, --self->n_prepared);

      if (each->hook->ended != NULL)
        each->hook->ended (each->feature, self->detached);
    }
}
