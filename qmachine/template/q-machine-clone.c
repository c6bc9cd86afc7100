/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/q-template.h"

#include <glib/gstdio.h>

#include "block/q-disk.h"
#include "guest/q-forward.h"
#include "guest/q-guest-agent.h"
#include "guest/q-guest-channel.h"
#include "io/open-file-private.h"
#include "io/path-private.h"
#include "q-machine-private.h"
#include "template/parts-private.h"
#include "template/template-private.h"

/* A machine whose guest comes from a template. */

typedef struct
{
  QTemplate *template;
  int state_fd; /* while a launch begins */
  char *source; /* the arguments of `migrate-incoming` for this launch */
} Clone;

static void
clone_clear (gpointer data)
{
  Clone *self = data;

  if (self->state_fd >= 0)
    g_close (self->state_fd, NULL);
  q_template_free (self->template);
  g_free (self->source);
}

static gpointer
clone_ref (gpointer data)
{
  return g_atomic_rc_box_acquire (data);
}

static void
clone_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, clone_clear);
}

static gboolean
check_clone_args (QTemplate *template, const char *const *args, GError **error)
{
  const char *const nothing[] = { NULL };

  if (args == NULL)
    args = nothing;
  if (g_strv_equal (args, (const char *const *)template->args))
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "template %s: a clone must have the arguments of its template, and these were "
               "changed",
               template->directory);
  return FALSE;
}

static gboolean
add_state (Clone *self, QLaunchParts *parts, GError **error)
{
  g_autofree char *path = g_build_filename (self->template->directory, Q_TEMPLATE_STATE, NULL);
  g_autoptr (JsonNode) arguments = NULL;
  g_autofree char *uri = NULL;

  self->state_fd = q_open_file (path, error);
  if (self->state_fd < 0)
    {
      g_prefix_error_literal (error, "template ");
      return FALSE;
    }
  if (self->template->has_files)
    uri = g_strconcat ("file:", path, NULL);
  else
    uri = g_strdup_printf ("fd:%d", q_launch_parts_add_fd (parts, self->state_fd));

  q_launch_parts_add_args (parts, (const char *const[]){ "-incoming", "defer", NULL });
  q_launch_parts_await_incoming (parts);
  arguments = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (arguments, json_object_new ());
  json_object_set_string_member (json_node_get_object (arguments), "uri", uri);
  g_free (self->source);
  self->source = json_to_string (arguments, FALSE);
  return TRUE;
}

static gboolean
prepare_clone (gpointer data, QLaunchParts *parts, GError **error)
{
  Clone *self = data;
  g_autofree char *ram = g_build_filename (self->template->directory, Q_TEMPLATE_RAM, NULL);

  if (!q_launch_parts_has_monitor (parts))
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "template %s: a clone needs a monitor", self->template->directory);
      return FALSE;
    }
  if (!q_launch_parts_check_fds (parts, "clone of a template", error))
    return FALSE;
  if (!check_clone_args (self->template, q_launch_parts_get_user_args (parts), error))
    return FALSE;

  q_template_add_memory (parts, ram, self->template->ram_size, FALSE);
  q_template_add_generation (parts, self->template->binary, self->template->machine_type);
  return add_state (self, parts, error);
}

static void
close_state (Clone *self)
{
  if (self->state_fd >= 0)
    g_close (g_steal_fd (&self->state_fd), NULL);
}

/* -- the state, when the monitor is ready -- */

typedef struct
{
  Clone *clone;
  QLaunchSettling *settling;
} Arrival;

static void
arrival_end (Arrival *self, const GError *error)
{
  GError *reason = NULL;

  if (error != NULL)
    {
      reason = g_error_copy (error);
      g_prefix_error (&reason, "template %s: ", self->clone->template->directory);
    }
  q_launch_settling_end (self->settling, reason);
  clone_unref (self->clone);
  g_free (self);
}

static void
incoming_cb (const char *value, const GError *error, gpointer data)
{
  arrival_end (data, error);
}

/* It announces itself to its network like one that has moved. QEMU 7.2 crashes when a virtio card
 * that was told not to (announce-rounds 0) is reset. */
static void
capabilities_cb (const char *value, const GError *error, gpointer data)
{
  Arrival *self = data;

  if (error != NULL)
    arrival_end (self, error);
  else
    q_launch_settling_ask (self->settling, "migrate-incoming", self->clone->source, incoming_cb,
                           self);
}

static void
clone_arrives (gpointer data, QLaunchSettling *settling)
{
  Arrival *arrival = g_new (Arrival, 1);

  arrival->clone = clone_ref (data);
  arrival->settling = settling;
  q_launch_settling_ask (
    settling, "migrate-set-capabilities",
    "{\"capabilities\": [{\"capability\": \"x-ignore-shared\", \"state\": true}]}", capabilities_cb,
    arrival);
}

static void
clone_started (gpointer data)
{
  close_state (data);
}

static void
clone_ended (gpointer data, gboolean detached)
{
  close_state (data);
}

