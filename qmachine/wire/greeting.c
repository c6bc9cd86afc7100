/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "greeting-private.h"

/* A real one has two hundred bytes; what is longer is not worth a tree. */
#define MAX_PARSED_SIZE (64 * 1024)

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gint64
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  return json_node_get_int (node);
}

void
q_message_get_greeting (const QMessage *self, char **version, GStrv *capabilities)
{
  const QSlice *slice = &self->frame.members[Q_MEMBER_QMP];
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (JsonNode) node
    = slice->length <= MAX_PARSED_SIZE
        ? q_message_parse (self->frame.text + slice->start, slice->length, NULL)
        : NULL;
  JsonObject *greeting
    = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonObject *qemu = get_object (get_object (greeting, "version"), "qemu");
  gint64 major = get_number (qemu, "major");
  gint64 minor = get_number (qemu, "minor");
  gint64 micro = get_number (qemu, "micro");
  JsonNode *list = greeting != NULL ? json_object_get_member (greeting, "capabilities") : NULL;

  *version = NULL;
  if (major >= 0 && minor >= 0 && micro >= 0)
    *version = g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                                major, minor, micro);

  if (list != NULL && JSON_NODE_HOLDS_ARRAY (list))
    {
      JsonArray *array = json_node_get_array (list);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          JsonNode *name = json_array_get_element (array, i);

          if (JSON_NODE_HOLDS_VALUE (name) && json_node_get_value_type (name) == G_TYPE_STRING)
            g_strv_builder_add (names, json_node_get_string (name));
        }
    }
  *capabilities = g_strv_builder_end (names);
}
