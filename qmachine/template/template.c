/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "template/template-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/open-file-private.h"
#include "q-error.h"

#define VERSION 1
#define DEFAULT_RAM ((guint64)128 << 20) /* QEMU's own for a PC */

static void
console_free (gpointer data)
{
  QTemplateConsole *self = data;

  g_free (self->name);
  g_free (self->device);
  g_free (self);
}

static void
channel_free (gpointer data)
{
  QTemplateChannel *self = data;

  g_free (self->name);
  g_free (self);
}

static void
forward_free (gpointer data)
{
  QTemplateForward *self = data;

  g_free (self->host_address);
  g_free (self->netdev);
  g_free (self);
}

QTemplate *
q_template_new (const char *directory)
{
  QTemplate *self = g_new0 (QTemplate, 1);

  self->directory = g_strdup (directory);
  self->consoles = g_ptr_array_new_with_free_func (console_free);
  self->channels = g_ptr_array_new_with_free_func (channel_free);
  self->cards = g_ptr_array_new_with_free_func (g_free);
  self->forwards = g_ptr_array_new_with_free_func (forward_free);
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)q_disk_spec_unref);
  self->files = g_ptr_array_new_with_free_func (g_free);
  self->overlays = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
q_template_free (QTemplate *self)
{
  g_free (self->directory);
  g_free (self->binary);
  g_free (self->qemu);
  g_free (self->machine_type);
  g_strfreev (self->args);
  g_ptr_array_unref (self->consoles);
  g_ptr_array_unref (self->channels);
  g_ptr_array_unref (self->cards);
  g_ptr_array_unref (self->forwards);
  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->files);
  g_ptr_array_unref (self->overlays);
  g_free (self);
}

QTemplate *
q_template_copy_launch (QTemplate *self)
{
  QTemplate *copy = q_template_new (self->directory);

  copy->binary = g_strdup (self->binary);
  copy->machine_type = g_strdup (self->machine_type);
  copy->args = g_strdupv (self->args);
  copy->display = self->display;
  copy->ram_size = self->ram_size;
  copy->networks_first = self->networks_first;
  for (guint i = 0; i < self->consoles->len; i++)
    {
      const QTemplateConsole *console = self->consoles->pdata[i];
      QTemplateConsole *another = g_new (QTemplateConsole, 1);

      another->name = g_strdup (console->name);
      another->device = g_strdup (console->device);
      g_ptr_array_add (copy->consoles, another);
    }

  return copy;
}

static gboolean refuse (GError **error, const char *directory, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, const char *directory, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "template %s: %s",
               directory, text);
  return FALSE;
}

/* -- arguments -- */

static gboolean
is_option (const char *argument, const char *name)
{
  while (*argument == '-')
    argument++;

  return g_str_equal (argument, name);
}

static gboolean
parse_size (const char *text, guint64 *size)
{
  static const char suffixes[] = "bkmgtp";
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);
  guint shift = 20; /* MiB */

  if (end == text || number <= 0)
    return FALSE;
  if (*end != '\0')
    {
      const char *suffix = strchr (suffixes, g_ascii_tolower (*end));

      if (suffix == NULL || end[1] != '\0')
        return FALSE;
      shift = 10 * (guint)(suffix - suffixes);
    }

  *size = (guint64)(number * (double)((guint64)1 << shift));
  return TRUE;
}

gboolean
q_template_find_ram_size (const char *const *args, guint64 *size, GError **error)
{
  *size = DEFAULT_RAM;

  for (guint i = 0; args != NULL && args[i] != NULL && args[i + 1] != NULL; i++)
    {
      g_auto (GStrv) parts = NULL;
      const char *value;

      if (!is_option (args[i], "m"))
        continue;

      parts = g_strsplit (args[i + 1], ",", -1);
      value = g_str_has_prefix (parts[0], "size=") ? parts[0] + 5 : parts[0];
      if (parts[1] != NULL || !parse_size (value, size))
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "a template takes memory of one size, and not \"-m %s\"", args[i + 1]);
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
q_template_check_args (const char *const *args, GError **error)
{
  static const char *const options[] = { "numa", "tpmdev", "incoming", "mem-path", "loadvm" };

  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    {
      const char *found = NULL;

      for (gsize k = 0; k < G_N_ELEMENTS (options); k++)
        if (args[i][0] == '-' && is_option (args[i], options[k]))
          found = args[i];
      if (strstr (args[i], "vhost-user") != NULL || strstr (args[i], "memory-backend") != NULL)
        found = args[i];
      if (found != NULL)
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "a machine with \"%s\" cannot be made a template", found);
          return FALSE;
        }
    }

  return TRUE;
}

/* -- what must not change -- */