static const QLaunchHook clone_hook = {
  .ref = clone_ref,
  .unref = clone_unref,
  .prepare = prepare_clone,
  .started = clone_started,
  .arrive = clone_arrives,
  .ended = clone_ended,
};

/* -- what the machine has -- */

static gboolean
add_channels (QMachine *machine, QTemplate *template, GError **error)
{
  for (guint i = 0; i < template->channels->len; i++)
    {
      const QTemplateChannel *channel = template->channels->pdata[i];
      gboolean good = channel->is_agent
                        ? q_machine_add_guest_agent (machine, error) != NULL
                        : q_machine_add_channel (machine, channel->name, error) != NULL;

      if (!good)
        return FALSE;
    }

  return TRUE;
}

static void
add_networks (QMachine *machine, QTemplate *template)
{
  for (guint i = 0; i < template->cards->len; i++)
    g_free (q_machine_add_user_network (machine, template->cards->pdata[i]));
}

static gboolean
add_forwards (QMachine *machine, QTemplate *template, GError **error)
{
  for (guint i = 0; i < template->forwards->len; i++)
    {
      const QTemplateForward *each = template->forwards->pdata[i];
      g_autoptr (QForward) forward
        = q_machine_add_forward (machine, each->guest_port, 0, each->protocol, each->host_address,
                                 each->netdev, Q_TIMEOUT_DEFAULT, NULL, error);

      if (forward == NULL)
        return FALSE;
    }

  return TRUE;
}

static gboolean
add_parts (QMachine *machine, QTemplate *template, GError **error)
{
  q_machine_set_display (machine, template->display);
  if (template->networks_first)
    add_networks (machine, template);
  if (!add_channels (machine, template, error))
    return FALSE;
  if (!template->networks_first)
    add_networks (machine, template);
  if (!add_forwards (machine, template, error))
    return FALSE;

  for (guint i = 0; i < template->consoles->len; i++)
    {
      const QTemplateConsole *console = template->consoles->pdata[i];

      if (q_machine_add_console (machine, console->name, console->device, error) == NULL)
        return FALSE;
    }

  for (guint i = 0; i < template->disks->len; i++)
    {
      const QDiskSpec *spec = template->disks->pdata[i];
      g_autoptr (QDisk) disk = q_disk_new (spec->path, spec->format);

      g_object_set (disk, "name", spec->name, "serial", spec->serial, "device", spec->device,
                    "read-only", spec->read_only, "overlay", spec->overlay, "discard",
                    spec->discard, "cache", spec->cache, NULL);
      if (!q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * q_machine_new_from_template: (constructor)
 * @directory: (type filename): what [method@Machine.save_template] saved
 * @error: return location for an error
 *
 * Makes a machine whose guest begins where that of the template was.
 *
 * Its launch is done when the guest runs, some hundredths of a second after QEMU has begun. It can
 * be launched any number of times, and there can be any number of machines of one template, in any
 * number of processes: they share the memory that none has written to. Disks begin as they were,
 * each with an overlay of its own. Consoles, channels, the guest agent, networks, forwards and the
 * display are there as the source had them: [method@Machine.dup_consoles],
 * [method@Machine.lookup_channel], [method@Machine.add_guest_agent] and
 * [method@Machine.list_forwards] give them. The kernel chooses ports of the host anew. Arguments
 * and devices must stay as they are; names, paths and limits may be changed.
 *
 * The guests are copies: what must be unique in each of them, such as an address on a network they
 * share, is the program's to change. So are random numbers, for a guest that knows nothing of the
 * device `vmgenid`, or where the machine has none.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION for a directory without a whole template, and for
 * one of which QEMU, the memory, the state or a disk has been changed since.
 *
 * ```c
 * g_autoptr (QMachine) machine = q_machine_new_from_template ("booted", error);
 *
 * return machine != NULL && q_machine_launch (machine, NULL, error);
 * ```
 *
 * Returns: (transfer full): the machine, not launched
 *
 * Since: 1.0
 */
QMachine *
q_machine_new_from_template (const char *directory, GError **error)
{
  g_autofree char *absolute = NULL;
  g_autoptr (QTemplate) template = NULL;
  g_autoptr (QMachine) machine = NULL;
  Clone *clone;

  g_return_val_if_fail (directory != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  absolute = q_path_make_absolute (directory);
  template = q_template_read (absolute, error);
  if (template == NULL)
    return NULL;

  machine = g_object_new (Q_TYPE_MACHINE, "binary", template->binary, "machine-type",
                          template->machine_type, "args", template->args, NULL);
  if (!add_parts (machine, template, error))
    return NULL;

  clone = g_atomic_rc_box_new0 (Clone);
  clone->state_fd = -1;
  clone->template = g_steal_pointer (&template);
  g_object_set_data (G_OBJECT (machine), Q_TEMPLATE_CLONE_KEY, machine);
  q_machine_add_hook (machine, &clone_hook, clone);
  clone_unref (clone);

  return g_steal_pointer (&machine);
}
