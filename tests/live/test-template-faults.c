/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can go wrong while a machine becomes a template, and what must not go with it. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "q-test-util.h"

static char *
get_path (const char *name)
{
  return q_test_get_path (name);
}

static char *
get_file (const char *name)
{
  g_autofree char *directory = get_path ("template");

  return g_build_filename (directory, name, NULL);
}

static void
put_file (const char *path, const char *content)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
}

static void
assert_file (const char *path, const char *content)
{
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &found, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, content);
}

static void
assert_files (const char *first, ...)
{
  g_autofree char *path = get_path ("template");
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n_found = 0;
  guint n_expected = 0;
  va_list args;

  g_assert_nonnull (directory);
  while (g_dir_read_name (directory) != NULL)
    n_found++;
  va_start (args, first);
  for (const char *name = first; name != NULL; name = va_arg (args, const char *))
    {
      g_autofree char *file = get_file (name);

      g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
      n_expected++;
    }
  va_end (args);
  g_assert_cmpuint (n_found, ==, n_expected);
}

static QMachine *
new_machine (const char *memory)
{
  const char *args[] = { "-accel", "tcg", "-m", memory, "-nic", "none", NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", "pc", "args",
                       args, "base-dir", q_test_get_base_dir (), NULL);
}

static void
prepare (QMachine *machine)
{
  g_autofree char *directory = get_path ("template");
  g_autoptr (GError) error = NULL;

  q_machine_prepare_template (machine, directory, &error);
  g_assert_no_error (error);
}

static QMachine *
new_source (const char *memory)
{
  QMachine *machine = new_machine (memory);

  prepare (machine);
  return machine;
}

static QDisk *
add_disk (QMachine *machine, const char *path, const char *format, gboolean overlay)
{
  QDisk *disk = q_disk_new (path, format);
  g_autoptr (GError) error = NULL;

  g_object_set (disk, "overlay", overlay, "device", "virtio-blk-pci", NULL);
  q_machine_add_disk (machine, disk, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  return disk;
}

static void
run (QMachine *machine, const char *command, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, command, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

/* Slow enough that something can happen meanwhile. */
static void
slow_down (QMachine *machine)
{
  run (machine, "migrate-set-parameters", "{\"max-bandwidth\": 1000, \"downtime-limit\": 1}");
}

static void
speed_up (QMachine *machine)
{
  run (machine, "migrate-set-parameters",
       "{\"max-bandwidth\": 1000000000, \"downtime-limit\": 2000}");
}

static void
assert_refused (QMachine *machine, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, message));
}

static void
assert_not_saved (QMachine *machine, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, message));
}

static void
save (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_clone_runs (void)
{
  g_autofree char *directory = get_path ("template");
  g_autoptr (GError) error = NULL;
  g_autoptr (QMachine) clone = q_machine_new_from_template (directory, &error);

  g_assert_no_error (error);
  g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
  q_test_launch (clone);
  g_assert_cmpint (q_machine_get_run_state (clone), ==, Q_RUN_STATE_RUNNING);
  q_test_shutdown (clone);
}

/* -- files of others -- */

static void
test_own_image (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = get_file ("disk0.qcow2");
  g_autofree char *content = g_strnfill (65536, 'd');
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QMachine) other = new_source ("16");
  g_autofree char *elsewhere = get_path ("other.img");
  g_autoptr (QDisk) disk = NULL;
  g_autoptr (QDisk) other_disk = NULL;

  put_file (image, content);
  put_file (elsewhere, content);
  disk = add_disk (machine, image, "raw", TRUE);
  assert_refused (machine, "its image ");
  assert_file (image, content);

  other_disk = add_disk (other, elsewhere, "raw", TRUE);
  assert_refused (other, "disk0.qcow2 is there already");
  assert_file (image, content);
  assert_files ("disk0.qcow2", NULL);
  g_unlink (elsewhere);
}

