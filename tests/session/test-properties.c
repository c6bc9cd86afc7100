/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each property can be read, and gives back what was set. */

#include "q-test-util.h"

/* Another value than this, of the kinds that have a range. */
static void
change_value (GParamSpec *spec, GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, !g_value_get_boolean (value));
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, g_value_get_int (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, g_value_get_uint (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, g_value_get_uint64 (value) == 4321 ? 1234 : 4321);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_static_string (value, "/another");
  g_assert_false (g_param_value_validate (spec, value));
}

/* Each can be read, and gives back what was set. */
static void
check_properties (GObject *object)
{
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  g_assert_cmpuint (n, >, 5);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) before = G_VALUE_INIT;
      g_auto (GValue) after = G_VALUE_INIT;
      gboolean writable
        = (specs[i]->flags & G_PARAM_WRITABLE) && !(specs[i]->flags & G_PARAM_CONSTRUCT_ONLY);

      g_assert_true (specs[i]->flags & G_PARAM_READABLE);
      g_value_init (&before, specs[i]->value_type);
      g_value_init (&after, specs[i]->value_type);
      g_object_get_property (object, specs[i]->name, &before);
      if (writable)
        change_value (specs[i], &before);
      if (writable)
        g_object_set_property (object, specs[i]->name, &before);
      g_object_get_property (object, specs[i]->name, &after);
      if (!G_VALUE_HOLDS_BOXED (&before) && !G_VALUE_HOLDS_OBJECT (&before))
        g_assert_cmpint (g_param_values_cmp (specs[i], &before, &after), ==, 0);
    }
}

static void
test_properties (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_mock ("negotiate; serve");
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  check_properties (G_OBJECT (machine));
  check_properties (G_OBJECT (monitor));
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add ("/properties", QTestFixture, NULL, q_test_set_up, test_properties, q_test_tear_down);

  return g_test_run ();
}
