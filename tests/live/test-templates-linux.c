/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clones of a Linux guest with all that a machine can have: consoles, disks, channels, the agent,
 * a network with forwards, and a graphics card. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "q-test-util.h"

#define GET "GET / HTTP/1.0\r\n\r\n"
#define N_CLONES 4
#define PORT "org.example.test"

static char *directory;

static char *
find_file (const char *name)
{
  const char *dir = g_getenv ("QMACHINE_TEST_GUEST");

  return g_build_filename (dir != NULL ? dir : "", name, NULL);
}

static QMachine *
new_machine (const char *machine_type)
{
  g_autofree char *kernel = find_file ("kernel/vmlinuz");
  g_autofree char *initrd = find_file ("tests.gz");
  const char *const args[]
    = { "-accel",  "tcg",  "-m",   "256",  "-kernel", kernel,
        "-initrd", initrd, "-nic", "none", "-append", "console=ttyS0 panic=-1 quiet shells=ttyS1",
        NULL };

  return g_object_new (Q_TYPE_MACHINE, "binary", "qemu-system-x86_64", "machine-type", machine_type,
                       "args", args, "base-dir", q_test_get_base_dir (), "display",
                       Q_MACHINE_DISPLAY_HEADLESS, NULL);
}

static QDisk *
add_disk (QMachine *machine, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.img", name);
  g_autofree char *path = q_test_get_path (file);
  g_autofree char *zeros = g_malloc0 (1 << 20);
  QDisk *disk = q_disk_new (path, "raw");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, zeros, 1 << 20, NULL));
  g_object_set (disk, "name", name, "overlay", TRUE, "serial", name, NULL);
  q_machine_add_disk (machine, disk, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  return disk;
}

static void
add_network (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QForward) forward
    = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL, NULL, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (forward);
}

static void
add_channels (QMachine *machine)
{
  g_autoptr (GError) error = NULL;

  q_machine_add_channel (machine, PORT, &error);
  g_assert_no_error (error);
  q_machine_add_guest_agent (machine, &error);
  g_assert_no_error (error);
}

static char *
run (QMachine *machine, const char *commands)
{
  const char *const argv[] = { "sh", "-c", commands, NULL };
  g_autoptr (GError) error = NULL;
  QGuestAgent *agent = q_machine_add_guest_agent (machine, &error);
  g_autoptr (QGuestExecResult) result = NULL;
  GBytes *output;

  q_guest_agent_wait_ready (agent, 2 * Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  result = q_guest_agent_exec (agent, argv, NULL, NULL, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (q_guest_exec_result_get_exit_status (result), ==, 0);
  output = q_guest_exec_result_get_output (result);
  return g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output));
}

static guint
wait_for_web (QMachine *machine)
{
  GList *forwards = q_machine_list_forwards (machine);
  g_autoptr (GBytes) request = g_bytes_new_static (GET, strlen (GET));
  g_autoptr (GError) error = NULL;
  guint port;

  g_assert_cmpuint (g_list_length (forwards), ==, 1);
  q_forward_wait_ready (forwards->data, "^HTTP/1\\.[01] 200 ", request, 2 * Q_TEST_DEADLINE_MS,
                        NULL, &error);
  g_assert_no_error (error);
  port = q_forward_get_host_port (forwards->data);
  g_list_free_full (forwards, g_object_unref);
  return port;
}

/* What the shell answers cannot be the echo of what it was told. */
static void
assert_shell (QMachine *machine, guint number)
{
  g_autofree char *command = g_strdup_printf ("echo it-is-$((%u+1000))-here\n", number);
  g_autofree char *answer = g_strdup_printf ("it-is-%u-here", number + 1000);
  GList *consoles = q_machine_dup_consoles (machine);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  g_assert_cmpuint (g_list_length (consoles), ==, 2);
  g_assert_cmpstr (q_console_get_name (consoles->next->data), ==, "shell");
  q_console_write (consoles->next->data, command, NULL, &error);
  g_assert_no_error (error);
  found = q_console_wait_for_text (consoles->next->data, answer, Q_TEST_DEADLINE_MS, NULL, &error);
  g_assert_no_error (error);
  g_list_free_full (consoles, g_object_unref);
}

