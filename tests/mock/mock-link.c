/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mock-link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#define READ_SIZE (64 * 1024)
#define MAX_FDS 253       /* SCM_MAX_FD: what one message can carry at most */
#define EXCERPT 200       /* how much of a command a message quotes */
#define READ_RETURN_US 20 /* generous for what a read does after its last byte */

typedef struct
{
  int fd;         /* -1 once stolen */
  guint64 offset; /* in everything received: the byte that it came with */
} MockFd;

gboolean
mock_link_fail (MockLink *self, GError **error, QMockError code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  if (self->step != NULL)
    g_set_error (error, QMOCK_ERROR, code, "Script line %u (%.*s): %s", self->step->line, EXCERPT,
                 self->step->source, message);
  else
    g_set_error_literal (error, QMOCK_ERROR, code, message);

  return FALSE;
}

/* For messages: what came, in a form that can be printed. */
char *
mock_link_excerpt (const char *text, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize)MIN (length, EXCERPT));
  g_autofree char *escaped = g_strescape (valid, "\"\\");

  if (length > EXCERPT)
    return g_strdup_printf ("%s... (%" G_GSIZE_FORMAT " bytes)", escaped, length);

  return g_steal_pointer (&escaped);
}

gint64
mock_link_deadline (MockLink *self)
{
  return g_get_monotonic_time () + (gint64)self->timeout * 1000;
}

/* Waits until @fd is ready (or, when it is -1, until it is time). What is there already wins over
 * the wish to finish, so that nothing that the client has sent gets lost. */
MockWait
mock_link_wait (MockLink *self, int fd, short events, gint64 until, gboolean heed_finish,
                const char *what, GError **error)
{
  while (TRUE)
    {
      struct pollfd polls[] = {
        { .fd = fd, .events = events },
        { .fd = self->abort_fd, .events = POLLIN },
        { .fd = heed_finish ? self->finish_fd : -1, .events = POLLIN },
      };
      gint64 left = until - g_get_monotonic_time ();
      int n
        = poll (polls, G_N_ELEMENTS (polls), until < 0 ? -1 : (int)((MAX (left, 0) + 999) / 1000));

      if (n < 0 && errno != EINTR)
        {
          mock_link_fail (self, error, QMOCK_ERROR_USAGE, "poll: %s", g_strerror (errno));
          return MOCK_WAIT_FAILED;
        }

      if (n > 0 && polls[1].revents != 0)
        {
          mock_link_fail (self, error, QMOCK_ERROR_TIMED_OUT, "stopped while waiting for %s", what);
          return MOCK_WAIT_FAILED;
        }
      if (n > 0 && polls[0].revents != 0)
        return MOCK_WAIT_READY;
      if (n > 0 && polls[2].revents != 0)
        return MOCK_WAIT_FINISHING;

      if (n == 0 && until >= 0 && g_get_monotonic_time () >= until)
        {
          if (fd < 0)
            return MOCK_WAIT_READY;
          mock_link_fail (self, error, QMOCK_ERROR_TIMED_OUT, "waited %u ms for %s", self->timeout,
                          what);
          return MOCK_WAIT_FAILED;
        }
    }
}

/* --- Reading --- */

static void
keep_fds (MockLink *self, struct msghdr *message)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  struct cmsghdr *header;

  for (header = CMSG_FIRSTHDR (message); header != NULL; header = CMSG_NXTHDR (message, header))
    {
      gsize n;

      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        continue;

      n = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < n; i++)
        {
          MockFd kept = { .offset = self->received->len };

          memcpy (&kept.fd, CMSG_DATA (header) + i * sizeof (int), sizeof (int));
          g_array_append_val (self->fds, kept);
        }
    }
}

static gssize
receive (MockLink *self, char *buffer, gsize size, gboolean *has_fds)
{
  char control[CMSG_SPACE (MAX_FDS * sizeof (int))] __attribute__ ((aligned (8)));
  struct iovec vector = { .iov_base = buffer, .iov_len = size };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
  gssize n;

  if (has_fds != NULL)
    {
      /* Without room for them the kernel does not hand out copies of the descriptors, but it
       * tells that there are some. */
      flags |= MSG_PEEK;
    }
  else
    {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
    }

  do
    n = recvmsg (self->fd, &message, flags);
  while (n < 0 && errno == EINTR);

  if (n > 0 && has_fds != NULL)
    *has_fds = (message.msg_flags & MSG_CTRUNC) != 0;
  else if (n > 0)
    keep_fds (self, &message);

  return n;
}

