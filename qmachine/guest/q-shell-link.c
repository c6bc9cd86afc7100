/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-link-private.h"

#include <string.h>

#include "guest/q-shell-words-private.h"
#include "io/io-thread-private.h"
#include "io/time-limit-private.h"
#include "q-console-private.h"

#define MAX_NOISE 8192
#define MAX_TEXT (1024 * 1024)
#define KEPT_TEXT (256 * 1024)
/* Longer than any line of the kernel's log. */
#define MAX_HELD 4096
#define BATCH_US 1000
/* "[    0.123456] " and with more: "[    0.123456][    T1] " */
#define MIN_STAMP 8

/* The pattern matches at the first character; what else is there is taken with it. */
#define ANYTHING "(?s)."

gint64
q_shell_deadline_new (int timeout)
{
  return timeout < 0 ? -1 : g_get_monotonic_time () + timeout * G_GINT64_CONSTANT (1000);
}

gint64
q_shell_deadline_min (gint64 deadline, gint64 time)
{
  return deadline < 0 ? time : MIN (deadline, time);
}

gboolean
q_shell_deadline_passed (gint64 deadline)
{
  return deadline >= 0 && g_get_monotonic_time () >= deadline;
}

static int
get_milliseconds_left (gint64 until)
{
  QTimeLimit limit = { until };

  return q_time_limit_get_rest (&limit);
}

QShellLink *
q_shell_link_new (QConsole *console, GIOStream *stream)
{
  QShellLink *self = g_new0 (QShellLink, 1);

  if (console != NULL)
    {
      self->console = g_object_ref (console);
      self->reader = q_console_create_reader (console, FALSE);
      self->guest = q_console_stream_get_guest (q_console_get_stream (console));
    }
  else
    self->stream = g_object_ref (stream);
  self->context = g_main_context_new ();
  self->text = g_string_new (NULL);
  self->held = g_string_new (NULL);
  self->noise = g_string_new (NULL);

  return self;
}

void
q_shell_link_free (QShellLink *self)
{
  g_clear_object (&self->reader);
  g_clear_object (&self->console);
  g_clear_object (&self->stream);
  q_io_thread_unref_context (self->context);
  g_string_free (self->text, TRUE);
  g_string_free (self->held, TRUE);
  g_string_free (self->noise, TRUE);
  g_free (self->sign);
  g_free (self->session);
  g_free (self);
}

gboolean
q_shell_link_has_same_guest (QShellLink *self)
{
  guint64 before = self->guest;
  guint64 now = 0;

  if (self->console != NULL)
    now = q_console_stream_get_guest (q_console_get_stream (self->console));
  /* How the last one has ended is still to be read. */
  if (now == 0)
    return TRUE;

  self->guest = now;
  if (before == now || before == 0)
    return TRUE;

  g_string_truncate (self->text, 0);
  g_string_truncate (self->held, 0);
  g_string_truncate (self->noise, 0);
  g_clear_pointer (&self->sign, g_free);
  g_clear_pointer (&self->session, g_free);
  self->n_came = 0;
  return FALSE;
}

/* -- what came -- */

static void
add_noise (QShellLink *self, const char *bytes, gsize length)
{
  if (length > MAX_NOISE)
    {
      bytes += length - MAX_NOISE;
      length = MAX_NOISE;
    }
  g_string_append_len (self->noise, bytes, (gssize)length);
  if (self->noise->len > 2 * MAX_NOISE)
    g_string_erase (self->noise, 0, (gssize)(self->noise->len - MAX_NOISE));
}

void
q_shell_link_cut (QShellLink *self, gsize offset, gsize length)
{
  if (self->n_before_sign > offset)
    self->n_before_sign -= MIN (length, self->n_before_sign - offset);
  g_string_erase (self->text, (gssize)offset, (gssize)length);
}

void
q_shell_link_take (QShellLink *self, gsize length)
{
  q_shell_link_cut (self, 0, length);
}

void
q_shell_link_skip (QShellLink *self, gsize length)
{
  add_noise (self, self->text->str, length);
  q_shell_link_take (self, length);
}

static gboolean
may_be_stamp (const GString *line)
{
  const char *c = line->str;

  if (*c != '[')
    return FALSE;
  for (c++; *c == ' ' || g_ascii_isdigit (*c) || *c == '.'; c++)
    ;
  if (*c == '\0')
    return line->len < 32;
  return *c == ']' && c - line->str >= MIN_STAMP;
}

static void
look_at_kernel_line (QShellLink *self, const char *line)
{
  static const char *const signs[]
    = { "Kernel panic - not syncing",     "Linux version ",     "reboot: Restarting system",
        "reboot: machine restart",        "reboot: Power down", "reboot: System halted",
        "reboot: Power off not available" };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strstr (line, signs[i]) != NULL)
      {
        g_free (self->sign);
        self->sign = g_strchomp (g_utf8_make_valid (line, -1));
        self->is_last_sign = i != 1 && i != 2 && i != 3;
        self->sign_time = g_get_monotonic_time ();
        self->sign_came = self->n_came;
        self->n_before_sign = self->text->len;
      }
}

