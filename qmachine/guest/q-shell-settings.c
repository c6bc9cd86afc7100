/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-private.h"

/* -- settings -- */

/**
 * q_shell_get_console: (get-property console)
 * @self: a shell
 *
 * Gets the console of the guest's shell.
 *
 * Returns: (nullable) (transfer none): the console, %NULL for one on a stream
 *
 * Since: 1.0
 */
QConsole *
q_shell_get_console (QShell *self)
{
  g_return_val_if_fail (Q_IS_SHELL (self), NULL);

  return self->console;
}

/**
 * q_shell_get_stream: (get-property stream)
 * @self: a shell
 *
 * Gets the stream of the guest's shell.
 *
 * Returns: (nullable) (transfer none): the stream, %NULL for one on a console
 *
 * Since: 1.0
 */
GIOStream *
q_shell_get_stream (QShell *self)
{
  g_return_val_if_fail (Q_IS_SHELL (self), NULL);

  return self->stream;
}

/**
 * q_shell_get_ready: (get-property ready)
 * @self: a shell
 *
 * Gets whether the shell was found: see [property@Shell:ready].
 *
 * Returns: %TRUE if it was
 *
 * Since: 1.0
 */
gboolean
q_shell_get_ready (QShell *self)
{
  gboolean ready;

  g_return_val_if_fail (Q_IS_SHELL (self), FALSE);

  g_mutex_lock (&self->lock);
  ready = self->ready;
  g_mutex_unlock (&self->lock);

  return ready;
}

static char *
dup_string (QShell *self, char **field)
{
  char *copy;

  g_mutex_lock (&self->lock);
  copy = g_strdup (*field);
  g_mutex_unlock (&self->lock);

  return copy;
}

static void
set_string (QShell *self, char **field, const char *value, const char *property)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = g_strcmp0 (*field, value) != 0;
  if (changed)
    {
      g_free (*field);
      *field = g_strdup (value);
    }
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify (G_OBJECT (self), property);
}

/**
 * q_shell_dup_user: (get-property user)
 * @self: a shell
 *
 * Gets who logs in: see [property@Shell:user].
 *
 * Returns: (nullable) (transfer full): the user, %NULL for nobody
 *
 * Since: 1.0
 */
char *
q_shell_dup_user (QShell *self)
{
  g_return_val_if_fail (Q_IS_SHELL (self), NULL);

  return dup_string (self, &self->user);
}

/**
 * q_shell_set_user: (set-property user)
 * @self: a shell
 * @user: (nullable): the user, %NULL for nobody
 *
 * Sets who logs in: see [property@Shell:user].
 *
 * Since: 1.0
 */
void
q_shell_set_user (QShell *self, const char *user)
{
  g_return_if_fail (Q_IS_SHELL (self));

  set_string (self, &self->user, user, "user");
}

/**
 * q_shell_set_password:
 * @self: a shell
 * @password: (nullable): the password, %NULL for none
 *
 * Sets the password of the user. It cannot be read.
 *
 * Since: 1.0
 */
void
q_shell_set_password (QShell *self, const char *password)
{
  g_return_if_fail (Q_IS_SHELL (self));

  g_mutex_lock (&self->lock);
  g_free (self->password);
  self->password = g_strdup (password);
  g_mutex_unlock (&self->lock);
}

/**
 * q_shell_dup_prompt: (get-property prompt)
 * @self: a shell
 *
 * Gets what the guest's own prompt is known by: see [property@Shell:prompt].
 *
 * Returns: (nullable) (transfer full): a regular expression, %NULL for the usual ones
 *
 * Since: 1.0
 */
char *
q_shell_dup_prompt (QShell *self)
{
  g_return_val_if_fail (Q_IS_SHELL (self), NULL);

  return dup_string (self, &self->prompt);
}

/**
 * q_shell_set_prompt: (set-property prompt)
 * @self: a shell
 * @prompt: (nullable): a regular expression of [struct@GLib.Regex], %NULL for the usual prompts
 *
 * Sets what the guest's own prompt is known by: see [property@Shell:prompt].
 *
 * Since: 1.0
 */
void
q_shell_set_prompt (QShell *self, const char *prompt)
{
  g_return_if_fail (Q_IS_SHELL (self));

  set_string (self, &self->prompt, prompt, "prompt");
}

