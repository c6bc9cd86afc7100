/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-player.h"
#include "mock-message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_SIZE (64 * 1024)

typedef struct
{
  guint   first; /* the step after the repeat */
  guint64 round;
  guint64 rounds;
} MockLoop;

struct _MockPlayer
{
  GPtrArray    *steps;
  MockStepHook  hook;
  gpointer      hook_data;

  /* Only the playing thread touches these. */
  MockLink     *link;
  int           listen_fd;
  GString      *out;       /* what the current step, or repeat, wants to write */
  GString      *expanded;  /* scratch space of expand() */
  GArray       *loops;     /* the repeats that are open, of MockLoop */
  GPtrArray    *commands;  /* every command read by a step, of MockCommand */

  /* Shared with the test's thread. */
  GMutex        mutex;
  GCond         cond;
  gboolean      finishing;
  gboolean      ended;
  GError       *failure;   /* why it ended early, or NULL */
  GHashTable   *signals;   /* name -> how often it was given and not yet waited for */
  GHashTable   *marks;     /* the names of the marks that were passed */
};

static gboolean
flush (MockPlayer  *self,
       GError     **error)
{
  gboolean result;

  if (self->out->len == 0)
    return TRUE;

  result = mock_link_write (self->link, self->out->str, self->out->len, error);
  g_string_truncate (self->out, 0);
  return result;
}

static MockCommand *
last_command (MockPlayer *self)
{
  return self->commands->len > 0 ? self->commands->pdata[self->commands->len - 1] : NULL;
}

/* The text of a step with $ID, $N and $$ replaced; good until the next call. */
static const GString *
expand (MockPlayer     *self,
        const MockStep *step)
{
  MockCommand *command = last_command (self);
  guint64 round = 0;

  if (self->loops->len > 0)
    round = g_array_index (self->loops, MockLoop, self->loops->len - 1).round;

  g_string_truncate (self->expanded, 0);
  mock_message_append_expanded (self->expanded, step->text->str, step->text->len,
                                command != NULL ? command->id : NULL, round);
  return self->expanded;
}

/* --- Connections --- */

static gboolean
play_accept (MockPlayer      *self,
             const MockStep  *step,
             GError         **error)
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

static gboolean
play_close (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  mock_link_close (self->link);
  return TRUE;
}

static gboolean
play_reset (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  return mock_link_reset (self->link, error);
}

static gboolean
play_shutdown_write (MockPlayer      *self,
                     const MockStep  *step,
                     GError         **error)
{
  shutdown (self->link->fd, SHUT_WR);
  self->link->gone = TRUE;
  return TRUE;
}

static gboolean
play_expect_eof (MockPlayer      *self,
                 const MockStep  *step,
                 GError         **error)
{
  MockLink *link = self->link;
  gint64 until = mock_link_deadline (link);

  while (TRUE)
    {
      mock_link_skip_filling (link);
      if (link->in_pos < link->in->len)
        {
          g_autofree char *got = mock_link_excerpt (link->in->str + link->in_pos,
                                                    link->in->len - link->in_pos);

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

static gboolean
play_stall (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  /* Not POLLIN: a QEMU that hangs does not read either. */
  return mock_link_wait (self->link, self->link->fd, POLLRDHUP, -1, TRUE,
                         "the client to hang up", error) != MOCK_WAIT_FAILED;
}

/* --- Reading --- */

/* Returns what the step wants instead of this command, or NULL. */
static char *
describe_mismatch (const MockStep    *step,
                   const MockCommand *command,
                   const char        *text,
                   gsize              length)
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
      && (!mock_json_find_member (text, length, "arguments", &value, &n)
          || n != step->text->len || memcmp (value, step->text->str, n) != 0))
    return g_strdup_printf ("the arguments %s", step->text->str);

  return NULL;
}

static gboolean
play_expect (MockPlayer      *self,
             const MockStep  *step,
             GError         **error)
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

      return mock_link_fail (link, error, QMOCK_ERROR_EXPECTATION,
                             "expected %s, got: %s", wanted, got);
    }

  mock_link_consume (link, end);
  g_ptr_array_add (self->commands, g_steal_pointer (&command));
  return TRUE;
}

