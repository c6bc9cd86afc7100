/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/q-screen.h"

#include <string.h>

#include "call-private.h"
#include "io/blocking-task-private.h"
#include "wire/json-text-private.h"

/* Keys that a program presses, in the forms of their calls. */

#define DEFAULT_INTERVAL_MS 40
#define DEFAULT_HOLD_MS 100
#define MAX_MS (60 * 1000)
#define MAX_KEYS 16
#define MAX_TEXT (64 * 1024)

/* -- the keys of a US keyboard -- */

typedef struct
{
  char plain;
  char shifted;
  const char *name; /* QEMU's */
} Key;

static const Key us_keys[] = {
  { '1', '!', "1" },
  { '2', '@', "2" },
  { '3', '#', "3" },
  { '4', '$', "4" },
  { '5', '%', "5" },
  { '6', '^', "6" },
  { '7', '&', "7" },
  { '8', '*', "8" },
  { '9', '(', "9" },
  { '0', ')', "0" },
  { '-', '_', "minus" },
  { '=', '+', "equal" },
  { '[', '{', "bracket_left" },
  { ']', '}', "bracket_right" },
  { ';', ':', "semicolon" },
  { '\'', '"', "apostrophe" },
  { '`', '~', "grave_accent" },
  { '\\', '|', "backslash" },
  { ',', '<', "comma" },
  { '.', '>', "dot" },
  { '/', '?', "slash" },
  { ' ', '\0', "spc" },
  { '\n', '\0', "ret" },
  { '\t', '\0', "tab" },
};

/* FALSE for what is not on the keyboard. */
static gboolean
find_key (gunichar character, char name[16], gboolean *shifted)
{
  *shifted = FALSE;
  if (character == 0 || character >= 0x80)
    return FALSE;

  if (g_ascii_isalpha ((char)character))
    {
      name[0] = g_ascii_tolower ((char)character);
      name[1] = '\0';
      *shifted = g_ascii_isupper ((char)character);
      return TRUE;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (us_keys); i++)
    if ((char)character == us_keys[i].plain || (char)character == us_keys[i].shifted)
      {
        g_strlcpy (name, us_keys[i].name, 16);
        *shifted = (char)character == us_keys[i].shifted;
        return TRUE;
      }

  return FALSE;
}

/* -- presses -- */

/* All go down in their order, and up the other way around. */
static char *
make_events (const char *const *keys, gboolean down)
{
  GString *events = g_string_new ("{\"events\":[");
  const guint n_keys = g_strv_length ((GStrv)keys);

  for (guint i = 0; i < n_keys; i++)
    {
      g_string_append_printf (events,
                              "%s{\"type\":\"key\",\"data\":{\"down\":%s,\"key\":"
                              "{\"type\":\"qcode\",\"data\":",
                              i > 0 ? "," : "", down ? "true" : "false");
      q_json_append_string (events, keys[down ? i : n_keys - 1 - i]);
      g_string_append (events, "}}}");
    }
  g_string_append (events, "]}");

  return g_string_free (events, FALSE);
}

/* No key stays down, however the call ends. */
static gboolean
press (QScreenCall *call, const char *const *keys, guint hold_ms, GError **error)
{
  g_autofree char *down = make_events (keys, TRUE);
  g_autofree char *up = make_events (keys, FALSE);
  g_autoptr (GError) reason = NULL;
  g_autofree char *pressed = q_screen_call_command (call, "input-send-event", down, -1, &reason);
  g_autofree char *released = NULL;

  if (pressed != NULL && q_screen_call_pause (call, hold_ms, &reason))
    released = q_screen_call_command (call, "input-send-event", up, -1, &reason);
  if (released != NULL)
    return TRUE;

  /* What QEMU refused, it has not done. */
  if (pressed != NULL || reason->domain != Q_COMMAND_ERROR)
    g_free (q_screen_call_clean_up (call, "input-send-event", up));
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

typedef struct
{
  char *text;
  guint pause; /* ms; 0 for the default */
  int timeout;
} Typing;

static void
typing_free (gpointer data)
{
  Typing *self = data;

  g_free (self->text);
  g_free (self);
}

static gboolean
check_pause (const char *call, guint pause, GError **error)
{
  if (pause > MAX_MS)
    g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                 "%s: %u ms for a key is more than %u", call, pause, MAX_MS);
  return pause <= MAX_MS;
}

