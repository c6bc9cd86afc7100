/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-message.h"
#include "mock-script.h"

#include <string.h>

void
mock_command_free (MockCommand *command)
{
  g_free (command->name);
  g_free (command->id);
  g_free (command);
}

MockCommand *
mock_command_parse (const char *text, gsize length)
{
  MockCommand *command = g_new0 (MockCommand, 1);
  const char *value;
  gsize n;

  command->oob = mock_json_find_member (text, length, "exec-oob", &value, &n);
  if (command->oob || mock_json_find_member (text, length, "execute", &value, &n))
    {
      if (n >= 2 && value[0] == '"')
        command->name = g_strndup (value + 1, n - 2);
    }

  if (mock_json_find_member (text, length, "id", &value, &n))
    command->id = g_strndup (value, n);
  /* What a guest agent is to send back is an argument. */
  else if (g_strcmp0 (command->name, "guest-sync-delimited") == 0
           && mock_json_find_member (text, length, "arguments", &value, &n)
           && mock_json_find_member (value, n, "id", &value, &n))
    command->id = g_strndup (value, n);

  return command;
}

void
mock_message_append_greeting (GString *out, gboolean with_oob)
{
  g_string_append_printf (out,
                          "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, "
                          "\"major\": 7}, \"package\": \"Debian 1:7.2+dfsg-7+deb12u18+b3\"}, "
                          "\"capabilities\": [%s]}}\r\n",
                          with_oob ? "\"oob\"" : "");
}

void
mock_message_append_return (GString *out, const char *json, gsize length, const char *id)
{
  g_string_append (out, "{\"return\": ");
  g_string_append_len (out, json, (gssize)length);
  if (id != NULL)
    g_string_append_printf (out, ", \"id\": %s", id);
  g_string_append (out, "}\r\n");
}

static void
append_json_string (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (out, '\\');
      if ((guchar)*p < 0x20)
        g_string_append_printf (out, "\\u%04x", (guint)*p);
      else
        g_string_append_c (out, *p);
    }
}

void
mock_message_append_error (GString *out, const char *class, const char *text, const char *id)
{
  /* Here QEMU puts the id first; programs must not care, so the mock does the same. */
  g_string_append_c (out, '{');
  if (id != NULL)
    g_string_append_printf (out, "\"id\": %s, ", id);
  g_string_append (out, "\"error\": {\"class\": \"");
  append_json_string (out, class);
  g_string_append (out, "\", \"desc\": \"");
  append_json_string (out, text);
  g_string_append (out, "\"}}\r\n");
}

void
mock_message_append_event (GString *out, const char *name, const char *json, gsize length)
{
  gint64 now = g_get_real_time ();

  g_string_append_printf (out,
                          "{\"timestamp\": {\"seconds\": %" G_GINT64_FORMAT
                          ", \"microseconds\": %" G_GINT64_FORMAT "}, \"event\": \"%s\"",
                          now / G_USEC_PER_SEC, now % G_USEC_PER_SEC, name);
  if (json != NULL)
    {
      g_string_append (out, ", \"data\": ");
      g_string_append_len (out, json, (gssize)length);
    }
  g_string_append (out, "}\r\n");
}

gboolean
mock_message_append_served (GString *out, const char *text, gsize length)
{
  static const char status[]
    = "{\"status\": \"running\", \"singlestep\": false, \"running\": true}";
  static const char shutdown_data[] = "{\"guest\": false, \"reason\": \"host-qmp-quit\"}";
  g_autoptr (MockCommand) command = mock_command_parse (text, length);
  const char *value = "{}";
  gsize n = 2;

  if (command->name == NULL)
    {
      mock_message_append_error (out, "GenericError", "QMP input lacks member 'execute'",
                                 command->id);
    }
  else if (g_str_equal (command->name, "qmp_capabilities"))
    {
      mock_message_append_return (out, value, n, command->id);
    }
  else if (g_str_equal (command->name, "query-status"))
    {
      mock_message_append_return (out, status, strlen (status), command->id);
    }
  else if (g_str_equal (command->name, "mock-echo"))
    {
      mock_json_find_member (text, length, "arguments", &value, &n);
      mock_message_append_return (out, value, n, command->id);
    }
  else if (g_str_equal (command->name, "quit"))
    {
      mock_message_append_event (out, "SHUTDOWN", shutdown_data, strlen (shutdown_data));
      mock_message_append_return (out, value, n, command->id);
      return FALSE;
    }
  else
    {
      g_autofree char *what = g_strdup_printf ("The command %s has not been found", command->name);

      mock_message_append_error (out, "CommandNotFound", what, command->id);
    }

  return TRUE;
}

static gboolean
goes_on (const char *p, const char *end)
{
  return p < end && (g_ascii_isalnum (*p) || *p == '_');
}

void
mock_message_append_expanded (GString *out, const char *text, gsize length, const char *id,
                              guint64 round)
{
  const char *end = text + length;

  while (text < end)
    {
      const char *dollar = memchr (text, '$', (gsize)(end - text));

      if (dollar == NULL)
        dollar = end;
      g_string_append_len (out, text, dollar - text);
      text = dollar;
      if (text == end)
        break;

      if (end - text >= 2 && text[1] == '$')
        {
          g_string_append_c (out, '$');
          text += 2;
        }
      else if (end - text >= 3 && text[1] == 'I' && text[2] == 'D' && !goes_on (text + 3, end))
        {
          g_string_append (out, id != NULL ? id : "null");
          text += 3;
        }
      else if (end - text >= 2 && text[1] == 'N' && !goes_on (text + 2, end))
        {
          g_string_append_printf (out, "%" G_GUINT64_FORMAT, round);
          text += 2;
        }
      else
        {
          g_string_append_c (out, '$');
          text++;
        }
    }
}
