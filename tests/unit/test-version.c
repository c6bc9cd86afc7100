/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <qmachine/qmachine.h>

static void
test_run_time (void)
{
  g_assert_cmpuint (q_get_major_version (), ==, QMACHINE_MAJOR_VERSION);
  g_assert_cmpuint (q_get_minor_version (), ==, QMACHINE_MINOR_VERSION);
  g_assert_cmpuint (q_get_micro_version (), ==, QMACHINE_MICRO_VERSION);
}

static void
test_check (void)
{
  g_assert_true (QMACHINE_CHECK_VERSION (QMACHINE_MAJOR_VERSION, QMACHINE_MINOR_VERSION,
                                         QMACHINE_MICRO_VERSION));
  g_assert_false (QMACHINE_CHECK_VERSION (QMACHINE_MAJOR_VERSION, QMACHINE_MINOR_VERSION,
                                          QMACHINE_MICRO_VERSION + 1));
  g_assert_false (QMACHINE_CHECK_VERSION (QMACHINE_MAJOR_VERSION + 1, 0, 0));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/version/run-time", test_run_time);
  g_test_add_func ("/version/check", test_check);

  return g_test_run ();
}