static JsonObject *
describe_file (const char *path, GError **error)
{
  JsonObject *object;
  GStatBuf status;

  if (g_stat (path, &status) != 0)
    {
      g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (errno), "%s: %s", path,
                   g_strerror (errno));
      return NULL;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "path", path);
  json_object_set_int_member (object, "size", status.st_size);
  json_object_set_int_member (object, "seconds", status.st_mtim.tv_sec);
  json_object_set_int_member (object, "nanoseconds", status.st_mtim.tv_nsec);

  return object;
}

/* What would be wrong with it when nothing can be taken back any more. */
gboolean
q_template_check_parts (QTemplate *self, GError **error)
{
  const char *const names[] = { Q_TEMPLATE_STATE, Q_TEMPLATE_MANIFEST };
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (GError) reason = NULL;

  g_ptr_array_add (paths, self->binary);
  g_ptr_array_extend (paths, self->files, NULL, NULL);
  for (guint i = 0; reason == NULL && i < paths->len; i++)
    {
      JsonObject *file = describe_file (paths->pdata[i], &reason);

      g_clear_pointer (&file, json_object_unref);
    }
  for (guint i = 0; reason == NULL && i < self->disks->len; i++)
    q_disk_spec_check (self->disks->pdata[i], &reason);
  if (reason != NULL)
    return refuse (error, self->directory, "%s", reason->message);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->directory, names[i], NULL);
      GStatBuf status;

      if (g_lstat (path, &status) == 0)
        return refuse (error, self->directory,
                       "%s is there already, and is not of this template: remove it if nothing "
                       "needs it",
                       path);
    }

  return TRUE;
}

void
q_template_remove (QTemplate *self)
{
  const char *const names[] = { Q_TEMPLATE_STATE, Q_TEMPLATE_RAM };

  for (guint i = 0; i < self->overlays->len; i++)
    g_unlink (self->overlays->pdata[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->directory, names[i], NULL);

      g_unlink (path);
    }
}

static gboolean
check_file (const char *directory, JsonObject *recorded, const char *version, GError **error)
{
  const char *path = json_object_get_string_member_with_default (recorded, "path", "");
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonObject) now = describe_file (path, &reason);
  static const char *const names[] = { "size", "seconds", "nanoseconds" };

  if (now == NULL)
    return refuse (error, directory, "%s", reason->message);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (json_object_get_int_member_with_default (recorded, names[i], -1)
        != json_object_get_int_member (now, names[i]))
      return version != NULL
               ? refuse (error, directory, "it was made by QEMU %s, and %s has been changed since",
                         version, path)
               : refuse (error, directory, "%s has been changed since it was made", path);

  return TRUE;
}

/* -- writing -- */

static void
set_text (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

static JsonObject *
describe_disk (QDiskSpec *disk)
{
  JsonObject *object = json_object_new ();

  set_text (object, "path", disk->path);
  set_text (object, "format", disk->format);
  set_text (object, "name", disk->name);
  set_text (object, "serial", disk->serial);
  set_text (object, "device", disk->device);
  json_object_set_boolean_member (object, "read-only", disk->read_only);
  json_object_set_boolean_member (object, "overlay", disk->overlay);
  json_object_set_boolean_member (object, "discard", disk->discard);
  json_object_set_int_member (object, "cache", disk->cache);

  return object;
}

static JsonArray *
describe_channels (QTemplate *self)
{
  JsonArray *channels = json_array_new ();

  for (guint i = 0; i < self->channels->len; i++)
    {
      QTemplateChannel *channel = self->channels->pdata[i];
      JsonObject *described = json_object_new ();

      set_text (described, "name", channel->name);
      json_object_set_boolean_member (described, "agent", channel->is_agent);
      json_array_add_object_element (channels, described);
    }

  return channels;
}

static JsonArray *
describe_cards (QTemplate *self)
{
  JsonArray *cards = json_array_new ();

  for (guint i = 0; i < self->cards->len; i++)
    json_array_add_string_element (cards, self->cards->pdata[i]);

  return cards;
}

static JsonArray *
describe_forwards (QTemplate *self)
{
  JsonArray *forwards = json_array_new ();

  for (guint i = 0; i < self->forwards->len; i++)
    {
      QTemplateForward *forward = self->forwards->pdata[i];
      JsonObject *described = json_object_new ();

      json_object_set_int_member (described, "guest-port", forward->guest_port);
      json_object_set_int_member (described, "protocol", forward->protocol);
      set_text (described, "host-address", forward->host_address);
      set_text (described, "netdev", forward->netdev);
      json_array_add_object_element (forwards, described);
    }

  return forwards;
}

static JsonArray *
describe_args (GStrv args)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    json_array_add_string_element (array, args[i]);

  return array;
}