/* Before anything is typed. The length in characters, or -1. */
static gssize
check_text (const char *text, GError **error)
{
  gssize n = 0;

  if (strlen (text) > MAX_TEXT)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                   "type_text: %" G_GSIZE_FORMAT " bytes are more than the %u of one call",
                   strlen (text), MAX_TEXT);
      return -1;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "type_text: the text is not UTF-8");
      return -1;
    }

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at), n++)
    {
      const gunichar character = g_utf8_get_char (at);
      char name[16];
      gboolean shifted;

      if (!find_key (character, name, &shifted))
        {
          g_autofree char *shown
            = g_unichar_isgraph (character)
                ? g_strdup_printf (" \"%.*s\"", (int)(g_utf8_next_char (at) - at), at)
                : g_strdup ("");

          g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                       "type_text: character %" G_GSSIZE_FORMAT ",%s U+%04X, is not on a US "
                       "keyboard; nothing was typed",
                       n + 1, shown, character);
          return -1;
        }
    }

  return n;
}

static gpointer
type_text (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  const Typing *self = task_data;
  const guint interval = self->pause > 0 ? self->pause : DEFAULT_INTERVAL_MS;
  const guint hold = (interval + 1) / 2;
  gssize length = check_text (self->text, error);
  QScreenCall call;
  gssize n = 0;

  if (length < 0 || !check_pause ("type_text", interval, error)
      || !q_screen_call_init (&call, source_object, "type_text", self->timeout,
                              (guint64)length * interval, cancellable, error))
    return NULL;

  for (const char *at = self->text; *at != '\0'; at++, n++)
    {
      g_autoptr (GError) reason = NULL;
      char name[16];
      gboolean shifted;
      const char *keys[] = { "shift", name, NULL };

      find_key ((gunichar)*at, name, &shifted);
      if (!press (&call, shifted ? keys : keys + 1, hold, &reason)
          || (interval > hold && !q_screen_call_pause (&call, interval - hold, &reason)))
        {
          q_screen_call_add_words (
            reason, " (%" G_GSSIZE_FORMAT " of %" G_GSSIZE_FORMAT " characters were typed)", n,
            length);
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
    }

  return GINT_TO_POINTER (TRUE);
}

/* NULL with an error for what cannot be keys. Which names there are is QEMU's to say. */
static GStrv
split_keys (const char *keys, GError **error)
{
  g_auto (GStrv) names = g_strsplit (keys, "-", MAX_KEYS + 1);
  guint n_names = g_strv_length (names);
  gboolean good = n_names > 0 && n_names <= MAX_KEYS;

  for (guint i = 0; i < n_names; i++)
    good = good && names[i][0] != '\0' && g_utf8_validate (names[i], -1, NULL);
  if (good)
    return g_steal_pointer (&names);

  g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
               "press_keys: \"%s\" is not 1 to %d names of keys with \"-\" between, such as "
               "\"ctrl-alt-f2\"; the key of that sign is \"minus\"",
               g_utf8_validate (keys, -1, NULL) ? keys : "", MAX_KEYS);
  return NULL;
}

static gpointer
press_keys (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  const Typing *self = task_data;
  const guint hold = self->pause > 0 ? self->pause : DEFAULT_HOLD_MS;
  g_auto (GStrv) names = split_keys (self->text, error);
  QScreenCall call;

  if (names == NULL || !check_pause ("press_keys", hold, error)
      || !q_screen_call_init (&call, source_object, "press_keys", self->timeout, hold, cancellable,
                              error)
      || !press (&call, (const char *const *)names, hold, error))
    return NULL;

  return GINT_TO_POINTER (TRUE);
}