/* The kernel writes whole lines anywhere between the characters of others. They begin with the
 * time, and no word of ours has a bracket. */
static void
take_character (QShellLink *self, char character)
{
  if (self->held->len == 0 && character != '[')
    {
      g_string_append_c (self->text, character);
      return;
    }

  g_string_append_c (self->held, character);
  if (!may_be_stamp (self->held) || self->held->len > MAX_HELD)
    {
      g_string_append_len (self->text, self->held->str, (gssize)self->held->len);
      g_string_truncate (self->held, 0);
    }
  else if (character == '\n')
    {
      look_at_kernel_line (self, self->held->str);
      add_noise (self, self->held->str, self->held->len);
      g_string_truncate (self->held, 0);
    }
}

static void
take_bytes (QShellLink *self, const char *bytes, gsize length)
{
  self->n_came += length;
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != '\r' && bytes[i] != '\0')
      take_character (self, bytes[i]);
  if (self->text->len > MAX_TEXT)
    q_shell_link_skip (self, self->text->len - KEPT_TEXT);
}

char *
q_shell_link_quote (QShellLink *self)
{
  g_autoptr (GString) all = g_string_new_len (self->noise->str, (gssize)self->noise->len);
  gsize n_skipped = self->text->len > MAX_NOISE ? self->text->len - MAX_NOISE : 0;
  g_autofree char *valid = NULL;
  g_auto (GStrv) lines = NULL;

  g_string_append (all, self->text->str + n_skipped);
  g_string_append (all, self->held->str);
  valid = g_utf8_make_valid (all->str, (gssize)all->len);
  lines = g_strsplit (valid, "\n", -1);
  g_string_truncate (all, 0);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0' && (self->session == NULL || strstr (*line, self->session) == NULL))
      g_string_append_printf (all, "%s\n", *line);

  return q_shell_quote_lines (all->str);
}

char *
q_shell_link_dup_last_line (QShellLink *self)
{
  GString *line = g_string_new (NULL);
  const char *newline = strrchr (self->text->str, '\n');
  const char *c = newline != NULL ? newline + 1 : self->text->str;

  if (self->held->len > 0 && strchr (self->held->str, ']') != NULL)
    c = self->text->str + self->text->len; /* the kernel writes now */
  if (strlen (c) > MAX_NOISE)
    c += strlen (c) - MAX_NOISE;
  for (; *c != '\0'; c++)
    if (*c == '\033' && c[1] == '[')
      {
        for (c += 2; *c != '\0' && (*c < '@' || *c > '~'); c++)
          ;
        if (*c == '\0')
          break;
      }
    else if (*c == '\033' && c[1] == ']')
      {
        for (c += 2; *c != '\0' && *c != '\a' && *c != '\033'; c++)
          ;
        if (*c == '\0')
          break;
      }
    else if (!g_ascii_iscntrl (*c))
      g_string_append_c (line, *c);
  /* A prompt may begin with a bracket. */
  g_string_append (line, strchr (self->held->str, ']') == NULL ? self->held->str : "");

  return g_string_free (line, FALSE);
}

/* -- reading -- */

/* Without the name of a call that nobody has made. */
static GError *
new_end_error (GError *error)
{
  static const char *const prefixes[]
    = { "wait_for_match: ", "nothing came that matches \"" ANYTHING "\": " };
  const char *message = error->message;
  GError *end;

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (message, prefixes[i]))
      message += strlen (prefixes[i]);
  end = g_error_new_literal (error->domain, error->code, message);
  g_error_free (error);
  return end;
}

/* A guest's serial port brings a few characters at a time, and to wait for each costs more than
 * they do. */
static gboolean
ends_answer (const GString *text)
{
  gsize length = text->len;

  while (length > 0 && text->str[length - 1] == '\n')
    length--;
  return length > 0 && (text->str[length - 1] == '}' || text->str[length - 1] == ';');
}

