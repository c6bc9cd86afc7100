/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* qmachine-exec brought to where a wrapper leads: whole or not at all, with the launcher's own
 * words. The other host is this one here; over ssh: tests/hosts. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "q-test-util.h"

typedef struct
{
  QTestFixture base;
  char *dir;   /* where it goes */
  char *shims; /* programs that stand in for those of the other host */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  q_test_set_up (&fixture->base, data);
  fixture->dir = q_test_get_path ("it's there");
  fixture->shims = q_test_get_path ("shims");
  g_assert_cmpint (g_mkdir (fixture->shims, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (g_file_test (fixture->dir, G_FILE_TEST_EXISTS))
    q_test_remove_tree (fixture->dir);
  q_test_remove_tree (fixture->shims);
  g_free (fixture->dir);
  g_free (fixture->shims);
  q_test_tear_down (&fixture->base, data);
}

static QMachine *
new_machine (const char *const *wrapper)
{
  QMachine *machine = q_test_machine_none ();

  q_machine_set_wrapper (machine, wrapper);
  return machine;
}

static QMachine *
new_shell_machine (const char *commands)
{
  return new_machine ((const char *const[]){ "sh", "-c", commands, "sh", NULL });
}

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n_files = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n_files++;
  return n_files;
}

static char *
copy (QMachine *machine, const char *dir)
{
  g_autoptr (GError) error = NULL;
  char *path = q_machine_copy_supervisor (machine, dir, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  return path;
}

static void
assert_fails (QMachine *machine, const char *dir, GQuark domain, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_copy_supervisor (machine, dir, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_error (error, domain, code);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" is not in: %s", words, error->message);
}

static void
assert_same_file (const char *path)
{
  g_autofree char *ours = NULL;
  g_autofree char *theirs = NULL;
  gsize length;
  gsize other_length;

  g_assert_true (g_file_get_contents (g_getenv ("QMACHINE_EXEC_HELPER"), &ours, &length, NULL));
  g_assert_true (g_file_get_contents (path, &theirs, &other_length, NULL));
  g_assert_cmpmem (ours, length, theirs, other_length);
}

/* -- it gets there -- */

static const char *const env[] = { "env", "A=b", NULL };
static const char *const banner[] = { "sh", "-c", "echo Welcome; \"$@\"", "sh", NULL };
static const char *const eval[] = { "sh", "-c", "eval \"$*\"", "sh", NULL };

static void
test_copies (Fixture *fixture, gconstpointer wrapper)
{
  g_autoptr (QMachine) machine = new_machine (wrapper);
  g_autofree char *path = NULL;
  g_autofree char *again = NULL;
  GStatBuf first;
  GStatBuf second;

  q_machine_set_wrapper_shell (machine, wrapper == eval);
  path = copy (machine, fixture->dir);
  g_assert_true (g_str_has_prefix (path, fixture->dir));
  assert_same_file (path);
  g_assert_cmpint (g_stat (path, &first), ==, 0);
  g_assert_cmpuint (first.st_mode & 0777, ==, 0700);

  again = copy (machine, fixture->dir);
  g_assert_cmpstr (again, ==, path);
  g_assert_cmpint (g_stat (path, &second), ==, 0);
  g_assert_cmpuint (first.st_ino, ==, second.st_ino);
  g_assert_cmpuint (count_files (fixture->dir), ==, 1);

  /* One that is not whole is replaced. */
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_free (copy (machine, fixture->dir));
  assert_same_file (path);
  g_assert_cmpuint (count_files (fixture->dir), ==, 1);
}

static void
test_default_dir (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cache = g_strconcat ("XDG_CACHE_HOME=", fixture->dir, NULL);
  g_autofree char *expected = g_build_filename (fixture->dir, "qmachine", NULL);
  g_autoptr (QMachine) machine = new_machine ((const char *const[]){ "env", cache, NULL });
  g_autofree char *path = copy (machine, NULL);

  g_assert_true (g_str_has_prefix (path, expected));
}

/* What it is for. */
static void
test_used (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine ((const char *const[]){ "env", NULL });
  g_autofree char *path = copy (machine, fixture->dir);

  q_machine_set_wrapper (machine, (const char *const[]){ "env", path, "--follow", NULL });
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_STDIO);
  q_test_launch (machine);
  q_test_assert_running (machine);
  q_test_shutdown (machine);
}

/* Words for sockets stand for none here. */
static void
test_socket_words (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine
    = new_machine ((const char *const[]){ "env", "--no-such={here}:{far}", NULL });

  q_machine_set_wrapper_socket_dir (machine, "/nowhere");
  g_free (copy (machine, fixture->dir));
}

#define N_AT_ONCE 5

static void
test_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (env);
  GAsyncResult *results[N_AT_ONCE] = { NULL };

  for (guint i = 0; i < N_AT_ONCE; i++)
    q_machine_copy_supervisor_async (machine, fixture->dir, Q_TEST_DEADLINE_MS, NULL,
                                     q_test_store_result, &results[i]);
  for (guint i = 0; i < N_AT_ONCE; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);
      g_autoptr (GError) error = NULL;
      g_autofree char *path = q_machine_copy_supervisor_finish (machine, result, &error);

      g_assert_no_error (error);
      assert_same_file (path);
    }
  g_assert_cmpuint (count_files (fixture->dir), ==, 1);
}