static gboolean
add_files (QTemplate *self, JsonObject *object, GError **error)
{
  JsonObject *binary = describe_file (self->binary, error);
  JsonArray *files;

  if (binary == NULL)
    return FALSE;

  json_object_set_object_member (object, "binary", binary);
  files = json_array_new ();
  json_object_set_array_member (object, "files", files);
  for (guint i = 0; i < self->files->len; i++)
    {
      JsonObject *file = describe_file (self->files->pdata[i], error);

      if (file == NULL)
        return FALSE;
      json_array_add_object_element (files, file);
    }

  return TRUE;
}

gboolean
q_template_write (QTemplate *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->directory, Q_TEMPLATE_MANIFEST, NULL);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  JsonObject *object = json_object_new ();
  JsonArray *consoles = json_array_new ();
  JsonArray *disks = json_array_new ();

  json_node_take_object (node, object);
  json_object_set_int_member (object, "version", VERSION);
  set_text (object, "qemu", self->qemu);
  set_text (object, "machine-type", self->machine_type);
  json_object_set_boolean_member (object, "has-files", self->has_files);
  json_object_set_int_member (object, "ram-size", (gint64)self->ram_size);
  json_object_set_array_member (object, "args", describe_args (self->args));
  json_object_set_array_member (object, "consoles", consoles);
  json_object_set_array_member (object, "disks", disks);
  json_object_set_array_member (object, "channels", describe_channels (self));
  json_object_set_array_member (object, "cards", describe_cards (self));
  json_object_set_array_member (object, "forwards", describe_forwards (self));
  json_object_set_boolean_member (object, "networks-first", self->networks_first);
  json_object_set_int_member (object, "display", self->display);
  for (guint i = 0; i < self->consoles->len; i++)
    {
      QTemplateConsole *console = self->consoles->pdata[i];
      JsonObject *described = json_object_new ();

      set_text (described, "name", console->name);
      set_text (described, "device", console->device);
      json_array_add_object_element (consoles, described);
    }
  for (guint i = 0; i < self->disks->len; i++)
    json_array_add_object_element (disks, describe_disk (self->disks->pdata[i]));
  if (!add_files (self, object, error))
    return FALSE;

  text = json_to_string (node, TRUE);
  /* By a rename, so that it is there whole or not at all. */
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* -- reading -- */

static void
read_consoles (QTemplate *self, JsonObject *object)
{
  JsonArray *consoles = json_object_get_array_member (object, "consoles");

  for (guint i = 0; i < json_array_get_length (consoles); i++)
    {
      JsonObject *described = json_array_get_object_element (consoles, i);
      QTemplateConsole *console = g_new (QTemplateConsole, 1);

      console->name
        = g_strdup (json_object_get_string_member_with_default (described, "name", NULL));
      console->device
        = g_strdup (json_object_get_string_member_with_default (described, "device", NULL));
      g_ptr_array_add (self->consoles, console);
    }
}

static void
read_disks (QTemplate *self, JsonObject *object)
{
  JsonArray *disks = json_object_get_array_member (object, "disks");

  for (guint i = 0; i < json_array_get_length (disks); i++)
    {
      JsonObject *described = json_array_get_object_element (disks, i);
      QDiskSpec *disk = q_disk_spec_new ();

      disk->path = g_strdup (json_object_get_string_member_with_default (described, "path", ""));
      disk->format
        = g_strdup (json_object_get_string_member_with_default (described, "format", ""));
      disk->name = g_strdup (json_object_get_string_member_with_default (described, "name", ""));
      disk->serial
        = g_strdup (json_object_get_string_member_with_default (described, "serial", NULL));
      disk->device
        = g_strdup (json_object_get_string_member_with_default (described, "device", NULL));
      disk->read_only = json_object_get_boolean_member_with_default (described, "read-only", FALSE);
      disk->overlay = json_object_get_boolean_member_with_default (described, "overlay", FALSE);
      disk->discard = json_object_get_boolean_member_with_default (described, "discard", FALSE);
      disk->cache
        = (QDiskCache)CLAMP (json_object_get_int_member_with_default (described, "cache", 0),
                             Q_DISK_CACHE_WRITEBACK, Q_DISK_CACHE_UNSAFE);
      g_ptr_array_add (self->disks, disk);
    }
}

static void
read_channels (QTemplate *self, JsonObject *object)
{
  JsonArray *channels = json_object_get_array_member (object, "channels");

  for (guint i = 0; i < json_array_get_length (channels); i++)
    {
      JsonObject *described = json_array_get_object_element (channels, i);
      QTemplateChannel *channel = g_new (QTemplateChannel, 1);

      channel->name = g_strdup (json_object_get_string_member_with_default (described, "name", ""));
      channel->is_agent = json_object_get_boolean_member_with_default (described, "agent", FALSE);
      g_ptr_array_add (self->channels, channel);
    }
}