static gboolean
read_console (QShellLink *self, gint64 until, gboolean *came, GCancellable *cancellable,
              GError **error)
{
  g_autoptr (QConsoleMatch) match = NULL;
  g_autofree char *text = q_console_reader_take_text (self->reader);
  GError *end = NULL;

  if (*text == '\0')
    {
      match = q_console_reader_wait_for_match (self->reader, ANYTHING, Q_CONSOLE_MATCH_FLAGS_NONE,
                                               get_milliseconds_left (until), cancellable, &end);
      if (match == NULL)
        {
          if (g_error_matches (end, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
            {
              g_error_free (end);
              return TRUE;
            }
          g_propagate_error (error, new_end_error (end));
          return FALSE;
        }
      take_bytes (self, q_console_match_get_text (match),
                  strlen (q_console_match_get_text (match)));
      g_free (text);
      if (!ends_answer (self->text))
        g_usleep (BATCH_US);
      text = q_console_reader_take_text (self->reader);
    }
  take_bytes (self, text, strlen (text));
  *came = TRUE;

  return TRUE;
}

static gboolean
wake_cb (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
ready_cb (GObject *stream, gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Until the stream is ready, the time has passed or the call was cancelled; takes over the source.
 */
static void
wait_for_stream (QShellLink *self, GSource *ready, gint64 until)
{
  GSource *alarm = NULL;
  gboolean woken = FALSE;

  if (until >= 0)
    {
      alarm = g_timeout_source_new ((guint)get_milliseconds_left (until));
      g_source_set_callback (alarm, wake_cb, &woken, NULL);
      g_source_attach (alarm, self->context);
    }
  g_source_set_callback (ready, G_SOURCE_FUNC (ready_cb), &woken, NULL);
  g_source_attach (ready, self->context);
  while (!woken)
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (ready);
  g_source_unref (ready);
  if (alarm != NULL)
    {
      g_source_destroy (alarm);
      g_source_unref (alarm);
    }
}

static gboolean
read_stream (QShellLink *self, gint64 until, gboolean *came, GCancellable *cancellable,
             GError **error)
{
  GPollableInputStream *input
    = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  char buffer[65536];
  gssize length;
  GError *end = NULL;

  length
    = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, cancellable, &end);
  if (length < 0 && g_error_matches (end, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_clear_error (&end);
      wait_for_stream (self, g_pollable_input_stream_create_source (input, cancellable), until);
      length = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, cancellable,
                                                         &end);
      if (length < 0 && g_error_matches (end, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_error_free (end);
          return TRUE;
        }
    }
  if (length < 0)
    {
      g_propagate_error (error, end);
      return FALSE;
    }
  if (length == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "the stream has ended");
      return FALSE;
    }
  take_bytes (self, buffer, (gsize)length);
  *came = TRUE;

  return TRUE;
}

gboolean
q_shell_link_read (QShellLink *self, gint64 until, gboolean *came, GCancellable *cancellable,
                   GError **error)
{
  *came = FALSE;
  return self->console != NULL ? read_console (self, until, came, cancellable, error)
                               : read_stream (self, until, came, cancellable, error);
}

/* -- writing -- */

typedef struct
{
  GAsyncResult *result;
  gboolean late;
} Written;

static void
written_cb (GObject *console, GAsyncResult *result, gpointer data)
{
  ((Written *)data)->result = g_object_ref (result);
}

static gboolean
late_cb (gpointer data)
{
  ((Written *)data)->late = TRUE;
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer inner)
{
  g_cancellable_cancel (inner);
}

static gboolean
write_console (QShellLink *self, GBytes *bytes, gint64 until, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GCancellable) inner = g_cancellable_new ();
  g_autoptr (GSource) alarm = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Written written = { NULL, FALSE };
  gulong id = 0;
  gboolean ok;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), g_object_ref (inner),
                                g_object_unref);
  if (until >= 0)
    {
      alarm = g_timeout_source_new ((guint)get_milliseconds_left (until));
      g_source_set_callback (alarm, late_cb, &written, NULL);
      g_source_attach (alarm, self->context);
    }
  g_main_context_push_thread_default (self->context);
  q_console_write_bytes_async (self->console, bytes, inner, written_cb, &written);
  while (written.result == NULL)
    {
      g_main_context_iteration (self->context, TRUE);
      if (written.late)
        g_cancellable_cancel (inner);
    }
  g_main_context_pop_thread_default (self->context);
  if (alarm != NULL)
    g_source_destroy (alarm);
  g_cancellable_disconnect (cancellable, id);

  result = written.result;
  ok = q_console_write_bytes_finish (self->console, result, error);
  if (!ok && written.late && !g_cancellable_is_cancelled (cancellable))
    {
      g_clear_error (error);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the guest does not read");
    }
  return ok;
}

static gboolean
write_stream (QShellLink *self, const char *bytes, gsize length, gint64 until,
              GCancellable *cancellable, GError **error)
{
  GPollableOutputStream *output
    = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));

  while (length > 0)
    {
      GError *end = NULL;
      gssize n_written
        = g_pollable_output_stream_write_nonblocking (output, bytes, length, cancellable, &end);

      if (n_written > 0)
        {
          bytes += n_written;
          length -= (gsize)n_written;
        }
      else if (!g_error_matches (end, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, end);
          return FALSE;
        }
      else
        {
          g_error_free (end);
          if (q_shell_deadline_passed (until))
            {
              g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the guest does not read");
              return FALSE;
            }
          wait_for_stream (self, g_pollable_output_stream_create_source (output, cancellable),
                           until);
        }
    }

  return TRUE;
}

gboolean
q_shell_link_write (QShellLink *self, const char *bytes, gsize length, gint64 until,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) copy = NULL;

  if (self->console == NULL)
    return write_stream (self, bytes, length, until, cancellable, error);

  copy = g_bytes_new (bytes, length);
  return write_console (self, copy, until, cancellable, error);
}
