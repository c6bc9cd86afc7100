/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "fuzz.h"
#include "qmachine/process/command-line-private.h"

/* Values of all kinds in a command line: QEMU's reading of it gives each one back, and no value
 * adds an option of its own. */

/* QEMU's rules: a comma ends a value, two are one that does not; the name ends at the first '='. */
static GPtrArray *
read_options (const char *text)
{
  GPtrArray *options = g_ptr_array_new_with_free_func (g_free);

  for (gboolean more = TRUE; more;)
    {
      GString *option = g_string_new (NULL);

      while (*text != '\0' && (*text != ',' || text[1] == ','))
        {
          text += *text == ',' ? 1 : 0;
          g_string_append_c (option, *text++);
        }
      g_ptr_array_add (options, g_string_free (option, FALSE));
      more = *text++ == ',';
    }

  return options;
}

/* `expected` are options before quoting; one that is NULL ends them. */
static void
check_options (const char *text, ...)
{
  g_autoptr (GPtrArray) options = read_options (text);
  const char *expected;
  va_list list;
  guint i = 0;

  va_start (list, text);
  while ((expected = va_arg (list, const char *)) != NULL)
    {
      g_assert_cmpuint (i, <, options->len);
      g_assert_cmpstr (options->pdata[i++], ==, expected);
    }
  va_end (list);
  g_assert_cmpuint (i, ==, options->len);
}

static void
check_quote (const char *value)
{
  g_autofree char *quoted = q_command_line_quote (value);

  check_options (quoted, value, NULL);
}

/* A shell reads the text as the same arguments. */
static void
check_text (GStrv argv)
{
  g_autofree char *text = q_command_line_to_text ((const char *const *)argv);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parsed = NULL;

  g_assert_true (g_shell_parse_argv (text, NULL, &parsed, &error));
  g_assert_no_error (error);
  g_assert_true (g_strv_equal ((const char *const *)argv, (const char *const *)parsed));
}

static const char *
find_after (GStrv argv, const char *option, guint *index)
{
  for (guint i = *index; argv[i] != NULL && argv[i + 1] != NULL; i++)
    if (g_str_equal (argv[i], option))
      {
        *index = i + 2;
        return argv[i + 1];
      }
  g_assert_not_reached ();
}

typedef struct
{
  char *binary;
  char *machine_type;
  char *path;
  char *log_path;
  char *device_type;
  char *host;
  char *opaque;
  char *arg;
} Values;

static void
values_clear (Values *self)
{
  g_free (self->binary);
  g_free (self->machine_type);
  g_free (self->path);
  g_free (self->log_path);
  g_free (self->device_type);
  g_free (self->host);
  g_free (self->opaque);
  g_free (self->arg);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

static void
check_monitor (const QCommandLine *line, GStrv argv, const Values *values, guint *index)
{
  gboolean is_daemon = line->style == Q_COMMAND_LINE_STORAGE_DAEMON;
  const char *chardev = is_daemon ? "--chardev" : "-chardev";

  if (line->monitor == Q_COMMAND_LINE_MONITOR_INHERIT)
    check_options (find_after (argv, chardev, index), "socket", "id=mon", "fd=7", "server=on",
                   "wait=on", NULL);
  else if (line->monitor == Q_COMMAND_LINE_MONITOR_LISTEN)
    {
      g_autofree char *path = g_strconcat (
        "path=", g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (line->monitor_address)),
        NULL);

      check_options (find_after (argv, chardev, index), "socket", "id=mon", path, "server=on",
                     "wait=on", NULL);
    }
}

static void
check_devices (const QCommandLine *line, GStrv argv, const Values *values, guint *index)
{
  if (line->machine_type != NULL)
    g_assert_cmpstr (find_after (argv, "-machine", index), ==, values->machine_type);
  if (line->n_consoles > 0)
    {
      g_autofree char *logfile = g_strconcat ("logfile=", values->log_path, NULL);

      check_options (find_after (argv, "-chardev", index), "socket", "id=console", "fd=8", logfile,
                     "logappend=off", NULL);
      if (line->consoles[0].device == NULL)
        g_assert_cmpstr (find_after (argv, "-serial", index), ==, "chardev:console");
    }
  if (line->qtest_where != NULL)
    {
      check_options (find_after (argv, "-chardev", index), "socket", "id=qtest", "fd=10", NULL);
      g_assert_cmpstr (find_after (argv, "-qtest", index), ==, "chardev:qtest");
    }
  if (line->n_telnets > 0)
    {
      g_autofree char *host = g_strconcat ("host=", values->host, NULL);

      check_options (find_after (argv, "-chardev", index), "socket", "id=telnet0", host,
                     "port=4444", "server=on", "wait=off", "telnet=on", NULL);
      g_assert_cmpstr (find_after (argv, "-monitor", index), ==, "chardev:telnet0");
    }
  if (line->n_fds > 0)
    {
      g_autofree char *opaque = g_strconcat ("opaque=", values->opaque, NULL);

      check_options (find_after (argv, "-add-fd", index), "fd=9", "set=2", opaque, NULL);
    }
}

