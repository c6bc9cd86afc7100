/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Templates: a guest that was saved as it ran, and its clones. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

static char *
get_directory (void)
{
  return q_test_get_path ("template");
}

/* A PC that writes "ready" and echoes what comes by its serial port, from a disk. */
static QMachine *
new_source (void)
{
  const char *args[] = { "-accel", "tcg", "-m", "32", "-nic", "none", NULL };
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "echo.img", NULL);
  g_autoptr (QDisk) disk = q_disk_new (image, "raw");
  g_autoptr (GError) error = NULL;
  QMachine *machine = g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type",
                                    "pc", "args", args, "base-dir", q_test_get_base_dir (), NULL);

  q_machine_add_console (machine, NULL, NULL, &error);
  g_assert_no_error (error);
  g_object_set (disk, "overlay", TRUE, "device", "ide-hd", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return machine;
}

static void
prepare (QMachine *machine)
{
  g_autofree char *directory = get_directory ();
  g_autoptr (GError) error = NULL;

  g_assert_true (q_machine_prepare_template (machine, directory, &error));
  g_assert_no_error (error);
}

static void
wait_for (QMachine *machine, const char *text)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *found
    = q_console_wait_for_text (console, text, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (found);
}

static void
assert_echoes (QMachine *machine, const char *text)
{
  g_autoptr (QConsole) console = q_machine_dup_console (machine);
  g_autoptr (GError) error = NULL;

  q_console_write (console, text, NULL, &error);
  g_assert_no_error (error);
  wait_for (machine, text);
}

static void
save (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  gboolean saved = q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (saved);
  g_assert_false (q_machine_is_running (machine));
}

static void
make_template (void)
{
  g_autoptr (QMachine) machine = new_source ();

  prepare (machine);
  q_test_launch (machine);
  wait_for (machine, "ready");
  save (machine);
}

static QMachine *
new_clone (GError **error)
{
  g_autofree char *directory = get_directory ();
  QMachine *clone = q_machine_new_from_template (directory, error);

  if (clone != NULL)
    g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
  return clone;
}

static QMachine *
launch_clone (void)
{
  g_autoptr (GError) error = NULL;
  QMachine *clone = new_clone (&error);

  g_assert_no_error (error);
  q_test_launch (clone);
  g_assert_cmpint (q_machine_get_run_state (clone), ==, Q_RUN_STATE_RUNNING);
  return clone;
}

static void
set_up (QTestFixture *fixture, gconstpointer data)
{
  q_test_set_up (fixture, data);
}

static void
tear_down (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_directory ();

  if (g_file_test (directory, G_FILE_TEST_EXISTS))
    q_test_remove_tree (directory);
  q_test_tear_down (fixture, data);
}

static GBytes *
read_file (const char *name)
{
  g_autofree char *directory = get_directory ();
  g_autofree char *path = g_build_filename (directory, name, NULL);
  char *content;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_bytes_new_take (content, length);
}

/* Each goes on from where the source was, alone, and the template stays as it is. */
static void
test_clones (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) clones = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) ram = NULL;
  g_autoptr (GBytes) ram_after = NULL;
  g_autoptr (GBytes) disk = NULL;
  g_autoptr (GBytes) disk_after = NULL;

  make_template ();
  ram = read_file ("ram");
  disk = read_file ("disk0.qcow2");
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (clones, launch_clone ());
  for (guint i = 0; i < clones->len; i++)
    {
      g_autofree char *text = g_strdup_printf ("clone %u", i);
      g_autoptr (QConsole) console = q_machine_dup_console (clones->pdata[i]);
      g_autofree char *shown = NULL;

      assert_echoes (clones->pdata[i], text);
      shown = q_console_dup_text (console);
      /* It did not boot. */
      g_assert_null (strstr (shown, "ready"));
    }
  for (guint i = 0; i < clones->len; i++)
    q_test_shutdown (clones->pdata[i]);

  ram_after = read_file ("ram");
  disk_after = read_file ("disk0.qcow2");
  g_assert_true (g_bytes_equal (ram, ram_after));
  g_assert_true (g_bytes_equal (disk, disk_after));

  /* And once more. */
  q_test_launch (clones->pdata[0]);
  assert_echoes (clones->pdata[0], "again");
  q_test_shutdown (clones->pdata[0]);
}

