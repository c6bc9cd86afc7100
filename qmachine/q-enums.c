/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-enums-private.h"

static void
transform_to_nick (const GValue *value, GValue *text)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (value));
  GEnumValue *known = g_enum_get_value (klass, g_value_get_enum (value));

  g_value_set_string (text, known != NULL ? known->value_nick : NULL);
}

void
q_enum_read_as_nick (GType type)
{
  g_value_register_transform_func (type, G_TYPE_STRING, transform_to_nick);
}
