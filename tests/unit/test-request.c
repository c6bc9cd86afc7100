/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands from trees, which can hold what no text can. */

#include <math.h>

#include "qmachine/session/request-private.h"

static char *
encode (JsonNode *node, GError **error)
{
  QRequest *request = q_request_new_for_node ("x", node, 0, NULL, Q_REPLY_RETURN, error);
  char *text;

  if (request == NULL)
    return NULL;
  text = g_strdup (request->text);
  q_request_free (request);

  return text;
}

static JsonNode *
make_tree (double number)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_double_member (object, "a", number);
  json_object_set_string_member (object, "1e5.0", "\"\\1e5.0");
  json_node_set_object (node, object);

  return node;
}

static void
test_double (gconstpointer data)
{
  const double number = *(const double *)data;
  g_autoptr (JsonNode) node = make_tree (number);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = encode (node, &error);
  g_autoptr (JsonNode) read = NULL;
  JsonObject *arguments;

  /* What QEMU reads is this number to the last bit, and strings are left alone. */
  g_assert_no_error (error);
  read = json_from_string (text, &error);
  g_assert_no_error (error);
  arguments = json_object_get_object_member (json_node_get_object (read), "arguments");
  g_assert_cmpfloat (json_object_get_double_member (arguments, "a"), >=, number);
  g_assert_cmpfloat (json_object_get_double_member (arguments, "a"), <=, number);
  g_assert_cmpstr (json_object_get_string_member (arguments, "1e5.0"), ==, "\"\\1e5.0");
}

static void
test_no_number (gconstpointer data)
{
  g_autoptr (JsonNode) node = make_tree (*(const double *)data);
  g_autoptr (GError) error = NULL;

  g_assert_null (encode (node, &error));
  g_assert_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND);
}

int
main (int argc, char **argv)
{
  static const double doubles[]
    = { 0.5, 1e-5, -1e-5, 1e22, -1e22, 1e40, 1.5e-7, 5e-324, 1.7976931348623157e308, 100, -0.25 };
  static const double no_numbers[] = { INFINITY, -INFINITY, NAN };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
    {
      g_autofree char *path = g_strdup_printf ("/request/double/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &doubles[i], test_double);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (no_numbers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/request/no-number/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &no_numbers[i], test_no_number);
    }

  return g_test_run ();
}