static gboolean
play_expect_raw (MockPlayer      *self,
                 const MockStep  *step,
                 GError         **error)
{
  MockLink *link = self->link;
  gint64 until = mock_link_deadline (link);

  while (TRUE)
    {
      const char *text = link->in->str + link->in_pos;
      gsize length = MIN (link->in->len - link->in_pos, step->text->len);

      if (memcmp (text, step->text->str, length) != 0
          || (link->eof && length < step->text->len))
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

static gboolean
play_greet (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  mock_message_append_greeting (self->out, step->kind == MOCK_STEP_GREET);
  return TRUE;
}

static gboolean
play_reply (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  MockCommand *command = last_command (self);
  const char *id;

  if (step->kind == MOCK_STEP_REPLY_TO || step->kind == MOCK_STEP_ERROR_TO)
    command = step->number <= self->commands->len ? self->commands->pdata[step->number - 1] : NULL;

  if (step->kind == MOCK_STEP_REPLY_WITH_ID)
    id = step->word;
  else if (command != NULL)
    id = command->id;
  else
    return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT,
                           "there was no such command yet");

  if (step->kind == MOCK_STEP_ERROR || step->kind == MOCK_STEP_ERROR_TO)
    {
      mock_message_append_error (self->out, step->word, step->text->str, id);
    }
  else if (step->text != NULL)
    {
      const GString *json = expand (self, step);

      mock_message_append_return (self->out, json->str, json->len, id);
    }
  else
    {
      mock_message_append_return (self->out, "{}", 2, id);
    }

  return TRUE;
}

static gboolean
play_drop_id (MockPlayer      *self,
              const MockStep  *step,
              GError         **error)
{
  MockCommand *command = last_command (self);

  if (command == NULL)
    return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT, "there was no command yet");

  g_clear_pointer (&command->id, g_free);
  return TRUE;
}

static gboolean
play_event (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  const GString *json = step->text != NULL ? expand (self, step) : NULL;

  mock_message_append_event (self->out, step->word,
                             json != NULL ? json->str : NULL,
                             json != NULL ? json->len : 0);
  return TRUE;
}

static gboolean
play_send (MockPlayer      *self,
           const MockStep  *step,
           GError         **error)
{
  if (step->text != NULL)
    {
      const GString *text = expand (self, step);

      g_string_append_len (self->out, text->str, (gssize) text->len);
    }
  if (step->kind == MOCK_STEP_SEND_LINE)
    g_string_append (self->out, "\r\n");

  return TRUE;
}

static gboolean
play_flood (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  g_autofree char *block = g_malloc (BATCH_SIZE);
  guint64 left = step->number;

  memset (block, step->kind == MOCK_STEP_NEST ? '[' : step->text->str[0], BATCH_SIZE);
  while (left > 0 && !self->link->gone)
    {
      gsize n = (gsize) MIN (left, BATCH_SIZE);

      if (!mock_link_write (self->link, block, n, error))
        return FALSE;
      left -= n;
    }

  return TRUE;
}

static gboolean
play_serve (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  MockLink *link = self->link;

  while (TRUE)
    {
      MockWait result;
      gsize end;

      while (mock_link_find_command (link, &end))
        {
          gboolean go_on = mock_message_append_served (self->out,
                                                       link->in->str + link->in_pos,
                                                       end - link->in_pos);

          mock_link_consume (link, end);
          if ((!go_on || self->out->len >= BATCH_SIZE) && !flush (self, error))
            return FALSE;
          if (!go_on)
            {
              mock_link_close (link);
              return TRUE;
            }
        }

      if (!flush (self, error))
        return FALSE;
      if (link->eof)
        return TRUE;

      result = mock_link_wait_input (link, -1, TRUE, "a command", error);
      if (result != MOCK_WAIT_READY)
        return result == MOCK_WAIT_FINISHING;
    }
}

