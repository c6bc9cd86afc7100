/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What each step of a script does. */

#include "mock-player-internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_SIZE (64 * 1024)

gboolean
mock_player_flush (MockPlayer *self, GError **error)
{
  gboolean result;

  if (self->out->len == 0)
    return TRUE;

  result = mock_link_write (self->link, self->out->str, self->out->len, error);
  g_string_truncate (self->out, 0);
  return result;
}

MockCommand *
mock_player_last_command (MockPlayer *self)
{
  return self->commands->len > 0 ? self->commands->pdata[self->commands->len - 1] : NULL;
}

/* The text of a step with $ID, $N and $$ replaced; good until the next call. */
const GString *
mock_player_expand (MockPlayer *self, const MockStep *step)
{
  MockCommand *command = mock_player_last_command (self);
  guint64 round = 0;

  if (self->loops->len > 0)
    round = g_array_index (self->loops, MockLoop, self->loops->len - 1).round;

  g_string_truncate (self->expanded, 0);
  mock_message_append_expanded (self->expanded, step->text->str, step->text->len,
                                command != NULL ? command->id : NULL, round);
  return self->expanded;
}

/* --- Connections --- */

gboolean
mock_play_accept (MockPlayer *self, const MockStep *step, GError **error)
{
  MockLink *link = self->link;
  int fd;

  if (self->listen_fd < 0)
    return mock_link_fail (link, error, QMOCK_ERROR_SCRIPT, "there is no socket to accept on");

  mock_link_close (link);
  do
    {
      MockWait result = mock_link_wait (link, self->listen_fd, POLLIN, mock_link_deadline (link),
                                        TRUE, "a client", error);

      if (result == MOCK_WAIT_FINISHING)
        return mock_link_fail (link, error, QMOCK_ERROR_EXPECTATION, "no client connected");
      if (result != MOCK_WAIT_READY)
        return FALSE;

      fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    }
  while (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED));

  if (fd < 0)
    return mock_link_fail (link, error, QMOCK_ERROR_USAGE, "accept: %s", g_strerror (errno));

  mock_link_open (link, fd);
  return TRUE;
}

gboolean
mock_play_close (MockPlayer *self, const MockStep *step, GError **error)
{
  mock_link_close (self->link);
  return TRUE;
}

gboolean
mock_play_reset (MockPlayer *self, const MockStep *step, GError **error)
{
  return mock_link_reset (self->link, error);
}

gboolean
mock_play_shutdown_write (MockPlayer *self, const MockStep *step, GError **error)
{
  shutdown (self->link->fd, SHUT_WR);
  self->link->gone = TRUE;
  return TRUE;
}

gboolean
mock_play_expect_eof (MockPlayer *self, const MockStep *step, GError **error)
{
  MockLink *link = self->link;
  gint64 until = mock_link_deadline (link);

  while (TRUE)
    {
      mock_link_skip_filling (link);
      if (link->in_pos < link->in->len)
        {
          g_autofree char *got
            = mock_link_excerpt (link->in->str + link->in_pos, link->in->len - link->in_pos);

          return mock_link_fail (link, error, QMOCK_ERROR_EXPECTATION,
                                 "expected the client to hang up, got: %s", got);
        }
      if (link->eof)
        return TRUE;
      if (mock_link_wait_input (link, until, FALSE, "the client to hang up", error)
          != MOCK_WAIT_READY)
        return FALSE;
    }
}

gboolean
mock_play_stall (MockPlayer *self, const MockStep *step, GError **error)
{
  /* Not POLLIN: a QEMU that hangs does not read either. */
  return mock_link_wait (self->link, self->link->fd, POLLRDHUP, -1, TRUE, "the client to hang up",
                         error)
         != MOCK_WAIT_FAILED;
}

/* --- Reading --- */