static void
assert_channel (QMachine *machine)
{
  QGuestChannel *channel = q_machine_lookup_channel (machine, PORT);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *none = NULL;
  char text[6] = "";
  gsize length;

  g_assert_nonnull (channel);
  g_assert_null (q_machine_lookup_channel (machine, "org.example.other"));
  none = run (machine, "echo hello >/dev/virtio-ports/" PORT);
  stream = q_guest_channel_dup_stream (channel);
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (stream), text, 6, &length,
                                          NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (text, length, "hello\n", 6);
}

static char *
ask_generation (QMachine *machine)
{
  g_autoptr (GError) error = NULL;
  char *reply = q_machine_command_json (machine, "query-vm-generation-id", NULL, Q_TEST_DEADLINE_MS,
                                        NULL, &error);

  g_assert_no_error (error);
  return reply;
}

/* In KiB: what a clone takes of the host for the memory of its guest, and how much of that is its
 * own. */
static void
read_memory (QMachine *machine, guint64 *rss, guint64 *own)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/smaps", q_machine_get_pid (machine));
  g_autofree char *text = NULL;
  const char *map;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  map = strstr (text, "/template/ram\n");
  g_assert_nonnull (map);
  *rss = g_ascii_strtoull (strstr (map, "\nRss:") + 5, NULL, 10);
  *own = g_ascii_strtoull (strstr (map, "\nPrivate_Dirty:") + 15, NULL, 10);
}

static void
assert_clones (const char *disk)
{
  g_autoptr (GPtrArray) clones = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) unique = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_unique = 0;

  for (guint i = 0; i < N_CLONES; i++)
    {
      g_autoptr (GError) error = NULL;
      QMachine *clone = q_machine_new_from_template (directory, &error);

      g_assert_no_error (error);
      g_assert_cmpint (q_machine_get_display (clone), ==, Q_MACHINE_DISPLAY_HEADLESS);
      g_object_set (clone, "base-dir", q_test_get_base_dir (), NULL);
      g_assert_false (q_machine_prepare_template (clone, "/nonexistent/other", &error));
      g_assert_nonnull (strstr (error->message, "is a clone"));
      q_test_launch (clone);
      g_ptr_array_add (clones, clone);
    }
  for (guint i = 0; i < N_CLONES; i++)
    {
      g_autofree char *write = g_strdup_printf ("cd /sys/block; for d in vd*; do "
                                                "[ $(cat $d/serial) != %s ] || "
                                                "printf clone-%u | dd of=/dev/$d conv=fsync; done",
                                                disk, i);

      g_free (run (clones->pdata[i], write));
      assert_shell (clones->pdata[i], i);
      assert_channel (clones->pdata[i]);
      g_hash_table_add (unique, g_strdup_printf ("port %u", wait_for_web (clones->pdata[i])));
      g_hash_table_add (unique, ask_generation (clones->pdata[i]));
      n_unique += 2;
    }
  for (guint i = 0; i < N_CLONES; i++)
    {
      g_autofree char *read = g_strdup_printf ("cd /sys/block; for d in vd*; do "
                                               "[ $(cat $d/serial) != %s ] || "
                                               "dd if=/dev/$d bs=7 count=1 2>/dev/null; done",
                                               disk);
      g_autofree char *found = run (clones->pdata[i], read);
      g_autofree char *expected = g_strdup_printf ("clone-%u", i);
      g_autofree char *uuid
        = run (clones->pdata[i], "cat /proc/sys/kernel/random/uuid; "
                                 "ls /sys/bus/acpi/drivers | grep -i gen || true");
      guint64 rss;
      guint64 own;

      g_assert_cmpstr (found, ==, expected);
      read_memory (clones->pdata[i], &rss, &own);
      g_test_message ("clone %u: %" G_GUINT64_FORMAT " KiB, its own %" G_GUINT64_FORMAT " KiB, %s",
                      i, rss, own, uuid);
      /* Programs were run in it, and all that they wrote is its own. */
      g_assert_cmpuint (own, <, rss / 2);
    }
  g_assert_cmpuint (g_hash_table_size (unique), ==, n_unique);
  for (guint i = 0; i < N_CLONES; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (q_machine_kill (clones->pdata[i], NULL, &error));
    }
}

