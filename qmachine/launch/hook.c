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

int
q_launch_parts_add_fd (QLaunchParts *self, int fd)
{
  return q_launch_add_child_fd (self->fds, fd);
}

const char *
q_launch_parts_get_run_dir (QLaunchParts *self)
{
  return self->run_dir;
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
