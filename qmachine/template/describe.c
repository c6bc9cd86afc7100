/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/describe-private.h"

#include <string.h>

#include "block/disks-private.h"
#include "guest/q-forward-private.h"
#include "guest/q-guest-channel-private.h"
#include "io/path-private.h"
#include "io/time-limit-private.h"
#include "q-machine-private.h"

/* -- the launch -- */

static void
describe_consoles (QTemplate *template, const QLaunchConfig *config)
{
  for (guint i = 0; i < config->consoles->len; i++)
    {
      const QLaunchConsole *each = &g_array_index (config->consoles, QLaunchConsole, i);
      QTemplateConsole *console = g_new (QTemplateConsole, 1);

      console->name = g_strdup (each->name);
      console->device
        = each->device != NULL ? g_strdup (each->device) : g_strdup_printf ("serial%u", each->port);
      g_ptr_array_add (template->consoles, console);
    }
}

/* Devices get their places on a bus in this order. */
static void
describe_order (QTemplate *template, const QLaunchConfig *config)
{
  gboolean has_channels = FALSE;

  for (guint i = 0; i < config->hooks->len; i++)
    {
      const QLaunchHook *hook = g_array_index (config->hooks, QLaunchFeature, i).hook;

      has_channels |= hook == &q_port_set_hook;
      if (hook == &q_forward_set_hook)
        template->networks_first = !has_channels;
    }
}

QTemplate *
q_template_describe_launch (const char *directory, const QLaunchConfig *config)
{
  QTemplate *self = q_template_new (directory);
  g_autofree char *binary = g_find_program_in_path (config->binary);

  self->binary = q_path_make_absolute (binary != NULL ? binary : config->binary);
  self->machine_type = g_strdup (config->machine_type);
  self->args = config->args != NULL ? g_strdupv (config->args) : g_new0 (char *, 1);
  self->display = config->display;
  describe_consoles (self, config);
  describe_order (self, config);

  return self;
}

/* -- what is there now -- */

/* What the source wrote is in an overlay here, over which each clone has one of its own. */
static void
describe_disks (QMachine *machine, QTemplate *template)
{
  g_autoptr (GPtrArray) specs = q_machine_list_disk_specs (machine);

  for (guint i = 0; i < specs->len; i++)
    {
      QDiskSpec *spec = specs->pdata[i];
      QDiskSpec *disk = q_disk_spec_new ();
      GPtrArray *layers = spec->layers;

      disk->name = g_strdup (spec->name);
      disk->serial = g_strdup (spec->serial);
      disk->device = g_strdup (spec->device);
      disk->cache = spec->cache;
      disk->discard = spec->discard;
      disk->read_only = spec->read_only;
      disk->overlay = !spec->read_only;
      disk->format = g_strdup (spec->overlay || layers->len > 0 ? "qcow2" : spec->format);
      disk->path = spec->overlay ? g_strdup_printf ("%s/%s.qcow2", template->directory, spec->name)
                                 : g_strdup (spec->path);
      g_ptr_array_add (template->disks, disk);
      g_ptr_array_add (template->files, g_strdup (disk->path));
      /* Each names the one under it. */
      for (guint k = 0; k < layers->len; k++)
        {
          g_free (disk->path);
          disk->path = g_strdup (layers->pdata[k]);
          g_ptr_array_add (template->files, g_strdup (disk->path));
        }
      if (spec->overlay)
        {
          g_ptr_array_add (template->files, g_strdup (spec->path));
          g_ptr_array_add (template->overlays, g_strdup (disk->path));
        }
    }
}

static void
describe_channels (QMachine *machine, QTemplate *template)
{
  g_autoptr (GPtrArray) ports = q_guest_channel_list_launched (machine);

  for (guint i = 0; ports != NULL && i < ports->len; i++)
    {
      QTemplateChannel *channel = g_new (QTemplateChannel, 1);

      channel->name = g_strdup (q_port_get_name (ports->pdata[i]));
      /* None else takes a channel's bytes. */
      channel->is_agent = q_port_has_observer (ports->pdata[i]);
      g_ptr_array_add (template->channels, channel);
    }
}

