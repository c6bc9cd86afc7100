/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-script.h"

#include <string.h>

G_DEFINE_QUARK (q - mock - error - quark, qmock_error)

/* What follows the name of a step, one letter for each argument, a capital when it is optional:
 * n a number, w a word, j one JSON value, b one byte, t the rest of the line, x the rest of the
 * line with escapes. */
static const struct
{
  const char *name;
  MockStepKind kind;
  const char *arguments;
} step_names[] = {
  { "accept", MOCK_STEP_ACCEPT, "" },
  { "close", MOCK_STEP_CLOSE, "" },
  { "reset", MOCK_STEP_RESET, "" },
  { "shutdown-write", MOCK_STEP_SHUTDOWN_WRITE, "" },
  { "expect-eof", MOCK_STEP_EXPECT_EOF, "" },
  { "stall", MOCK_STEP_STALL, "" },
  { "expect", MOCK_STEP_EXPECT, "wT" },
  { "expect-oob", MOCK_STEP_EXPECT_OOB, "wT" },
  { "expect-text", MOCK_STEP_EXPECT_TEXT, "t" },
  { "expect-raw", MOCK_STEP_EXPECT_RAW, "x" },
  { "greet", MOCK_STEP_GREET, "" },
  { "greet-without-oob", MOCK_STEP_GREET_WITHOUT_OOB, "" },
  { "reply", MOCK_STEP_REPLY, "T" },
  { "reply-to", MOCK_STEP_REPLY_TO, "nT" },
  { "reply-with-id", MOCK_STEP_REPLY_WITH_ID, "jT" },
  { "error", MOCK_STEP_ERROR, "wt" },
  { "error-to", MOCK_STEP_ERROR_TO, "nwt" },
  { "drop-id", MOCK_STEP_DROP_ID, "" },
  { "event", MOCK_STEP_EVENT, "wT" },
  { "send", MOCK_STEP_SEND, "x" },
  { "send-line", MOCK_STEP_SEND_LINE, "X" },
  { "flood", MOCK_STEP_FLOOD, "bn" },
  { "nest", MOCK_STEP_NEST, "n" },
  { "serve", MOCK_STEP_SERVE, "" },
  { "split", MOCK_STEP_SPLIT, "n" },
  { "delay", MOCK_STEP_DELAY, "n" },
  { "timeout", MOCK_STEP_TIMEOUT, "n" },
  { "wait-signal", MOCK_STEP_WAIT_SIGNAL, "w" },
  { "mark", MOCK_STEP_MARK, "w" },
  { "repeat", MOCK_STEP_REPEAT, "n" },
  { "end", MOCK_STEP_END, "" },
  { "listen", MOCK_STEP_LISTEN, "" },
  { "stdout", MOCK_STEP_STDOUT, "X" },
  { "stderr", MOCK_STEP_STDERR, "X" },
  { "print-args", MOCK_STEP_PRINT_ARGS, "" },
  { "print-fds", MOCK_STEP_PRINT_FDS, "" },
  { "exit", MOCK_STEP_EXIT, "n" },
  { "kill", MOCK_STEP_KILL, "w" },
  { "ignore-term", MOCK_STEP_IGNORE_TERM, "" },
  { "exit-on-term", MOCK_STEP_EXIT_ON_TERM, "N" },
  { "spawn-holder", MOCK_STEP_SPAWN_HOLDER, "N" },
};

#define MAX_DELAY 60000

/* A step that stands for several others, so that the player need not know it. */
static const struct
{
  const char *name;
  const char *steps[3];
} shorthands[] = {
  { "negotiate", { "greet", "expect qmp_capabilities", "reply {}" } },
  { "sync",
    { "expect-raw \\xff", "expect guest-sync-delimited", "send-line \\xff{\"return\": $ID}" } },
  { "resync",
    { "expect-raw \\n\\xff", "expect guest-sync-delimited", "send-line \\xff{\"return\": $ID}" } },
  { "negotiate-without-oob", { "greet-without-oob", "expect qmp_capabilities", "reply {}" } },
};

static void
mock_step_free (MockStep *step)
{
  if (step->text != NULL)
    g_string_free (step->text, TRUE);
  g_free (step->source);
  g_free (step->word);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MockStep, mock_step_free)

gboolean
mock_step_is_for_process (const MockStep *step)
{
  return step->kind >= MOCK_STEP_LISTEN;
}

