/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io-thread-private.h"

#define READ_SIZE (16 * 1024)
/* A peer that floods gets this many reads, then machines and monitors have their turn. */
#define READS_PER_TURN 16

typedef struct
{
  gpointer write;
  char *bytes; /* owned */
  gsize length;
  gsize n_written;
} Chunk;

struct _QSocket
{
  int fd;
  const QSocketCallbacks *callbacks;
  gpointer user_data;
  const char *name;
  GSource *read_source;  /* NULL at the end of what comes */
  GSource *write_source; /* while it takes no more */
  GQueue chunks;         /* to be written, of Chunk */
};

static void
chunk_free (gpointer data)
{
  Chunk *chunk = data;

  g_free (chunk->bytes);
  g_free (chunk);
}

/* -- reading -- */

/* FALSE at the end. */
static gboolean
read_some (QSocket *self)
{
  char buffer[READ_SIZE];

  for (guint i = 0; i < READS_PER_TURN; i++)
    {
      gssize n = read (self->fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return TRUE;
      if (n <= 0)
        {
          if (self->callbacks->ended != NULL)
            self->callbacks->ended (self->user_data);
          return FALSE;
        }
      if (!self->callbacks->received (self->user_data, buffer, (gsize)n))
        return FALSE;
    }

  return TRUE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer data)
{
  QSocket *self = data;

  if (read_some (self))
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&self->read_source, g_source_unref);
  return G_SOURCE_REMOVE;
}

gboolean
q_socket_is_reading (QSocket *self)
{
  return self->read_source != NULL;
}

void
q_socket_drain (QSocket *self)
{
  if (self->read_source != NULL && !read_some (self))
    q_source_clear (&self->read_source);
}

/* -- writing -- */

static gboolean writable_cb (int fd, GIOCondition condition, gpointer data);

static void
write_some (QSocket *self)
{
  Chunk *chunk;

  while ((chunk = g_queue_peek_head (&self->chunks)) != NULL)
    {
      gssize n = send (self->fd, chunk->bytes + chunk->n_written, chunk->length - chunk->n_written,
                       MSG_NOSIGNAL);
      int error = n < 0 ? errno : 0;

      if (error == EINTR)
        continue;
      if (error == EAGAIN)
        {
          /* Who was told of an end may have written since. */
          if (self->write_source == NULL)
            self->write_source
              = q_io_thread_add_fd (self->fd, G_IO_OUT, writable_cb, self, self->name);
          return;
        }

      if (error == 0)
        chunk->n_written += (gsize)n;
      if (error == 0 && chunk->n_written < chunk->length)
        continue;

      g_queue_pop_head (&self->chunks);
      if (self->callbacks->written != NULL)
        self->callbacks->written (chunk->write, error);
      chunk_free (chunk);
    }
}

static gboolean
writable_cb (int fd, GIOCondition condition, gpointer data)
{
  QSocket *self = data;

  g_clear_pointer (&self->write_source, g_source_unref);
  write_some (self);
  return G_SOURCE_REMOVE;
}

void
q_socket_write (QSocket *self, char *bytes, gsize length, gpointer write)
{
  Chunk *chunk = g_new0 (Chunk, 1);

  chunk->write = write;
  chunk->bytes = bytes;
  chunk->length = length;
  g_queue_push_tail (&self->chunks, chunk);
  if (self->write_source == NULL)
    write_some (self);
}

void
q_socket_withdraw (QSocket *self, gpointer write)
{
  for (GList *l = self->chunks.head; l != NULL; l = l->next)
    {
      Chunk *chunk = l->data;

      if (chunk->write == write)
        {
          g_queue_delete_link (&self->chunks, l);
          chunk_free (chunk);
          return;
        }
    }
}

/* -- beginning and end -- */

QSocket *
q_socket_new (int fd, const QSocketCallbacks *callbacks, gpointer user_data, const char *name)
{
  QSocket *self = g_new0 (QSocket, 1);

  self->fd = fd;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->name = name;
  g_queue_init (&self->chunks);
  self->read_source = q_io_thread_add_fd (fd, G_IO_IN, readable_cb, self, name);

  return self;
}

void
q_socket_close (QSocket *self)
{
  q_source_clear (&self->read_source);
  q_source_clear (&self->write_source);
  close (self->fd);
  g_queue_clear_full (&self->chunks, chunk_free);
  g_free (self);
}
