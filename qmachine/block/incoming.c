/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/migration-private.h"

#include <glib/gstdio.h>

#include "io/open-file-private.h"
#include "q-machine-private.h"

/* How a launch waits for a guest. Kept for as long as there is the machine, and asleep but for the
 * one launch that was asked for. */
typedef struct
{
  GMutex lock; /* of what follows */
  gboolean armed;
  char *path; /* NULL: it comes later */
  QTimeLimit limit;

  /* On the I/O thread. */
  char *from;   /* for this launch */
  int fd;       /* while it begins */
  int child_fd; /* its number in QEMU */
} Incoming;

static void
incoming_clear (gpointer data)
{
  Incoming *self = data;

  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->path);
  g_free (self->from);
  g_mutex_clear (&self->lock);
}

static gpointer
incoming_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

static void
incoming_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, incoming_clear);
}

static void
close_fd (Incoming *self)
{
  if (self->fd >= 0)
    g_close (g_steal_fd (&self->fd), NULL);
}

static gboolean
open_state (Incoming *self, QLaunchParts *parts, GError **error)
{
  self->fd = q_open_file (self->from, error);
  if (self->fd < 0)
    return FALSE;

  self->child_fd = q_launch_parts_add_fd (parts, self->fd);
  q_launch_parts_await_incoming (parts);
  return TRUE;
}

static gboolean
prepare (gpointer data, QLaunchParts *parts, GError **error)
{
  Incoming *self = data;
  QTimeLimit limit;
  gboolean armed;

  g_clear_pointer (&self->from, g_free);
  g_mutex_lock (&self->lock);
  armed = self->armed;
  limit = self->limit;
  self->armed = FALSE;
  if (armed)
    self->from = g_steal_pointer (&self->path);
  g_mutex_unlock (&self->lock);
  if (!armed)
    return TRUE;

  if (!q_launch_parts_has_monitor (parts) || !q_launch_parts_has_guest (parts))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "a guest can come only to a system emulator with a monitor");
      return FALSE;
    }
  if (self->from != NULL && !q_launch_parts_check_fds (parts, "restore_state", error))
    return FALSE;
  if (self->from != NULL && !open_state (self, parts, error))
    return FALSE;

  q_launch_parts_limit (parts, q_time_limit_get_rest (&limit),
                        self->from != NULL ? "the guest was not there"
                                           : "the monitor was not ready");
  q_launch_parts_add_args (parts, (const char *const[]){ "-incoming", "defer", NULL });
  return TRUE;
}

static void
started (gpointer data)
{
  close_fd (data);
}

static void
ended (gpointer data, gboolean detached)
{
  close_fd (data);
}

/* -- the guest, when the monitor is ready -- */

typedef struct
{
  Incoming *incoming;
  QLaunchSettling *settling;
} Arrival;

static void
arrival_end (Arrival *self, const GError *error)
{
  GError *reason = NULL;

  if (error != NULL)
    {
      reason = g_error_copy (error);
      g_prefix_error (&reason, "%s: ", self->incoming->from);
    }
  q_launch_settling_end (self->settling, reason);
  incoming_unref (self->incoming);
  g_free (self);
}

static void
ask (Arrival *self, const char *uri, QLaunchSettlingFunc func)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *arguments = NULL;

  json_node_take_object (node, json_object_new ());
  json_object_set_string_member (json_node_get_object (node), "uri", uri);
  arguments = json_to_string (node, FALSE);
  q_launch_settling_ask (self->settling, "migrate-incoming", arguments, func, self);
}

static void
by_fd_cb (const char *value, const GError *error, gpointer data)
{
  arrival_end (data, error);
}

static void
by_name_cb (const char *value, const GError *error, gpointer data)
{
  Arrival *self = data;
  g_autofree char *uri = g_strdup_printf ("fd:%d", self->incoming->child_fd);

  if (g_error_matches (error, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR))
    ask (self, uri, by_fd_cb);
  else
    arrival_end (self, error);
}

static void
arrive (gpointer data, QLaunchSettling *settling)
{
  Incoming *incoming = data;
  g_autofree char *uri = NULL;
  Arrival *self;

  if (incoming->from == NULL)
    {
      q_launch_settling_end (settling, NULL);
      return;
    }

  self = g_new (Arrival, 1);
  self->incoming = incoming_ref (incoming);
  self->settling = settling;
  uri = g_strconcat ("file:", incoming->from, NULL);
  ask (self, uri, by_name_cb);
}

static const QLaunchHook hook = {
  .ref = incoming_ref,
  .unref = incoming_unref,
  .prepare = prepare,
  .started = started,
  .arrive = arrive,
  .ended = ended,
};

static Incoming *
get_incoming (QMachine *machine)
{
  static GMutex lock;
  GQuark quark = g_quark_from_static_string ("qmachine-incoming");
  Incoming *self;

  g_mutex_lock (&lock);
  self = g_object_get_qdata (G_OBJECT (machine), quark);
  if (self == NULL)
    {
      self = g_atomic_rc_box_new0 (Incoming);
      g_mutex_init (&self->lock);
      self->fd = -1;
      g_object_set_qdata_full (G_OBJECT (machine), quark, self, incoming_unref);
      q_machine_add_hook (machine, &hook, self);
    }
  g_mutex_unlock (&lock);

  return self;
}

gboolean
q_incoming_arm (QMachine *machine, const char *path, const QTimeLimit *limit, GError **error)
{
  Incoming *self = get_incoming (machine);
  gboolean good;

  g_mutex_lock (&self->lock);
  good = !self->armed;
  if (good)
    {
      self->armed = TRUE;
      self->path = g_strdup (path);
      self->limit = *limit;
    }
  g_mutex_unlock (&self->lock);
  if (!good)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_ALREADY_LAUNCHED,
                 "the machine waits for another guest already");

  return good;
}

void
q_incoming_disarm (QMachine *machine)
{
  Incoming *self = get_incoming (machine);

  g_mutex_lock (&self->lock);
  self->armed = FALSE;
  g_clear_pointer (&self->path, g_free);
  g_mutex_unlock (&self->lock);
}
