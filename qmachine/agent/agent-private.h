/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>
#include <sys/un.h>

#include "io/changes-private.h"
#include "io/operation-private.h"
#include "q-enums.h"

/* The connection to a guest agent, on the I/O thread: finding the agent and losing it, one command
 * at a time, and the guard of what is frozen. It outlives the object that it belongs to while
 * something is still in flight, and holds only a weak reference upwards. */
typedef struct _QAgent QAgent;

#define Q_AGENT_COMMAND_TIMEOUT (10 * 1000)
#define Q_AGENT_ATTACH_TIMEOUT (30 * 1000)
#define Q_AGENT_MAX_MESSAGE_SIZE (64 * 1024 * 1024)
#define Q_AGENT_MAX_FILE_SIZE (256 * 1024 * 1024)

/* See Q_SESSION_MAX_PATH. */
#define Q_AGENT_MAX_PATH (sizeof ((struct sockaddr_un *)NULL)->sun_path - 2)

typedef struct
{
  int command_timeout;      /* ms, -1 none */
  int attach_timeout;       /* ms, -1 none */
  guint64 max_message_size; /* bytes */
  guint64 max_file_size;    /* bytes */
} QAgentSettings;

/* In the owner context, as long as the target is there. */
typedef struct
{
  QChangesFunc changed; /* which of its properties is not told */
  void (*closed) (GObject *target, const GError *error);
} QAgentSignals;

QAgent *q_agent_new (QDispatcher *dispatcher, const QAgentSignals *signals, GObject *target);
QAgent *q_agent_ref (QAgent *self);
void q_agent_unref (QAgent *self);

/* Any thread. */
void q_agent_get_settings (QAgent *self, QAgentSettings *settings);
QAgentSettings *q_agent_lock_settings (QAgent *self);
void q_agent_unlock_settings (QAgent *self);
QGuestAgentState q_agent_get_state (QAgent *self);
gboolean q_agent_get_frozen (QAgent *self);
/* The object is gone: thaws and closes. Waits for the thaw, if there is one. */
void q_agent_drop (QAgent *self);

/* -- of a machine: no program attaches it -- */

/* Before anything else. */
void q_agent_set_place (QAgent *self, const char *name);
/* The rest on the I/O thread. A launch has begun, and has a connection to the port. */
void q_agent_use_stream (QAgent *self, GIOStream *stream);
/* The guest has opened the port, or closed it; or it is known now how it is. */
void q_agent_set_port_open (QAgent *self, gboolean open);
/* The launch has ended. */
void q_agent_end_stream (QAgent *self);

/* -- operations: each begins with a QAgentCall as its data -- */

typedef struct _QAgentCall QAgentCall;
typedef struct _QAgentCommand QAgentCommand;

/* The return value of a command, as text. It stands in a whole message, so that a walk over JSON
 * ends in it. */
typedef void (*QAgentStep) (QOperation *operation, const char *value, gsize length);

struct _QAgentCall
{
  QAgent *agent; /* owned */
  int timeout;   /* ms, -1 none, Q_TIMEOUT_DEFAULT for that of the setting */

  /* The room's own. */
  QAgentCommand *command; /* that waits for its turn or its answer */
  gboolean is_begun;      /* the agent that answered first has to answer the rest */
  guint n_losses;         /* of the agent's, at that time */
  QAgentStep step;
  QOperationFunc again; /* as soon as the guest is thawed; NULL for one that goes on */
  /* A step failed: TRUE if the operation goes on, or was ended. */
  gboolean (*failed) (QOperation *operation, const GError *error);
  /* The operation is about to end before its time. */
  void (*given_up) (QOperation *operation);
};

void q_agent_call_init (QAgentCall *self, QAgent *agent, int timeout);
void q_agent_call_clear (QAgentCall *self);
/* One that is nothing else. */
QAgentCall *q_agent_call_new (QAgent *agent, int timeout);
void q_agent_call_free (gpointer self);

/* Start functions for a plain call. */
void q_agent_wait_ready (QOperation *operation);
void q_agent_close (QOperation *operation);
void q_agent_thaw (QOperation *operation); /* the number of file systems, and one */

typedef struct
{
  QAgentCall call;
  GSocketAddress *address; /* one of the two */
  GIOStream *stream;
} QAgentAttach;

void q_agent_attach (QOperation *operation);
void q_agent_attach_free (gpointer attach);

/* A command, or the only one of an operation: its value as text. */
typedef struct
{
  QAgentCall call;
  char *name;
  char *text; /* encoded; given away when it is sent */
  gsize length;
} QAgentRequest;

/* Errors: INVALID_COMMAND, TOO_LARGE. */
QAgentRequest *q_agent_request_new (QAgent *agent, const char *command, const char *arguments,
                                    int timeout, GError **error);
void q_agent_request_free (gpointer request);
void q_agent_command (QOperation *operation);

/* The number of file systems, and one. */
typedef struct
{
  QAgentCall call;
  int limit; /* ms, -1 none */
} QAgentFreeze;

void q_agent_freeze_free (gpointer freeze);
void q_agent_freeze (QOperation *operation);

/* How a program in the guest ended. */
typedef struct
{
  QExitKind kind;
  gint64 number;  /* exit status or signal */
  GBytes *out[2]; /* standard output and error */
  gboolean truncated[2];
} QAgentExecResult;

typedef struct _QAgentExec QAgentExec;

QAgentExec *q_agent_exec_new (QAgent *agent, const char *const *argv, const char *const *env,
                              GBytes *input, int timeout, GError **error);
void q_agent_exec_free (gpointer exec);
/* The result is what the agent said at last, as text. */
void q_agent_exec (QOperation *operation);
/* Any thread: reads that, which takes a while where there is much output. PROTOCOL. */
QAgentExecResult *q_agent_exec_read_result (const char *status, GError **error);
void q_agent_exec_result_free (gpointer result);

typedef struct _QAgentFile QAgentFile;

/* `contents` is NULL for reading. The result is a GBytes, or TRUE. */
QAgentFile *q_agent_file_new (QAgent *agent, const char *path, GBytes *contents, int timeout,
                              GError **error);
void q_agent_file_free (gpointer file);
void q_agent_file_transfer (QOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QAgent, q_agent_unref)
