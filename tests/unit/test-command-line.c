/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Golden command lines: what QEMU gets to see for given settings. */

#include <gio/gunixsocketaddress.h>

#include "process/command-line-private.h"

static void
assert_argv (const QCommandLine *command_line, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = q_command_line_build (command_line, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_strjoinv ("|", argv);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_least (void)
{
  assert_argv (&(QCommandLine){ .binary = "qemu" }, "qemu|-display|none|-vga|none");
}

static void
test_displays (void)
{
  static const char *const expected[] = {
    [Q_COMMAND_LINE_DISPLAY_NONE] = "qemu|-display|none|-vga|none|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_HEADLESS] = "qemu|-display|none|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_DBUS] = "qemu|-display|dbus,p2p=yes|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_VNC] = "qemu|-display|none|-vnc|none|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_GTK] = "qemu|-display|gtk|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_SDL] = "qemu|-display|sdl|-machine|q35",
    [Q_COMMAND_LINE_DISPLAY_DEFAULT] = "qemu|-machine|q35",
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_argv (&(QCommandLine){ .binary = "qemu", .machine_type = "q35", .display = i },
                 expected[i]);
}

static void
test_order (void)
{
  static const char *const wrapper[] = { "strace", "-f", NULL };
  static const char *const args[] = { "-m", "64", "-display", "gtk", NULL };

  assert_argv (&(QCommandLine){ .wrapper = wrapper,
                                .binary = "/usr/bin/qemu",
                                .machine_type = "q35",
                                .monitor = Q_COMMAND_LINE_MONITOR_INHERIT,
                                .monitor_fd = 7,
                                .args = args },
               "strace|-f|/usr/bin/qemu|-chardev|socket,id=mon,fd=7,server=on,wait=on|-qmp|"
               "chardev:mon|-display|none|-vga|none|-machine|q35|-m|64|-display|gtk");
}

static void
test_arguments_stay_whole (void)
{
  static const char *const args[]
    = { "", "a b", "$(reboot)", "; rm -rf /", "`x`", "new\nline", "-drive", "file=a,,b", NULL };

  assert_argv (&(QCommandLine){ .binary = "qemu,with,commas", .args = args },
               "qemu,with,commas|-display|none|-vga|none||a b|$(reboot)|; rm -rf /|`x`|new\nline|"
               "-drive|file=a,,b");
}

static void
test_listen (void)
{
  g_autoptr (GSocketAddress) path = g_unix_socket_address_new ("/tmp/a,server=off/b=c");
  g_autoptr (GSocketAddress) tcp4 = g_inet_socket_address_new_from_string ("127.0.0.1", 4444);
  g_autoptr (GSocketAddress) tcp6 = g_inet_socket_address_new_from_string ("::1", 0);
  g_autoptr (GSocketAddress) scoped = NULL;
  g_autoptr (GInetAddress) local = g_inet_address_new_from_string ("fe80::1");

  assert_argv (&(QCommandLine){ .binary = "qemu",
                                .monitor = Q_COMMAND_LINE_MONITOR_LISTEN,
                                .monitor_address = path },
               "qemu|-chardev|socket,id=mon,path=/tmp/a,,server=off/b=c,server=on,wait=on|-qmp|"
               "chardev:mon|-display|none|-vga|none");
  assert_argv (&(QCommandLine){ .binary = "qemu",
                                .monitor = Q_COMMAND_LINE_MONITOR_LISTEN,
                                .monitor_address = tcp4 },
               "qemu|-chardev|socket,id=mon,host=127.0.0.1,port=4444,server=on,wait=on|-qmp|"
               "chardev:mon|-display|none|-vga|none");
  assert_argv (&(QCommandLine){ .binary = "qemu",
                                .monitor = Q_COMMAND_LINE_MONITOR_LISTEN,
                                .monitor_address = tcp6 },
               "qemu|-chardev|socket,id=mon,host=::1,port=0,server=on,wait=on|-qmp|"
               "chardev:mon|-display|none|-vga|none");

  scoped
    = g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", local, "port", 5, "scope-id", 2, NULL);
  assert_argv (&(QCommandLine){ .binary = "qemu",
                                .monitor = Q_COMMAND_LINE_MONITOR_LISTEN,
                                .monitor_address = scoped },
               "qemu|-chardev|socket,id=mon,host=fe80::1%2,port=5,server=on,wait=on|-qmp|"
               "chardev:mon|-display|none|-vga|none");
}

static void
test_unusable_address (void)
{
  g_autoptr (GSocketAddress) abstract
    = g_unix_socket_address_new_with_type ("name", -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  QCommandLine command_line
    = { .binary = "qemu", .monitor = Q_COMMAND_LINE_MONITOR_LISTEN, .monitor_address = abstract };
  g_autoptr (GError) error = NULL;

  g_assert_null (q_command_line_build (&command_line, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  command_line.monitor_address = NULL;
  g_assert_null (q_command_line_build (&command_line, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_fds (void)
{
  const QCommandLineFd fds[] = {
    { 5, 1, NULL, NULL },
    { 6, 2, "rw,fd=0,x=1", NULL },
    { 7, 3, "plain", "bar=baz" },
  };

  assert_argv (&(QCommandLine){ .binary = "qemu", .fds = fds, .n_fds = G_N_ELEMENTS (fds) },
               "qemu|-display|none|-vga|none|-add-fd|fd=5,set=1|-add-fd|"
               "fd=6,set=2,opaque=rw,,fd=0,,x=1|-add-fd|fd=7,set=3,opaque=plain,bar=baz");
}

static void
test_quote (void)
{
  static const struct
  {
    const char *value;
    const char *quoted;
  } cases[] = {
    { "", "" }, { "a", "a" }, { ",", ",," }, { ",,", ",,,," }, { "a,b=c,d", "a,,b=c,,d" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *quoted = q_command_line_quote (cases[i].value);

      g_assert_cmpstr (quoted, ==, cases[i].quoted);
    }
}

static void
test_to_text (void)
{
  static const char *const argv[] = { "qemu", "", "a b", "it's", "x=1,y", "$HOME", NULL };
  g_autofree char *text = q_command_line_to_text (argv);

  g_assert_cmpstr (text, ==, "qemu '' 'a b' 'it'\\''s' x=1,y '$HOME'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/command-line/least", test_least);
  g_test_add_func ("/command-line/displays", test_displays);
  g_test_add_func ("/command-line/order", test_order);
  g_test_add_func ("/command-line/arguments-stay-whole", test_arguments_stay_whole);
  g_test_add_func ("/command-line/listen", test_listen);
  g_test_add_func ("/command-line/unusable-address", test_unusable_address);
  g_test_add_func ("/command-line/fds", test_fds);
  g_test_add_func ("/command-line/quote", test_quote);
  g_test_add_func ("/command-line/to-text", test_to_text);

  return g_test_run ();
}
