/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-json.h"

#include <math.h>
#include <string.h>

#include "q-error.h"
#include "wire/json-text-private.h"
#include "wire/message-private.h"

/* JSON text for programs in C: arguments out of a GVariant, and members out of a reply. */

/* -- from a GVariant -- */

static gboolean append_variant (GString *out, GVariant *variant, GError **error);

static gboolean
refuse (GVariant *variant, const char *reason, GError **error)
{
  g_autofree char *text = g_variant_print (variant, TRUE);

  g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
               "%.100s (of the type %s): %s", text, g_variant_get_type_string (variant), reason);
  return FALSE;
}

static gboolean
append_double (GString *out, GVariant *variant, GError **error)
{
  double number = g_variant_get_double (variant);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    return refuse (variant, "JSON has no such number", error);

  g_ascii_dtostr (text, sizeof text, number);
  g_string_append (out, text);
  /* It stays a number with a fraction, as QEMU tells the two apart. */
  if (strpbrk (text, ".eE") == NULL)
    g_string_append (out, ".0");
  return TRUE;
}

static gboolean
append_object (GString *out, GVariant *variant, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n = g_variant_n_children (variant);

  g_string_append_c (out, '{');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (variant, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);
      const char *name = g_variant_get_string (key, NULL);

      if (!g_hash_table_add (names, g_strdup (name)))
        return refuse (key, "an object has this member twice", error);
      if (i > 0)
        g_string_append_c (out, ',');
      q_json_append_string (out, name);
      g_string_append_c (out, ':');
      if (!append_variant (out, value, error))
        return FALSE;
    }
  g_string_append_c (out, '}');

  return TRUE;
}

static gboolean
append_array (GString *out, GVariant *variant, GError **error)
{
  gsize n = g_variant_n_children (variant);

  g_string_append_c (out, '[');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) element = g_variant_get_child_value (variant, i);

      if (i > 0)
        g_string_append_c (out, ',');
      if (!append_variant (out, element, error))
        return FALSE;
    }
  g_string_append_c (out, ']');

  return TRUE;
}

static gboolean
append_maybe (GString *out, GVariant *variant, GError **error)
{
  g_autoptr (GVariant) value = g_variant_get_maybe (variant);

  if (value != NULL)
    return append_variant (out, value, error);

  g_string_append (out, "null");
  return TRUE;
}

static gboolean
append_boxed (GString *out, GVariant *variant, GError **error)
{
  g_autoptr (GVariant) inner = g_variant_get_variant (variant);

  return append_variant (out, inner, error);
}

static gboolean
append_array_or_object (GString *out, GVariant *variant, GError **error)
{
  const GVariantType *type = g_variant_get_type (variant);

  if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{s*}"))
      || g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{o*}")))
    return append_object (out, variant, error);
  if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE_DICTIONARY))
    return refuse (variant, "the names of members must be strings", error);

  return append_array (out, variant, error);
}

static gboolean
append_variant (GString *out, GVariant *variant, GError **error)
{
  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      g_string_append (out, g_variant_get_boolean (variant) ? "true" : "false");
      return TRUE;
    case G_VARIANT_CLASS_BYTE:
      g_string_append_printf (out, "%u", g_variant_get_byte (variant));
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      g_string_append_printf (out, "%d", g_variant_get_int16 (variant));
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      g_string_append_printf (out, "%u", g_variant_get_uint16 (variant));
      return TRUE;
    case G_VARIANT_CLASS_INT32:
      g_string_append_printf (out, "%d", g_variant_get_int32 (variant));
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      g_string_append_printf (out, "%u", g_variant_get_uint32 (variant));
      return TRUE;
    case G_VARIANT_CLASS_INT64:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, g_variant_get_int64 (variant));
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (variant));
      return TRUE;
    case G_VARIANT_CLASS_DOUBLE:
      return append_double (out, variant, error);
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      q_json_append_string (out, g_variant_get_string (variant, NULL));
      return TRUE;
    case G_VARIANT_CLASS_VARIANT:
      return append_boxed (out, variant, error);
    case G_VARIANT_CLASS_MAYBE:
      return append_maybe (out, variant, error);
    case G_VARIANT_CLASS_ARRAY:
      return append_array_or_object (out, variant, error);
    case G_VARIANT_CLASS_TUPLE:
      return append_array (out, variant, error);
    case G_VARIANT_CLASS_DICT_ENTRY:
      return refuse (variant, "an entry of a dictionary stands alone", error);
    case G_VARIANT_CLASS_HANDLE:
    default:
      return refuse (variant, "a handle means nothing to QEMU", error);
    }
}

