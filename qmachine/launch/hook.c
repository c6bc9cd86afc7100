/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include "process/command-line-private.h"

void
q_launch_parts_add_args (QLaunchParts *self, const char *const *args)
{
  for (gsize i = 0; args[i] != NULL; i++)
    g_ptr_array_add (self->args, g_strdup (args[i]));
}

void
q_launch_parts_add_device (QLaunchParts *self, const char *device)
{
  g_ptr_array_add (self->last_args, g_strdup ("-device"));
  g_ptr_array_add (self->last_args, g_strdup (device));
}

void
q_launch_parts_await_incoming (QLaunchParts *self)
{
  self->launch->awaits_incoming = TRUE;
}

int
q_launch_parts_add_fd (QLaunchParts *self, int fd)
{
  return q_launch_add_child_fd (self->fds, fd);
}

gboolean
q_launch_parts_check_fds (QLaunchParts *self, const char *what, GError **error)
{
  if (self->launch->config->monitor_mode != Q_MONITOR_MODE_STDIO)
    return TRUE;

  g_set_error (
    error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
    "%s: it needs a descriptor of this host, and in the monitor mode STDIO QEMU may be on "
    "another",
    what);
  return FALSE;
}

void
q_launch_parts_limit (QLaunchParts *self, int milliseconds, const char *what)
{
  QLaunch *launch = self->launch;
  int own = launch->config->launch_timeout;

  if (launch->launch_op != NULL && milliseconds >= 0 && (own < 0 || milliseconds < own))
    q_operation_set_timeout (launch->launch_op, milliseconds, what, NULL);
}

const QLaunchConfig *
q_launch_parts_get_config (QLaunchParts *self)
{
  return self->launch->config;
}

const char *const *
q_launch_parts_get_user_args (QLaunchParts *self)
{
  return (const char *const *)self->launch->config->args;
}

const char *
q_launch_parts_get_run_dir (QLaunchParts *self)
{
  return q_run_dir_get_path (self->launch->run_dir);
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
q_launch_parts_exits_with_parent (QLaunchParts *self)
{
  return self->launch->config->exit_with_parent;
}

void
q_launch_parts_keep_run_dir (QLaunchParts *self)
{
  self->launch->keeps_run_dir = TRUE;
}

QLaunch *
q_launch_parts_get_launch (QLaunchParts *self)
{
  return self->launch;
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

/* -- what is settled with QEMU -- */

typedef enum
{
  SETTLING_AWAIT,
  SETTLING_ARRIVE,
  SETTLING_SETTLE,
  SETTLING_LEAVE,
} SettlingKind;

struct _QLaunchSettling
{
  QLaunch *launch;
  guint index; /* of the feature */
  SettlingKind kind;
  QLaunchStep next;
};

static void settle_from (QLaunch *self, guint index, SettlingKind kind, QLaunchStep next);

static gboolean
is_under_way (QLaunch *self)
{
  return (self->phase == Q_LAUNCH_PREPARING || self->phase == Q_LAUNCH_NEGOTIATING)
         && self->launch_error == NULL;
}

void
q_launch_fail_if_under_way (QLaunch *self, GError *error)
{
  if (is_under_way (self))
    q_launch_fail (self, error);
  else
    g_error_free (error);
}

void
q_launch_settling_ask (QLaunchSettling *self, const char *command, const char *arguments,
                       QLaunchSettlingFunc func, gpointer user_data)
{
  q_session_ask_json (self->launch->session, command, arguments, func, user_data);
}

void
q_launch_settling_end (QLaunchSettling *self, GError *error)
{
  g_autofree QLaunchSettling *settling = self;
  QLaunch *launch = settling->launch;

  /* Nobody waits for it any more, but for the end. */
  if (settling->kind != SETTLING_LEAVE && !is_under_way (launch))
    g_clear_error (&error);
  else if (error == NULL)
    settle_from (launch, settling->index + 1, settling->kind, settling->next);
  else if (settling->kind == SETTLING_AWAIT)
    {
      g_prefix_error (&error, "launch: ");
      q_launch_fail (launch, error);
    }
  else if (g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED))
    {
      g_clear_error (&error);
      q_launch_linger (launch);
    }
  else
    {
      g_prefix_error (&error, "launch: ");
      q_launch_fail_with_output (launch, error);
    }
}

static void (*get_step (const QLaunchHook *hook, SettlingKind kind)) (gpointer, QLaunchSettling *)
{
  switch (kind)
    {
    case SETTLING_AWAIT:
      return hook->await;
    case SETTLING_ARRIVE:
      return hook->arrive;
    case SETTLING_SETTLE:
      return hook->settle;
    case SETTLING_LEAVE:
    default:
      return hook->leave;
    }
}

static void
settle_from (QLaunch *self, guint index, SettlingKind kind, QLaunchStep next)
{
  for (; index < self->n_prepared; index++)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, index);
      void (*step) (gpointer, QLaunchSettling *) = get_step (each->hook, kind);
      QLaunchSettling *settling;

      if (step == NULL)
        continue;

      settling = g_new0 (QLaunchSettling, 1);
      settling->launch = self;
      settling->index = index;
      settling->kind = kind;
      settling->next = next;
      step (each->feature, settling);
      return;
    }

  next (self);
}

