/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shell-checks.h"

#include <string.h>

QShellResult *
shell_run (QShell *shell, const char *command)
{
  g_autoptr (GError) error = NULL;
  QShellResult *result = q_shell_run (shell, command, NULL, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return result;
}

void
shell_assert_run (QShell *shell, const char *command, const char *text, int status)
{
  g_autoptr (QShellResult) result = shell_run (shell, command);

  g_assert_cmpstr (q_shell_result_get_text (result), ==, text);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, status);
}

void
shell_assert_bytes (GBytes *bytes, const char *expected, gsize length)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  g_assert_cmpmem (data, n_bytes, expected, length);
}

void
shell_assert_error (GError *error, GQuark domain, int code, const char *pattern)
{
  g_assert_error (error, domain, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("not \"%s\": %s", pattern, error->message);
}

char *
shell_make_data (GRand *rand)
{
  char *data = g_malloc (DATA_SIZE);

  for (guint i = 0; i < DATA_SIZE; i++)
    data[i] = (char)g_rand_int_range (rand, 0, 256);
  /* What a terminal or a shell would take for something else. */
  memcpy (data + 1000, "$HOME `id` \\n \"'\033[2J\r\n\003\004\021\023\032\034{q,1,1}\n", 36);
  for (guint i = 1; i < N_COPIES; i++)
    memcpy (data + i * DATA_SIZE / N_COPIES, data, DATA_SIZE / N_COPIES);

  return data;
}

/* Nothing that a shell or a terminal may take for something else but NUL, which no command has. */
static char *
make_text (GRand *rand)
{
  guint length = (guint)g_rand_int_range (rand, 1, 300);
  GString *text = g_string_new (NULL);
  const char *const parts[] = { "'",
                                "\"",
                                "\\",
                                "$HOME",
                                "`id`",
                                "$(id)",
                                "\033[1;31m",
                                "\033]0;x\a",
                                "\n",
                                "\r\n",
                                "\t",
                                "* ?",
                                "# ",
                                "{};",
                                "%s%n",
                                "\003\004\021\023",
                                "[    1.234567] eth0: up\n",
                                "\303\274",
                                "\377",
                                " ",
                                "login: ",
                                "root@guest:~# " };

  while (text->len < length)
    if (g_rand_boolean (rand))
      g_string_append (text, parts[g_rand_int_range (rand, 0, G_N_ELEMENTS (parts))]);
    else
      g_string_append_c (text, (char)g_rand_int_range (rand, ' ', 127));

  return g_string_free (text, FALSE);
}

/* The text comes back. */
static void
run_text (QShell *shell, GRand *rand, int status)
{
  g_autofree char *text = make_text (rand);
  g_autofree char *quoted = g_shell_quote (text);
  g_autofree char *command = g_strdup_printf ("printf %%s %s; exit %d", quoted, status);
  g_autoptr (QShellResult) result = shell_run (shell, command);

  shell_assert_bytes (q_shell_result_get_output (result), text, strlen (text));
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, status);
}

static void
run_slice (QShell *shell, GRand *rand, const char *path, const char *data, guint max, int status)
{
  const guint limits[] = { 200, 200, 200, 200, max / 8, max / 8, max / 8, max };
  guint limit = limits[g_rand_int_range (rand, 0, G_N_ELEMENTS (limits))];
  guint size = (guint)g_rand_int_range (rand, 0, (int)limit + 1);
  guint index = size > 0 ? (guint)g_rand_int_range (rand, 0, (int)(DATA_SIZE / size)) : 0;
  g_autofree char *command
    = g_strdup_printf ("dd if=%s bs=%u skip=%u count=%d 2>/dev/null; exit %d", path, MAX (size, 1),
                       index, size > 0 ? 1 : 0, status);
  g_autoptr (QShellResult) result = shell_run (shell, command);

  shell_assert_bytes (q_shell_result_get_output (result), data + index * size, size);
  g_assert_cmpint (q_shell_result_get_exit_status (result), ==, status);
}

void
shell_run_random (QShell *shell, GRand *rand, const char *path, const char *data, guint n_runs,
                  guint max)
{
  for (guint i = 0; i < n_runs; i++)
    {
      int status = g_rand_int_range (rand, 0, 256);

      if (g_rand_int_range (rand, 0, 4) == 0)
        run_text (shell, rand, status);
      else
        run_slice (shell, rand, path, data, max, status);
    }
}

