/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "io/changes-private.h"
#include "io/operation-private.h"
#include "launch/hook-private.h"

/* A port of a guest's virtio-serial bus, on the I/O thread: over all launches of its machine. */
typedef struct _QPort QPort;

/* All on the I/O thread. */
typedef struct
{
  /* With each launch, before the guest runs. */
  void (*connected) (gpointer user_data, GIOStream *stream);
  /* The guest has opened the port, or closed it; or it is known now how that is. Said again for a
   * port that is open, it was closed in between: of what follows fast QEMU reports only the last.
   */
  void (*changed) (gpointer user_data, gboolean open);
  void (*ended) (gpointer user_data);
  void (*unref) (gpointer user_data);
} QPortObserver;

typedef enum
{
  Q_PORT_CHANGE_STREAM = 1 << 0,
  Q_PORT_CHANGE_OPEN = 1 << 1,
} QPortChanges;

QPort *q_port_new (const char *name, QDispatcher *dispatcher);
QPort *q_port_ref (QPort *self);
void q_port_unref (QPort *self);

/* Holds it weakly. `changed` gets QPortChanges. */
void q_port_set_target (QPort *self, GObject *target, QChangesFunc changed);
/* Before any launch. The stream is the observer's alone then. Takes over `user_data`. */
void q_port_set_observer (QPort *self, const QPortObserver *observer, gpointer user_data);

/* Any thread. */
gboolean q_port_has_observer (QPort *self);
const char *q_port_get_name (QPort *self);
QDispatcher *q_port_get_dispatcher (QPort *self);
GIOStream *q_port_dup_stream (QPort *self);
gboolean q_port_get_open (QPort *self);

/* I/O thread. */
gboolean q_port_prepare (QPort *self, guint number, QLaunchParts *parts, GError **error);
/* If it is there already. */
void q_port_connect (QPort *self);
void q_port_set_open (QPort *self, gboolean open);
/* The same, but no event of the guest's. */
void q_port_learn_open (QPort *self, gboolean open);
void q_port_end (QPort *self, gboolean detached);

/* The data of an operation. */
typedef struct
{
  QPort *port; /* owned */
  int timeout; /* ms, -1 none */
} QPortWait;

void q_port_wait_open (QOperation *operation);

/* -- the ports of a machine -- */

#define Q_PORT_MAX_NAME 64
#define Q_PORT_SET_MAX 64

typedef struct _QPortSet QPortSet;

/* A feature of launches. */
extern const QLaunchHook q_port_set_hook;

QPortSet *q_port_set_new (void);
void q_port_set_unref (QPortSet *self);
/* INVALID_CONFIGURATION for a name that is none, or is there already, and for too many. */
gboolean q_port_set_add (QPortSet *self, QPort *port, GError **error);
/* Those of the launch that is there, in the order in which it has them. */
GPtrArray *q_port_set_list_launched (QPortSet *self);
gboolean q_port_check_name (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QPort, q_port_unref)
