/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/memory-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Memory that other processes can have: QEMU must have been told to keep it in a file, or in
 * something like it. */

#define OBJECT "qmachine-memory"
/* QEMU's own, for most boards; said, so that both options have the same. */
#define DEFAULT_MIB 128

/* What the user's arguments say of memory. */
typedef struct
{
  guint64 size; /* 0 for nothing */
  const char *bad_size;
  const char *mem_path;
  GPtrArray *used;   /* of char: names of the objects that are the memory */
  GPtrArray *shared; /* likewise: of objects that are shared */
} Memory;

static void
memory_clear (Memory *self)
{
  g_ptr_array_unref (self->used);
  g_ptr_array_unref (self->shared);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Memory, memory_clear)

/* The value of a key in QEMU's comma-separated options; a doubled comma is a part of it. */
static char *
find_key (const char *options, const char *key)
{
  while (*options != '\0')
    {
      g_autoptr (GString) part = g_string_new (NULL);
      const char *value;

      while (*options != '\0' && (*options != ',' || options[1] == ','))
        {
          options += *options == ',' ? 1 : 0;
          g_string_append_c (part, *options++);
        }
      options += *options == ',' ? 1 : 0;

      value = strchr (part->str, '=');
      if (value != NULL && (gsize)(value - part->str) == strlen (key)
          && g_str_has_prefix (part->str, key))
        return g_strdup (value + 1);
    }

  return NULL;
}

guint64
q_helper_read_memory_size (const char *value)
{
  static const char units[] = "bkmgtpe";
  g_autofree char *named = find_key (value, "size");
  const char *text = named != NULL ? named : value;
  const char *unit;
  char *end;
  double number = g_ascii_strtod (text, &end);

  unit = *end != '\0' && *end != ',' ? strchr (units, g_ascii_tolower (*end)) : units + 2;
  if (end == text || unit == NULL || !(number > 0))
    return 0;
  end += *end != '\0' && *end != ',' ? 1 : 0;
  for (; unit > units; unit--)
    number *= 1024;
  return (*end == '\0' || *end == ',') && number < (double)G_MAXINT64 ? (guint64)number : 0;
}

static gboolean
is_on (const char *value)
{
  return value != NULL
         && (g_str_equal (value, "on") || g_str_equal (value, "yes") || g_str_equal (value, "true")
             || g_str_equal (value, "y"));
}

static char *
find_shared_in_json (const char *value)
{
  g_autoptr (JsonNode) node = json_from_string (value, NULL);
  JsonObject *object;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;

  object = json_node_get_object (node);
  if (!json_object_get_boolean_member_with_default (object, "share", FALSE))
    return NULL;
  return g_strdup (json_object_get_string_member_with_default (object, "id", NULL));
}

static void
take_object (Memory *self, const char *value)
{
  g_autofree char *share = find_key (value, "share");
  char *id = NULL;

  if (*value == '{')
    id = find_shared_in_json (value);
  else if (is_on (share))
    id = find_key (value, "id");
  if (id != NULL)
    g_ptr_array_add (self->shared, id);
}

static void
take_use (Memory *self, const char *value, const char *key)
{
  char *id = find_key (value, key);

  if (id != NULL)
    g_ptr_array_add (self->used, id);
}

static void
take_option (Memory *self, const char *name, const char *value)
{
  if (g_str_equal (name, "m"))
    {
      self->size = q_helper_read_memory_size (value);
      self->bad_size = self->size == 0 ? value : NULL;
    }
  else if (g_str_equal (name, "machine") || g_str_equal (name, "M"))
    take_use (self, value, "memory-backend");
  else if (g_str_equal (name, "numa"))
    take_use (self, value, "memdev");
  else if (g_str_equal (name, "object"))
    take_object (self, value);
  else if (g_str_equal (name, "mem-path"))
    self->mem_path = value;
}

static void
take_args (Memory *self, const char *const *args)
{
  for (gsize i = 0; args != NULL && args[i] != NULL && args[i + 1] != NULL; i++)
    if (args[i][0] == '-')
      take_option (self, args[i] + (args[i][1] == '-' ? 2 : 1), args[i + 1]);
}

static gboolean
check (Memory *self, GError **error)
{
  for (guint i = 0; i < self->used->len; i++)
    if (!g_ptr_array_find_with_equal_func (self->shared, self->used->pdata[i], g_str_equal, NULL))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     "a helper needs the guest's memory, and the object \"%s\" that has it in the "
                     "arguments does not say share=on",
                     (char *)self->used->pdata[i]);
        return FALSE;
      }
  if (self->used->len == 0 && self->mem_path != NULL)
    {
      g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "a helper needs the guest's memory, which \"-mem-path %s\" in the arguments does "
        "not share: use \"-object memory-backend-file,share=on\"",
        self->mem_path);
      return FALSE;
    }
  if (self->used->len == 0 && self->bad_size != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "a helper needs the guest's memory, of a size that \"-m %s\" in the arguments "
                   "does not tell",
                   self->bad_size);
      return FALSE;
    }

  return TRUE;
}

gboolean
q_helper_add_shared_memory (QLaunchParts *parts, GError **error)
{
  g_auto (Memory) memory = { .used = g_ptr_array_new_with_free_func (g_free),
                             .shared = g_ptr_array_new_with_free_func (g_free) };
  g_autofree char *object = NULL;
  guint64 size;

  take_args (&memory, q_launch_parts_get_user_args (parts));
  if (!check (&memory, error))
    return FALSE;
  if (memory.used->len > 0)
    return TRUE;

  size = memory.size != 0 ? memory.size : (guint64)DEFAULT_MIB * 1024 * 1024;
  object
    = g_strdup_printf ("memory-backend-memfd,id=" OBJECT ",share=on,size=%" G_GUINT64_FORMAT, size);
  q_launch_parts_add_args (
    parts, (const char *const[]){ "-object", object, "-machine", "memory-backend=" OBJECT, NULL });
  if (memory.size == 0)
    q_launch_parts_add_args (parts,
                             (const char *const[]){ "-m", G_STRINGIFY (DEFAULT_MIB) "M", NULL });
  return TRUE;
}