static void
test_own_files (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *ram = get_file ("ram");
  g_autofree char *state = get_file ("state");
  g_autofree char *manifest = get_file ("manifest.json");
  g_autoptr (QMachine) machine = new_source ("16");

  put_file (ram, "mine");
  assert_refused (machine, "ram is there already");
  assert_file (ram, "mine");
  g_unlink (ram);

  q_test_launch (machine);
  put_file (state, "mine");
  assert_not_saved (machine, "state is there already");
  assert_file (state, "mine");
  q_test_assert_running (machine);
  g_unlink (state);
  g_assert_cmpint (g_mkdir (manifest, 0700), ==, 0);
  assert_not_saved (machine, "manifest.json is there already");
  q_test_assert_running (machine);
  g_rmdir (manifest);
  save (machine);
  assert_files ("ram", "state", "manifest.json", NULL);
  assert_clone_runs ();
}

/* Who was first has it until the end. */
static void
test_two_owners (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) first = new_source ("16");
  g_autoptr (QMachine) second = new_source ("16");

  q_test_launch (first);
  assert_refused (second, "another machine that runs is to become it");
  q_test_shutdown (first);
  assert_files (NULL);
  q_test_launch (second);
  assert_refused (first, "another machine that runs is to become it");
  save (second);
  assert_refused (first, "there is one already");
  assert_clone_runs ();
}

/* -- what a program that was killed has left -- */

/* The kernel closes files of a process after its command line is gone. */
static gboolean
is_let_go (void)
{
  g_autofree char *ram = get_file ("ram");
  int fd = g_open (ram, O_RDONLY | O_CLOEXEC, 0);
  gboolean free = flock (fd, LOCK_EX | LOCK_NB) == 0;

  g_close (fd, NULL);
  return free;
}

/* In a process of its own: it has a machine that is to become a template, and waits to be killed.
 */
static int
be_killed (const char *directory, const char *base, const char *image, gboolean leaves_qemu)
{
  g_autoptr (QMachine) machine = new_machine ("16");
  g_autoptr (GError) error = NULL;
  char byte;

  g_object_set (machine, "base-dir", base, "exit-with-parent", !leaves_qemu, NULL);
  q_machine_prepare_template (machine, directory, &error);
  g_assert_no_error (error);
  g_object_unref (add_disk (machine, image, "raw", TRUE));
  q_machine_launch (machine, NULL, &error);
  g_assert_no_error (error);
  g_print ("%" G_GINT64_FORMAT "\n", q_machine_get_pid (machine));
  /* Until the end of it: that does not come. */
  return (int)read (STDIN_FILENO, &byte, 1);
}

/* The process id of QEMU, as of when the program was killed. */
static pid_t
leave_one (const char *image, gboolean leaves_qemu)
{
  g_autofree char *directory = get_path ("template");
  g_autofree char *base = get_path ("killed");
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) program = g_subprocess_new (
    G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe",
    "--be-killed", directory, base, image, leaves_qemu ? "leave" : "take", NULL);
  char line[32] = "";

  g_assert_no_error (error);
  g_assert_cmpint (
    g_input_stream_read (g_subprocess_get_stdout_pipe (program), line, sizeof line - 1, NULL, NULL),
    >, 0);
  g_subprocess_force_exit (program);
  g_assert_true (g_subprocess_wait (program, NULL, &error));
  g_assert_no_error (error);
  return (pid_t)g_ascii_strtoll (line, NULL, 10);
}