void
shell_check_commands (QShell *shell, guint n_characters)
{
  g_autoptr (GBytes) input = g_bytes_new_static ("a\0b%%\\n\377\r\n", 9);
  g_autoptr (GError) error = NULL;
  g_autoptr (QShellResult) echoed = NULL;
  g_autofree char *long_text = g_strnfill (n_characters, '%');
  g_autofree char *long_command = g_strdup_printf ("x='%s'\necho ${#x}", long_text);
  g_autofree char *number = g_strdup_printf ("%u", n_characters);

  shell_assert_run (shell, "echo one; echo two >&2; exit 3", "one\ntwo", 3);
  shell_assert_run (shell, "", "", 0);
  shell_assert_run (shell, "echo \"it's\"   '$HOME' `echo a`: 100%", "it's $HOME a: 100%", 0);
  shell_assert_run (shell, "cat <<EOF\n  one\n\ttwo $((1 + 2))\nEOF\n", "  one\n\ttwo 3", 0);
  shell_assert_run (shell, "cd /; x=1; exec 3<&- 4>&- >/dev/null", "", 0);
  shell_assert_run (shell, "echo \"[$x]\"", "[]", 0);
  shell_assert_run (shell, "cat; read x; echo $?", "1", 0);
  shell_assert_run (shell, "sleep 1000 & echo $! >/tmp/q-shell-test-pid; echo here", "here", 0);
  shell_assert_run (shell, "kill $(cat /tmp/q-shell-test-pid); rm /tmp/q-shell-test-pid", "", 0);
  shell_assert_run (shell, "kill -9 $$", "", 137);
  shell_assert_run (shell, "kill -TERM $$", "", 143);
  shell_assert_run (shell, "set -e; false; echo no", "", 1);
  shell_assert_run (shell, "no-such-command 2>/dev/null", "", 127);
  /* The shell may mend the terminal meanwhile, which stty would see. */
  shell_assert_run (shell, "stty raw echo </dev/tty 2>/dev/null; echo typed >/dev/tty", "", 0);
  shell_assert_run (shell, "printf '\\303\\274 \\377'", "\303\274 \357\277\275", 0);
  shell_assert_run (shell, long_command, number, 0);

  echoed = q_shell_run (shell, "cat; exit 255", input, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (echoed), ==, 255);
  shell_assert_bytes (q_shell_result_get_output (echoed), "a\0b%%\\n\377\r\n", 9);
  g_clear_object (&echoed);
  echoed = q_shell_run (shell, "if", NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_shell_result_get_exit_status (echoed), ==, 2);
  g_assert_true (g_str_has_prefix (q_shell_result_get_text (echoed), "sh: "));
  g_assert_false (q_shell_result_check (echoed, &error));
  shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                      "run: \"if\": exit status 2\n*lines:\nsh: *");
}

/* Longer where the guest is too slow to say in this time what the command has written. */
static void
check_interrupted (QShell *shell, const char *command, const char *words)
{
  gboolean seen = FALSE;

  for (int limit = 1000; !seen; limit *= 2)
    {
      g_autofree char *pattern = g_strdup_printf (
        "run: \"*sleep 1000\": it was not done after %d ms, and was interrupted\nIts last lines:*\n"
        "The last lines of the *",
        limit);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (limit, <, Q_TEST_DEADLINE_MS);
      g_assert_null (q_shell_run (shell, command, NULL, limit, NULL, &error));
      shell_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, pattern);
      seen = words == NULL || strstr (error->message, words) != NULL;
      shell_assert_run (shell, "echo next", "next", 0);
    }
}

/* What does not end is interrupted, and the next command runs. */
void
shell_check_limits (QShell *shell)
{
  g_autofree char *long_command = g_strnfill (1024 * 1024 + 1, 'x');
  g_autoptr (GError) error = NULL;
  guint64 max_output = q_shell_get_max_output (shell);

  check_interrupted (shell, "echo begun; sleep 1000", "lines:\nbegun\n");
  check_interrupted (shell, "trap '' INT; sleep 1000", NULL);

  q_shell_set_max_output (shell, 100000);
  g_assert_null (q_shell_run (shell, "cat /dev/zero", NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                      "run: \"cat /dev/zero\": it wrote more than max-output, 100000 bytes");
  g_clear_error (&error);
  shell_assert_run (shell, "echo next", "next", 0);
  q_shell_set_max_output (shell, max_output);

  g_assert_null (q_shell_run (shell, long_command, NULL, Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_TOO_LARGE,
                      "run: \"xxx*...\": the command is longer than 1048576 bytes");
  g_clear_error (&error);
  g_assert_null (q_shell_run (shell, "true", NULL, -3, NULL, &error));
  shell_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                      "run: \"true\": -3 is no time limit");
}

void
shell_assert_lost (QShell *shell, const char *command, GQuark domain, int code, const char *message)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_assert_null (q_shell_run (shell, command, NULL, 4 * Q_TEST_DEADLINE_MS, NULL, &error));
  shell_assert_error (error, domain, code, message);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, Q_TEST_DEADLINE_MS * 1000);
}
