/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The texts of whole replies, also of those that are errors. */

#include "q-test-util.h"

/* The texts of whole replies: both kinds, by machine and by monitor. */
static void
assert_whole_replies (const char *good, const char *bad)
{
  g_assert_cmpstr (good, ==, "{\"return\": {}}");
  g_assert_cmpstr (bad, ==,
                   "{\"error\": {\"class\": \"CommandNotFound\", "
                   "\"desc\": \"The command no-such has not been found\"}}");
}

static void
test_qmp_json (void)
{
  g_autoptr (QMachine) machine = q_test_machine_none ();
  g_autoptr (QMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *results[4] = { NULL };
  char *texts[8] = { NULL };

  g_assert_true (q_machine_launch (machine, NULL, &error));
  g_assert_no_error (error);
  monitor = q_machine_dup_monitor (machine);

  texts[0] = q_machine_qmp_json (machine, "stop", "{}", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  texts[1] = q_machine_qmp_json (machine, "no-such", NULL, Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_no_error (error);
  texts[2] = q_monitor_qmp_json (monitor, "cont", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);
  texts[3] = q_monitor_qmp_json (monitor, "no-such", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT,
                                 NULL, &error);
  g_assert_no_error (error);

  q_machine_qmp_json_async (machine, "stop", NULL, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                            &results[0]);
  q_machine_qmp_json_async (machine, "no-such", NULL, Q_TIMEOUT_DEFAULT, NULL, q_test_store_result,
                            &results[1]);
  q_monitor_qmp_json_async (monitor, "cont", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL,
                            q_test_store_result, &results[2]);
  q_monitor_qmp_json_async (monitor, "no-such", NULL, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL,
                            q_test_store_result, &results[3]);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GAsyncResult) result = q_test_await (&results[i]);

      texts[4 + i] = i < 2 ? q_machine_qmp_json_finish (machine, result, &error)
                           : q_monitor_qmp_json_finish (monitor, result, &error);
      g_assert_no_error (error);
    }

  for (guint i = 0; i < 8; i += 2)
    assert_whole_replies (texts[i], texts[i + 1]);
  for (guint i = 0; i < 8; i++)
    g_free (texts[i]);
  g_assert_true (q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);

  texts[0] = q_machine_qmp_json (machine, "stop", "{}", Q_TIMEOUT_DEFAULT, NULL, &error);
  g_assert_null (texts[0]);
  g_assert_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING);
}

int
main (int argc, char *argv[])
{
  q_test_init (&argc, &argv);

  g_test_add_func ("/whole-replies/json", test_qmp_json);

  return g_test_run ();
}