/* A port of the host is one machine's, so each clone chooses its own. */
static void
describe_networks (QMachine *machine, QTemplate *template)
{
  QForwardSet *set = q_forward_find_set (machine);
  g_autoptr (GPtrArray) rules = set != NULL ? q_forward_set_list_rules (set) : NULL;

  if (set == NULL)
    return;

  g_ptr_array_unref (template->cards);
  template->cards = q_forward_set_list_cards (set);
  for (guint i = 0; i < rules->len; i++)
    {
      const QForwardSpec *spec = q_forward_rule_get_spec (rules->pdata[i]);
      QTemplateForward *forward = g_new (QTemplateForward, 1);

      forward->guest_port = spec->guest_port;
      forward->protocol = spec->protocol;
      forward->host_address = g_strdup (spec->host_address);
      forward->netdev = g_strdup (spec->netdev);
      g_ptr_array_add (template->forwards, forward);
    }
}

/* -- what QEMU says of its devices -- */

typedef struct
{
  QMachine *machine;
  QTimeLimit limit;
  GCancellable *cancellable;
} Query;

static JsonNode *
ask (Query *self, const char *command, const char *path, const char *property, GError **error)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (arguments, object);
  json_object_set_string_member (object, "path", path);
  if (property != NULL)
    json_object_set_string_member (object, "property", property);

  return q_machine_command (self->machine, command, arguments, q_time_limit_get_rest (&self->limit),
                            self->cancellable, error);
}

static QDiskSpec *
find_disk (QTemplate *template, const char *name)
{
  for (guint i = 0; i < template->disks->len; i++)
    {
      QDiskSpec *disk = template->disks->pdata[i];

      if (g_strcmp0 (disk->name, name) == 0)
        return disk;
    }

  return NULL;
}

/* One that came or went while the guest ran would move those behind it to other places. */
static gboolean
fix_address (Query *self, QDiskSpec *disk, const char *path, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonNode) address = NULL;
  g_autofree char *device = NULL;

  if (strstr (disk->device, ",addr=") != NULL)
    return TRUE;

  address = ask (self, "qom-get", path, "addr", &refusal);
  if (address == NULL && !g_error_matches (refusal, Q_COMMAND_ERROR, Q_COMMAND_ERROR_GENERIC_ERROR))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }
  /* It is on no PCI bus. */
  if (address == NULL || json_node_get_value_type (address) != G_TYPE_INT64)
    return TRUE;

  device = g_steal_pointer (&disk->device);
  disk->device
    = g_strdup_printf ("%s,addr=%02x.%x", device, ((guint)json_node_get_int (address) >> 3) & 0x1f,
                       (guint)json_node_get_int (address) & 7);
  return TRUE;
}

static gboolean
check_device (Query *self, QTemplate *template, const char *path, const char *name, GError **error)
{
  QDiskSpec *disk = find_disk (template, name);
  g_autoptr (JsonNode) plugged = NULL;

  if (disk != NULL && disk->device != NULL)
    return fix_address (self, disk, path, error);

  plugged = ask (self, "qom-get", path, "hotplugged", error);
  if (plugged == NULL)
    return FALSE;
  if (json_node_get_value_type (plugged) != G_TYPE_BOOLEAN || !json_node_get_boolean (plugged))
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "save_template: the device %s was added while the guest ran, and a clone has but "
               "what was there at the launch, and disks of add_disk()",
               path);
  return FALSE;
}

static gboolean
check_devices (Query *self, QTemplate *template, const char *place, GError **error)
{
  g_autoptr (JsonNode) list = ask (self, "qom-list", place, NULL, error);
  JsonArray *devices;

  if (list == NULL)
    return FALSE;

  devices = JSON_NODE_HOLDS_ARRAY (list) ? json_node_get_array (list) : NULL;
  for (guint i = 0; devices != NULL && i < json_array_get_length (devices); i++)
    {
      JsonObject *device = json_array_get_object_element (devices, i);
      const char *name = json_object_get_string_member_with_default (device, "name", "");
      const char *type = json_object_get_string_member_with_default (device, "type", "");
      g_autofree char *path = g_strdup_printf ("%s/%s", place, name);

      if (g_str_has_prefix (type, "child<") && !check_device (self, template, path, name, error))
        return FALSE;
    }

  return TRUE;
}

gboolean
q_template_describe_parts (QTemplate *self, QMachine *machine, int timeout,
                           GCancellable *cancellable, GError **error)
{
  Query query = { machine, q_time_limit_begin (timeout), cancellable };

  describe_disks (machine, self);
  describe_channels (machine, self);
  describe_networks (machine, self);

  return check_devices (&query, self, "/machine/peripheral", error)
         && check_devices (&query, self, "/machine/peripheral-anon", error);
}
