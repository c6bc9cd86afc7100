/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/disk-spec-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

#include "block/qcow2-private.h"
#include "process/command-line-private.h"
#include "q-error.h"

/* A node has at most 31 letters, and "-base-file" or "-64-file" is put behind it. */
#define MAX_NAME 20

QDiskSpec *
q_disk_spec_new (void)
{
  QDiskSpec *self = g_atomic_rc_box_new0 (QDiskSpec);

  self->layers = g_ptr_array_new_with_free_func (g_free);
  return self;
}

QDiskSpec *
q_disk_spec_copy (QDiskSpec *self)
{
  QDiskSpec *copy = q_disk_spec_new ();

  copy->path = g_strdup (self->path);
  copy->format = g_strdup (self->format);
  copy->name = g_strdup (self->name);
  copy->overlay_dir = g_strdup (self->overlay_dir);
  copy->serial = g_strdup (self->serial);
  copy->device = g_strdup (self->device);
  copy->read_only = self->read_only;
  copy->overlay = self->overlay;
  copy->discard = self->discard;
  copy->cache = self->cache;
  for (guint i = 0; i < self->layers->len; i++)
    g_ptr_array_add (copy->layers, g_strdup (self->layers->pdata[i]));

  return copy;
}

QDiskSpec *
q_disk_spec_ref (QDiskSpec *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  QDiskSpec *self = data;

  g_free (self->path);
  g_free (self->format);
  g_free (self->name);
  g_free (self->overlay_dir);
  g_free (self->serial);
  g_free (self->device);
  g_ptr_array_unref (self->layers);
}

void
q_disk_spec_unref (QDiskSpec *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* -- what is wrong with it -- */

static gboolean refuse (GError **error, QDiskSpec *self, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, QDiskSpec *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "disk \"%s\": %s",
               self->name, text);
  return FALSE;
}

static gboolean
is_good_name (const char *name)
{
  const char *c = name;

  if (!g_ascii_isalpha (*c) || strlen (name) > MAX_NAME)
    return FALSE;
  while (g_ascii_isalnum (*c) || (*c != '\0' && strchr ("-._", *c) != NULL))
    c++;

  return *c == '\0';
}

gboolean
q_disk_spec_check (QDiskSpec *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  const char *looks_like;

  if (!is_good_name (self->name))
    return refuse (error, self,
                   "a name has at most %d letters, digits, \"-\", \".\" and \"_\", and begins with "
                   "a letter",
                   MAX_NAME);
  if (self->path == NULL || self->path[0] == '\0')
    return refuse (error, self, "no path is set");
  if (self->format == NULL || self->format[0] == '\0')
    return refuse (error, self, "say the format of %s: it is not guessed", self->path);
  if (self->overlay && self->read_only)
    return refuse (error, self, "an overlay that nobody can write to has no use");

  looks_like = q_qcow2_recognise (self->path, &reason);
  if (reason != NULL)
    return refuse (error, self, "%s", reason->message);
  if (g_str_equal (self->format, "raw") && looks_like != NULL)
    return refuse (error, self, "%s is said to be raw, and begins like one that is %s", self->path,
                   looks_like);
  if (g_str_equal (self->format, "qcow2") && g_strcmp0 (looks_like, "qcow2") != 0)
    return refuse (error, self, "%s is said to be qcow2, and does not begin like that", self->path);

  if (self->overlay)
    {
      guint64 size;

      if (!q_qcow2_read_size (self->path, self->format, &size, &reason))
        return refuse (error, self, "%s", reason->message);
    }

  return TRUE;
}

/* What is there is someone's: an image, this disk's own perhaps. */
static gboolean
check_place (QDiskSpec *self, const char *path, GError **error)
{
  GStatBuf there;
  GStatBuf image;

  if (g_stat (path, &there) != 0)
    return TRUE;
  if (g_stat (self->path, &image) == 0 && there.st_dev == image.st_dev
      && there.st_ino == image.st_ino)
    return refuse (error, self,
                   "its image %s is where the overlay for the template comes: give the disk "
                   "another name, or the template another directory",
                   path);

  return refuse (error, self,
                 "%s is there already, and the overlay for the template comes there: remove it if "
                 "nothing needs it",
                 path);
}