/**
 * q_json_from_variant: (skip)
 * @variant: a value; if it is floating, it is sunk and freed
 * @error: return location for an error
 *
 * Makes the JSON text of a command's arguments from a variant.
 *
 * Dictionaries with strings as keys become objects, other arrays and tuples become arrays,
 * `nothing` becomes null, and a variant inside is what it holds. Every integer is exact, up to
 * 2^64-1.
 *
 * ```c
 * g_autofree char *arguments
 *   = q_json_from_variant (g_variant_new_parsed ("{'path': %s}", path), error);
 * g_autofree char *reply = NULL;
 *
 * if (arguments == NULL)
 *   return FALSE;
 * reply = q_machine_command_json (machine, "qom-list", arguments, Q_TIMEOUT_DEFAULT, NULL, error);
 * ```
 *
 * Errors: %Q_MONITOR_ERROR_INVALID_COMMAND for what JSON does not have: an infinity, NaN, a handle,
 * a dictionary with keys that are no strings, and an object that has a member twice.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
q_json_from_variant (GVariant *variant, GError **error)
{
  g_autoptr (GVariant) own = NULL;
  g_autoptr (GString) out = NULL;

  g_return_val_if_fail (variant != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  own = g_variant_ref_sink (variant);
  out = g_string_new (NULL);
  if (!append_variant (out, own, error))
    return NULL;

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* -- members of a text -- */

/* NULL if there is none, also in what is no object. */
static const char *
find_member (const char *json, const char *member)
{
  json = q_json_skip_space (json);
  if (*json != '{' || !q_message_validate_json (json, -1, NULL))
    return NULL;

  return q_json_find_member (json, member);
}

/**
 * q_json_dup_string: (skip)
 * @json: the text of a JSON object, such as [method@Machine.command_json] returns
 * @member: the name of a member
 *
 * Gets a string out of the text of an object, without making a tree of it.
 *
 * Returns: (transfer full) (nullable): the string, or %NULL if the member is absent or is no
 *   string, and if @json is not the text of an object
 *
 * Since: 1.0
 */
char *
q_json_dup_string (const char *json, const char *member)
{
  g_return_val_if_fail (json != NULL, NULL);
  g_return_val_if_fail (member != NULL, NULL);

  return q_json_read_string (find_member (json, member));
}

/**
 * q_json_get_int: (skip)
 * @json: the text of a JSON object, such as [method@Machine.command_json] returns
 * @member: the name of a member
 * @fallback: what to return if there is none
 *
 * Gets an integer out of the text of an object, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not
 *   fit, and if @json is not the text of an object
 *
 * Since: 1.0
 */
gint64
q_json_get_int (const char *json, const char *member, gint64 fallback)
{
  gint64 value = fallback;

  g_return_val_if_fail (json != NULL, fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_int64 (find_member (json, member), &value);
  return value;
}

/**
 * q_json_get_uint: (skip)
 * @json: the text of a JSON object, such as [method@Machine.command_json] returns
 * @member: the name of a member
 * @fallback: what to return if there is none
 *
 * Gets an integer of up to 2^64-1 out of the text of an object, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not
 *   fit, and if @json is not the text of an object
 *
 * Since: 1.0
 */
guint64
q_json_get_uint (const char *json, const char *member, guint64 fallback)
{
  guint64 value = fallback;

  g_return_val_if_fail (json != NULL, fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_uint64 (find_member (json, member), &value);
  return value;
}

/**
 * q_json_get_double: (skip)
 * @json: the text of a JSON object, such as [method@Machine.command_json] returns
 * @member: the name of a member
 * @fallback: what to return if there is none
 *
 * Gets a number out of the text of an object, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not
 *   fit, and if @json is not the text of an object
 *
 * Since: 1.0
 */
double
q_json_get_double (const char *json, const char *member, double fallback)
{
  double value = fallback;

  g_return_val_if_fail (json != NULL, fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_double (find_member (json, member), &value);
  return value;
}

/**
 * q_json_get_boolean: (skip)
 * @json: the text of a JSON object, such as [method@Machine.command_json] returns
 * @member: the name of a member
 * @fallback: what to return if there is none
 *
 * Gets a boolean out of the text of an object, without making a tree of it.
 *
 * Returns: the value of the member, or @fallback if it is absent, of another type, or does not
 *   fit, and if @json is not the text of an object
 *
 * Since: 1.0
 */
gboolean
q_json_get_boolean (const char *json, const char *member, gboolean fallback)
{
  gboolean value = fallback;

  g_return_val_if_fail (json != NULL, fallback);
  g_return_val_if_fail (member != NULL, fallback);

  q_json_read_boolean (find_member (json, member), &value);
  return value;
}