/* Returns what the step wants instead of this command, or NULL. */
static char *
describe_mismatch (const MockStep *step, const MockCommand *command, const char *text, gsize length)
{
  const char *value;
  gsize n;

  if (step->kind == MOCK_STEP_EXPECT_TEXT)
    {
      if (length != step->text->len || memcmp (text, step->text->str, length) != 0)
        return g_strdup ("exactly this text");
      return NULL;
    }

  if (command->name == NULL
      || (!g_str_equal (step->word, "*") && !g_str_equal (command->name, step->word)))
    return g_strdup_printf ("the command \"%s\"", step->word);

  if (step->kind == MOCK_STEP_EXPECT_OOB && !command->oob)
    return g_strdup ("an out-of-band command");

  if (step->text != NULL
      && (!mock_json_find_member (text, length, "arguments", &value, &n) || n != step->text->len
          || memcmp (value, step->text->str, n) != 0))
    return g_strdup_printf ("the arguments %s", step->text->str);

  return NULL;
}

gboolean
mock_play_expect (MockPlayer *self, const MockStep *step, GError **error)
{
  MockLink *link = self->link;
  g_autoptr (MockCommand) command = NULL;
  g_autofree char *wanted = NULL;
  const char *text;
  gsize length, end;

  if (!mock_link_wait_command (link, &end, error))
    return FALSE;

  text = link->in->str + link->in_pos;
  length = end - link->in_pos;
  command = mock_command_parse (text, length);
  wanted = describe_mismatch (step, command, text, length);
  if (wanted != NULL)
    {
      g_autofree char *got = mock_link_excerpt (text, length);

      return mock_link_fail (link, error, QMOCK_ERROR_EXPECTATION, "expected %s, got: %s", wanted,
                             got);
    }

  mock_link_consume (link, end);
  g_ptr_array_add (self->commands, g_steal_pointer (&command));
  return TRUE;
}

gboolean
mock_play_expect_raw (MockPlayer *self, const MockStep *step, GError **error)
{
  MockLink *link = self->link;
  gint64 until = mock_link_deadline (link);

  while (TRUE)
    {
      const char *text = link->in->str + link->in_pos;
      gsize length = MIN (link->in->len - link->in_pos, step->text->len);

      if (memcmp (text, step->text->str, length) != 0 || (link->eof && length < step->text->len))
        {
          g_autofree char *got = mock_link_excerpt (text, link->in->len - link->in_pos);

          return mock_link_fail (link, error, QMOCK_ERROR_EXPECTATION,
                                 "expected exactly these bytes, got: %s", got);
        }

      if (length == step->text->len)
        {
          if (*text == '{' && mock_json_skip_value (text, text + length) != NULL)
            g_ptr_array_add (self->commands, mock_command_parse (text, length));
          mock_link_consume (link, link->in_pos + length);
          return TRUE;
        }

      if (mock_link_wait_input (link, until, FALSE, "more bytes", error) != MOCK_WAIT_READY)
        return FALSE;
    }
}

/* --- Writing --- */

gboolean
mock_play_greet (MockPlayer *self, const MockStep *step, GError **error)
{
  mock_message_append_greeting (self->out, step->kind == MOCK_STEP_GREET);
  return TRUE;
}

gboolean
mock_play_reply (MockPlayer *self, const MockStep *step, GError **error)
{
  MockCommand *command = mock_player_last_command (self);
  const char *id;

  if (step->kind == MOCK_STEP_REPLY_TO || step->kind == MOCK_STEP_ERROR_TO)
    command = step->number <= self->commands->len ? self->commands->pdata[step->number - 1] : NULL;

  if (step->kind == MOCK_STEP_REPLY_WITH_ID)
    id = step->word;
  else if (command != NULL)
    id = command->id;
  else
    return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT, "there was no such command yet");

  if (step->kind == MOCK_STEP_ERROR || step->kind == MOCK_STEP_ERROR_TO)
    {
      mock_message_append_error (self->out, step->word, step->text->str, id);
    }
  else if (step->text != NULL)
    {
      const GString *json = mock_player_expand (self, step);

      mock_message_append_return (self->out, json->str, json->len, id);
    }
  else
    {
      mock_message_append_return (self->out, "{}", 2, id);
    }

  return TRUE;
}

gboolean
mock_play_drop_id (MockPlayer *self, const MockStep *step, GError **error)
{
  MockCommand *command = mock_player_last_command (self);

  if (command == NULL)
    return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT, "there was no command yet");

  g_clear_pointer (&command->id, g_free);
  return TRUE;
}