void
q_launch_arrive_hooks (QLaunch *self, QLaunchStep next)
{
  settle_from (self, 0, SETTLING_ARRIVE, next);
}

void
q_launch_settle_hooks (QLaunch *self, QLaunchStep next)
{
  settle_from (self, 0, SETTLING_SETTLE, next);
}

void
q_launch_await_hooks (QLaunch *self, QLaunchStep next)
{
  settle_from (self, 0, SETTLING_AWAIT, next);
}

void
q_launch_leave_hooks (QLaunch *self, QLaunchStep next)
{
  settle_from (self, 0, SETTLING_LEAVE, next);
}

void
q_launch_explain (QLaunch *self, GString *text)
{
  for (guint i = 0; i < self->n_prepared; i++)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, i);
      g_autofree char *words
        = each->hook->explain != NULL ? each->hook->explain (each->feature) : NULL;

      if (words != NULL)
        g_string_append_printf (text, "\n%s", words);
    }
}

QLaunchJoin
q_launch_join (QLaunch *self, const QLaunchHook *hook, gpointer feature)
{
  GArray *hooks;
  guint index = 0;

  if (self == NULL || self->phase == Q_LAUNCH_ENDING)
    return Q_LAUNCH_JOIN_NOTHING;

  hooks = self->config->hooks;
  while (index < hooks->len && g_array_index (hooks, QLaunchFeature, index).feature != feature)
    index++;
  if (index < self->n_prepared)
    return Q_LAUNCH_JOIN_NOTHING;

  if (index == hooks->len)
    q_launch_config_add_hook (self->config, hook, feature);
  g_array_index (hooks, QLaunchFeature, index).has_joined = TRUE;
  /* The others have prepared already. */
  if (self->command_line != NULL)
    self->n_prepared++;
  if (self->phase == Q_LAUNCH_RUNNING)
    return Q_LAUNCH_JOIN_RUNNING;
  return self->config->monitor_mode != Q_MONITOR_MODE_NONE ? Q_LAUNCH_JOIN_EARLY
                                                           : Q_LAUNCH_JOIN_NOTHING;
}

typedef struct
{
  QLaunch *launch;
  QLaunchFeature feature; /* its configuration has the reference */
} Question;

static void
answered_cb (const char *value, const GError *error, gpointer data)
{
  g_autofree Question *question = data;

  if (error == NULL)
    question->feature.hook->answer (question->feature.feature, value);
  q_launch_question_answered (question->launch);
}

static void
ask (QLaunch *self, const QLaunchFeature *feature)
{
  Question *question = g_new0 (Question, 1);

  question->launch = self;
  question->feature = *feature;
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
  for (guint i = self->config->hooks->len; i-- > 0;)
    {
      const QLaunchFeature *each = &g_array_index (self->config->hooks, QLaunchFeature, i);
      gboolean takes_part = i < self->n_prepared || each->has_joined;

      self->n_prepared = MIN (self->n_prepared, i);
      if (takes_part && each->hook->ended != NULL)
        each->hook->ended (each->feature, self->detached);
    }
}