/* Nobody else can want it, and the machine need not be launched by hand. */
static void
test_killed (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = get_path ("data.img");
  g_autofree char *base = get_path ("killed");
  g_autofree char *content = g_strnfill (65536, 'd');
  g_autofree char *own = get_file ("own.qcow2");
  g_autoptr (QMachine) machine = new_source ("24");
  g_autoptr (QDisk) disk = NULL;
  const char *create[] = { "qemu-img", "create", "-q", "-f", "qcow2", own, "1M", NULL };
  pid_t pid;

  put_file (image, content);
  g_assert_cmpint (g_mkdir (base, 0700), ==, 0);
  disk = add_disk (machine, image, "raw", TRUE);
  leave_one (image, FALSE);
  q_test_wait_until (NULL, is_let_go ());
  assert_files ("ram", "disk0.qcow2", NULL);
  g_assert_true (g_spawn_sync (NULL, (char **)create, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));

  q_test_launch (machine);
  q_test_shutdown (machine);
  assert_files ("own.qcow2", NULL);

  /* While QEMU lives it is in use, whatever became of the program. */
  pid = leave_one (image, TRUE);
  assert_refused (machine, "another machine that runs is to become it");
  assert_files ("ram", "disk0.qcow2", "own.qcow2", NULL);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  q_test_wait_until (NULL, is_let_go ());
  q_test_launch (machine);
  save (machine);
  assert_files ("ram", "state", "disk0.qcow2", "manifest.json", "own.qcow2", NULL);
  assert_clone_runs ();
  assert_file (image, content);
  g_unlink (image);
  q_test_remove_tree (base);
}

/* Who waits for its writer would hold up all machines. */
static void
test_fifo (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_path ("template");
  g_autofree char *state = get_file ("state");
  g_autofree char *manifest = get_file ("manifest.json");
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QMachine) clone = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  save (machine);
  clone = q_machine_new_from_template (directory, &error);
  g_assert_no_error (error);
  g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
  g_unlink (state);
  g_assert_cmpint (mkfifo (state, 0600), ==, 0);
  g_assert_false (q_machine_launch (clone, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "state: this is no file and no block device"));
  g_clear_error (&error);

  g_unlink (manifest);
  g_assert_cmpint (mkfifo (manifest, 0600), ==, 0);
  g_assert_null (q_machine_new_from_template (directory, &error));
  g_assert_nonnull (strstr (error->message, "manifest.json: this is no file and no block device"));
}

/* -- what can be seen before QEMU ends -- */

static void
test_bad_disks (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = get_path ("data.img");
  g_autofree char *other = get_path ("data.vmdk");
  g_autofree char *content = g_strnfill (65536, 'd');
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QDisk) disk = NULL;
  const char *create[] = { "qemu-img", "create", "-q", "-f", "vmdk", other, "1M", NULL };
  int status = -1;

  put_file (image, content);
  disk = add_disk (machine, image, "raw", TRUE);
  q_test_launch (machine);
  g_unlink (image);
  assert_not_saved (machine, "data.img");
  q_test_assert_running (machine);
  put_file (image, content);
  g_assert_true (g_spawn_sync (NULL, (char **)create, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  q_test_shutdown (machine);
  assert_files (NULL);

  /* An overlay over this one cannot be made for a clone. */
  g_object_unref (add_disk (machine, other, "vmdk", FALSE));
  q_test_launch (machine);
  assert_not_saved (machine, "raw or qcow2");
  q_test_assert_running (machine);
  q_test_shutdown (machine);
  g_unlink (image);
  g_unlink (other);
}

/* It was not there when the save looked. */
static void
block_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  g_autofree char *manifest = get_file ("manifest.json");

  if (added == 0)
    return;

  g_signal_handlers_disconnect_by_func (jobs, block_cb, data);
  g_mkdir (manifest, 0700);
}

/* When QEMU has ended nothing can go on; nor does anything stay. */
static void
test_not_written (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *image = get_path ("data.img");
  g_autofree char *manifest = get_file ("manifest.json");
  g_autofree char *content = g_strnfill (65536, 'd');
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QDisk) disk = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  put_file (image, content);
  disk = add_disk (machine, image, "raw", TRUE);
  q_test_launch (machine);
  g_signal_connect (q_machine_get_jobs (machine), "items-changed", G_CALLBACK (block_cb), NULL);
  q_machine_save_template_async (machine, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_false (q_machine_save_template_finish (machine, result, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "the guest is lost"));
  g_assert_false (q_machine_is_running (machine));
  assert_files ("manifest.json", NULL);
  assert_refused (machine, "could not be finished");
  g_rmdir (manifest);
  g_unlink (image);
}

