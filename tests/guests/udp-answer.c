/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A service in the tests' Linux guest: gives back each datagram with a word before it. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WORD "answer: "

int
main (int argc, char *argv[])
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  int fd = socket (AF_INET, SOCK_DGRAM, 0);

  if (argc != 2 || fd < 0)
    return 1;

  address.sin_port = htons ((unsigned short)atoi (argv[1]));
  if (bind (fd, (struct sockaddr *)&address, sizeof address) != 0)
    return 1;

  for (;;)
    {
      char text[2048] = WORD;
      struct sockaddr_in peer;
      socklen_t length = sizeof peer;
      ssize_t n = recvfrom (fd, text + strlen (WORD), sizeof text - strlen (WORD), 0,
                            (struct sockaddr *)&peer, &length);

      if (n >= 0)
        sendto (fd, text, strlen (WORD) + (size_t)n, 0, (struct sockaddr *)&peer, length);
    }
}
