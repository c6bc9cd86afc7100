/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-player-internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_SIZE (64 * 1024)

typedef gboolean (*PlayFunc) (MockPlayer *self, const MockStep *step, GError **error);

typedef enum
{
  NO_CLIENT,
  CLIENT,        /* needs a connection */
  CLIENT_OUTPUT, /* and only adds to `out`: in a repeat several may share a write */
} StepNeeds;

/* A repeat and its end are missing: play_steps() does these itself. */
static const struct
{
  PlayFunc play;
  StepNeeds needs;
} players[] = {
  [MOCK_STEP_ACCEPT] = { mock_play_accept, NO_CLIENT },
  [MOCK_STEP_CLOSE] = { mock_play_close, CLIENT },
  [MOCK_STEP_RESET] = { mock_play_reset, CLIENT },
  [MOCK_STEP_SHUTDOWN_WRITE] = { mock_play_shutdown_write, CLIENT },
  [MOCK_STEP_EXPECT_EOF] = { mock_play_expect_eof, CLIENT },
  [MOCK_STEP_STALL] = { mock_play_stall, CLIENT },
  [MOCK_STEP_EXPECT] = { mock_play_expect, CLIENT },
  [MOCK_STEP_EXPECT_OOB] = { mock_play_expect, CLIENT },
  [MOCK_STEP_EXPECT_TEXT] = { mock_play_expect, CLIENT },
  [MOCK_STEP_EXPECT_RAW] = { mock_play_expect_raw, CLIENT },
  [MOCK_STEP_GREET] = { mock_play_greet, CLIENT_OUTPUT },
  [MOCK_STEP_GREET_WITHOUT_OOB] = { mock_play_greet, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY] = { mock_play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY_TO] = { mock_play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY_WITH_ID] = { mock_play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_ERROR] = { mock_play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_ERROR_TO] = { mock_play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_DROP_ID] = { mock_play_drop_id, NO_CLIENT },
  [MOCK_STEP_EVENT] = { mock_play_event, CLIENT_OUTPUT },
  [MOCK_STEP_SEND] = { mock_play_send, CLIENT_OUTPUT },
  [MOCK_STEP_SEND_LINE] = { mock_play_send, CLIENT_OUTPUT },
  [MOCK_STEP_FLOOD] = { mock_play_flood, CLIENT },
  [MOCK_STEP_NEST] = { mock_play_flood, CLIENT },
  [MOCK_STEP_SERVE] = { mock_play_serve, CLIENT },
  [MOCK_STEP_SPLIT] = { mock_play_split, NO_CLIENT },
  [MOCK_STEP_DELAY] = { mock_play_delay, NO_CLIENT },
  [MOCK_STEP_TIMEOUT] = { mock_play_timeout, NO_CLIENT },
  [MOCK_STEP_WAIT_SIGNAL] = { mock_play_wait_signal, NO_CLIENT },
  [MOCK_STEP_MARK] = { mock_play_mark, NO_CLIENT },
  [MOCK_STEP_LISTEN] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_STDOUT] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_STDERR] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_PRINT_ARGS] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_PRINT_FDS] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_EXIT] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_KILL] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_IGNORE_TERM] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_EXIT_ON_TERM] = { mock_play_hook, NO_CLIENT },
  [MOCK_STEP_SPAWN_HOLDER] = { mock_play_hook, NO_CLIENT },
};

static gboolean
play_step (MockPlayer *self, const MockStep *step, GError **error)
{
  StepNeeds needs = players[step->kind].needs;

  if (needs != CLIENT_OUTPUT && !mock_player_flush (self, error))
    return FALSE;

  if (needs != NO_CLIENT && self->link->fd < 0)
    {
      /* A process whose monitor is gone, or that was given none, only plays the rest. With
       * nobody to hang up, its stall lasts for ever. */
      if (self->hook != NULL && (self->link->was_open || self->listen_fd < 0))
        return step->kind == MOCK_STEP_STALL ? mock_play_stall (self, step, error) : TRUE;
      if (self->link->was_open)
        return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT,
                               "the connection is closed, an accept must come first");
      if (!mock_play_accept (self, step, error))
        return FALSE;
    }

  if (!players[step->kind].play (self, step, error))
    return FALSE;

  if (self->loops->len == 0 || self->out->len >= BATCH_SIZE)
    return mock_player_flush (self, error);

  return TRUE;
}

/* Returns the index of the next step. */
static guint
enter_loop (MockPlayer *self, const MockStep *step, guint index)
{
  MockLoop loop = { .first = index + 1, .rounds = step->number };

  if (loop.rounds == 0)
    return step->partner + 1;

  g_array_append_val (self->loops, loop);
  return index + 1;
}

static guint
leave_loop (MockPlayer *self, guint index)
{
  MockLoop *loop = &g_array_index (self->loops, MockLoop, self->loops->len - 1);

  loop->round++;
  if (loop->round < loop->rounds)
    return loop->first;

  g_array_set_size (self->loops, self->loops->len - 1);
  return index + 1;
}