static const char *
skip_blanks (const char *text, const char *end)
{
  while (text < end && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n'))
    text++;

  return text;
}

const char *
mock_json_skip_value (const char *text, const char *end)
{
  gboolean in_string = FALSE;
  gsize depth = 0;
  const char *p;

  text = skip_blanks (text, end);
  for (p = text; p < end; p++)
    {
      if (in_string)
        {
          if (*p == '\\')
            p++;
          else if (*p == '"')
            in_string = FALSE;

          if (in_string || depth > 0)
            continue;

          return p + 1;
        }

      switch (*p)
        {
        case '"':
          in_string = TRUE;
          break;
        case '{':
        case '[':
          depth++;
          break;
        case '}':
        case ']':
        case ',':
        case ' ':
        case '\t':
        case '\r':
        case '\n':
          /* The end of a bare word, such as a number. */
          if (depth == 0)
            return p > text ? p : NULL;
          if (*p != '}' && *p != ']')
            break;
          depth--;
          if (depth == 0)
            return p + 1;
          break;
        default:
          break;
        }
    }

  return depth == 0 && !in_string && p > text ? p : NULL;
}

gboolean
mock_json_find_member (const char *text, gsize length, const char *name, const char **value,
                       gsize *value_length)
{
  const char *end = text + length;
  gsize name_length = strlen (name);
  const char *p = skip_blanks (text, end);

  if (p == end || *p != '{')
    return FALSE;

  for (p = skip_blanks (p + 1, end); p < end && *p == '"'; p = skip_blanks (p + 1, end))
    {
      const char *key = p + 1;
      const char *key_end = mock_json_skip_value (p, end);
      const char *begin;

      if (key_end == NULL)
        return FALSE;
      p = skip_blanks (key_end, end);
      if (p == end || *p != ':')
        return FALSE;

      begin = skip_blanks (p + 1, end);
      p = mock_json_skip_value (begin, end);
      if (p == NULL)
        return FALSE;

      if ((gsize)(key_end - 1 - key) == name_length && memcmp (key, name, name_length) == 0)
        {
          *value = begin;
          *value_length = (gsize)(p - begin);
          return TRUE;
        }

      p = skip_blanks (p, end);
      if (p == end || *p != ',')
        return FALSE;
    }

  return FALSE;
}

/* Only what JSON has no escape for, or where a test must be able to name the byte. */
static gboolean
decode_escape (const char **text, char *byte)
{
  const char *p = *text;

  g_assert (p[0] == '\\');
  switch (p[1])
    {
    case 'r':
      *byte = '\r';
      break;
    case 'n':
      *byte = '\n';
      break;
    case 't':
      *byte = '\t';
      break;
    case '0':
      *byte = '\0';
      break;
    case '\\':
      *byte = '\\';
      break;
    case 'x':
      if (!g_ascii_isxdigit (p[2]) || !g_ascii_isxdigit (p[3]))
        return FALSE;
      *byte = (char)(g_ascii_xdigit_value (p[2]) << 4 | g_ascii_xdigit_value (p[3]));
      *text = p + 4;
      return TRUE;
    default:
      return FALSE;
    }

  *text = p + 2;
  return TRUE;
}

static GString *
decode_escapes (const char *text)
{
  GString *decoded = g_string_new (NULL);

  while (*text != '\0')
    {
      char byte;

      if (*text != '\\' || !decode_escape (&text, &byte))
        byte = *text++;
      g_string_append_c (decoded, byte);
    }

  return decoded;
}

static gboolean
parse_number (const char *word, guint64 *number)
{
  char *end;

  if (!g_ascii_isdigit (*word))
    return FALSE;

  *number = g_ascii_strtoull (word, &end, 10);
  if (*end == 'K')
    *number <<= 10;
  else if (*end == 'M')
    *number <<= 20;
  else
    return *end == '\0';

  return end[1] == '\0';
}

static char *
take_word (const char **text)
{
  gsize length = strcspn (*text, " \t");
  char *word = g_strndup (*text, length);

  *text += length;
  *text += strspn (*text, " \t");
  return word;
}

/* Returns what is wrong, or NULL. */
static const char *
parse_argument (MockStep *step, char letter, const char **text)
{
  g_autofree char *word = NULL;
  const char *end;
  const char *p;
  char byte;

  if (**text == '\0')
    return g_ascii_isupper (letter) ? NULL : "an argument is missing";

  switch (g_ascii_tolower (letter))
    {
    case 'n':
      word = take_word (text);
      step->has_number = TRUE;
      return parse_number (word, &step->number) ? NULL : "not a number";

    case 'w':
      step->word = take_word (text);
      return NULL;

    case 'j':
      end = mock_json_skip_value (*text, *text + strlen (*text));
      if (end == NULL)
        return "not a JSON value";
      step->word = g_strndup (*text, (gsize)(end - *text));
      *text = end + strspn (end, " \t");
      return NULL;

    case 'b':
      word = take_word (text);
      p = word;
      if (*p != '\\' || !decode_escape (&p, &byte))
        byte = *p++;
      if (*p != '\0')
        return "not a single byte";
      step->text = g_string_new_len (&byte, 1);
      return NULL;

    case 't':
      step->text = g_string_new (*text);
      *text += strlen (*text);
      return NULL;

    case 'x':
      step->text = decode_escapes (*text);
      *text += strlen (*text);
      return NULL;

    default:
      g_assert_not_reached ();
    }
}

/* Returns what is wrong, or NULL. */
static const char *
parse_step (const char *source, guint line, MockScriptFlags flags, MockStep **result)
{
  g_autoptr (MockStep) step = g_new0 (MockStep, 1);
  const char *rest = source;
  g_autofree char *name = take_word (&rest);
  const char *letter = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (step_names); i++)
    {
      if (g_str_equal (step_names[i].name, name))
        {
          step->kind = step_names[i].kind;
          letter = step_names[i].arguments;
        }
    }

  if (letter == NULL)
    return "no such step";
  if (mock_step_is_for_process (step) && flags != MOCK_SCRIPT_PROCESS)
    return "only mock-qemu can do this";

  for (; *letter != '\0'; letter++)
    {
      const char *problem = parse_argument (step, *letter, &rest);

      if (problem != NULL)
        return problem;
    }

  if (*rest != '\0')
    return "too many arguments";
  if (step->kind == MOCK_STEP_DELAY && step->number > MAX_DELAY)
    return "a delay is at most 60000";
  if ((step->kind == MOCK_STEP_REPLY_TO || step->kind == MOCK_STEP_ERROR_TO) && step->number == 0)
    return "commands are counted from 1";

  step->line = line;
  step->source = g_strdup (source);
  *result = g_steal_pointer (&step);
  return NULL;
}