/* How many arguments there are does not depend on what is in the values. */
static guint
count_arguments (const QCommandLine *line)
{
  guint n = 1;

  n += line->wrapper != NULL ? g_strv_length ((char **)line->wrapper) : 0;
  n += line->args != NULL ? g_strv_length ((char **)line->args) : 0;
  n += line->monitor != Q_COMMAND_LINE_MONITOR_NONE ? 4 : 0;
  if (line->style == Q_COMMAND_LINE_STORAGE_DAEMON)
    return n;

  n += 4; /* -display, -vga */
  n += line->machine_type != NULL ? 2 : 0;
  n += line->n_consoles > 0 ? 4 : 0;
  n += line->qtest_where != NULL ? 6 : 0;
  n += line->n_telnets > 0 ? 4 : 0;
  n += line->n_fds > 0 ? 2 : 0;
  return n;
}

static gboolean
has_console_device (const QCommandLine *line)
{
  return line->style == Q_COMMAND_LINE_SYSTEM && line->n_consoles > 0
         && line->consoles[0].device != NULL;
}

static void
check_line (const QCommandLine *line, const Values *values)
{
  guint n_wrapper = line->wrapper != NULL ? g_strv_length ((char **)line->wrapper) : 0;
  guint index = n_wrapper + 1;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = q_command_line_build (line, &error);
  guint n;

  if (argv == NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_cmpint (line->monitor, ==, Q_COMMAND_LINE_MONITOR_LISTEN);
      return;
    }
  g_assert_no_error (error);

  n = g_strv_length (argv);
  g_assert_cmpuint (n, ==, count_arguments (line));
  g_assert_cmpstr (argv[n_wrapper], ==, values->binary);
  check_monitor (line, argv, values, &index);
  if (line->style == Q_COMMAND_LINE_SYSTEM)
    check_devices (line, argv, values, &index);
  if (has_console_device (line))
    {
      n -= 2;
      g_assert_cmpstr (argv[n], ==, "-device");
      g_assert_true (g_str_has_suffix (argv[n + 1], ",chardev=console"));
    }
  if (line->args != NULL)
    g_assert_cmpstr (argv[n - 1], ==, values->arg);
  check_text (argv);
}

static void
build (const Values *values, guint choices, guint kinds)
{
  const char *const wrapper[] = { values->arg, values->binary, NULL };
  const char *const args[] = { "-device", values->arg, NULL };
  QCommandLineConsole console
    = { .where = "fd=8", .name = "console", .log_path = values->log_path };
  QCommandLineTelnet telnet = { .host = values->host, .port = 4444 };
  QCommandLineFd fd = { .number = 9, .fdset = 2, .opaque = values->opaque };
  QCommandLine line = { .binary = values->binary, .monitor_fd = 7 };
  g_autoptr (GSocketAddress) address = NULL;

  if ((choices & 0x80) == 0)
    address = g_unix_socket_address_new (values->path);
  if (kinds & 4)
    console.device = values->device_type;
  line.style = kinds & 8 ? Q_COMMAND_LINE_STORAGE_DAEMON : Q_COMMAND_LINE_SYSTEM;
  line.monitor = kinds % 3;
  line.monitor_address = address;
  line.wrapper = choices & 1 ? wrapper : NULL;
  line.machine_type = choices & 2 ? values->machine_type : NULL;
  line.consoles = &console;
  line.n_consoles = choices & 4 ? 1 : 0;
  line.qtest_where = choices & 8 ? "fd=10" : NULL;
  line.telnets = &telnet;
  line.n_telnets = choices & 16 ? 1 : 0;
  line.fds = &fd;
  line.n_fds = choices & 32 ? 1 : 0;
  line.args = choices & 64 ? args : NULL;
  check_line (&line, values);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  QFuzzInput input = { (const char *)data, size };
  guint choices = q_fuzz_take_choice (&input);
  guint kinds = q_fuzz_take_choice (&input);
  g_auto (Values) values = {
    .binary = q_fuzz_take_string (&input, '\n'),
    .machine_type = q_fuzz_take_string (&input, '\n'),
    .path = q_fuzz_take_string (&input, '\n'),
    .log_path = q_fuzz_take_string (&input, '\n'),
    .device_type = q_fuzz_take_string (&input, '\n'),
    .host = q_fuzz_take_string (&input, '\n'),
    .opaque = q_fuzz_take_string (&input, '\n'),
    .arg = q_fuzz_take_string (&input, '\0'),
  };

  check_quote (values.arg);
  build (&values, choices, kinds);

  return 0;
}
