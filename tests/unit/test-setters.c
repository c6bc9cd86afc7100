/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings of a machine and a monitor, by setter and getter and as properties: nothing is
 * started. */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <locale.h>

#include <qmachine/qmachine.h>

static void
note_name (GObject *object, GParamSpec *pspec, gpointer names)
{
  g_ptr_array_add (names, (gpointer)pspec->name);
}

static void
assert_notified (GPtrArray *names, const char *expected)
{
  g_assert_cmpuint (names->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (names, 0), ==, expected);
  g_ptr_array_set_size (names, 0);
}

/* One that differs from the default. */
static void
init_other_value (GValue *value, GParamSpec *pspec)
{
  static const char *const words[] = { "a", "b c", NULL };

  g_value_init (value, pspec->value_type);
  g_param_value_set_default (pspec, value);
  if (G_VALUE_HOLDS_STRING (value))
    g_value_set_static_string (value, "/x");
  else if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    g_value_set_static_boxed (value, words);
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, !g_value_get_boolean (value));
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, 7);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, 7);
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, 7000);
  else if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, 1);
  else
    g_value_take_object (value, g_unix_socket_address_new ("/x"));
}

/* A change is notified, once; what is no change is not. */
static void
check_notifications (GObject *object, guint n_expected)
{
  GObjectClass *object_class = G_OBJECT_GET_CLASS (object);
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (object_class, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  guint n_settings = 0;

  g_signal_connect (object, "notify", G_CALLBACK (note_name), names);
  for (guint i = 0; pspecs[i] != NULL; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_auto (GValue) back = G_VALUE_INIT;

      if ((pspecs[i]->flags & G_PARAM_WRITABLE) == 0)
        continue;

      n_settings++;
      g_assert_true ((pspecs[i]->flags & G_PARAM_EXPLICIT_NOTIFY) != 0);
      init_other_value (&value, pspecs[i]);
      g_object_set_property (object, pspecs[i]->name, &value);
      assert_notified (names, pspecs[i]->name);
      g_object_get_property (object, pspecs[i]->name, &back);
      if (!G_VALUE_HOLDS (&value, G_TYPE_STRV))
        g_assert_cmpint (g_param_values_cmp (pspecs[i], &value, &back), ==, 0);
      g_object_set_property (object, pspecs[i]->name, &back);
      g_assert_cmpuint (names->len, ==, 0);
    }
  g_assert_cmpuint (n_settings, ==, n_expected);
}

static void
test_notified_once (void)
{
  g_autoptr (QMachine) machine = q_machine_new (NULL);
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QGuestAgent) agent = q_guest_agent_new ();

  check_notifications (G_OBJECT (machine), 20);
  check_notifications (G_OBJECT (monitor), 6);
  check_notifications (G_OBJECT (agent), 4);
}

#define CHECK_STRING(name, value)                                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *back = NULL;                                                                  \
                                                                                                   \
    q_machine_set_##name (machine, value);                                                         \
    back = q_machine_dup_##name (machine);                                                         \
    g_assert_cmpstr (back, ==, value);                                                             \
  }                                                                                                \
  G_STMT_END

#define CHECK_NUMBER(klass, object, name, value)                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    q_##klass##_set_##name (object, value);                                                        \
    g_assert_true (q_##klass##_get_##name (object) == (value));                                    \
  }                                                                                                \
  G_STMT_END

static void
test_machine_setters (void)
{
  static const char *const words[] = { "-m", "512", NULL };
  g_autoptr (QMachine) machine = q_machine_new ("x");
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address_back = NULL;
  g_auto (GStrv) args = NULL;
  g_auto (GStrv) wrapper = NULL;
  g_autofree char *name = NULL;

  CHECK_STRING (binary, "qemu-system-x86_64");
  CHECK_STRING (binary, NULL);
  CHECK_STRING (name, "n");
  CHECK_STRING (base_dir, "/d");
  CHECK_STRING (base_dir, NULL);
  CHECK_STRING (wrapper_socket_dir, "/there");
  CHECK_STRING (wrapper_socket_dir, NULL);
  CHECK_STRING (log_path, "/l");
  CHECK_STRING (console_log, "/c");
  CHECK_STRING (console_log, "");
  CHECK_STRING (monitor_log, "/m");
  CHECK_STRING (machine_type, "q35");
  CHECK_NUMBER (machine, machine, kind, Q_MACHINE_KIND_STORAGE_DAEMON);
  CHECK_NUMBER (machine, machine, monitor_mode, Q_MONITOR_MODE_NONE);
  CHECK_NUMBER (machine, machine, exit_with_parent, FALSE);
  CHECK_NUMBER (machine, machine, enable_qtest, TRUE);
  CHECK_NUMBER (machine, machine, launch_timeout, -1);
  CHECK_NUMBER (machine, machine, shutdown_timeout, 0);
  CHECK_NUMBER (machine, machine, command_timeout, G_MAXINT);

  q_machine_set_args (machine, words);
  args = q_machine_dup_args (machine);
  g_assert_true (g_strv_equal ((const char *const *)args, words));
  q_machine_set_wrapper (machine, words);
  wrapper = q_machine_dup_wrapper (machine);
  g_assert_true (g_strv_equal ((const char *const *)wrapper, words));
  q_machine_set_wrapper (machine, NULL);
  g_assert_null (q_machine_dup_wrapper (machine));
  q_machine_set_monitor_address (machine, address);
  address_back = q_machine_dup_monitor_address (machine);
  g_assert_true (address_back == address);

  /* The default one stays where nobody chose another. */
  q_machine_set_name (machine, NULL);
  name = q_machine_dup_name (machine);
  g_assert_cmpstr (name, ==, "n");
}

