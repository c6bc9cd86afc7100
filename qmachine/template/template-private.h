/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "block/disk-spec-private.h"
#include "q-enums.h"

/* A template on disk: DIRECTORY has the files `ram` and `state`, an overlay for each disk that has
 * one, and the manifest, which comes last. */

#define Q_TEMPLATE_RAM "ram"
#define Q_TEMPLATE_STATE "state"
#define Q_TEMPLATE_MANIFEST "manifest.json"

/* Of the data of a machine that is a clone. */
#define Q_TEMPLATE_CLONE_KEY "qmachine-template-clone"

typedef struct
{
  char *name;
  char *device;
} QTemplateConsole;

typedef struct
{
  char *name;
  gboolean is_agent;
} QTemplateChannel;

typedef struct
{
  guint guest_port;
  QForwardProtocol protocol;
  char *host_address;
  char *netdev;
} QTemplateForward;

typedef struct
{
  char *directory;
  char *binary;       /* an absolute path */
  char *qemu;         /* the version in QEMU's words */
  gboolean has_files; /* whether this QEMU takes migrations from files by their names */
  char *machine_type; /* NULL for none */
  GStrv args;
  guint64 ram_size;
  GPtrArray *consoles;     /* of QTemplateConsole */
  GPtrArray *channels;     /* of QTemplateChannel */
  GPtrArray *cards;        /* of char: one for each user network of the library */
  GPtrArray *forwards;     /* of QTemplateForward */
  gboolean networks_first; /* before the channels */
  QMachineDisplay display;
  GPtrArray *disks;    /* of QDiskSpec, as a clone has them */
  GPtrArray *files;    /* of char: what must not have changed, beside the binary */
  GPtrArray *overlays; /* of char: of the files those of the source, in the directory */
} QTemplate;

QTemplate *q_template_new (const char *directory);
void q_template_free (QTemplate *self);

/* What is known from the launch on, for a save of it. */
QTemplate *q_template_copy_launch (QTemplate *self);
/* Whether it can be written, but for the state. */
gboolean q_template_check_parts (QTemplate *self, GError **error);
/* Memory, state and overlays of one that could not be finished. */
void q_template_remove (QTemplate *self);

/* By an atomic rename. */
gboolean q_template_write (QTemplate *self, GError **error);
/* Refuses what is not whole, or was changed since. */
QTemplate *q_template_read (const char *directory, GError **error);

/* What `-m` among the arguments says, in bytes. */
gboolean q_template_find_ram_size (const char *const *args, guint64 *size, GError **error);
/* Refuses by name what cannot be cloned. */
gboolean q_template_check_args (const char *const *args, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QTemplate, q_template_free)
