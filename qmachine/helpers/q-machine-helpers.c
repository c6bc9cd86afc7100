/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/q-helper-private.h"

#include <string.h>

#include "helpers/words-private.h"
#include "q-machine-private.h"

#define MAX_NAME 64

static gboolean
check_name (const char *name, GError **error)
{
  gsize length = strlen (name);
  gboolean good = length > 0 && length <= MAX_NAME;

  for (gsize i = 0; good && i < length; i++)
    good = g_ascii_isalnum (name[i]) || (i > 0 && strchr ("-._", name[i]) != NULL);
  if (!good)
    {
      g_autofree char *shown = g_strescape (name, NULL);

      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_helper: \"%s\" is no name of a helper: that has 1 to %d letters, digits, "
                   "dashes, dots and underscores of ASCII, and begins with one of the former",
                   shown, MAX_NAME);
    }

  return good;
}

static gboolean
check_words (const char *name, const char *const *argv, const char *const *qemu_args,
             GError **error)
{
  gboolean has_socket = q_helper_words_has (argv, Q_HELPER_WORD_SOCKET)
                        || q_helper_words_has (argv, Q_HELPER_WORD_FD);
  const char *what = NULL;

  if (argv[0] == NULL || argv[0][0] == '\0')
    what = "no program is named";
  else if (q_helper_words_has (qemu_args, Q_HELPER_WORD_FD))
    what = "the descriptor in {fd} is the helper's, and QEMU does not have it";
  else if (q_helper_words_has (qemu_args, Q_HELPER_WORD_SOCKET) && !has_socket)
    what = "QEMU is to connect to {socket}, and the helper is given neither {socket} nor {fd}";
  if (what == NULL)
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "add_helper: %s: %s",
               name, what);
  return FALSE;
}

char *
q_helper_choose_name (QMachine *self, const char *prefix)
{
  for (guint number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u", prefix, number);

      if (q_machine_lookup_helper (self, name) == NULL)
        return g_steal_pointer (&name);
    }
}

/**
 * q_machine_add_helper:
 * @self: a machine
 * @argv: (array zero-terminated=1): the program and its arguments
 * @qemu_args: (nullable) (array zero-terminated=1): what QEMU gets in front of the program's own
 *   arguments, so that it uses the helper; %NULL for nothing
 * @name: (nullable): a name for messages; %NULL for one like `helper0`
 * @error: return location for an error
 *
 * Gives the machine a process beside QEMU, for the launches to come.
 *
 * These words, anywhere in an argument, stand for what is known at the launch:
 *
 * - `{fd}`: the number of a descriptor that the helper inherits, a socket that the library has
 *   bound and that listens. QEMU can connect before the helper accepts, so nothing is waited for.
 * - `{socket}`: the path of the socket. Where @argv has no `{fd}` the helper binds it, and QEMU is
 *   started when somebody listens there.
 * - `{run-dir}`: the directory of the launch, see [property@Machine:run-dir], which goes away with
 *   it.
 *
 * All other text stays as it is. In @qemu_args a comma in a path is doubled, as QEMU wants it. The
 * program is looked for in `PATH`, and stays in the foreground: one that ends has failed, also if
 * it left something in the background. See [class@Helper] for when it is started and ended.
 *
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION says that the name is none, being 1 to 64 letters, digits,
 * dashes, dots and underscores of ASCII; that the machine has a helper of that name already, or 64
 * of them; that @argv is empty; or that QEMU is to use a socket that the helper does not have. A
 * program that is not there fails the launch.
 *
 * ```c
 * const char *argv[] = { "qemu-storage-daemon",
 *                        "--blockdev",
 *                        "driver=null-co,node-name=data,size=1073741824",
 *                        "--nbd-server",
 *                        "addr.type=fd,addr.str={fd}",
 *                        "--export",
 *                        "type=nbd,id=data,node-name=data,name=data",
 *                        NULL };
 * const char *qemu_args[]
 *   = { "-drive", "driver=nbd,server.type=unix,server.path={socket},export=data,if=virtio", NULL };
 *
 * if (q_machine_add_helper (machine, argv, qemu_args, "data", error) == NULL)
 *   return FALSE;
 * ```
 *
 * Returns: (transfer none): the helper, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QHelper *
q_machine_add_helper (QMachine *self, const char *const *argv, const char *const *qemu_args,
                      const char *name, GError **error)
{
  g_autofree char *chosen = NULL;
  QHelperSpec spec = { .argv = argv, .qemu_args = qemu_args };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (argv != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  chosen = name != NULL ? g_strdup (name) : q_helper_choose_name (self, "helper");
  spec.name = chosen;
  if (!check_name (chosen, error) || !check_words (chosen, argv, qemu_args, error))
    return NULL;

  return q_helper_add (self, &spec, error);
}