static void
test_monitor_setters (void)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  CHECK_NUMBER (monitor, monitor, max_message_size, 1024);
  CHECK_NUMBER (monitor, monitor, event_backlog, 1);
  CHECK_NUMBER (monitor, monitor, command_timeout, 5);
  CHECK_NUMBER (monitor, monitor, attach_timeout, -1);
  CHECK_NUMBER (monitor, monitor, attach_retry, TRUE);
  CHECK_NUMBER (monitor, monitor, out_of_band, TRUE);
}

/* A program's mistake is said, and changes nothing. */
#define ASSERT_CRITICAL(call)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_expect_message ("QMachine", G_LOG_LEVEL_CRITICAL, "*assertion*failed");                 \
    call;                                                                                          \
    g_test_assert_expected_messages ();                                                            \
  }                                                                                                \
  G_STMT_END

static void
test_out_of_range (void)
{
  g_autoptr (QMachine) machine = q_machine_new ("x");
  g_autoptr (QMonitor) monitor = q_monitor_new ();

  ASSERT_CRITICAL (q_machine_set_launch_timeout (machine, -2));
  ASSERT_CRITICAL (q_machine_set_shutdown_timeout (machine, Q_TIMEOUT_DEFAULT));
  ASSERT_CRITICAL (q_machine_set_command_timeout (machine, G_MININT));
  ASSERT_CRITICAL (q_machine_set_kind (machine, (QMachineKind)2));
  ASSERT_CRITICAL (q_machine_set_monitor_mode (machine, (QMonitorMode)-1));
  ASSERT_CRITICAL (q_monitor_set_max_message_size (monitor, 1023));
  ASSERT_CRITICAL (q_monitor_set_event_backlog (monitor, 0));
  ASSERT_CRITICAL (q_monitor_set_attach_timeout (monitor, -2));
  g_assert_cmpint (q_machine_get_launch_timeout (machine), ==, 60000);
  g_assert_cmpint (q_machine_get_monitor_mode (machine), ==, Q_MONITOR_MODE_INHERIT);
  g_assert_cmpuint (q_monitor_get_event_backlog (monitor), ==, 1024);
}

/* What a path means must not change with the directory of the program. */
static void
test_paths_are_absolute (void)
{
  g_autoptr (QMachine) machine = q_machine_new ("x");
  g_autoptr (GSocketAddress) relative = g_unix_socket_address_new ("run/monitor.sock");
  g_autoptr (GSocketAddress) abstract
    = g_unix_socket_address_new_with_type ("x", 1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_autoptr (GSocketAddress) absolute = NULL;
  g_autoptr (GSocketAddress) same = NULL;
  g_autofree char *directory = g_get_current_dir ();
  g_autofree char *socket_path = g_build_filename (directory, "run/monitor.sock", NULL);
  g_autofree char *log = g_build_filename (directory, "../l", NULL);
  g_autofree char *base_dir = NULL;
  g_autofree char *log_path = NULL;
  g_autofree char *console_log = NULL;

  g_object_set (machine, "base-dir", ".", "log-path", "../l", "monitor-address", relative, NULL);
  q_machine_set_console_log (machine, "c");
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  base_dir = q_machine_dup_base_dir (machine);
  log_path = q_machine_dup_log_path (machine);
  console_log = q_machine_dup_console_log (machine);
  absolute = q_machine_dup_monitor_address (machine);
  g_assert_cmpint (g_chdir (directory), ==, 0);

  g_assert_true (g_str_has_prefix (base_dir, directory));
  g_assert_cmpstr (log_path, ==, log);
  g_assert_true (g_path_is_absolute (console_log));
  g_assert_cmpstr (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (absolute)), ==,
                   socket_path);

  q_machine_set_monitor_address (machine, abstract);
  same = q_machine_dup_monitor_address (machine);
  g_assert_true (same == abstract);
}

int
main (int argc, char *argv[])
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/setters/notified-once", test_notified_once);
  g_test_add_func ("/setters/machine-setters", test_machine_setters);
  g_test_add_func ("/setters/monitor-setters", test_monitor_setters);
  g_test_add_func ("/setters/out-of-range", test_out_of_range);
  g_test_add_func ("/setters/paths-are-absolute", test_paths_are_absolute);

  return g_test_run ();
}