gboolean
mock_play_event (MockPlayer *self, const MockStep *step, GError **error)
{
  const GString *json = step->text != NULL ? mock_player_expand (self, step) : NULL;

  mock_message_append_event (self->out, step->word, json != NULL ? json->str : NULL,
                             json != NULL ? json->len : 0);
  return TRUE;
}

gboolean
mock_play_send (MockPlayer *self, const MockStep *step, GError **error)
{
  if (step->text != NULL)
    {
      const GString *text = mock_player_expand (self, step);

      g_string_append_len (self->out, text->str, (gssize)text->len);
    }
  if (step->kind == MOCK_STEP_SEND_LINE)
    g_string_append (self->out, "\r\n");

  return TRUE;
}

gboolean
mock_play_flood (MockPlayer *self, const MockStep *step, GError **error)
{
  g_autofree char *block = g_malloc (BATCH_SIZE);
  guint64 left = step->number;

  memset (block, step->kind == MOCK_STEP_NEST ? '[' : step->text->str[0], BATCH_SIZE);
  while (left > 0 && !self->link->gone)
    {
      gsize n = (gsize)MIN (left, BATCH_SIZE);

      if (!mock_link_write (self->link, block, n, error))
        return FALSE;
      left -= n;
    }

  return TRUE;
}

gboolean
mock_play_serve (MockPlayer *self, const MockStep *step, GError **error)
{
  MockLink *link = self->link;

  while (TRUE)
    {
      MockWait result;
      gsize end;

      while (mock_link_find_command (link, &end))
        {
          gboolean go_on = mock_message_append_served (self->out, link->in->str + link->in_pos,
                                                       end - link->in_pos);

          mock_link_consume (link, end);
          if ((!go_on || self->out->len >= BATCH_SIZE) && !mock_player_flush (self, error))
            return FALSE;
          if (!go_on)
            {
              mock_link_close (link);
              return TRUE;
            }
        }

      if (!mock_player_flush (self, error))
        return FALSE;
      /* While it wrote it may have read. */
      if (mock_link_find_command (link, &end))
        continue;
      if (link->eof)
        return TRUE;

      result = mock_link_wait_input (link, -1, TRUE, "a command", error);
      if (result != MOCK_WAIT_READY)
        return result == MOCK_WAIT_FINISHING;
    }
}

/* --- Flow --- */

gboolean
mock_play_split (MockPlayer *self, const MockStep *step, GError **error)
{
  return mock_link_set_split (self->link, (guint)MIN (step->number, G_MAXUINT), error);
}

gboolean
mock_play_delay (MockPlayer *self, const MockStep *step, GError **error)
{
  gint64 until = g_get_monotonic_time () + (gint64)step->number * 1000;

  return mock_link_wait (self->link, -1, 0, until, FALSE, "the end of the delay", error)
         == MOCK_WAIT_READY;
}

gboolean
mock_play_timeout (MockPlayer *self, const MockStep *step, GError **error)
{
  self->link->timeout = (guint)MIN (step->number, G_MAXINT);
  return TRUE;
}

gboolean
mock_play_wait_signal (MockPlayer *self, const MockStep *step, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;
  gint64 until = mock_link_deadline (self->link);
  int given;

  if (self->hook != NULL)
    return self->hook (self, step, self->hook_data, error);

  locker = g_mutex_locker_new (&self->mutex);
  while ((given = GPOINTER_TO_INT (g_hash_table_lookup (self->signals, step->word))) == 0)
    {
      if (self->finishing || mock_link_is_aborted (self->link))
        return mock_link_fail (self->link, error, QMOCK_ERROR_EXPECTATION,
                               "the test never gave the signal");
      if (!g_cond_wait_until (&self->cond, &self->mutex, until))
        return mock_link_fail (self->link, error, QMOCK_ERROR_TIMED_OUT,
                               "waited %u ms for the signal", self->link->timeout);
    }

  g_hash_table_insert (self->signals, g_strdup (step->word), GINT_TO_POINTER (given - 1));
  return TRUE;
}

gboolean
mock_play_mark (MockPlayer *self, const MockStep *step, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  g_hash_table_add (self->marks, g_strdup (step->word));
  g_cond_broadcast (&self->cond);
  return TRUE;
}

gboolean
mock_play_hook (MockPlayer *self, const MockStep *step, GError **error)
{
  return self->hook (self, step, self->hook_data, error);
}