/* Without a save nothing is left, and a save that fails leaves the guest at work. */
static void
test_not_saved (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_directory ();
  g_autoptr (QMachine) machine = new_source ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_save_template (machine, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "save_template: call prepare_template() before the launch");
  g_clear_error (&error);
  prepare (machine);
  g_assert_false (q_machine_prepare_template (machine, directory, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (q_machine_save_template (machine, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  q_test_launch (machine);
  wait_for (machine, "ready");
  g_cancellable_cancel (cancellable);
  g_assert_false (q_machine_save_template (machine, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (q_machine_save_template (machine, -2, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_clear_error (&error);
  assert_echoes (machine, "still here");
  q_test_shutdown (machine);

  g_assert_null (new_clone (&error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "it is none, or was never finished"));
  g_clear_error (&error);
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static void
test_async (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_directory ();
  g_autoptr (QMachine) machine = new_source ();
  g_autoptr (QMachine) other = new_source ();
  g_autoptr (QMachine) clone = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  prepare (machine);
  q_test_launch (machine);
  wait_for (machine, "ready");
  q_machine_save_template_async (machine, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_true (q_machine_save_template_finish (machine, result, &error));
  g_assert_no_error (error);
  clone = launch_clone ();
  assert_echoes (clone, "hello");
  q_test_shutdown (clone);

  /* The source and its directory have done their work. */
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_nonnull (strstr (error->message, "this machine has become the template"));
  g_clear_error (&error);
  g_assert_false (q_machine_prepare_template (other, directory, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "there is one already"));
}

static void
assert_changed (const char *name, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (new_clone (&error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, name));
  g_assert_nonnull (strstr (error->message, message));
}

/* Byte by byte, so that only its end is missing. */
static void
test_changed (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "state", "disk0.qcow2", "ram" };
  g_autofree char *directory = get_directory ();
  g_autofree char *manifest = g_build_filename (directory, "manifest.json", NULL);
  g_autofree char *text = NULL;
  g_autofree char *other = NULL;
  g_autoptr (GString) changed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QMachine) clone = NULL;

  make_template ();
  g_assert_true (g_file_get_contents (manifest, &text, NULL, NULL));

  /* Other arguments than the state was made for. */
  clone = new_clone (&error);
  g_assert_no_error (error);
  q_machine_add_args (clone, (const char *const[]){ "-smp", "2", NULL });
  g_assert_false (q_machine_launch (clone, NULL, &error));
  g_assert_nonnull (strstr (error->message, "must have the arguments of its template"));
  g_clear_error (&error);

  /* Another QEMU. */
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, "/qemu-system-x86_64\"", "/qemu-img\"", 1), ==, 1);
  g_assert_true (g_file_set_contents (manifest, changed->str, -1, NULL));
  assert_changed ("qemu-img", "it was made by QEMU ");

  other = g_strndup (text, strlen (text) / 2);
  g_assert_true (g_file_set_contents (manifest, other, -1, NULL));
  assert_changed ("manifest.json", "is no manifest");
  g_assert_true (g_file_set_contents (manifest, "{\"version\": 1, \"args\": [1]}", -1, NULL));
  assert_changed ("manifest.json", "is no manifest");
  g_assert_true (g_file_set_contents (manifest, text, -1, NULL));

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (directory, names[i], NULL);
      g_autofree char *away = g_strconcat (path, ".away", NULL);
      GStatBuf status;
      struct timespec times[2];

      g_assert_cmpint (g_rename (path, away), ==, 0);
      assert_changed (names[i], "No such file");
      g_assert_cmpint (g_rename (away, path), ==, 0);

      g_assert_cmpint (g_stat (path, &status), ==, 0);
      times[0] = status.st_atim;
      times[1] = status.st_mtim;
      g_assert_cmpint (utimensat (AT_FDCWD, path, NULL, 0), ==, 0);
      assert_changed (names[i], "has been changed since it was made");
      g_assert_cmpint (truncate (path, status.st_size / 2), ==, 0);
      assert_changed (names[i], "has been changed since it was made");
      g_assert_cmpint (truncate (path, status.st_size), ==, 0);
      g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    }
}

/* What the manifest cannot know: QEMU says it, and the launch fails with its words. */
static void
test_bad_state (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_directory ();
  g_autofree char *path = g_build_filename (directory, "state", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QMachine) clone = NULL;
  int fd;

  make_template ();
  clone = new_clone (&error);
  g_assert_no_error (error);
  fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);
  g_assert_cmpint (pwrite (fd, "nonsense", 8, 0), ==, 8);
  g_close (fd, NULL);
  g_assert_false (q_machine_launch (clone, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED);
  g_assert_nonnull (strstr (error->message, "migration"));
}

static void
assert_no_template (const char *option, const char *value, const char *message)
{
  g_autoptr (QMachine) machine = new_source ();
  g_autoptr (GError) error = NULL;

  q_machine_add_args (machine, (const char *const[]){ option, value, NULL });
  prepare (machine);
  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_no_template (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = g_test_build_filename (G_TEST_BUILT, "guests", "idle.img", NULL);
  g_autofree char *copy = q_test_get_path ("copy.img");
  g_autofree char *drive = g_strdup_printf ("file=%s,format=raw,if=ide,index=2", copy);
  g_autofree char *content = NULL;
  g_autoptr (QMachine) machine = new_source ();
  g_autoptr (GError) error = NULL;
  gsize length;

  assert_no_template ("-m", "1G,slots=2,maxmem=2G", "memory of one size, and not \"-m 1G,slots=2");
  assert_no_template ("-numa", "node", "a machine with \"-numa\" cannot be made a template");
  assert_no_template ("-device", "vhost-user-fs-pci,chardev=c", "vhost-user-fs-pci");
  assert_no_template ("-tpmdev", "emulator,id=t,chardev=c", "\"-tpmdev\"");

  g_assert_true (g_file_get_contents (image, &content, &length, NULL));
  g_assert_true (g_file_set_contents (copy, content, (gssize)length, NULL));
  q_machine_add_args (machine, (const char *const[]){ "-drive", drive, NULL });
  prepare (machine);
  q_test_launch (machine);
  g_assert_false (q_machine_save_template (machine, -1, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "copy.img would be written by each clone"));
  q_test_shutdown (machine);
  g_unlink (copy);
}

/* Many, some of which are killed while they start. */
static void
test_many (QTestFixture *fixture, gconstpointer data)
{
  guint n = q_test_is_long () ? 1000 : 20;
  g_autoptr (GBytes) ram = NULL;
  g_autoptr (GBytes) ram_after = NULL;

  make_template ();
  ram = read_file ("ram");
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QMachine) clone = new_clone (&error);

      g_assert_no_error (error);
      if (i % (n / 10) == 3)
        {
          g_object_set (clone, "launch-timeout", g_test_rand_int_range (0, 40), NULL);
          if (!q_machine_launch (clone, NULL, &error))
            continue;
        }
      else
        {
          q_test_launch (clone);
        }
      if (i % 10 == 0)
        assert_echoes (clone, "hello");
      g_assert_true (q_machine_kill (clone, NULL, &error));
      g_assert_no_error (error);
    }
  ram_after = read_file ("ram");
  g_assert_true (g_bytes_equal (ram, ram_after));
}

#define ADD(path, test) g_test_add (path, QTestFixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  q_test_init (&argc, &argv);

  ADD ("/templates/clones", test_clones);
  ADD ("/templates/not-saved", test_not_saved);
  ADD ("/templates/async", test_async);
  ADD ("/templates/changed", test_changed);
  ADD ("/templates/bad-state", test_bad_state);
  ADD ("/templates/no-template", test_no_template);
  ADD ("/templates/many", test_many);

  return g_test_run ();
}