/**
 * q_shell_get_open_timeout: (get-property open-timeout)
 * @self: a shell
 *
 * Gets how long opening may take: see [property@Shell:open-timeout].
 *
 * Returns: milliseconds, -1 for none
 *
 * Since: 1.0
 */
int
q_shell_get_open_timeout (QShell *self)
{
  int open_timeout;

  g_return_val_if_fail (Q_IS_SHELL (self), -1);

  g_mutex_lock (&self->lock);
  open_timeout = self->open_timeout;
  g_mutex_unlock (&self->lock);

  return open_timeout;
}

/**
 * q_shell_set_open_timeout: (set-property open-timeout)
 * @self: a shell
 * @open_timeout: milliseconds, -1 for none
 *
 * Sets how long opening may take: see [property@Shell:open-timeout].
 *
 * Since: 1.0
 */
void
q_shell_set_open_timeout (QShell *self, int open_timeout)
{
  gboolean changed;

  g_return_if_fail (Q_IS_SHELL (self));
  g_return_if_fail (open_timeout >= -1);

  g_mutex_lock (&self->lock);
  changed = self->open_timeout != open_timeout;
  self->open_timeout = open_timeout;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify (G_OBJECT (self), "open-timeout");
}

/**
 * q_shell_get_command_timeout: (get-property command-timeout)
 * @self: a shell
 *
 * Gets how long a command may take: see [property@Shell:command-timeout].
 *
 * Returns: milliseconds, -1 for none
 *
 * Since: 1.0
 */
int
q_shell_get_command_timeout (QShell *self)
{
  int command_timeout;

  g_return_val_if_fail (Q_IS_SHELL (self), -1);

  g_mutex_lock (&self->lock);
  command_timeout = self->command_timeout;
  g_mutex_unlock (&self->lock);

  return command_timeout;
}

/**
 * q_shell_set_command_timeout: (set-property command-timeout)
 * @self: a shell
 * @command_timeout: milliseconds, -1 for none
 *
 * Sets how long a command may take: see [property@Shell:command-timeout].
 *
 * Since: 1.0
 */
void
q_shell_set_command_timeout (QShell *self, int command_timeout)
{
  gboolean changed;

  g_return_if_fail (Q_IS_SHELL (self));
  g_return_if_fail (command_timeout >= -1);

  g_mutex_lock (&self->lock);
  changed = self->command_timeout != command_timeout;
  self->command_timeout = command_timeout;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify (G_OBJECT (self), "command-timeout");
}

/**
 * q_shell_get_max_output: (get-property max-output)
 * @self: a shell
 *
 * Gets how much a command may write: see [property@Shell:max-output].
 *
 * Returns: bytes, from 1 to 1073741824
 *
 * Since: 1.0
 */
guint64
q_shell_get_max_output (QShell *self)
{
  guint64 max_output;

  g_return_val_if_fail (Q_IS_SHELL (self), 0);

  g_mutex_lock (&self->lock);
  max_output = self->max_output;
  g_mutex_unlock (&self->lock);

  return max_output;
}

/**
 * q_shell_set_max_output: (set-property max-output)
 * @self: a shell
 * @max_output: bytes, from 1 to 1073741824
 *
 * Sets how much a command may write: see [property@Shell:max-output].
 *
 * Since: 1.0
 */
void
q_shell_set_max_output (QShell *self, guint64 max_output)
{
  gboolean changed;

  g_return_if_fail (Q_IS_SHELL (self));
  g_return_if_fail (max_output >= 1 && max_output <= 1024 * 1024 * 1024);

  g_mutex_lock (&self->lock);
  changed = self->max_output != max_output;
  self->max_output = max_output;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify (G_OBJECT (self), "max-output");
}

/* -- all of them -- */

void
q_shell_copy_settings (QShell *self, QShell *source)
{
  g_autofree char *user = q_shell_dup_user (source);
  g_autofree char *prompt = q_shell_dup_prompt (source);
  g_autofree char *password = NULL;

  g_mutex_lock (&source->lock);
  password = g_strdup (source->password);
  g_mutex_unlock (&source->lock);

  q_shell_set_user (self, user);
  q_shell_set_password (self, password);
  q_shell_set_prompt (self, prompt);
  q_shell_set_open_timeout (self, q_shell_get_open_timeout (source));
  q_shell_set_command_timeout (self, q_shell_get_command_timeout (source));
  q_shell_set_max_output (self, q_shell_get_max_output (source));
}
