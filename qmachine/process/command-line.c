/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command-line-private.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

char *
q_command_line_quote (const char *value)
{
  GString *quoted = g_string_new (value);

  g_string_replace (quoted, ",", ",,", 0);

  return g_string_free (quoted, FALSE);
}

/* A shell would not take it apart. */
static gboolean
is_plain (const char *word)
{
  return word[0] != '\0'
         && strspn (word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                          "_@%+=:,./-")
              == strlen (word);
}

/* The first word is an assignment if it has an equals sign. */
static char *
quote_for_shell (const char *word)
{
  if (is_plain (word) && strchr (word, '=') == NULL)
    return g_strdup (word);

  return g_shell_quote (word);
}

char *
q_command_line_to_text (const char *const *argv)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; argv[i] != NULL; i++)
    {
      g_autofree char *quoted = NULL;

      if (i > 0)
        g_string_append_c (text, ' ');

      /* Only then, so that the usual stays readable. */
      quoted = is_plain (argv[i]) ? g_strdup (argv[i]) : g_shell_quote (argv[i]);
      g_string_append (text, quoted);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
listen_options (GSocketAddress *address, GError **error)
{
  if (G_IS_INET_SOCKET_ADDRESS (address))
    {
      GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
      g_autofree char *host = g_inet_address_to_string (g_inet_socket_address_get_address (inet));

      guint32 scope = 0;

      if (g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
        scope = g_inet_socket_address_get_scope_id (inet);
      if (scope != 0)
        return g_strdup_printf ("host=%s%%%u,port=%u", host, scope,
                                g_inet_socket_address_get_port (inet));
      return g_strdup_printf ("host=%s,port=%u", host, g_inet_socket_address_get_port (inet));
    }

  if (G_IS_UNIX_SOCKET_ADDRESS (address)
      && g_unix_socket_address_get_address_type (G_UNIX_SOCKET_ADDRESS (address))
           == G_UNIX_SOCKET_ADDRESS_PATH)
    {
      g_autofree char *path
        = q_command_line_quote (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));

      return g_strconcat ("path=", path, NULL);
    }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "monitor-address: QEMU cannot listen at an address of the type %s",
               address != NULL ? G_OBJECT_TYPE_NAME (address) : "(none)");
  return NULL;
}

static gboolean
add_monitor (const QCommandLine *self, GStrvBuilder *argv, GError **error)
{
  g_autofree char *chardev = NULL;

  /* With wait=off QEMU's main loop and its monitor thread race for the first connection: most
   * often it does not matter, but now and then the client is greeted twice, or never. */
  if (self->monitor == Q_COMMAND_LINE_MONITOR_INHERIT)
    {
      chardev = g_strdup_printf ("socket,id=mon,fd=%d,server=on,wait=on", self->monitor_fd);
    }
  else if (self->monitor == Q_COMMAND_LINE_MONITOR_LISTEN)
    {
      g_autofree char *where = listen_options (self->monitor_address, error);

      if (where == NULL)
        return FALSE;
      chardev = g_strdup_printf ("socket,id=mon,%s,server=on,wait=on", where);
    }
  else if (self->monitor == Q_COMMAND_LINE_MONITOR_STDIO)
    {
      /* Standard input is no terminal, whose keys would be signals. */
      chardev = g_strdup ("stdio,id=mon,signal=off");
    }
  else
    return TRUE;

  /* QEMU 11 warns of -mon; the storage daemon has no other form. */
  if (self->style == Q_COMMAND_LINE_STORAGE_DAEMON)
    g_strv_builder_add_many (argv, "--chardev", chardev, "--monitor", "chardev=mon,mode=control",
                             NULL);
  else
    g_strv_builder_add_many (argv, "-chardev", chardev, "-qmp", "chardev:mon", NULL);
  return TRUE;
}

static void
add_console (GStrvBuilder *argv, const QCommandLineConsole *console)
{
  g_autoptr (GString) chardev = g_string_new (NULL);

  g_string_printf (chardev, "socket,id=%s,%s", console->name, console->where);
  if (console->log_path != NULL)
    {
      g_autofree char *path = q_command_line_quote (console->log_path);

      g_string_append_printf (chardev, ",logfile=%s,logappend=off", path);
    }
  g_strv_builder_add_many (argv, "-chardev", chardev->str, NULL);
}

/* Behind the caller's arguments, which may bring the bus that they are on. */
static void
add_console_devices (const QCommandLine *self, GStrvBuilder *argv)
{
  for (gsize i = 0; i < self->n_consoles; i++)
    if (self->consoles[i].device != NULL)
      {
        g_autofree char *device
          = g_strdup_printf ("%s,chardev=%s", self->consoles[i].device, self->consoles[i].name);

        g_strv_builder_add_many (argv, "-device", device, NULL);
      }
}

static const QCommandLineConsole *
find_serial_port (const QCommandLine *self, guint port)
{
  for (gsize i = 0; i < self->n_consoles; i++)
    if (self->consoles[i].device == NULL && self->consoles[i].port == port)
      return &self->consoles[i];

  return NULL;
}

