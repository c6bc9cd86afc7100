/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <string.h>

#include "io/deadline-private.h"
#include "io/io-thread-private.h"

/* Sockets of this host for a QEMU on another one: the wrapper brings them there, as ssh does with
 * `-R`. The library listens here, and QEMU connects there before it says a word. */

/* In a word of the wrapper. */
#define HERE "{here}"
#define FAR "{far}"

/* Whoever passes the bytes on may still have some after QEMU's end, and goes on until somebody
 * takes them. So long there is for the program to do so. */
#define HANG_UP_MS 1000

static gboolean
has_word_with (const QLaunchConfig *config, const char *mark)
{
  for (gsize i = 0; config->wrapper != NULL && config->wrapper[i] != NULL; i++)
    if (strstr (config->wrapper[i], mark) != NULL)
      return TRUE;

  return FALSE;
}

/* Nobody can guess it, and none of an earlier launch is in its way. */
static char *
make_far_path (QLaunch *self)
{
  g_autofree char *token = g_uuid_string_random ();

  return g_strdup_printf ("%s/qmachine-%s.sock", self->config->wrapper_socket_dir, token);
}

QPlug *
q_launch_make_far_plug (QLaunch *self, const char *what, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%u" Q_RUN_DIR_SOCKET_SUFFIX, self->plugs->len);
  char *far_path = make_far_path (self);
  char *path = has_word_with (self->config, HERE) ? q_run_dir_get_file (self->run_dir, name)
                                                  : g_strdup (far_path);

  return q_plug_new_far_listener (what, path, far_path, error);
}

static void
add_word (GStrvBuilder *words, const char *pattern, QPlug *plug)
{
  g_autoptr (GString) word = g_string_new (pattern);

  /* No far path has braces, so nothing is replaced in what was put in. */
  g_string_replace (word, FAR, q_plug_get_path (plug), 0);
  g_string_replace (word, HERE, q_plug_get_own_path (plug), 0);
  g_strv_builder_add (words, word->str);
}

/* For no plugs without any, which may be NULL. */
static GStrv
dup_wrapper (const QLaunchConfig *config, GPtrArray *plugs)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  char **wrapper = config->wrapper;

  if (wrapper == NULL || config->wrapper_socket_dir == NULL)
    return g_strdupv (wrapper);

  for (gsize i = 0; wrapper[i] != NULL; i++)
    if (strstr (wrapper[i], HERE) == NULL && strstr (wrapper[i], FAR) == NULL)
      g_strv_builder_add (words, wrapper[i]);
    else
      for (guint j = 0; plugs != NULL && j < plugs->len; j++)
        if (q_plug_is_far (plugs->pdata[j]))
          add_word (words, wrapper[i], plugs->pdata[j]);

  return g_strv_builder_end (words);
}

GStrv
q_launch_dup_wrapper (QLaunch *self)
{
  return dup_wrapper (self->config, self->plugs);
}

GStrv
q_launch_config_dup_plain_wrapper (const QLaunchConfig *self)
{
  return dup_wrapper (self, NULL);
}

/* -- QEMU's connections -- */

static void
came_cb (gpointer data)
{
  QLaunch *self = data;

  if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
    self->next_step (self);
}

void
q_launch_await_plug (QLaunch *self, QPlug *plug, QLaunchStep again)
{
  g_autofree char *what
    = g_strdup_printf ("QEMU is ready, and its connection for %s has not come here from %s",
                       q_plug_get_what (plug), q_plug_get_path (plug));

  q_operation_explain_timeout (self->launch_op, what);
  self->next_step = again;
  q_plug_await (plug, came_cb, self);
}

/* -- their end -- */

static gboolean
grace_over_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->hang_up_source);
  for (guint i = 0; i < self->plugs->len; i++)
    q_plug_hang_up (g_ptr_array_index (self->plugs, i));
  return G_SOURCE_REMOVE;
}

void
q_launch_hang_up (QLaunch *self)
{
  if (self->config->wrapper_socket_dir != NULL && self->hang_up_source == NULL)
    self->hang_up_source
      = q_io_thread_add_deadline (HANG_UP_MS, grace_over_cb, self, "qmachine-hang-up");
}