/* -- it does not -- */

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (NULL);
  g_autoptr (GError) error = NULL;

  assert_fails (machine, NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "there is no wrapper");
  q_machine_set_wrapper (machine, (const char *const[]){ "/no/such/ssh", NULL });
  assert_fails (machine, NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "/no/such/ssh");
  q_machine_set_wrapper (machine, env);
  assert_fails (machine, "there", Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                "\"there\" is no absolute path");
  g_assert_null (q_machine_copy_supervisor (machine, NULL, -2, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
}

static void
write_shim (Fixture *fixture, const char *name, const char *commands)
{
  g_autofree char *path = g_build_filename (fixture->shims, name, NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", commands);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
}

static QMachine *
new_shim_machine (Fixture *fixture)
{
  g_autofree char *path = g_strdup_printf ("PATH=%s:%s", fixture->shims, g_getenv ("PATH"));

  return new_machine ((const char *const[]){ "env", path, NULL });
}

static void
test_other_processor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shim_machine (fixture);

  write_shim (fixture, "uname", "echo riscv64");
  assert_fails (machine, fixture->dir, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "and this one is riscv64");
  g_assert_false (g_file_test (fixture->dir, G_FILE_TEST_EXISTS));
}

/* As on a file system that has no programs. */
static void
test_does_not_run (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shim_machine (fixture);

  write_shim (fixture, "chmod", "exit 0");
  assert_fails (machine, fixture->dir, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "qmachine-exec does not run in ");
  g_assert_cmpuint (count_files (fixture->dir), ==, 0);
}

static void
test_cut_off (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("head -c 1000 | \"$@\"");

  assert_fails (machine, fixture->dir, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "not all of qmachine-exec has arrived");
  g_assert_cmpuint (count_files (fixture->dir), ==, 0);
}

static void
test_no_directory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_machine (env);

  assert_fails (machine, "/proc/there", Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "/proc/there");
}

static void
test_launcher_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("echo no route to host >&2; exit 255");

  assert_fails (machine, NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "the wrapper exited with status 255\nOutput: no route to host");
  g_clear_object (&machine);
  machine = new_shell_machine ("echo I am something else");
  assert_fails (machine, NULL, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                "has not said where the copy is\nOutput: I am something else");
}

static void
test_silent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_shell_machine ("exec sleep 1000");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_copy_supervisor (machine, NULL, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  q_machine_copy_supervisor_async (machine, NULL, -1, cancellable, q_test_store_result, &stored);
  g_cancellable_cancel (cancellable);
  g_assert_null (q_machine_copy_supervisor_finish (machine, q_test_await (&stored), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data), gconstpointer data)
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  add ("/copy-supervisor/copies", test_copies, env);
  add ("/copy-supervisor/copies/banner", test_copies, banner);
  add ("/copy-supervisor/copies/shell", test_copies, eval);
  add ("/copy-supervisor/default-dir", test_default_dir, NULL);
  add ("/copy-supervisor/used", test_used, NULL);
  add ("/copy-supervisor/socket-words", test_socket_words, NULL);
  add ("/copy-supervisor/at-once", test_at_once, NULL);
  add ("/copy-supervisor/refused", test_refused, NULL);
  add ("/copy-supervisor/other-processor", test_other_processor, NULL);
  add ("/copy-supervisor/does-not-run", test_does_not_run, NULL);
  add ("/copy-supervisor/cut-off", test_cut_off, NULL);
  add ("/copy-supervisor/no-directory", test_no_directory, NULL);
  add ("/copy-supervisor/launcher-fails", test_launcher_fails, NULL);
  add ("/copy-supervisor/silent", test_silent, NULL);

  return g_test_run ();
}