static const char *
parse_line (const char *source, guint line, MockScriptFlags flags, GPtrArray *steps)
{
  MockStep *step = NULL;
  const char *problem;

  for (guint i = 0; i < G_N_ELEMENTS (shorthands); i++)
    {
      if (!g_str_equal (shorthands[i].name, source))
        continue;

      for (guint k = 0; k < G_N_ELEMENTS (shorthands[i].steps); k++)
        {
          problem = parse_step (shorthands[i].steps[k], line, flags, &step);
          g_assert (problem == NULL);
          g_ptr_array_add (steps, step);
        }
      return NULL;
    }

  problem = parse_step (source, line, flags, &step);
  if (problem == NULL)
    g_ptr_array_add (steps, step);

  return problem;
}

static const char *
pair_repeats (GPtrArray *steps, guint *line)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < steps->len; i++)
    {
      MockStep *step = steps->pdata[i];

      *line = step->line;
      if (step->kind == MOCK_STEP_REPEAT)
        {
          g_array_append_val (open, i);
        }
      else if (step->kind == MOCK_STEP_END)
        {
          if (open->len == 0)
            return "end without repeat";
          step->partner = g_array_index (open, guint, open->len - 1);
          ((MockStep *)steps->pdata[step->partner])->partner = i;
          g_array_set_size (open, open->len - 1);
        }
    }

  if (open->len > 0)
    {
      *line = ((MockStep *)steps->pdata[g_array_index (open, guint, 0)])->line;
      return "repeat without end";
    }

  return NULL;
}

GPtrArray *
mock_script_parse (const char *text, MockScriptFlags flags, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify)mock_step_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *problem = NULL;
  const char *source = "";
  guint line = 0;

  for (guint i = 0; lines[i] != NULL && problem == NULL; i++)
    {
      source = g_strstrip (lines[i]);
      line = i + 1;
      if (*source != '\0' && *source != '#')
        problem = parse_line (source, line, flags, steps);
    }

  if (problem == NULL)
    {
      problem = pair_repeats (steps, &line);
      source = line > 0 ? lines[line - 1] : "";
    }

  if (problem != NULL)
    {
      g_set_error (error, QMOCK_ERROR, QMOCK_ERROR_SCRIPT, "Script line %u: %s: %s", line, problem,
                   source);
      return NULL;
    }

  return g_steal_pointer (&steps);
}
