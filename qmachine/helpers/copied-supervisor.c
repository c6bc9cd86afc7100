/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "copied-supervisor-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "process/command-line-private.h"
#include "process/process-private.h"
#include "process/tool-private.h"
#include "q-error.h"

#define SUM_IN_NAME 16

/* Before the path, as a launcher may say something of its own. */
#define MARK "qmachine-exec: "

/* A shell that has no program for this processor may take it for a script, so that comes first. The
 * file has its sum in its name: it is there once, for all programs and versions. A connection that
 * ends leaves what is not whole, and the shell there, which removes it. */
static const char script[]
  = "umask 077; dir=$1; sum=$2; name=$3; here=$4\n"
    "fail () { echo \"qmachine: $*\" >&2; exit 1; }\n"
    "[ \"$(uname -m)\" = \"$here\" ] || "
    "fail \"qmachine-exec is for the processor $here, and this one is $(uname -m)\"\n"
    "dir=${dir:-${XDG_CACHE_HOME:-$HOME/.cache}/qmachine}; path=$dir/$name\n"
    "good () { got=$(sha256sum <\"$1\") && [ \"${got%% *}\" = \"$sum\" ]; }\n"
    "runs () { \"$1\" --follow true </dev/null >/dev/null; }\n"
    "if ! { [ -x \"$path\" ] && good \"$path\" && runs \"$path\"; }; then\n"
    "  mkdir -p \"$dir\" || exit 1\n"
    "  new=$path.$$\n"
    "  trap 'rm -f \"$new\"' EXIT\n"
    "  trap 'exit 1' HUP INT TERM\n"
    "  cat >\"$new\" || exit 1\n"
    "  good \"$new\" || fail \"not all of qmachine-exec has arrived\"\n"
    "  chmod 700 \"$new\" && runs \"$new\" || fail \"qmachine-exec does not run in $dir\"\n"
    "  mv -f \"$new\" \"$path\" || exit 1\n"
    "fi\n"
    "echo \"" MARK "$path\"\n";

void
q_supervisor_copy_free (QSupervisorCopy *self)
{
  g_strfreev (self->launcher);
  g_free (self->dir);
  g_free (self);
}

static gboolean
check (const QSupervisorCopy *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (self->launcher == NULL || self->launcher[0] == NULL)
    g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                         "copy_supervisor: there is no wrapper that leads to another host");
  else if (!q_process_check_program (self->launcher[0], &reason))
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "copy_supervisor: wrapper: %s", reason->message);
  else if (self->dir != NULL && self->dir[0] != '/')
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "copy_supervisor: \"%s\" is no absolute path", self->dir);
  else if (self->timeout < -1)
    q_time_limit_refuse (self->timeout, "copy_supervisor", Q_MACHINE_ERROR,
                         Q_MACHINE_ERROR_INVALID_CONFIGURATION, error);
  else
    return TRUE;

  return FALSE;
}

static GStrv
make_argv (const QSupervisorCopy *self, const char *path, GError **error)
{
  g_autofree char *contents = NULL;
  g_autofree char *sum = NULL;
  g_autofree char *name = NULL;
  struct utsname here;
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, error))
    return NULL;

  uname (&here);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)contents, length);
  name = g_strdup_printf ("qmachine-exec-%.*s", SUM_IN_NAME, sum);
  {
    const char *const command[] = {
      "sh", "-c", script, "sh", self->dir != NULL ? self->dir : "", sum, name, here.machine, NULL,
    };

    return q_command_line_wrap ((const char *const *)self->launcher, self->shell, command);
  }
}

/* In the last line that has the mark. */
static char *
find_path (const char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  char *path = NULL;

  for (gsize i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], MARK "/"))
      {
        g_free (path);
        path = g_strdup (lines[i] + strlen (MARK));
      }

  return path;
}

static void
set_failed (const QToolResult *result, GError **error)
{
  g_autofree char *how = q_process_describe_exit_code (result->exit_code);
  g_autofree char *output = g_utf8_make_valid (result->output->str, (gssize)result->output->len);
  const char *words = g_strstrip (output);

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
               "copy_supervisor: the wrapper %s%s\nOutput: %s%s%s", how,
               result->exit_code == 0 ? ", and has not said where the copy is" : "", result->words,
               result->words[0] != '\0' && words[0] != '\0' ? "\n" : "", words);
}

char *
q_supervisor_copy_run (QSupervisorCopy *self, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_auto (QToolResult) result = { 0 };
  g_auto (GStrv) argv = NULL;
  QToolSpec spec = { .name = "copy_supervisor" };
  const char *path;
  char *copied = NULL;
  gboolean done;

  if (!check (self, error))
    return NULL;

  path = q_process_get_helper (error);
  if (path != NULL)
    argv = make_argv (self, path, error);
  if (argv == NULL)
    return NULL;

  spec.argv = (const char *const *)argv;
  spec.input = g_open (path, O_RDONLY | O_CLOEXEC);
  if (spec.input < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "copy_supervisor: %s: %s", path, g_strerror (saved_errno));
      return NULL;
    }
  done = q_tool_run (&spec, &limit, cancellable, &result, error);
  close (spec.input);
  if (!done)
    return NULL;

  if (result.exit_code == 0)
    copied = find_path (result.output->str);
  if (copied == NULL)
    set_failed (&result, error);
  return copied;
}
