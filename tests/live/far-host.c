/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "far-host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAUNCHER_ARG "--far-host-launcher"
#define STRAY "stray words\n"

static guint16 port;

/* -- the host -- */

/* Up to its NUL; NULL at the end. */
static char *
read_word (int fd)
{
  g_autoptr (GString) word = g_string_new (NULL);
  gssize n;
  char c;

  while ((n = read (fd, &c, 1)) == 1 && c != '\0')
    g_string_append_c (word, c);

  return n == 1 ? g_string_free (g_steal_pointer (&word), FALSE) : NULL;
}

static void
serve (int fd)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *number = read_word (fd);
  guint n_words = number != NULL ? (guint)atoi (number) : 0;

  while (words->len < n_words)
    {
      char *word = read_word (fd);

      /* The launcher was killed. */
      if (word == NULL)
        return;
      g_ptr_array_add (words, word);
    }
  if (n_words == 0)
    return;

  g_ptr_array_add (words, NULL);
  g_subprocess_launcher_take_stdin_fd (launcher, fcntl (fd, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (fd, F_DUPFD_CLOEXEC, 3));
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *)words->pdata, NULL);
}

static gpointer
run_host (gpointer listener)
{
  for (;;)
    {
      int fd = accept4 (GPOINTER_TO_INT (listener), NULL, NULL, SOCK_CLOEXEC);

      if (fd < 0)
        continue;
      serve (fd);
      close (fd);
    }

  return NULL;
}

void
far_host_start (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (listener, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint (listen (listener, 64), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&address, &length), ==, 0);
  port = ntohs (address.sin_port);
  g_thread_unref (g_thread_new ("far-host", run_host, GINT_TO_POINTER (listener)));
}

GStrv
far_host_dup_wrapper (const char *const *before)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *number = g_strdup_printf ("%u", port);

  g_strv_builder_add_many (words, program, LAUNCHER_ARG, number, NULL);
  if (before != NULL)
    g_strv_builder_addv (words, (const char **)before);

  return g_strv_builder_end (words);
}

/* -- the launcher -- */

static void
stray_cb (int number)
{
  if (write (STDOUT_FILENO, STRAY, strlen (STRAY)) < 0)
    _exit (1);
}

static void
write_all (int fd, const char *bytes, gssize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, (gsize)length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        _exit (1);
      bytes += n;
      length -= n;
    }
}

/* FALSE at the end. */
static gboolean
pump (int from, int to)
{
  char bytes[4096];
  gssize n = read (from, bytes, sizeof bytes);

  if (n > 0)
    write_all (to, bytes, n);
  return n > 0 || (n < 0 && errno == EINTR);
}

void
far_host_run_launcher (int argc, char *argv[])
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  g_autofree char *number = g_strdup_printf ("%d", argc - 3);
  struct pollfd ends[] = { { .fd = -1, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
  int fd;

  if (argc < 4 || strcmp (argv[1], LAUNCHER_ARG) != 0)
    return;

  signal (SIGUSR1, stray_cb);
  address.sin_port = htons ((guint16)atoi (argv[2]));
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    _exit (1);
  write_all (fd, number, (gssize)strlen (number) + 1);
  for (int i = 3; i < argc; i++)
    write_all (fd, argv[i], (gssize)strlen (argv[i]) + 1);

  ends[0].fd = fd;
  for (;;)
    {
      if (poll (ends, 2, -1) < 0)
        continue;
      if (ends[0].revents != 0 && !pump (fd, STDOUT_FILENO))
        _exit (0);
      if (ends[1].revents != 0 && !pump (STDIN_FILENO, fd))
        {
          shutdown (fd, SHUT_WR);
          ends[1].fd = -1;
        }
    }
}

void
far_host_assert_fails (QMachine *machine, GQuark domain, int code, const char *const *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (q_machine_launch (machine, NULL, &error));
  g_assert_error (error, domain, code);
  for (gsize i = 0; words[i] != NULL; i++)
    if (strstr (error->message, words[i]) == NULL)
      g_error ("\"%s\" is not in: %s", words[i], error->message);
}
