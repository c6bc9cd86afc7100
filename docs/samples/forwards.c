/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The samples of QForward; machine.c says how they are kept. The guest is that of the tests, with a
 * web server. */

#include <qmachine/qmachine.h>

static gboolean
wait_for_page (QForward *web, GError **error)
{
  /* sample: q_forward_wait_ready */
  g_autoptr (GBytes) request = g_bytes_new_static ("GET / HTTP/1.0\r\n\r\n", 18);

  if (!q_forward_wait_ready (web, "^HTTP/1\\.[01] 200 ", request, 60000, NULL, error))
    return FALSE;
  g_print ("port %u\n", q_forward_get_host_port (web));
  /* end of sample */
  return TRUE;
}

static gboolean
use_forward (QMachine *machine, GError **error)
{
  /* sample: QForward */
  g_autoptr (QForward) web = q_machine_add_forward (machine, 80, 0, Q_FORWARD_PROTOCOL_TCP, NULL,
                                                    NULL, Q_TIMEOUT_DEFAULT, NULL, error);
  g_autofree char *uri = NULL;

  if (web == NULL || !q_machine_launch (machine, NULL, error)
      || !q_forward_wait_ready (web, NULL, NULL, 60000, NULL, error))
    return FALSE;
  uri = q_forward_make_uri (web, "http");
  g_print ("%s\n", uri);
  /* end of sample */
  return wait_for_page (web, error) && q_machine_shutdown (machine, Q_TIMEOUT_DEFAULT, NULL, error);
}

int
main (void)
{
  const char *directory = g_getenv ("QMACHINE_TEST_GUEST");
  g_autofree char *kernel
    = g_build_filename (directory != NULL ? directory : ".", "kernel", "vmlinuz", NULL);
  g_autofree char *initrd
    = g_build_filename (directory != NULL ? directory : ".", "tests.gz", NULL);
  const char *args[] = { "-machine", "q35,graphics=off", "-accel", "tcg",     "-m",
                         "256",      "-kernel",          kernel,   "-initrd", initrd,
                         "-append",  "quiet panic=-1",   NULL };
  g_autoptr (QMachine) machine = q_machine_new ("qemu-system-x86_64");
  g_autoptr (GError) error = NULL;

  if (!g_file_test (initrd, G_FILE_TEST_EXISTS))
    return 77;

  q_machine_add_args (machine, args);
  if (use_forward (machine, &error))
    return 0;

  g_printerr ("%s\n", error->message);
  return 1;
}