static void
run (QMachine *self, const char *text, guint pause, int timeout, GCancellable *cancellable,
     gpointer tag, QBlockingFunc func, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Typing *typing = g_new (Typing, 1);

  *typing = (Typing){ g_strdup (text), pause, timeout };
  g_task_set_source_tag (task, tag);
  /* A result that is there is not thrown away. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, typing, typing_free);
  q_blocking_task_run (task, func, NULL);
}

/**
 * q_machine_type_text:
 * @self: a running machine
 * @text: what to type: letters, digits and signs of a US keyboard, blanks, tabs and newlines
 * @interval: milliseconds from one key to the next one, half of which it is down; 0 for the
 *   default, 40
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the time that the typing takes by itself
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Types a text on the guest's keyboard.
 *
 * The keys are those of a US keyboard: a guest that is set to another layout reads other
 * characters. A newline is the Enter key. What QEMU has, a guest that does not read yet, or is
 * slow, may still lose: a keyboard holds some 16 keys for it. A longer @interval helps there.
 * Whether the text has come is to be seen on the screen only. A call that is given up leaves no
 * key down. Two calls at once type between each other.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for a character that is not on a US keyboard, and
 * %Q_MONITOR_ERROR_TOO_LARGE for more than 64 KiB, before anything is typed; [error@CommandError]
 * where QEMU refuses, as while the guest is paused; otherwise those of [method@Machine.command].
 * The message says how many characters were typed before.
 *
 * ```c
 * if (!q_machine_type_text (machine, "root\n", 0, Q_TIMEOUT_DEFAULT, NULL, error))
 *   return FALSE;
 * ```
 *
 * Returns: %TRUE when all is typed
 *
 * Since: 1.0
 */
gboolean
q_machine_type_text (QMachine *self, const char *text, guint interval, int timeout,
                     GCancellable *cancellable, GError **error)
{
  Typing typing = { (char *)text, interval, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return type_text (self, &typing, cancellable, error) != NULL;
}

/**
 * q_machine_type_text_async:
 * @self: a running machine
 * @text: what to type: letters, digits and signs of a US keyboard, blanks, tabs and newlines
 * @interval: milliseconds from one key to the next one, half of which it is down; 0 for the
 *   default, 40
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the time that the typing takes by itself
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when all is typed
 * @user_data: data for @callback
 *
 * Like [method@Machine.type_text], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_type_text_async (QMachine *self, const char *text, guint interval, int timeout,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (text != NULL);

  run (self, text, interval, timeout, cancellable, q_machine_type_text_async, type_text, callback,
       user_data);
}

/**
 * q_machine_type_text_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.type_text_async].
 *
 * Returns: %TRUE when all is typed
 *
 * Since: 1.0
 */
gboolean
q_machine_type_text_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_type_text_async), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_press_keys:
 * @self: a running machine
 * @keys: the names of the keys, with `-` between: `ret`, `ctrl-alt-f2`
 * @hold_time: how long they are down, in milliseconds; 0 for the default, 100
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the @hold_time
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Presses keys of the guest's keyboard together, and lets them go.
 *
 * They go down in their order, and up the other way around. The names are those of QEMU's
 * `QKeyCode`, such as `a`, `ret`, `esc`, `tab`, `up`, `f2`, `ctrl`, `shift`, `alt`, `meta_l`,
 * `minus`, `delete`, `kp_enter`. A call that is given up leaves no key down.
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for what cannot be keys; [error@CommandError] where QEMU
 * refuses, as for a name that it does not know, which it says, or while the guest is paused;
 * otherwise those of [method@Machine.command].
 *
 * Returns: %TRUE when they are up again
 *
 * Since: 1.0
 */
gboolean
q_machine_press_keys (QMachine *self, const char *keys, guint hold_time, int timeout,
                      GCancellable *cancellable, GError **error)
{
  Typing typing = { (char *)keys, hold_time, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (keys != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return press_keys (self, &typing, cancellable, error) != NULL;
}

/**
 * q_machine_press_keys_async:
 * @self: a running machine
 * @keys: the names of the keys, with `-` between: `ret`, `ctrl-alt-f2`
 * @hold_time: how long they are down, in milliseconds; 0 for the default, 100
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the @hold_time
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when they are up again
 * @user_data: data for @callback
 *
 * Like [method@Machine.press_keys], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_press_keys_async (QMachine *self, const char *keys, guint hold_time, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (keys != NULL);

  run (self, keys, hold_time, timeout, cancellable, q_machine_press_keys_async, press_keys,
       callback, user_data);
}

/**
 * q_machine_press_keys_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.press_keys_async].
 *
 * Returns: %TRUE when they are up again
 *
 * Since: 1.0
 */
gboolean
q_machine_press_keys_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_press_keys_async), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