char *
q_disk_spec_make_overlay (QDiskSpec *self, const char *directory, const char *owner,
                          const char *run_dir, GError **error)
{
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;
  guint64 size;

  if (!self->overlay)
    return NULL;

  if (directory != NULL)
    {
      file = g_strdup_printf ("%s.qcow2", self->name);
      path = g_build_filename (directory, file, NULL);
      if (!check_place (self, path, error))
        return NULL;
    }
  else if (self->overlay_dir != NULL)
    {
      /* The run directory is of this launch alone, and others may be at work in this one. */
      g_autofree char *unique = g_path_get_basename (run_dir);

      file = g_strdup_printf ("%s-%s.qcow2", unique, self->name);
      path = g_build_filename (self->overlay_dir, file, NULL);
    }
  else
    {
      file = g_strdup_printf ("%s.qcow2", self->name);
      path = g_build_filename (run_dir, file, NULL);
    }

  if (!q_qcow2_read_size (self->path, self->format, &size, error)
      || !q_qcow2_write_overlay (path, self->path, self->format, size,
                                 directory != NULL ? owner : NULL, error))
    {
      g_prefix_error (error, "disk \"%s\": ", self->name);
      return NULL;
    }

  return g_steal_pointer (&path);
}

/* -- what QEMU is told -- */

static gboolean
is_direct (QDiskSpec *self)
{
  return self->cache == Q_DISK_CACHE_NONE || self->cache == Q_DISK_CACHE_DIRECTSYNC;
}

static JsonObject *
make_node (QDiskSpec *self, const char *driver, const char *suffix, gboolean read_only)
{
  JsonObject *node = json_object_new ();
  g_autofree char *name = g_strconcat (self->name, suffix, NULL);

  json_object_set_string_member (node, "driver", driver);
  json_object_set_string_member (node, "node-name", name);
  if (read_only)
    json_object_set_boolean_member (node, "read-only", TRUE);
  if (self->cache != Q_DISK_CACHE_WRITEBACK && self->cache != Q_DISK_CACHE_WRITETHROUGH)
    {
      JsonObject *cache = json_object_new ();

      json_object_set_boolean_member (cache, "direct", is_direct (self));
      json_object_set_boolean_member (cache, "no-flush", self->cache == Q_DISK_CACHE_UNSAFE);
      json_object_set_object_member (node, "cache", cache);
    }
  if (self->discard && !read_only)
    json_object_set_string_member (node, "discard", "unmap");

  return node;
}

static void
add_node (GPtrArray *nodes, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  g_ptr_array_add (nodes, json_to_string (node, FALSE));
}

/* QEMU writes to the file of a lower one only while a commit does. */
typedef enum
{
  ACCESS_WRITE,
  ACCESS_READ,
  ACCESS_READ_FOR_NOW,
} Access;

static void
add_file (GPtrArray *nodes, QDiskSpec *self, const char *suffix, const char *path, Access access)
{
  GStatBuf status;
  gboolean is_device = g_stat (path, &status) == 0 && S_ISBLK (status.st_mode);
  JsonObject *node
    = make_node (self, is_device ? "host_device" : "file", suffix, access == ACCESS_READ);

  json_object_set_string_member (node, "filename", path);
  if (access == ACCESS_READ_FOR_NOW)
    json_object_set_boolean_member (node, "auto-read-only", TRUE);
  add_node (nodes, node);
}

/* Without a suffix of the one behind it, that is what the image names. */
static void
add_format (GPtrArray *nodes, QDiskSpec *self, const char *format, const char *suffix,
            Access access, const char *backing_suffix)
{
  JsonObject *node = make_node (self, format, suffix, access != ACCESS_WRITE);
  g_autofree char *file = g_strconcat (self->name, suffix, "-file", NULL);

  json_object_set_string_member (node, "file", file);
  if (backing_suffix != NULL)
    {
      g_autofree char *backing = g_strconcat (self->name, backing_suffix, NULL);

      json_object_set_string_member (node, "backing", backing);
    }
  add_node (nodes, node);
}

static char *
make_suffix (guint n_layers)
{
  return n_layers > 0 ? g_strdup_printf ("-%u", n_layers) : g_strdup ("");
}

static void
add_layers (GPtrArray *nodes, QDiskSpec *self)
{
  for (guint i = 1; i <= self->layers->len; i++)
    {
      g_autofree char *below = make_suffix (i - 1);
      g_autofree char *suffix = make_suffix (i);
      g_autofree char *file = g_strconcat (suffix, "-file", NULL);
      Access access = i < self->layers->len ? ACCESS_READ_FOR_NOW : ACCESS_WRITE;

      add_file (nodes, self, file, self->layers->pdata[i - 1], access);
      add_format (nodes, self, "qcow2", suffix, access, below);
    }
}

