/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/interrupt-private.h"
#include "io/io-thread-private.h"
#include "process-private.h"
#include "supervisor-private.h"

/* More than any answer has; who writes more than that is not what was meant to be run. */
#define MAX_OUTPUT (16 * 1024 * 1024)
#define MAX_WORDS 4096
#define MAX_LINE 4096
/* One that is killed is gone at once, unless the kernel holds it: then it is not waited for. */
#define KILL_MS 5000

enum
{
  SUPERVISOR,
  OUTPUT,
  ERROR_OUTPUT,
  CANCELLABLE,
  N_FDS,
};

typedef struct
{
  const QToolSpec *spec;
  QToolResult *result;
  GPollFD fds[N_FDS]; /* -1 for one that is not there any more */
  GString *line;
  GString *words;
  gboolean ended;
  gboolean overflowed;
} Run;

void
q_tool_result_clear (QToolResult *self)
{
  if (self->output != NULL)
    g_string_free (g_steal_pointer (&self->output), TRUE);
  g_clear_pointer (&self->words, g_free);
}

/* -- what it says -- */

static void
take_lines (Run *self, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != '\r' && bytes[i] != '\n')
        {
          if (self->line->len < MAX_LINE)
            g_string_append_c (self->line, bytes[i]);
          continue;
        }
      if (self->line->len > 0)
        self->spec->line (self->line->str, self->spec->user_data);
      g_string_truncate (self->line, 0);
    }
}

static void
take_bytes (Run *self, guint source, const char *bytes, gsize length)
{
  if (source == ERROR_OUTPUT)
    {
      g_string_append_len (self->words, bytes, (gssize)length);
      if (self->words->len > MAX_WORDS)
        g_string_erase (self->words, 0, (gssize)(self->words->len - MAX_WORDS));
    }
  else if (self->spec->line != NULL)
    {
      take_lines (self, bytes, length);
    }
  else if (self->result->output->len + length > MAX_OUTPUT)
    {
      self->overflowed = TRUE;
    }
  else
    {
      g_string_append_len (self->result->output, bytes, (gssize)length);
    }
}

static void
close_fd (Run *self, guint source)
{
  if (self->fds[source].fd >= 0)
    close (g_steal_fd (&self->fds[source].fd));
}

/* What is there; once, so that one who never stops writing does not keep the limit away. */
static gboolean
read_some (Run *self, guint source)
{
  char bytes[16 * 1024];
  gssize length;

  if (self->fds[source].fd < 0)
    return FALSE;

  length = read (self->fds[source].fd, bytes, sizeof bytes);
  if (length > 0)
    take_bytes (self, source, bytes, (gsize)length);
  else if (length == 0 || (errno != EAGAIN && errno != EINTR))
    close_fd (self, source);

  return length > 0;
}

static void
receive (Run *self)
{
  QSupervisorMessage message;
  gssize length;

  while ((length = recv (self->fds[SUPERVISOR].fd, &message, sizeof message, MSG_DONTWAIT))
         == (gssize)sizeof message)
    if (message.type == Q_SUPERVISOR_ENDED)
      {
        self->ended = TRUE;
        self->result->exit_code
          = WIFSIGNALED (message.value) ? -WTERMSIG (message.value) : WEXITSTATUS (message.value);
      }

  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  /* Somebody has killed the supervisor, and it has taken the program with it. */
  if (!self->ended)
    self->result->exit_code = -SIGKILL;
  self->ended = TRUE;
}

/* -- the wait -- */

static void
stop (Run *self)
{
  const QSupervisorMessage message = { .type = Q_SUPERVISOR_KILL };
  QTimeLimit limit = q_time_limit_begin (KILL_MS);
  int rest;

  send (self->fds[SUPERVISOR].fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (!self->ended && (rest = q_time_limit_get_rest (&limit)) > 0)
    {
      g_poll (&self->fds[SUPERVISOR], 1, rest);
      receive (self);
    }
}

static gboolean
check (Run *self, const QTimeLimit *limit, GCancellable *cancellable, gboolean watched,
       GError **error)
{
  if (watched && q_interrupt_check ())
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: interrupted", self->spec->name);
  else if (g_cancellable_is_cancelled (cancellable))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled", self->spec->name);
  else if (q_time_limit_get_rest (limit) == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s: not done within its time",
                 self->spec->name);
  else if (self->overflowed)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "%s: more than %d bytes came",
                 self->spec->name, MAX_OUTPUT);
  else
    return TRUE;

  return FALSE;
}

