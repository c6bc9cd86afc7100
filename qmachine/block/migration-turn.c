/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/migration-private.h"

/* A migration changes settings of QEMU, and puts them back when it is done. */

static GMutex turn_lock;

static GQuark
get_turn_quark (void)
{
  return g_quark_from_static_string ("qmachine-migration-turn");
}

gboolean
q_migration_take_turn (QMachine *machine, const char *name, GError **error)
{
  const char *other;

  g_mutex_lock (&turn_lock);
  other = g_object_get_qdata (G_OBJECT (machine), get_turn_quark ());
  if (other == NULL)
    g_object_set_qdata (G_OBJECT (machine), get_turn_quark (), (gpointer)name);
  g_mutex_unlock (&turn_lock);
  if (other != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s: the guest is at %s, which has not ended",
                 name, other);

  return other == NULL;
}

void
q_migration_end_turn (QMachine *machine)
{
  g_mutex_lock (&turn_lock);
  g_object_set_qdata (G_OBJECT (machine), get_turn_quark (), NULL);
  g_mutex_unlock (&turn_lock);
}

void
q_migration_go_on (QMachine *machine, gboolean ran)
{
  if (!ran || q_machine_get_run_state (machine) != Q_RUN_STATE_POSTMIGRATE)
    return;

  g_free (q_machine_command_json (machine, "cont", NULL, Q_MIGRATION_CLEAN_UP, NULL, NULL));
  q_migration_learn_run_state (machine);
}
