/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/disk-plug-private.h"

#include <string.h>

#include "q-error.h"
#include "q-machine-private.h"

#define CLEAN_UP 10000 /* ms, for what must be done though the caller has given up */
#define SETTLE 2000    /* ms, for a device to let go of its node */

static gboolean
send (QMachine *machine, const char *command, const char *arguments, const QTimeLimit *limit,
      int timeout, GCancellable *cancellable, GError **error)
{
  int rest = timeout == Q_TIMEOUT_DEFAULT ? timeout : q_time_limit_get_rest (limit);
  g_autofree char *reply
    = q_machine_command_json (machine, command, arguments, rest, cancellable, error);

  return reply != NULL;
}

/* TRUE also if it is not there. A device lets go of its node a moment after it is gone, of which
 * no event tells. */
static gboolean
delete_node (QMachine *machine, const char *name, GError **error)
{
  g_autofree char *arguments = g_strdup_printf ("{\"node-name\": \"%s\"}", name);
  QTimeLimit limit = q_time_limit_begin (SETTLE);

  for (guint pause = 1;; pause = MIN (2 * pause, 20))
    {
      g_autoptr (GError) reason = NULL;
      g_autofree char *reply
        = q_machine_command_json (machine, "blockdev-del", arguments, CLEAN_UP, NULL, &reason);

      if (reply != NULL || strstr (reason->message, "Failed to find node") != NULL)
        return TRUE;
      if (strstr (reason->message, "is in use") == NULL || q_time_limit_get_rest (&limit) == 0)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      g_usleep (pause * 1000);
    }
}

/* From the last one. */
static gboolean
delete_nodes (QMachine *machine, GPtrArray *names, guint n_nodes, GError **error)
{
  for (guint i = n_nodes; i > 0; i--)
    if (!delete_node (machine, names->pdata[i - 1], error))
      return FALSE;

  return TRUE;
}

/* QEMU answers in order, so this tells what has become of all that it was asked for. */
static gboolean
has_device (QMachine *machine, const char *name)
{
  g_autofree char *reply = q_machine_command_json (
    machine, "qom-list", "{\"path\": \"/machine/peripheral\"}", CLEAN_UP, NULL, NULL);
  g_autofree char *member = g_strdup_printf ("\"%s\"", name);

  return reply != NULL && strstr (reply, member) != NULL;
}

gboolean
q_disk_plug_in (QMachine *machine, QDiskSpec *spec, const char *overlay, int timeout,
                GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (timeout);
  g_autoptr (GPtrArray) nodes = q_disk_spec_describe_nodes (spec, overlay);
  g_autoptr (GPtrArray) names = q_disk_spec_list_nodes (spec);
  g_autofree char *device = q_disk_spec_describe_device_as_json (spec);
  g_autoptr (GError) reason = NULL;
  gboolean good = TRUE;
  guint n_there = 0;

  while (good && n_there < nodes->len)
    {
      good = send (machine, "blockdev-add", nodes->pdata[n_there], &limit, timeout, cancellable,
                   &reason);
      /* One that QEMU refused may be that of somebody else. */
      if (good || reason->domain == G_IO_ERROR)
        n_there++;
    }
  if (good && device != NULL)
    {
      good = send (machine, "device_add", device, &limit, timeout, cancellable, &reason);
      /* The guest may have seen it, and then only the guest can let it go. */
      if (!good && reason->domain == G_IO_ERROR && has_device (machine, spec->name))
        return TRUE;
    }
  if (good)
    return TRUE;

  delete_nodes (machine, names, n_there, NULL);
  g_propagate_prefixed_error (error, g_steal_pointer (&reason), "disk \"%s\": ", spec->name);
  return FALSE;
}

/* -- removing -- */

/* An earlier call may have asked for it. */
static gboolean
ask_device (QMachine *machine, QDiskSpec *spec, const QTimeLimit *limit, gboolean *gone,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *arguments = g_strdup_printf ("{\"id\": \"%s\"}", spec->name);
  g_autoptr (GError) reason = NULL;

  if (send (machine, "device_del", arguments, limit, 0, cancellable, &reason)
      || strstr (reason->message, "already in the process of unplug") != NULL)
    return TRUE;

  *gone = g_error_matches (reason, Q_COMMAND_ERROR, Q_COMMAND_ERROR_DEVICE_NOT_FOUND);
  if (!*gone)
    g_propagate_error (error, g_steal_pointer (&reason));
  return *gone;
}

static gboolean
remove_device (QMachine *machine, QDiskSpec *spec, const QTimeLimit *limit,
               GCancellable *cancellable, GError **error)
{
  const char *const names[] = { "DEVICE_DELETED", NULL };
  g_autofree char *device = q_disk_spec_describe_device (spec);
  g_autofree char *match = g_strdup_printf ("{\"device\": \"%s\"}", spec->name);
  g_autoptr (QEventListener) listener = NULL;
  g_autoptr (QMonitorEvent) event = NULL;
  gboolean gone = FALSE;

  if (device == NULL)
    return TRUE;

  listener = q_machine_listen_json (machine, names, match, error);
  if (listener == NULL || !ask_device (machine, spec, limit, &gone, cancellable, error))
    return FALSE;
  if (gone)
    return TRUE;

  event = q_event_listener_next (listener, q_time_limit_get_rest (limit), cancellable, error);
  if (event == NULL)
    g_prefix_error (error, "disk \"%s\": the guest does not let it go: ", spec->name);
  return event != NULL;
}

gboolean
q_disk_unplug (QMachine *machine, QDiskSpec *spec, const QTimeLimit *limit,
               GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) nodes = q_disk_spec_list_nodes (spec);

  /* Without the device the disk is of no use, so the rest goes, too. */
  return remove_device (machine, spec, limit, cancellable, error)
         && delete_nodes (machine, nodes, nodes->len, error);
}
