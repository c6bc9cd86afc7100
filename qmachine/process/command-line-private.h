/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* From settings to arguments: no I/O, nothing started. */

typedef struct
{
  int number; /* in the child */
  int fdset;
  const char *opaque;  /* nullable */
  const char *options; /* nullable: more of QEMU's own options, as they are */
} QCommandLineFd;

typedef struct
{
  const char *host;
  guint16 port;
} QCommandLineTelnet;

typedef struct
{
  const char *where;  /* fd= or path= */
  const char *name;   /* that of its chardev, too */
  const char *device; /* nullable: the serial port of that number */
  guint port;
  char *log_path; /* nullable */
} QCommandLineConsole;

typedef enum
{
  Q_COMMAND_LINE_MONITOR_NONE,
  Q_COMMAND_LINE_MONITOR_INHERIT, /* QEMU gets the listening socket as a descriptor */
  Q_COMMAND_LINE_MONITOR_LISTEN,  /* QEMU listens itself */
  Q_COMMAND_LINE_MONITOR_STDIO,
} QCommandLineMonitor;

/* All but the first have a graphics card. */
typedef enum
{
  Q_COMMAND_LINE_DISPLAY_NONE,
  Q_COMMAND_LINE_DISPLAY_HEADLESS,
  Q_COMMAND_LINE_DISPLAY_DBUS,
  Q_COMMAND_LINE_DISPLAY_VNC,
  Q_COMMAND_LINE_DISPLAY_GTK,
  Q_COMMAND_LINE_DISPLAY_SDL,
  Q_COMMAND_LINE_DISPLAY_DEFAULT, /* no option: QEMU's own choice, or the user's */
} QCommandLineDisplay;

typedef enum
{
  Q_COMMAND_LINE_SYSTEM,
  Q_COMMAND_LINE_STORAGE_DAEMON, /* two dashes, and a monitor option of its own */
} QCommandLineStyle;

typedef struct
{
  QCommandLineStyle style;
  const char *const *wrapper; /* nullable */
  gboolean wrapper_shell;     /* passes what comes behind it through a shell */
  const char *binary;
  QCommandLineDisplay display;
  const char *machine_type; /* nullable */
  QCommandLineMonitor monitor;
  int monitor_fd;                  /* INHERIT */
  GSocketAddress *monitor_address; /* LISTEN */
  const QCommandLineConsole *consoles;
  gsize n_consoles;
  const char *qtest_where;           /* as of a console; NULL for none */
  const QCommandLineTelnet *telnets; /* human monitors */
  gsize n_telnets;
  const QCommandLineFd *fds;
  gsize n_fds;
  const char *const *feature_args; /* nullable, like the user's */
  const char *const *args;
  const char *const *last_args; /* nullable */
} QCommandLine;

/* NULL with G_IO_ERROR_INVALID_ARGUMENT for what has no form as options. */
GStrv q_command_line_build (const QCommandLine *self, GError **error);

/* A command behind a wrapper, which may be NULL, and may pass its words through a shell. */
GStrv q_command_line_wrap (const char *const *wrapper, gboolean wrapper_shell,
                           const char *const *command);

/* A value inside QEMU's comma-separated options. */
char *q_command_line_quote (const char *value);

/* For messages: what one would type into a shell. */
char *q_command_line_to_text (const char *const *argv);