static void
append_received (MockLink *self, const char *data, gsize length)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  g_byte_array_append (self->received, (const guint8 *)data, (guint)length);
  g_string_append_len (self->in, data, (gssize)length);
}

static void
drop_held (MockLink *self)
{
  char byte;

  if (!self->held)
    return;

  self->held = FALSE;
  if (receive (self, &byte, 1, NULL) != 1)
    g_warning ("A byte that was peeked at cannot be read");
}

/* Takes in what is there, without waiting. Returns FALSE when there is nothing yet; the end of
 * the stream is something. */
static gboolean
take_input (MockLink *self)
{
  char buffer[READ_SIZE];
  gboolean has_fds = FALSE;
  gssize n;

  drop_held (self);
  n = receive (self, buffer, sizeof buffer, &has_fds);
  if (n < 0 && errno == EAGAIN)
    return FALSE;

  if (n <= 0)
    {
      /* A reset is an end as well: a client may leave without reading everything. */
      self->eof = TRUE;
      return TRUE;
    }

  if (has_fds)
    {
      /* One read may return plain bytes together with the message after them that carries the
       * descriptors; byte by byte they come with the very byte they were sent with. */
      gsize n_fds = self->fds->len;

      for (gssize i = 0; i < n && self->fds->len == n_fds; i++)
        {
          if (receive (self, buffer, 1, NULL) != 1)
            break;
          append_received (self, buffer, 1);
        }
      return TRUE;
    }

  if (n > 1)
    n = receive (self, buffer, (gsize)n - 1, NULL) + 1;
  self->held = TRUE;
  append_received (self, buffer, (gsize)n);
  return TRUE;
}

/* Waits for more input, or its end. */
MockWait
mock_link_wait_input (MockLink *self, gint64 until, gboolean heed_finish, const char *what,
                      GError **error)
{
  drop_held (self);
  while (!self->eof)
    {
      MockWait result = mock_link_wait (self, self->fd, POLLIN, until, heed_finish, what, error);

      if (result != MOCK_WAIT_READY)
        return result;
      if (take_input (self))
        break;
    }

  return MOCK_WAIT_READY;
}

void
mock_link_consume (MockLink *self, gsize end)
{
  self->in_pos = self->scan_pos = end;
  self->scan_depth = 0;
  self->scan_string = self->scan_escape = FALSE;

  /* Moving the rest to the front for each command would make a long pipeline quadratic. */
  if (self->in_pos == self->in->len || self->in_pos > READ_SIZE)
    {
      g_string_erase (self->in, 0, (gssize)self->in_pos);
      self->in_pos = self->scan_pos = 0;
    }
}

/* Skips what may stand between commands: blanks, and the byte that resets QEMU's parser. */
void
mock_link_skip_filling (MockLink *self)
{
  while (self->in_pos < self->in->len && self->scan_pos == self->in_pos)
    {
      char c = self->in->str[self->in_pos];

      if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\xff')
        break;
      self->in_pos++;
      self->scan_pos++;
    }
}

/* Looks for a whole command in the input; its end is where the braces close. Junk counts as one,
 * up to where it ends or up to what has come, so that the step can say what it got. */
gboolean
mock_link_find_command (MockLink *self, gsize *end)
{
  mock_link_skip_filling (self);
  if (self->in_pos == self->in->len)
    return FALSE;

  if (self->in->str[self->in_pos] != '{')
    {
      for (*end = self->in_pos + 1; *end < self->in->len; (*end)++)
        {
          if (self->in->str[*end] == '\r' || self->in->str[*end] == '\n')
            break;
        }
      return TRUE;
    }

  for (; self->scan_pos < self->in->len; self->scan_pos++)
    {
      char c = self->in->str[self->scan_pos];

      if (self->scan_escape)
        {
          self->scan_escape = FALSE;
        }
      else if (self->scan_string)
        {
          if (c == '\\')
            self->scan_escape = TRUE;
          else if (c == '"')
            self->scan_string = FALSE;
        }
      else if (c == '"')
        {
          self->scan_string = TRUE;
        }
      else if (c == '{' || c == '[')
        {
          self->scan_depth++;
        }
      else if ((c == '}' || c == ']') && --self->scan_depth == 0)
        {
          *end = self->scan_pos + 1;
          return TRUE;
        }
    }

  return FALSE;
}