/* A machine whose devices came in another order on each board, and on one of them came and went
 * while it ran. */
static void
test_board (QTestFixture *fixture, gconstpointer data)
{
  const char *machine_type = data;
  gboolean plugs = g_str_has_prefix (machine_type, "pc");
  g_autoptr (QMachine) machine = new_machine (machine_type);
  g_autoptr (QDisk) first = NULL;
  g_autoptr (QDisk) second = NULL;
  g_autoptr (QDisk) third = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;

  directory = q_test_get_path ("template");
  q_machine_add_console (machine, NULL, NULL, &error);
  q_machine_add_console (machine, "shell", NULL, &error);
  g_assert_no_error (error);
  first = add_disk (machine, "first");
  if (plugs)
    add_channels (machine);
  add_network (machine);
  if (!plugs)
    add_channels (machine);
  second = add_disk (machine, "second");
  g_assert_true (q_machine_prepare_template (machine, directory, &error));
  g_assert_no_error (error);
  q_test_launch (machine);
  wait_for_web (machine);
  assert_channel (machine);
  assert_shell (machine, 77);

  if (plugs)
    {
      third = add_disk (machine, "third");
      g_assert_true (q_machine_remove_disk (machine, first, Q_TEST_DEADLINE_MS, NULL, &error));
      g_assert_no_error (error);

      reply = q_machine_command_json (machine, "device_add",
                                      "{\"driver\": \"virtio-rng-pci\", \"id\": \"dice\"}", -1,
                                      NULL, &error);
      g_assert_no_error (error);
      g_assert_false (q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error));
      g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION);
      g_assert_nonnull (strstr (error->message, "the device /machine/peripheral/dice was added"));
      g_clear_error (&error);
      g_free (reply);
      reply
        = q_machine_command_json (machine, "device_del", "{\"id\": \"dice\"}", -1, NULL, &error);
      g_assert_no_error (error);
      for (gboolean gone = FALSE; !gone;)
        {
          g_autofree char *list
            = q_machine_command_json (machine, "qom-list", "{\"path\": \"/machine/peripheral\"}",
                                      Q_TEST_DEADLINE_MS, NULL, &error);

          g_assert_no_error (error);
          gone = strstr (list, "\"dice\"") == NULL;
        }
    }

  g_assert_true (q_machine_save_template (machine, Q_TEST_DEADLINE_MS, NULL, &error));
  g_assert_no_error (error);
  assert_clones ("second");
  if (plugs)
    assert_clones ("third");
}

static void
test_missing (void)
{
  g_test_skip ("there is no Linux guest: see tests/guests");
}

static void
set_up (QTestFixture *fixture, gconstpointer data)
{
  q_test_set_up (fixture, data);
}

static void
tear_down (QTestFixture *fixture, gconstpointer data)
{
  static const char *const disks[] = { "first.img", "second.img", "third.img" };

  for (gsize i = 0; i < G_N_ELEMENTS (disks); i++)
    {
      g_autofree char *path = q_test_get_path (disks[i]);

      g_unlink (path);
    }
  q_test_remove_tree (directory);
  g_clear_pointer (&directory, g_free);
  q_test_tear_down (fixture, data);
}

#define ADD(path, data, test) g_test_add (path, QTestFixture, data, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *initrd = find_file ("tests.gz");

  q_test_init (&argc, &argv);
  if (!g_file_test (initrd, G_FILE_TEST_EXISTS))
    {
      g_test_add_func ("/templates-linux/missing", test_missing);
      return g_test_run ();
    }

  ADD ("/templates-linux/q35", "q35,graphics=off", test_board);
  ADD ("/templates-linux/pc", "pc,graphics=off", test_board);

  return g_test_run ();
}
