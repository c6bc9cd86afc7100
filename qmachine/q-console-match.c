/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "q-console-match-private.h"

/**
 * QConsoleMatch:
 *
 * Text of a console that an expression matched, with its groups and the text before it.
 *
 * [method@Console.wait_for_match] and [method@ConsoleReader.wait_for_match] return it. It never
 * changes. In Python `match[1]`, `match['name']` and `str (match)` read it, too.
 *
 * ```c
 * g_autoptr (QConsoleMatch) match
 *   = q_console_wait_for_match (console, "\\(version (?<version>[^)]+)\\)$",
 *                               Q_CONSOLE_MATCH_FLAGS_COMPLETE, 30000, NULL, error);
 *
 * if (match == NULL)
 *   return FALSE;
 * g_print ("version %s, after \"%s\"\n", q_console_match_get_named_group (match, "version"),
 *          q_console_match_get_before (match));
 * ```
 *
 * Since: 1.0
 */
struct _QConsoleMatch
{
  GObject parent_instance;

  QConsoleFound *found; /* NULL for one that nobody found */
};

G_DEFINE_FINAL_TYPE (QConsoleMatch, q_console_match, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TEXT,
  PROP_BEFORE,
  PROP_N_GROUPS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
q_console_match_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QConsoleMatch *self = Q_CONSOLE_MATCH (object);

  if (prop_id == PROP_TEXT)
    g_value_set_string (value, q_console_match_get_text (self));
  else if (prop_id == PROP_BEFORE)
    g_value_set_string (value, q_console_match_get_before (self));
  else if (prop_id == PROP_N_GROUPS)
    g_value_set_uint (value, q_console_match_get_n_groups (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_console_match_finalize (GObject *object)
{
  QConsoleMatch *self = Q_CONSOLE_MATCH (object);

  g_clear_pointer (&self->found, q_console_found_free);

  G_OBJECT_CLASS (q_console_match_parent_class)->finalize (object);
}

static void
q_console_match_class_init (QConsoleMatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = q_console_match_get_property;
  object_class->finalize = q_console_match_finalize;

  /**
   * QConsoleMatch:text: (getter get_text)
   *
   * The text that matched. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);

  /**
   * QConsoleMatch:before: (getter get_before)
   *
   * The text before the match, from where the reader was. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_BEFORE] = g_param_spec_string ("before", NULL, NULL, "", flags);

  /**
   * QConsoleMatch:n-groups: (getter get_n_groups)
   *
   * How many groups the expression has. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_N_GROUPS] = g_param_spec_uint ("n-groups", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_console_match_init (QConsoleMatch *self)
{
}

QConsoleMatch *
q_console_match_take (QConsoleFound *found)
{
  QConsoleMatch *self;

  if (found == NULL)
    return NULL;

  self = g_object_new (Q_TYPE_CONSOLE_MATCH, NULL);
  self->found = found;

  return self;
}

/**
 * q_console_match_get_text: (get-property text)
 * @self: a match
 *
 * Gets the text that matched.
 *
 * Returns: (transfer none): the text
 *
 * Since: 1.0
 */
const char *
q_console_match_get_text (QConsoleMatch *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE_MATCH (self), NULL);

  return self->found != NULL ? self->found->groups[0] : "";
}

/**
 * q_console_match_get_before: (get-property before)
 * @self: a match
 *
 * Gets the text before the match.
 *
 * It begins where the reader was, or where the console's last match ended. What the console does
 * not keep any more is missing at its beginning.
 *
 * Returns: (transfer none): the text
 *
 * Since: 1.0
 */
const char *
q_console_match_get_before (QConsoleMatch *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE_MATCH (self), NULL);

  return self->found != NULL ? self->found->before : "";
}

/**
 * q_console_match_get_n_groups: (get-property n-groups)
 * @self: a match
 *
 * Gets how many groups the expression has, the named ones among them.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
q_console_match_get_n_groups (QConsoleMatch *self)
{
  g_return_val_if_fail (Q_IS_CONSOLE_MATCH (self), 0);

  return self->found != NULL ? self->found->n_groups - 1 : 0;
}

/**
 * q_console_match_get_group:
 * @self: a match
 * @number: which group, from 1 on; 0 is the whole match
 *
 * Gets what a group matched.
 *
 * Returns: (nullable) (transfer none): the text, or %NULL if the group took no part in the match or
 *   there is none of that number
 *
 * Since: 1.0
 */
const char *
q_console_match_get_group (QConsoleMatch *self, guint number)
{
  g_return_val_if_fail (Q_IS_CONSOLE_MATCH (self), NULL);

  return self->found != NULL && number < self->found->n_groups ? self->found->groups[number] : NULL;
}

/**
 * q_console_match_get_named_group:
 * @self: a match
 * @name: the name of a group, such as `version` in `(?<version>\d+)`
 *
 * Gets what a group with a name matched.
 *
 * Returns: (nullable) (transfer none): the text, or %NULL if the group took no part in the match or
 *   there is none of that name
 *
 * Since: 1.0
 */
const char *
q_console_match_get_named_group (QConsoleMatch *self, const char *name)
{
  int number;

  g_return_val_if_fail (Q_IS_CONSOLE_MATCH (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (self->found == NULL)
    return NULL;

  number = g_regex_get_string_number (self->found->regex, name);
  return number >= 0 ? q_console_match_get_group (self, (guint)number) : NULL;
}