/* --- Flow --- */

static gboolean
play_split (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  return mock_link_set_split (self->link, (guint) MIN (step->number, G_MAXUINT), error);
}

static gboolean
play_delay (MockPlayer      *self,
            const MockStep  *step,
            GError         **error)
{
  gint64 until = g_get_monotonic_time () + (gint64) step->number * 1000;

  return mock_link_wait (self->link, -1, 0, until, FALSE, "the end of the delay", error)
         == MOCK_WAIT_READY;
}

static gboolean
play_timeout (MockPlayer      *self,
              const MockStep  *step,
              GError         **error)
{
  self->link->timeout = (guint) MIN (step->number, G_MAXINT);
  return TRUE;
}

static gboolean
play_wait_signal (MockPlayer      *self,
                  const MockStep  *step,
                  GError         **error)
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

static gboolean
play_mark (MockPlayer      *self,
           const MockStep  *step,
           GError         **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  g_hash_table_add (self->marks, g_strdup (step->word));
  g_cond_broadcast (&self->cond);
  return TRUE;
}

static gboolean
play_hook (MockPlayer      *self,
           const MockStep  *step,
           GError         **error)
{
  return self->hook (self, step, self->hook_data, error);
}

typedef gboolean (*PlayFunc) (MockPlayer      *self,
                              const MockStep  *step,
                              GError         **error);

typedef enum
{
  NO_CLIENT,
  CLIENT,        /* needs a connection */
  CLIENT_OUTPUT, /* and only adds to `out`: in a repeat several may share a write */
} StepNeeds;

/* A repeat and its end are missing: play_steps() does these itself. */
static const struct
{
  PlayFunc  play;
  StepNeeds needs;
} players[] = {
  [MOCK_STEP_ACCEPT] = { play_accept, NO_CLIENT },
  [MOCK_STEP_CLOSE] = { play_close, CLIENT },
  [MOCK_STEP_RESET] = { play_reset, CLIENT },
  [MOCK_STEP_SHUTDOWN_WRITE] = { play_shutdown_write, CLIENT },
  [MOCK_STEP_EXPECT_EOF] = { play_expect_eof, CLIENT },
  [MOCK_STEP_STALL] = { play_stall, CLIENT },
  [MOCK_STEP_EXPECT] = { play_expect, CLIENT },
  [MOCK_STEP_EXPECT_OOB] = { play_expect, CLIENT },
  [MOCK_STEP_EXPECT_TEXT] = { play_expect, CLIENT },
  [MOCK_STEP_EXPECT_RAW] = { play_expect_raw, CLIENT },
  [MOCK_STEP_GREET] = { play_greet, CLIENT_OUTPUT },
  [MOCK_STEP_GREET_WITHOUT_OOB] = { play_greet, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY] = { play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY_TO] = { play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_REPLY_WITH_ID] = { play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_ERROR] = { play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_ERROR_TO] = { play_reply, CLIENT_OUTPUT },
  [MOCK_STEP_DROP_ID] = { play_drop_id, NO_CLIENT },
  [MOCK_STEP_EVENT] = { play_event, CLIENT_OUTPUT },
  [MOCK_STEP_SEND] = { play_send, CLIENT_OUTPUT },
  [MOCK_STEP_SEND_LINE] = { play_send, CLIENT_OUTPUT },
  [MOCK_STEP_FLOOD] = { play_flood, CLIENT },
  [MOCK_STEP_NEST] = { play_flood, CLIENT },
  [MOCK_STEP_SERVE] = { play_serve, CLIENT },
  [MOCK_STEP_SPLIT] = { play_split, NO_CLIENT },
  [MOCK_STEP_DELAY] = { play_delay, NO_CLIENT },
  [MOCK_STEP_TIMEOUT] = { play_timeout, NO_CLIENT },
  [MOCK_STEP_WAIT_SIGNAL] = { play_wait_signal, NO_CLIENT },
  [MOCK_STEP_MARK] = { play_mark, NO_CLIENT },
  [MOCK_STEP_LISTEN] = { play_hook, NO_CLIENT },
  [MOCK_STEP_STDOUT] = { play_hook, NO_CLIENT },
  [MOCK_STEP_STDERR] = { play_hook, NO_CLIENT },
  [MOCK_STEP_PRINT_ARGS] = { play_hook, NO_CLIENT },
  [MOCK_STEP_PRINT_FDS] = { play_hook, NO_CLIENT },
  [MOCK_STEP_EXIT] = { play_hook, NO_CLIENT },
  [MOCK_STEP_KILL] = { play_hook, NO_CLIENT },
  [MOCK_STEP_IGNORE_TERM] = { play_hook, NO_CLIENT },
  [MOCK_STEP_EXIT_ON_TERM] = { play_hook, NO_CLIENT },
  [MOCK_STEP_SPAWN_HOLDER] = { play_hook, NO_CLIENT },
};