static void
read_networks (QTemplate *self, JsonObject *object)
{
  JsonArray *cards = json_object_get_array_member (object, "cards");
  JsonArray *forwards = json_object_get_array_member (object, "forwards");

  self->networks_first
    = json_object_get_boolean_member_with_default (object, "networks-first", FALSE);
  for (guint i = 0; i < json_array_get_length (cards); i++)
    g_ptr_array_add (self->cards, g_strdup (json_array_get_string_element (cards, i)));
  for (guint i = 0; i < json_array_get_length (forwards); i++)
    {
      JsonObject *described = json_array_get_object_element (forwards, i);
      QTemplateForward *forward = g_new (QTemplateForward, 1);

      forward->guest_port
        = (guint)json_object_get_int_member_with_default (described, "guest-port", 0);
      forward->protocol
        = (QForwardProtocol)json_object_get_int_member_with_default (described, "protocol", 0);
      forward->host_address
        = g_strdup (json_object_get_string_member_with_default (described, "host-address", NULL));
      forward->netdev
        = g_strdup (json_object_get_string_member_with_default (described, "netdev", NULL));
      g_ptr_array_add (self->forwards, forward);
    }
}

static gboolean
read_args (QTemplate *self, JsonObject *object)
{
  JsonArray *array = json_object_get_array_member (object, "args");
  g_autoptr (GStrvBuilder) args = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_strv_builder_add (args, json_array_get_string_element (array, i));
  self->args = g_strv_builder_end (args);

  return TRUE;
}

static gboolean
has_members (JsonObject *object)
{
  static const char *const arrays[]
    = { "args", "cards", "consoles", "disks", "files", "channels", "forwards" };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    {
      JsonNode *member = json_object_get_member (object, arrays[i]);
      GType type = G_TYPE_INVALID;

      if (member == NULL || !JSON_NODE_HOLDS_ARRAY (member))
        return FALSE;
      /* Arguments and cards are texts, all else are objects. */
      for (guint k = 0; k < json_array_get_length (json_node_get_array (member)); k++)
        {
          JsonNode *element = json_array_get_element (json_node_get_array (member), k);

          type = json_node_get_value_type (element);
          if (i < 2 ? type != G_TYPE_STRING : !JSON_NODE_HOLDS_OBJECT (element))
            return FALSE;
        }
    }

  return json_object_has_member (object, "binary")
         && JSON_NODE_HOLDS_OBJECT (json_object_get_member (object, "binary"));
}

static gboolean
check_files (QTemplate *self, JsonObject *object, GError **error)
{
  JsonArray *files = json_object_get_array_member (object, "files");
  JsonObject *binary = json_object_get_object_member (object, "binary");

  if (!check_file (self->directory, binary, self->qemu, error))
    return FALSE;
  self->binary = g_strdup (json_object_get_string_member (binary, "path"));
  for (guint i = 0; i < json_array_get_length (files); i++)
    if (!check_file (self->directory, json_array_get_object_element (files, i), NULL, error))
      return FALSE;

  return TRUE;
}

QTemplate *
q_template_read (const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, Q_TEMPLATE_MANIFEST, NULL);
  g_autoptr (QTemplate) self = q_template_new (directory);
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;
  int fd;

  fd = q_open_file (path, &reason);
  if (fd >= 0)
    g_close (fd, NULL);
  if (fd < 0 || !g_file_get_contents (path, &text, NULL, &reason))
    {
      refuse (error, directory, "it is none, or was never finished: %s", reason->message);
      return NULL;
    }
  node = json_from_string (text, NULL);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node) || !has_members (json_node_get_object (node)))
    {
      refuse (error, directory, "%s is no manifest", path);
      return NULL;
    }

  object = json_node_get_object (node);
  if (json_object_get_int_member_with_default (object, "version", 0) != VERSION)
    {
      refuse (error, directory, "it is of version %" G_GINT64_FORMAT ", and %d is known here",
              json_object_get_int_member_with_default (object, "version", 0), VERSION);
      return NULL;
    }

  self->qemu = g_strdup (json_object_get_string_member_with_default (object, "qemu", "?"));
  self->machine_type
    = g_strdup (json_object_get_string_member_with_default (object, "machine-type", NULL));
  self->has_files = json_object_get_boolean_member_with_default (object, "has-files", FALSE);
  self->ram_size = (guint64)json_object_get_int_member_with_default (object, "ram-size", 0);
  read_args (self, object);
  read_consoles (self, object);
  read_disks (self, object);
  read_channels (self, object);
  read_networks (self, object);
  self->display
    = (QMachineDisplay)CLAMP (json_object_get_int_member_with_default (object, "display", 0),
                              Q_MACHINE_DISPLAY_NONE, Q_MACHINE_DISPLAY_DEFAULT);
  if (!check_files (self, object, error))
    return NULL;

  return g_steal_pointer (&self);
}