static gboolean
play_steps (MockPlayer *self, GError **error)
{
  guint i = 0;

  while (i < self->steps->len)
    {
      const MockStep *step = self->steps->pdata[i];

      self->link->step = step;
      if (mock_link_is_aborted (self->link))
        return mock_link_fail (self->link, error, QMOCK_ERROR_TIMED_OUT,
                               "stopped before this step");

      if (step->kind == MOCK_STEP_REPEAT)
        {
          i = enter_loop (self, step, i);
        }
      else if (step->kind == MOCK_STEP_END)
        {
          i = leave_loop (self, i);
          if (self->loops->len == 0 && !mock_player_flush (self, error))
            return FALSE;
        }
      else
        {
          g_autoptr (GError) local_error = NULL;

          if (!play_step (self, step, &local_error))
            {
              if (self->hook == NULL
                  || !g_error_matches (local_error, QMOCK_ERROR, QMOCK_ERROR_CLOSED))
                {
                  g_propagate_error (error, g_steal_pointer (&local_error));
                  return FALSE;
                }
              /* QEMU outlives its monitor: the rest of the process's story is still to play. */
              mock_link_close (self->link);
            }
          i++;
        }
    }

  return TRUE;
}

gboolean
mock_player_play (MockPlayer *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean result = play_steps (self, &failure);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  self->link->step = NULL;
  self->ended = TRUE;
  if (failure != NULL)
    self->failure = g_error_copy (failure);
  g_cond_broadcast (&self->cond);

  if (!result)
    g_propagate_error (error, g_steal_pointer (&failure));
  return result;
}

void
mock_player_linger (MockPlayer *self)
{
  MockLink *link = self->link;

  while (link->fd >= 0 && !link->eof)
    {
      if (mock_link_wait_input (link, -1, TRUE, "the end", NULL) != MOCK_WAIT_READY)
        break;
      mock_link_consume (link, link->in->len);
    }
}

void
mock_player_hang_up (MockPlayer *self)
{
  mock_link_close (self->link);
  if (self->listen_fd >= 0)
    close (self->listen_fd);
  self->listen_fd = -1;
}

/* --- From any thread --- */

void
mock_player_signal (MockPlayer *self, const char *name)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  int given = GPOINTER_TO_INT (g_hash_table_lookup (self->signals, name));

  g_hash_table_insert (self->signals, g_strdup (name), GINT_TO_POINTER (given + 1));
  g_cond_broadcast (&self->cond);
}

gboolean
mock_player_wait_mark (MockPlayer *self, const char *name, guint timeout, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  gint64 until = g_get_monotonic_time () + (gint64)timeout * 1000;

  while (!g_hash_table_contains (self->marks, name))
    {
      if (self->failure != NULL)
        {
          g_propagate_error (error, g_error_copy (self->failure));
          return FALSE;
        }
      if (self->ended)
        {
          g_set_error (error, QMOCK_ERROR, QMOCK_ERROR_EXPECTATION,
                       "The script ended before the mark \"%s\"", name);
          return FALSE;
        }
      if (!g_cond_wait_until (&self->cond, &self->mutex, until))
        {
          g_set_error (error, QMOCK_ERROR, QMOCK_ERROR_TIMED_OUT,
                       "The script did not reach the mark \"%s\" in %u ms", name, timeout);
          return FALSE;
        }
    }

  return TRUE;
}

void
mock_player_ask_finish (MockPlayer *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  self->finishing = TRUE;
  g_cond_broadcast (&self->cond);
  mock_link_ask_finish (self->link);
}

void
mock_player_abort (MockPlayer *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  mock_link_abort (self->link);
  g_cond_broadcast (&self->cond);
}

/* --- Life --- */

MockPlayer *
mock_player_new (GPtrArray *steps, guint timeout, GError **error)
{
  MockLink *link = mock_link_new (timeout, error);
  MockPlayer *self;

  if (link == NULL)
    return NULL;

  self = g_new0 (MockPlayer, 1);
  self->steps = g_ptr_array_ref (steps);
  self->link = link;
  self->listen_fd = -1;
  self->out = g_string_new (NULL);
  self->expanded = g_string_new (NULL);
  self->loops = g_array_new (FALSE, FALSE, sizeof (MockLoop));
  self->commands = g_ptr_array_new_with_free_func ((GDestroyNotify)mock_command_free);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->signals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->marks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
mock_player_free (MockPlayer *self)
{
  mock_player_hang_up (self);
  mock_link_free (self->link);
  g_string_free (self->out, TRUE);
  g_string_free (self->expanded, TRUE);
  g_array_unref (self->loops);
  g_ptr_array_unref (self->commands);
  g_hash_table_unref (self->signals);
  g_hash_table_unref (self->marks);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);
  g_clear_error (&self->failure);
  g_ptr_array_unref (self->steps);
  g_free (self);
}

MockLink *
mock_player_get_link (MockPlayer *self)
{
  return self->link;
}

void
mock_player_take_listener (MockPlayer *self, int fd)
{
  self->listen_fd = fd;
}

void
mock_player_take_connection (MockPlayer *self, int fd)
{
  mock_link_open (self->link, fd);
}

void
mock_player_set_hook (MockPlayer *self, MockStepHook hook, gpointer user_data)
{
  self->hook = hook;
  self->hook_data = user_data;
}
