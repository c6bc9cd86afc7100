/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is refused of processes beside QEMU, and the guest's memory that some of them need. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "q-test-util.h"

static const char *const connected_args[] = { "-chardev", "socket,id=beside,path={socket}", NULL };

static void
assert_has (const char *message, const char *text)
{
  if (strstr (message, text) == NULL)
    g_error ("not in it: %s\n%s", text, message);
}

/* INVALID_CONFIGURATION in any case. */
static char *
refuse_launch (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  return g_strdup (error->message);
}

static void
refuse (QMachine *machine, const char *name, const char *const *argv, const char *const *qemu_args,
        const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (q_machine_add_helper (machine, argv, qemu_args, name, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_has (error->message, words);
}

static void
test_arguments (QTestFixture *fixture, gconstpointer data)
{
  const char *good[] = { "true", NULL };
  const char *none[] = { NULL };
  const char *empty[] = { "", NULL };
  const char *with_fd[] = { "-chardev", "socket,id=a,fd={fd}", NULL };
  g_autoptr (QMachine) machine = q_test_machine_none ();

  refuse (machine, "", good, NULL, "no name of a helper");
  refuse (machine, "a b", good, NULL, "no name of a helper");
  refuse (machine, "a", none, NULL, "no program is named");
  refuse (machine, "a", empty, NULL, "no program is named");
  refuse (machine, "a", good, connected_args, "neither {socket} nor {fd}");
  refuse (machine, "a", good, with_fd, "QEMU does not have it");
  g_assert_nonnull (q_machine_add_helper (machine, good, NULL, "a", NULL));
  refuse (machine, "a", good, NULL, "a helper a already");
  for (guint i = 1; i < 64; i++)
    g_assert_nonnull (q_machine_add_helper (machine, good, NULL, NULL, NULL));
  refuse (machine, NULL, good, NULL, "no more than 64");
}

static void
test_long_path (QTestFixture *fixture, gconstpointer data)
{
  const char *argv[] = { "true", "{fd}", NULL };
  g_autofree char *name = g_strnfill (90, 'd');
  g_autofree char *base_dir = q_test_get_path (name);
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autofree char *message = NULL;

  g_assert_cmpint (g_mkdir (base_dir, 0700), ==, 0);
  q_machine_set_base_dir (machine, base_dir);
  q_machine_set_monitor_mode (machine, Q_MONITOR_MODE_NONE);
  g_assert_nonnull (q_machine_add_helper (machine, argv, connected_args, NULL, NULL));
  message = refuse_launch (machine);
  assert_has (message, "the path of its socket may have 107 bytes");
  q_test_remove_tree (base_dir);
}

static void
check_memory (const char *const *args, const char *refusal)
{
  g_autofree char *path = q_test_get_path ("image");
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  g_autofree char *reply = NULL;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_cmpint (truncate (path, 1024 * 1024), ==, 0);
  q_machine_set_base_dir (machine, q_test_get_base_dir ());
  q_machine_add_args (machine, (const char *const[]){ "-accel", "tcg", "-S", "-nodefaults", NULL });
  q_machine_add_args (machine, args);
  q_machine_add_vhost_user_disk (machine, path, NULL, FALSE, &error);
  g_assert_no_error (error);
  if (refusal != NULL)
    {
      message = refuse_launch (machine);
      assert_has (message, refusal);
    }
  else
    {
      q_test_launch (machine);
      reply = q_machine_command_json (machine, "query-memdev", NULL, Q_TIMEOUT_DEFAULT, NULL, NULL);
      assert_has (reply, "\"share\": true");
      q_test_shutdown (machine);
    }
  g_unlink (path);
}

static void
test_memory (QTestFixture *fixture, gconstpointer data)
{
  const char *const none[] = { NULL };
  const char *const size[] = { "-m", "size=0.25G,slots=2,maxmem=1G", NULL };
  const char *const shared[] = { "-object",  "memory-backend-memfd,id=a,size=64M,share=on",
                                 "-machine", "pc,memory-backend=a",
                                 "-m",       "64",
                                 NULL };
  const char *const json[]
    = { "-object",
        "{\"qom-type\": \"memory-backend-memfd\", \"id\": \"a\", \"size\": 67108864, "
        "\"share\": true}",
        "-machine",
        "pc,memory-backend=a",
        "-m",
        "64",
        NULL };
  const char *const private[] = { "-object",  "memory-backend-ram,id=a,size=64M",
                                  "-machine", "pc,memory-backend=a",
                                  "-m",       "64",
                                  NULL };
  const char *const numa[]
    = { "-object", "memory-backend-ram,id=b,size=128M,share=off", "-numa", "node,memdev=b", NULL };
  const char *const path[] = { "-mem-path", "/tmp", NULL };
  const char *const bad_size[] = { "-m", "much", NULL };

  check_memory (none, NULL);
  check_memory (size, NULL);
  check_memory (shared, NULL);
  check_memory (json, NULL);
  check_memory (private, "the object \"a\" that has it in the arguments does not say share=on");
  check_memory (numa, "the object \"b\"");
  check_memory (path, "\"-mem-path /tmp\"");
  check_memory (bad_size, "\"-m much\"");
}

static void
test_template (QTestFixture *fixture, gconstpointer data)
{
  const char *argv[] = { "true", NULL };
  g_autofree char *directory = q_test_get_path ("template");
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (q_machine_add_helper (machine, argv, NULL, NULL, NULL));
  g_assert_false (q_machine_prepare_template (machine, directory, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  assert_has (error->message, "has helpers");
}

static void
test_kinds (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  const GQuark domain = Q_MACHINE_ERROR;
  const int code = Q_MACHINE_ERROR_INVALID_CONFIGURATION;
  g_autofree char *old_path = g_strdup (g_getenv ("PATH"));
  GError *error = NULL;

  g_assert_null (q_machine_add_shared_directory (machine, "/", "a/b", FALSE, &error));
  g_assert_error (error, domain, code);
  g_clear_error (&error);
  g_assert_null (q_machine_add_shared_directory (machine, "/none", "a", FALSE, &error));
  g_assert_error (error, domain, code);
  g_clear_error (&error);
  g_assert_null (q_machine_add_vhost_user_disk (machine, "/none", NULL, FALSE, &error));
  g_assert_error (error, domain, code);
  g_clear_error (&error);
  g_assert_null (q_machine_add_vhost_user_disk (machine, "/proc/self/exe", "a,b", FALSE, &error));
  g_assert_error (error, domain, code);
  g_clear_error (&error);
  g_setenv ("PATH", "/none", TRUE);
  g_assert_null (q_machine_add_tpm (machine, NULL, &error));
  g_assert_error (error, domain, code);
  assert_has (error->message, "add_tpm: swtpm: there is no such program in PATH");
  g_clear_error (&error);
  g_assert_null (q_machine_add_vhost_user_disk (machine, "/proc/self/exe", NULL, FALSE, &error));
  assert_has (error->message, "qemu-storage-daemon: there is no such program in PATH");
  g_clear_error (&error);
  g_setenv ("PATH", old_path, TRUE);
}

static void
add_test (const char *path, void (*func) (QTestFixture *, gconstpointer))
{
  g_test_add (path, QTestFixture, NULL, q_test_set_up, func, q_test_tear_down);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);
  add_test ("/helpers-refused/arguments", test_arguments);
  add_test ("/helpers-refused/long-path", test_long_path);
  add_test ("/helpers-refused/memory", test_memory);
  add_test ("/helpers-refused/template", test_template);
  add_test ("/helpers-refused/kinds", test_kinds);

  return g_test_run ();
}
