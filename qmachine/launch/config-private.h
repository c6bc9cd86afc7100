/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "console-stream-private.h"
#include "hook-private.h"
#include "q-enums.h"
#include "socket-paths-private.h"

/* What a user set before the launch. The launch works on a copy, so that nothing it reads changes
 * under it. */

#define Q_LAUNCH_NO_FDSET -1

typedef struct
{
  int fd;     /* a duplicate of our own */
  int number; /* in the child */
  int fdset;  /* Q_LAUNCH_NO_FDSET: it is named by its number alone */
  char *opaque;
  char *options;
} QLaunchFd;

typedef struct
{
  char *host;
  guint16 port;
} QLaunchTelnet;

typedef struct
{
  QConsoleStream *stream; /* owned */
  char *name;             /* that of its chardev, too */
  char *device;           /* NULL for a serial port */
  guint port;             /* of the serial port */
} QLaunchConsole;

typedef struct
{
  const QLaunchHook *hook;
  gpointer feature;    /* owned */
  gboolean has_joined; /* when the launch had begun; it hears of the end in any case */
} QLaunchFeature;

typedef struct
{
  char *binary;
  QMachineKind kind;
  GStrv args;
  GStrv wrapper;
  gboolean wrapper_shell;
  char *wrapper_socket_dir; /* NULL for none */
  char *name;
  char *base_dir;
  char *log_path;    /* NULL for one in the run directory */
  char *monitor_log; /* NULL for none */
  char *machine_type;
  QMachineDisplay display;
  QMonitorMode monitor_mode;
  GSocketAddress *monitor_address;
  gboolean exit_with_parent;
  gboolean enable_qtest;
  int launch_timeout; /* ms, -1 none, like those below */
  int shutdown_timeout;
  int command_timeout;
  char *console_log;          /* the path for the first console, if that has none of its own */
  GArray *consoles;           /* of QLaunchConsole */
  GArray *fds;                /* of QLaunchFd */
  GArray *telnets;            /* of QLaunchTelnet */
  GArray *hooks;              /* of QLaunchFeature */
  QSocketPaths *socket_paths; /* shared by all copies */
} QLaunchConfig;

QLaunchConfig *q_launch_config_new (void);
QLaunchConfig *q_launch_config_copy (const QLaunchConfig *self);
void q_launch_config_free (QLaunchConfig *self);

void q_launch_config_add_args (QLaunchConfig *self, const char *const *args);
gboolean q_launch_config_add_fd (QLaunchConfig *self, int fd, int fdset, const char *opaque,
                                 const char *options, GError **error);
gboolean q_launch_config_pass_fd (QLaunchConfig *self, int fd, GError **error);

/* The name of the console that add_console () means; NULL with an error for a bad one. */
char *q_launch_config_name_console (const char *name, GError **error);
/* Moves the one that has the name, or adds one, with a reference of the stream. */
gboolean q_launch_config_add_console (QLaunchConfig *self, QConsoleStream *stream, const char *name,
                                      const char *device, GError **error);

gboolean q_launch_config_add_telnet (QLaunchConfig *self, const char *host, guint port,
                                     GError **error);

/* The wrapper for another command, without what stands for sockets of a launch; NULL for none. */
GStrv q_launch_config_dup_plain_wrapper (const QLaunchConfig *self);

/* Takes a reference of the feature. */
void q_launch_config_add_hook (QLaunchConfig *self, const QLaunchHook *hook, gpointer feature);

/* That of this launch, which does not change any more. */
const QLaunchConfig *q_launch_parts_get_config (QLaunchParts *self);

/* What can be told without starting anything: INVALID_CONFIGURATION, naming the setting. */
gboolean q_launch_config_check (const QLaunchConfig *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QLaunchConfig, q_launch_config_free)
