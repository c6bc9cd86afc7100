/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

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

static void
command_free (gpointer data)
{
  QLaunchCommand *self = data;

  g_free (self->name);
  g_free (self->arguments);
  g_free (self);
}

void
q_launch_parts_add_command (QLaunchParts *self, const char *command, const char *arguments)
{
  QLaunchCommand *added = g_new (QLaunchCommand, 1);

  added->name = g_strdup (command);
  added->arguments = g_strdup (arguments);
  if (self->launch->first_commands == NULL)
    self->launch->first_commands = g_ptr_array_new_with_free_func (command_free);
  g_ptr_array_add (self->launch->first_commands, added);
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