/* Waits until the input begins with a whole command. */
gboolean
mock_link_wait_command (MockLink *self, gsize *end, GError **error)
{
  gint64 until = mock_link_deadline (self);

  while (!mock_link_find_command (self, end))
    {
      gsize left = self->in->len - self->in_pos;

      if (self->eof && left > 0)
        {
          g_autofree char *got = mock_link_excerpt (self->in->str + self->in_pos, left);

          return mock_link_fail (self, error, QMOCK_ERROR_CLOSED,
                                 "the client hung up in the middle of a command: %s", got);
        }
      if (self->eof)
        return mock_link_fail (self, error, QMOCK_ERROR_CLOSED,
                               "the client hung up instead of sending a command");
      if (mock_link_wait_input (self, until, FALSE, "a command", error) != MOCK_WAIT_READY)
        return FALSE;
    }

  return TRUE;
}

/* --- Writing --- */

/* Waits until the client has read everything that was written: only then will the next write be
 * a read of its own. */
static gboolean
wait_drained (MockLink *self, GError **error)
{
  gint64 until = mock_link_deadline (self);
  guint rounds = 0;
  int unread = 0;

  while (ioctl (self->fd, SIOCOUTQ, &unread) == 0 && unread > 0)
    {
      struct pollfd hang_up = { .fd = self->fd, .events = 0 };

      if (g_atomic_int_get (&self->aborted))
        return mock_link_fail (self, error, QMOCK_ERROR_TIMED_OUT, "stopped while the client read");
      if (g_get_monotonic_time () >= until)
        return mock_link_fail (self, error, QMOCK_ERROR_TIMED_OUT,
                               "the client read nothing for %u ms", self->timeout);
      if (poll (&hang_up, 1, 0) > 0 && (hang_up.revents & (POLLHUP | POLLERR)) != 0)
        break;

      /* Nothing tells when a queue gets empty, so ask again: at once for a client that is about
       * to read, rarely for one that is not. */
      if (rounds++ < 100)
        sched_yield ();
      else
        g_usleep (50);
    }

  /* Over TCP the queue is empty once the client's kernel has the bytes; this is a guess that by
   * then the client has them too. */
  if (!self->is_unix)
    g_usleep (1000);

  /* The read that emptied the queue looks once more before it returns; let it. Nothing shows
   * from here when it has, but it is a matter of a microsecond. */
  until = g_get_monotonic_time () + READ_RETURN_US;
  while (g_get_monotonic_time () < until)
    sched_yield ();

  return TRUE;
}

gboolean
mock_link_write (MockLink *self, const char *data, gsize length, GError **error)
{
  while (length > 0 && !self->gone)
    {
      gsize piece = self->split > 0 ? MIN (self->split, length) : length;
      gssize n;

      if (g_atomic_int_get (&self->aborted))
        return mock_link_fail (self, error, QMOCK_ERROR_TIMED_OUT, "stopped while writing");
      if (self->split > 0 && !wait_drained (self, error))
        return FALSE;

      n = send (self->fd, data, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0)
        {
          data += n;
          length -= (gsize)n;
        }
      else if (errno == EAGAIN)
        {
          /* Reading meanwhile lets a client go on that writes before it reads. */
          short events = (short)(self->eof ? POLLOUT : POLLOUT | POLLIN);

          drop_held (self);
          if (mock_link_wait (self, self->fd, events, mock_link_deadline (self), FALSE,
                              "the client to read", error)
              != MOCK_WAIT_READY)
            return FALSE;
          if (!self->eof)
            take_input (self);
        }
      else if (errno != EINTR)
        {
          self->gone = TRUE;
        }
    }

  return TRUE;
}

