/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A peer that costs next to nothing: it takes QEMU's command line, greets at once and answers at
 * once, so what is left to be measured is the client. Linked statically, as most of a start is the
 * dynamic linker otherwise.
 *
 * Beyond the commands of a launch and a shutdown it knows
 *
 *   {"execute":"x-emit","arguments":{"count":N}}  N events, then the reply
 *   {"execute":"x-text","arguments":{"size":N}}   a reply of N bytes of text
 *
 * and says {} to everything else. */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_SIZE (1024 * 1024)
#define EVENTS_PER_WRITE 256

/* As QEMU lays it out: what comes with most events is of this kind. */
#define EVENT_FORMAT                                                                               \
  "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": %u}, \"event\": "                   \
  "\"BLOCK_JOB_COMPLETED\", \"data\": {\"device\": \"drive%u\", \"len\": 10737418240, "            \
  "\"offset\": 10737418240, \"speed\": 0, \"type\": \"mirror\"}}\r\n"

static void
write_all (int fd, const char *bytes, size_t length)
{
  while (length > 0)
    {
      ssize_t n = send (fd, bytes, length, MSG_NOSIGNAL);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          struct pollfd room = { .fd = fd, .events = POLLOUT };

          poll (&room, 1, -1);
          continue;
        }
      if (n <= 0)
        exit (0);
      bytes += n;
      length -= (size_t)n;
    }
}

static void
write_text (int fd, const char *text)
{
  write_all (fd, text, strlen (text));
}

static unsigned long
get_number (const char *command, const char *name)
{
  const char *place = strstr (command, name);

  return place != NULL ? strtoul (place + strlen (name), NULL, 10) : 0;
}

static void
emit (int fd, unsigned long count)
{
  static char batch[EVENTS_PER_WRITE * 256];
  static unsigned number;
  size_t length = 0;

  for (unsigned long i = 0; i < count; i++)
    {
      length += (size_t)snprintf (batch + length, sizeof batch - length, EVENT_FORMAT,
                                  number % 1000000, number % 100);
      number++;
      if (i % EVENTS_PER_WRITE == EVENTS_PER_WRITE - 1 || i == count - 1)
        {
          write_all (fd, batch, length);
          length = 0;
        }
    }
}

/* Made once for each size: a round asks for the same one many times. */
static void
send_text_of (int fd, unsigned long size)
{
  static char *reply;
  static size_t length;
  static unsigned long made_size;

  if (reply == NULL || made_size != size)
    {
      static const char word[] = "\"0123456789abcde\", ";
      size_t at;

      free (reply);
      reply = malloc (size + 64);
      if (reply == NULL)
        exit (1);
      at = (size_t)sprintf (reply, "{\"return\": [");
      while (at + sizeof word < size)
        {
          memcpy (reply + at, word, sizeof word - 1);
          at += sizeof word - 1;
        }
      at += (size_t)sprintf (reply + at, "0]}\r\n");
      made_size = size;
      length = at;
    }

  write_all (fd, reply, length);
}

/* An id that is a text goes back with the reply: Python's qemu.qmp insists on its own. */
static void
write_return (int fd, const char *command, const char *value)
{
  static const char name[] = "\"id\":\""; /* without blanks, as a command is kept */
  const char *id = strstr (command, name);
  char reply[512];

  if (id == NULL)
    {
      snprintf (reply, sizeof reply, "{\"return\": %s}\r\n", value);
    }
  else
    {
      int length = (int)strcspn (id + strlen (name), "\"");

      snprintf (reply, sizeof reply, "{\"return\": %s, %.*s}\r\n", value,
                (int)strlen (name) + length + 1, id);
    }
  write_text (fd, reply);
}

static void
answer (int fd, const char *command)
{
  if (strstr (command, "\"query-status\"") != NULL)
    {
      write_return (fd, command,
                    "{\"status\": \"running\", \"singlestep\": false, \"running\": true}");
    }
  else if (strstr (command, "\"x-emit\"") != NULL)
    {
      emit (fd, get_number (command, "\"count\":"));
      write_return (fd, command, "{}");
    }
  else if (strstr (command, "\"x-text\"") != NULL)
    {
      send_text_of (fd, get_number (command, "\"size\":"));
    }
  else if (strstr (command, "\"quit\"") != NULL)
    {
      write_text (fd, "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 1}, \"event\": "
                      "\"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": "
                      "\"host-qmp-quit\"}}\r\n");
      write_return (fd, command, "{}");
      exit (0);
    }
  else
    {
      write_return (fd, command, "{}");
    }
}

/* Only the start of a command is kept: a large one is there to be read, not to be understood. */
static void
serve (int fd)
{
  static char input[READ_SIZE];
  char command[256];
  size_t length = 0;
  unsigned depth = 0;
  bool in_string = false;
  ssize_t n;

  for (;;)
    {
      n = recv (fd, input, sizeof input, 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          struct pollfd bytes = { .fd = fd, .events = POLLIN };

          poll (&bytes, 1, -1);
          continue;
        }
      if (n <= 0)
        return;

      for (ssize_t i = 0; i < n; i++)
        {
          char c = input[i];

          if (depth > 0 && length < sizeof command - 1 && c != ' ')
            command[length++] = c;
          if (in_string)
            {
              /* A long string is skipped in one go; none of ours has a backslash. */
              char *end = memchr (input + i, '"', (size_t)(n - i));

              if (end == NULL)
                break;
              while (input + i < end)
                if (input[++i] != ' ' && length < sizeof command - 1)
                  command[length++] = input[i];
              in_string = false;
              continue;
            }
          if (c == '"')
            in_string = true;
          else if (c == '{' && depth++ == 0)
            {
              length = 0;
              command[length++] = c;
            }
          else if (c == '}' && --depth == 0)
            {
              command[length] = '\0';
              answer (fd, command);
            }
        }
    }
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
  return connect (fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static int
find_connection (int argc, char *argv[])
{
  for (int i = 1; i < argc; i++)
    {
      const char *fd_option = strstr (argv[i], ",fd=");
      const char *path_option = strstr (argv[i], ",path=");

      if (strncmp (argv[i], "socket,", 7) != 0)
        continue;
      if (fd_option != NULL && strstr (argv[i], "server=on") != NULL)
        return accept (atoi (fd_option + 4), NULL, NULL);
      if (fd_option != NULL)
        return atoi (fd_option + 4);
      if (path_option != NULL)
        return connect_to (path_option + 6);
    }

  return -1;
}

int
main (int argc, char *argv[])
{
  int fd = find_connection (argc, argv);

  if (fd < 0)
    {
      fprintf (stderr, "%s: no -chardev socket,fd=N or path=P\n", argv[0]);
      return 2;
    }

  write_text (fd, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
                  "\"package\": \"stub\"}, \"capabilities\": [\"oob\"]}}\r\n");
  serve (fd);
  return 0;
}