/* QEMU numbers them by their order: those before the last one that nobody has lead nowhere. */
static void
add_serial_ports (const QCommandLine *self, GStrvBuilder *argv)
{
  guint n_ports = 0;

  for (gsize i = 0; i < self->n_consoles; i++)
    if (self->consoles[i].device == NULL)
      n_ports = MAX (n_ports, self->consoles[i].port + 1);

  for (guint port = 0; port < n_ports; port++)
    {
      const QCommandLineConsole *console = find_serial_port (self, port);
      g_autofree char *chardev
        = console != NULL ? g_strconcat ("chardev:", console->name, NULL) : g_strdup ("null");

      g_strv_builder_add_many (argv, "-serial", chardev, NULL);
    }
}

static void
add_telnet (GStrvBuilder *argv, gsize index, const QCommandLineTelnet *telnet)
{
  g_autofree char *host = q_command_line_quote (telnet->host);
  g_autofree char *chardev = g_strdup_printf ("socket,id=telnet%" G_GSIZE_FORMAT
                                              ",host=%s,port=%u,server=on,wait=off,telnet=on",
                                              index, host, telnet->port);
  g_autofree char *monitor = g_strdup_printf ("chardev:telnet%" G_GSIZE_FORMAT, index);

  g_strv_builder_add_many (argv, "-chardev", chardev, "-monitor", monitor, NULL);
}

static void
add_fd (GStrvBuilder *argv, const QCommandLineFd *fd)
{
  g_autoptr (GString) option = g_string_new (NULL);

  g_string_printf (option, "fd=%d,set=%d", fd->number, fd->fdset);
  if (fd->opaque != NULL)
    {
      g_autofree char *opaque = q_command_line_quote (fd->opaque);

      g_string_append_printf (option, ",opaque=%s", opaque);
    }
  if (fd->options != NULL)
    g_string_append_printf (option, ",%s", fd->options);

  g_strv_builder_add_many (argv, "-add-fd", option->str, NULL);
}

static void
add_display (GStrvBuilder *argv, QCommandLineDisplay display)
{
  static const char *const options[][5] = {
    [Q_COMMAND_LINE_DISPLAY_NONE] = { "-display", "none", "-vga", "none" },
    [Q_COMMAND_LINE_DISPLAY_HEADLESS] = { "-display", "none" },
    [Q_COMMAND_LINE_DISPLAY_DBUS] = { "-display", "dbus,p2p=yes" },
    [Q_COMMAND_LINE_DISPLAY_VNC] = { "-display", "none", "-vnc", "none" },
    [Q_COMMAND_LINE_DISPLAY_GTK] = { "-display", "gtk" },
    [Q_COMMAND_LINE_DISPLAY_SDL] = { "-display", "sdl" },
    [Q_COMMAND_LINE_DISPLAY_DEFAULT] = { NULL },
  };

  g_strv_builder_addv (argv, (const char **)options[display]);
}

static void
add_devices (const QCommandLine *self, GStrvBuilder *argv)
{
  add_display (argv, self->display);
  if (self->machine_type != NULL)
    g_strv_builder_add_many (argv, "-machine", self->machine_type, NULL);
  for (gsize i = 0; i < self->n_consoles; i++)
    add_console (argv, &self->consoles[i]);
  add_serial_ports (self, argv);
  if (self->qtest_where != NULL)
    {
      g_autofree char *chardev = g_strconcat ("socket,id=qtest,", self->qtest_where, NULL);

      g_strv_builder_add_many (argv, "-chardev", chardev, "-qtest", "chardev:qtest", "-qtest-log",
                               "none", NULL);
    }
  for (gsize i = 0; i < self->n_telnets; i++)
    add_telnet (argv, i, &self->telnets[i]);
  for (gsize i = 0; i < self->n_fds; i++)
    add_fd (argv, &self->fds[i]);
}

GStrv
q_command_line_wrap (const char *const *wrapper, gboolean wrapper_shell, const char *const *command)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  gboolean wrapped = wrapper != NULL && wrapper[0] != NULL;

  if (wrapped)
    g_strv_builder_addv (argv, (const char **)wrapper);
  for (gsize i = 0; command[i] != NULL; i++)
    {
      g_autofree char *word
        = wrapped && wrapper_shell ? quote_for_shell (command[i]) : g_strdup (command[i]);

      g_strv_builder_add (argv, word);
    }

  return g_strv_builder_end (argv);
}

GStrv
q_command_line_build (const QCommandLine *self, GError **error)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_auto (GStrv) qemus = NULL;

  g_strv_builder_add (argv, self->binary);

  if (!add_monitor (self, argv, error))
    return NULL;

  if (self->style == Q_COMMAND_LINE_SYSTEM)
    add_devices (self, argv);
  if (self->feature_args != NULL)
    g_strv_builder_addv (argv, (const char **)self->feature_args);
  if (self->args != NULL)
    g_strv_builder_addv (argv, (const char **)self->args);
  if (self->style == Q_COMMAND_LINE_SYSTEM)
    add_console_devices (self, argv);
  if (self->last_args != NULL)
    g_strv_builder_addv (argv, (const char **)self->last_args);

  qemus = g_strv_builder_end (argv);
  return q_command_line_wrap (self->wrapper, self->wrapper_shell, (const char *const *)qemus);
}