static gboolean
play_step (MockPlayer      *self,
           const MockStep  *step,
           GError         **error)
{
  StepNeeds needs = players[step->kind].needs;

  if (needs != CLIENT_OUTPUT && !flush (self, error))
    return FALSE;

  if (needs != NO_CLIENT && self->link->fd < 0)
    {
      /* A process whose monitor is gone, or that was given none, only plays the rest. With
       * nobody to hang up, its stall lasts for ever. */
      if (self->hook != NULL && (self->link->was_open || self->listen_fd < 0))
        return step->kind == MOCK_STEP_STALL ? play_stall (self, step, error) : TRUE;
      if (self->link->was_open)
        return mock_link_fail (self->link, error, QMOCK_ERROR_SCRIPT,
                               "the connection is closed, an accept must come first");
      if (!play_accept (self, step, error))
        return FALSE;
    }

  if (!players[step->kind].play (self, step, error))
    return FALSE;

  if (self->loops->len == 0 || self->out->len >= BATCH_SIZE)
    return flush (self, error);

  return TRUE;
}

/* Returns the index of the next step. */
static guint
enter_loop (MockPlayer     *self,
            const MockStep *step,
            guint           index)
{
  MockLoop loop = { .first = index + 1, .rounds = step->number };

  if (loop.rounds == 0)
    return step->partner + 1;

  g_array_append_val (self->loops, loop);
  return index + 1;
}

static guint
leave_loop (MockPlayer *self,
            guint       index)
{
  MockLoop *loop = &g_array_index (self->loops, MockLoop, self->loops->len - 1);

  loop->round++;
  if (loop->round < loop->rounds)
    return loop->first;

  g_array_set_size (self->loops, self->loops->len - 1);
  return index + 1;
}

static gboolean
play_steps (MockPlayer  *self,
            GError     **error)
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
          if (self->loops->len == 0 && !flush (self, error))
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
mock_player_play (MockPlayer  *self,
                  GError     **error)
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
mock_player_signal (MockPlayer *self,
                    const char *name)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  int given = GPOINTER_TO_INT (g_hash_table_lookup (self->signals, name));

  g_hash_table_insert (self->signals, g_strdup (name), GINT_TO_POINTER (given + 1));
  g_cond_broadcast (&self->cond);
}

gboolean
mock_player_wait_mark (MockPlayer  *self,
                       const char  *name,
                       guint        timeout,
                       GError     **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  gint64 until = g_get_monotonic_time () + (gint64) timeout * 1000;

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
mock_player_new (GPtrArray  *steps,
                 guint       timeout,
                 GError    **error)
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
  self->commands = g_ptr_array_new_with_free_func ((GDestroyNotify) mock_command_free);
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
mock_player_take_listener (MockPlayer *self,
                           int         fd)
{
  self->listen_fd = fd;
}

void
mock_player_take_connection (MockPlayer *self,
                             int         fd)
{
  mock_link_open (self->link, fd);
}

void
mock_player_set_hook (MockPlayer   *self,
                      MockStepHook  hook,
                      gpointer      user_data)
{
  self->hook = hook;
  self->hook_data = user_data;
}