/* -- a save that is given up -- */

static gboolean
ignores_memory (QMachine *machine)
{
  g_autofree char *reply = q_machine_command_json (machine, "query-migrate-capabilities", NULL,
                                                   Q_TIMEOUT_DEFAULT, NULL, NULL);
  g_autoptr (JsonNode) node = json_from_string (reply, NULL);
  JsonArray *list = json_node_get_array (node);

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *each = json_array_get_object_element (list, i);

      if (g_str_equal (json_object_get_string_member (each, "capability"), "x-ignore-shared"))
        return json_object_get_boolean_member (each, "state");
    }

  g_assert_not_reached ();
}

static void
assert_goes_on (QMachine *machine)
{
  q_test_assert_running (machine);
  g_assert_cmpint (q_machine_get_run_state (machine), ==, Q_RUN_STATE_RUNNING);
  g_assert_false (ignores_memory (machine));
  assert_files ("ram", NULL);
}

static void
test_given_up (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *path = get_path ("state");
  g_autofree char *elsewhere = get_path ("elsewhere");
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QMachine) other = new_machine ("16");
  g_autoptr (QMigrationResult) saved = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  slow_down (machine);
  g_assert_false (q_machine_save_template (machine, 300, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  assert_goes_on (machine);

  /* Its memory is in what is saved now. */
  speed_up (machine);
  saved = q_machine_save_state (machine, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_shutdown (machine);
  g_assert_true (q_machine_prepare_template (other, elsewhere, &error));
  g_assert_no_error (error);
  q_machine_restore_state (other, path, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  q_test_assert_running (other);
  q_test_shutdown (other);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (elsewhere), ==, 0);
}

static void
again_cb (GObject *jobs, guint position, guint removed, guint added, gpointer data)
{
  QMachine *machine = data;
  g_autofree char *path = get_path ("state");
  g_autoptr (GError) error = NULL;

  if (added == 0)
    return;

  g_signal_handlers_disconnect_by_func (jobs, again_cb, data);
  g_assert_false (q_machine_save_template (machine, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==,
                   "save_template: the guest is at save_template, which has not ended");
  g_clear_error (&error);
  g_assert_null (q_machine_save_state (machine, path, -1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  speed_up (machine);
}

/* The first one has its turn, and the template is whole. */
static void
test_twice (QTestFixture *fixture, gconstpointer data)
{
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  q_test_launch (machine);
  slow_down (machine);
  g_signal_connect (q_machine_get_jobs (machine), "items-changed", G_CALLBACK (again_cb), machine);
  q_machine_save_template_async (machine, -1, NULL, q_test_store_result, &result);
  q_test_await (&result);
  g_assert_true (q_machine_save_template_finish (machine, result, &error));
  g_assert_no_error (error);
  assert_clone_runs ();
}

/* -- what was set since -- */

static void
test_settings (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_path ("template");
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QMachine) clone = NULL;
  g_autofree char *machine_type = NULL;
  g_autoptr (GError) error = NULL;

  /* Of the launch counts what it was launched with. */
  g_object_set (machine, "machine-type", "q35", NULL);
  q_test_launch (machine);
  g_object_set (machine, "machine-type", "isapc", "binary", "/bin/true", NULL);
  q_machine_add_args (machine, (const char *const[]){ "-smp", "2", NULL });
  q_machine_add_console (machine, "later", NULL, &error);
  g_assert_no_error (error);
  save (machine);

  clone = q_machine_new_from_template (directory, &error);
  g_assert_no_error (error);
  machine_type = q_machine_dup_machine_type (clone);
  g_assert_cmpstr (machine_type, ==, "q35");
  assert_clone_runs ();
}

/* -- */

/* -- a full disk -- */

static GBytes *
read_bytes (const char *name)
{
  g_autofree char *path = get_file (name);
  char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_bytes_new_take (content, length);
}

/* Has so many pages left, of a file system of its own, if this user may have one. */
static gboolean
fill (const char *directory, guint n_pages)
{
  g_autofree char *path = g_build_filename (directory, "filler", NULL);
  const char page[4096] = { 1 };
  guint n_written = 0;
  int fd = g_open (path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, page, sizeof page) == sizeof page)
    n_written++;
  g_assert_cmpuint (n_written, >, n_pages);
  g_assert_cmpint (ftruncate (fd, (off_t)(sizeof page * (n_written - n_pages))), ==, 0);
  return g_close (fd, NULL);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

/* Whatever it was that had no place: the error says so, and nothing is left or changed. */
static void
test_full (QTestFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "ram", "state", "disk0.qcow2", "manifest.json" };
  g_autofree char *directory = get_path ("template");
  g_autofree char *small = get_path ("small");
  g_autofree char *image = get_path ("data.img");
  g_autofree char *content = g_strnfill (65536, 'd');
  g_autoptr (QMachine) machine = new_source ("16");
  g_autoptr (QDisk) disk = NULL;
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  guint n_refused = 0;

  g_assert_cmpint (g_mkdir (small, 0700), ==, 0);
  if (mount ("none", small, "tmpfs", 0, "size=128k") != 0)
    {
      g_rmdir (small);
      g_test_skip ("this user cannot mount a file system");
      return;
    }
  put_file (image, content);
  disk = add_disk (machine, image, "raw", TRUE);
  q_test_launch (machine);
  save (machine);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (before, read_bytes (names[i]));

  for (guint n_pages = 0; n_pages < 12; n_pages++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QMachine) clone = q_machine_new_from_template (directory, &error);

      g_assert_no_error (error);
      g_object_set (clone, "base-dir", small, NULL);
      fill (small, n_pages);
      if (q_machine_launch (clone, NULL, &error))
        {
          q_test_assert_running (clone);
          q_test_shutdown (clone);
        }
      else
        {
          g_test_message ("%u pages: %s", n_pages, error->message);
          g_assert_nonnull (strstr (error->message, "No space left on device"));
          g_assert_nonnull (strstr (error->message, small));
          n_refused++;
        }
      g_assert_false (q_machine_is_running (clone));
      g_assert_cmpuint (count_entries (small), ==, 1);
    }
  g_assert_cmpuint (n_refused, >, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) after = read_bytes (names[i]);

      g_assert_true (g_bytes_equal (after, before->pdata[i]));
    }
  assert_file (image, content);
  assert_clone_runs ();
  g_assert_cmpint (umount (small), ==, 0);
  g_rmdir (small);
  g_unlink (image);
}

static void
set_up (QTestFixture *fixture, gconstpointer data)
{
  q_test_set_up (fixture, data);
}

static void
tear_down (QTestFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = get_path ("template");

  if (g_file_test (directory, G_FILE_TEST_EXISTS))
    q_test_remove_tree (directory);
  q_test_tear_down (fixture, data);
}

#define ADD(path, test) g_test_add (path, QTestFixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 6 && g_str_equal (argv[1], "--be-killed"))
    return be_killed (argv[2], argv[3], argv[4], g_str_equal (argv[5], "leave"));

  q_test_init (&argc, &argv);

  ADD ("/template-faults/own-image", test_own_image);
  ADD ("/template-faults/own-files", test_own_files);
  ADD ("/template-faults/two-owners", test_two_owners);
  ADD ("/template-faults/killed", test_killed);
  ADD ("/template-faults/full", test_full);
  ADD ("/template-faults/fifo", test_fifo);
  ADD ("/template-faults/bad-disks", test_bad_disks);
  ADD ("/template-faults/not-written", test_not_written);
  ADD ("/template-faults/given-up", test_given_up);
  ADD ("/template-faults/twice", test_twice);
  ADD ("/template-faults/settings", test_settings);

  return g_test_run ();
}