static gboolean
wait_until_done (Run *self, const QTimeLimit *limit, GCancellable *cancellable, GError **error)
{
  gboolean watched = q_interrupt_is_watched ();

  while (!self->ended)
    {
      int rest = q_time_limit_get_rest (limit);

      if (watched)
        rest = rest < 0 ? Q_INTERRUPT_MS : MIN (rest, Q_INTERRUPT_MS);
      g_poll (self->fds, N_FDS, rest);
      read_some (self, OUTPUT);
      read_some (self, ERROR_OUTPUT);
      receive (self);
      if (!self->ended && !check (self, limit, cancellable, watched, error))
        return FALSE;
    }

  /* The rest of it. A copy of the other end may live on in a process that this program forked
   * meanwhile, so the end of the stream is not waited for. */
  while (!self->overflowed && (read_some (self, OUTPUT) || read_some (self, ERROR_OUTPUT)))
    ;
  return !self->overflowed || check (self, limit, NULL, FALSE, error);
}

/* -- the beginning -- */

static gboolean
make_pipe (int ends[2], GError **error)
{
  int saved_errno;

  if (pipe2 (ends, O_CLOEXEC) == 0)
    {
      fcntl (ends[0], F_SETFL, O_NONBLOCK);
      return TRUE;
    }

  saved_errno = errno;
  ends[0] = ends[1] = -1;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "cannot make a pipe: %s",
               g_strerror (saved_errno));
  return FALSE;
}

static GSubprocess *
spawn (Run *self, GError **error)
{
  /* Its words are looked at. */
  static const char *const environment[] = { "LC_ALL=C", "LANGUAGE=", NULL };
  GSubprocess *supervisor = NULL;
  int sockets[2] = { -1, -1 };
  int output[2] = { -1, -1 };
  int error_output[2] = { -1, -1 };

  if (make_pipe (output, error) && make_pipe (error_output, error)
      && q_process_make_socket_pair (sockets, error))
    {
      QProcessSpec spec = {
        .argv = self->spec->argv,
        .die_with_parent = TRUE,
        .input = self->spec->input,
        .output = output[1],
        .error_output = error_output[1],
        .environment = environment,
      };

      supervisor = q_process_spawn_supervisor (&spec, sockets[1], error);
    }
  for (guint i = 0; i < 2; i++)
    if ((i == 0 ? output : error_output)[1] >= 0)
      close ((i == 0 ? output : error_output)[1]);
  self->fds[SUPERVISOR].fd = sockets[0];
  self->fds[OUTPUT].fd = output[0];
  self->fds[ERROR_OUTPUT].fd = error_output[0];

  return supervisor;
}

static char *
make_words (GString *words)
{
  g_autofree char *text = g_utf8_make_valid (words->str, (gssize)words->len);

  return g_strdup (g_strstrip (text));
}

gboolean
q_tool_run (const QToolSpec *spec, const QTimeLimit *limit, GCancellable *cancellable,
            QToolResult *result, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GSubprocess) supervisor = NULL;
  Run self = { .spec = spec, .result = result, .line = line, .words = words };
  gboolean done = FALSE;

  *result = (QToolResult){ .output = g_string_new (NULL) };
  for (guint i = 0; i < N_FDS; i++)
    self.fds[i] = (GPollFD){ .fd = -1, .events = G_IO_IN };

  if (q_io_thread_is_of_parent ())
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: not in a forked child: let it execute a program", spec->name);
  else if (check (&self, limit, cancellable, FALSE, error))
    supervisor = spawn (&self, error);

  if (supervisor != NULL)
    {
      if (cancellable != NULL)
        g_cancellable_make_pollfd (cancellable, &self.fds[CANCELLABLE]);
      done = wait_until_done (&self, limit, cancellable, error);
      if (!self.ended)
        stop (&self);
      if (self.fds[CANCELLABLE].fd >= 0)
        g_cancellable_release_fd (cancellable);
    }
  for (guint i = 0; i <= ERROR_OUTPUT; i++)
    close_fd (&self, i);

  result->words = make_words (words);
  return done;
}