gboolean
mock_link_set_split (MockLink *self, guint split, GError **error)
{
  gboolean was_split = self->split > 0;

  self->split = split;
  /* The last piece is to be read on its own as well. */
  return !was_split || self->fd < 0 || wait_drained (self, error);
}

/* --- Connections --- */

void
mock_link_open (MockLink *self, int fd)
{
  int domain = AF_UNIX;
  socklen_t length = sizeof domain;
  int on = 1;

  self->fd = fd;
  self->was_open = TRUE;
  getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
  self->is_unix = domain == AF_UNIX;
  if (!self->is_unix)
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  self->eof = self->gone = self->held = FALSE;
  g_string_truncate (self->in, 0);
  mock_link_consume (self, 0);
}

void
mock_link_close (MockLink *self)
{
  if (self->fd < 0)
    return;

  /* First no more can come in, then what did is read: so nothing is left unread, and the client
   * sees the end of the stream and not a reset. */
  shutdown (self->fd, SHUT_RDWR);
  while (!self->eof && take_input (self))
    continue;

  close (self->fd);
  self->fd = -1;
}

gboolean
mock_link_reset (MockLink *self, GError **error)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  if (!self->held && !self->eof
      && mock_link_wait (self, self->fd, POLLIN, mock_link_deadline (self), FALSE,
                         "the client to send something to leave unread", error)
           != MOCK_WAIT_READY)
    return FALSE;

  /* What makes a TCP connection end the same way. */
  setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (self->fd);
  self->fd = -1;
  return TRUE;
}

/* --- From any thread --- */

static void
make_readable (int fd)
{
  guint64 one = 1;

  if (write (fd, &one, sizeof one) != sizeof one)
    g_warning ("Cannot wake the player: %s", g_strerror (errno));
}

void
mock_link_ask_finish (MockLink *self)
{
  make_readable (self->finish_fd);
}

void
mock_link_abort (MockLink *self)
{
  g_atomic_int_set (&self->aborted, TRUE);
  make_readable (self->abort_fd);
}

gboolean
mock_link_is_aborted (MockLink *self)
{
  return g_atomic_int_get (&self->aborted);
}

GBytes *
mock_link_dup_received (MockLink *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return g_bytes_new (self->received->data, self->received->len);
}

guint
mock_link_get_n_fds (MockLink *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return self->fds->len;
}

int
mock_link_steal_fd (MockLink *self, guint index, guint64 *offset)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  MockFd *kept;
  int fd;

  if (index >= self->fds->len)
    return -1;

  kept = &g_array_index (self->fds, MockFd, index);
  if (offset != NULL)
    *offset = kept->offset;
  fd = kept->fd;
  kept->fd = -1;
  return fd;
}

/* --- Life --- */

static void
close_kept_fd (gpointer data)
{
  MockFd *kept = data;

  if (kept->fd >= 0)
    close (kept->fd);
}

MockLink *
mock_link_new (guint timeout, GError **error)
{
  MockLink *self;
  int finish_fd = eventfd (0, EFD_CLOEXEC);
  int abort_fd = eventfd (0, EFD_CLOEXEC);

  if (finish_fd < 0 || abort_fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "eventfd: %s",
                   g_strerror (saved_errno));
      if (finish_fd >= 0)
        close (finish_fd);
      if (abort_fd >= 0)
        close (abort_fd);
      return NULL;
    }

  self = g_new0 (MockLink, 1);
  self->timeout = timeout;
  self->finish_fd = finish_fd;
  self->abort_fd = abort_fd;
  self->fd = -1;
  self->in = g_string_new (NULL);
  g_mutex_init (&self->mutex);
  self->received = g_byte_array_new ();
  self->fds = g_array_new (FALSE, FALSE, sizeof (MockFd));
  g_array_set_clear_func (self->fds, close_kept_fd);
  return self;
}

void
mock_link_free (MockLink *self)
{
  mock_link_close (self);
  close (self->finish_fd);
  close (self->abort_fd);
  g_string_free (self->in, TRUE);
  g_byte_array_unref (self->received);
  g_array_unref (self->fds);
  g_mutex_clear (&self->mutex);
  g_free (self);
}