GPtrArray *
q_disk_spec_describe_nodes (QDiskSpec *self, const char *overlay)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func (g_free);
  Access access = self->read_only ? ACCESS_READ : ACCESS_WRITE;

  if (self->layers->len > 0)
    access = ACCESS_READ_FOR_NOW;
  if (overlay != NULL)
    {
      add_file (nodes, self, "-base-file", self->path, ACCESS_READ);
      add_format (nodes, self, self->format, "-base", ACCESS_READ, NULL);
      add_file (nodes, self, "-file", overlay, access);
      add_format (nodes, self, "qcow2", "", access, "-base");
    }
  else
    {
      add_file (nodes, self, "-file", self->path, access);
      add_format (nodes, self, self->format, "", access, NULL);
    }
  add_layers (nodes, self);

  return nodes;
}

GPtrArray *
q_disk_spec_list_nodes (QDiskSpec *self)
{
  static const char *const suffixes[] = { "-base-file", "-base", "-file", "" };
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = self->overlay ? 0 : 2; i < G_N_ELEMENTS (suffixes); i++)
    g_ptr_array_add (names, g_strconcat (self->name, suffixes[i], NULL));
  for (guint i = 1; i <= self->layers->len; i++)
    {
      g_ptr_array_add (names, g_strdup_printf ("%s-%u-file", self->name, i));
      g_ptr_array_add (names, g_strdup_printf ("%s-%u", self->name, i));
    }

  return names;
}

char *
q_disk_spec_make_top_name (QDiskSpec *self)
{
  g_autofree char *suffix = make_suffix (self->layers->len);

  return g_strconcat (self->name, suffix, NULL);
}

GPtrArray *
q_disk_spec_describe_layer (QDiskSpec *self, const char *path)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *suffix = make_suffix (self->layers->len + 1);
  g_autofree char *file = g_strconcat (suffix, "-file", NULL);
  g_autofree char *name = g_strconcat (self->name, file, NULL);
  JsonObject *node = make_node (self, "qcow2", suffix, FALSE);

  add_file (nodes, self, file, path, ACCESS_WRITE);
  json_object_set_string_member (node, "file", name);
  json_object_set_null_member (node, "backing");
  add_node (nodes, node);

  return nodes;
}

static gboolean
writes_through (QDiskSpec *self)
{
  return self->cache == Q_DISK_CACHE_WRITETHROUGH || self->cache == Q_DISK_CACHE_DIRECTSYNC;
}

char *
q_disk_spec_describe_device (QDiskSpec *self)
{
  g_autoptr (GString) text = NULL;
  g_autofree char *top = NULL;

  if (self->device == NULL || self->device[0] == '\0')
    return NULL;

  top = q_disk_spec_make_top_name (self);
  text = g_string_new (self->device);
  g_string_append_printf (text, ",drive=%s,id=%s", top, self->name);
  if (self->serial != NULL)
    {
      g_autofree char *serial = q_command_line_quote (self->serial);

      g_string_append_printf (text, ",serial=%s", serial);
    }
  if (writes_through (self))
    g_string_append (text, ",write-cache=off");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Options of the command line have no types, and those of the monitor have. */
static void
set_option (JsonObject *device, const char *name, const char *value)
{
  char *end = NULL;
  gint64 number = g_ascii_strtoll (value, &end, 10);

  if (g_str_equal (value, "on") || g_str_equal (value, "off"))
    json_object_set_boolean_member (device, name, g_str_equal (value, "on"));
  else if (end != value && *end == '\0')
    json_object_set_int_member (device, name, number);
  else
    json_object_set_string_member (device, name, value);
}

char *
q_disk_spec_describe_device_as_json (QDiskSpec *self)
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (GStrv) options = NULL;
  g_autofree char *top = NULL;
  JsonObject *device;

  if (self->device == NULL || self->device[0] == '\0')
    return NULL;

  options = g_strsplit (self->device, ",", -1);
  device = json_object_new ();
  json_object_set_string_member (device, "driver", options[0]);
  for (guint i = 1; options[i] != NULL; i++)
    {
      char *value = strchr (options[i], '=');

      if (value == NULL)
        continue;
      *value++ = '\0';
      set_option (device, options[i], value);
    }
  top = q_disk_spec_make_top_name (self);
  json_object_set_string_member (device, "drive", top);
  json_object_set_string_member (device, "id", self->name);
  if (self->serial != NULL)
    json_object_set_string_member (device, "serial", self->serial);
  if (writes_through (self))
    json_object_set_string_member (device, "write-cache", "off");

  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, device);
  return json_to_string (node, FALSE);
}
