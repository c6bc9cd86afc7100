/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch-private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* What one turn may handle before other sources of the context get theirs. */
#define EVENTS_PER_TURN 64

typedef struct
{
  GSource source;
  int fd;
  guint n_watches;
  /* Those that are being handled: a callback may free any of them. */
  struct epoll_event events[EVENTS_PER_TURN];
  int n_events;
} EpollSource;

struct _QWatch
{
  EpollSource *epoll; /* owned */
  int fd;
  gboolean added;
  QWatchFunc func;
  gpointer data;
};

static GPrivate current_epoll_source;

static void
q_watch_remove (QWatch *self)
{
  if (self->added)
    epoll_ctl (self->epoll->fd, EPOLL_CTL_DEL, self->fd, NULL);
  self->added = FALSE;
}

static gboolean
epoll_source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  EpollSource *epoll = (EpollSource *)source;

  epoll->n_events = epoll_wait (epoll->fd, epoll->events, EVENTS_PER_TURN, 0);
  for (int i = 0; i < epoll->n_events; i++)
    {
      QWatch *watch = epoll->events[i].data.ptr;

      if (watch == NULL)
        continue;
      /* From here on a free of it is its own matter, and tells us by the cleared entry. */
      if (!watch->func (watch->data) && epoll->events[i].data.ptr != NULL)
        q_watch_remove (watch);
    }
  epoll->n_events = 0;

  return G_SOURCE_CONTINUE;
}

static void
epoll_source_finalize (GSource *source)
{
  EpollSource *epoll = (EpollSource *)source;

  if (epoll->fd >= 0)
    close (epoll->fd);
}

static GSourceFuncs epoll_source_funcs = {
  .dispatch = epoll_source_dispatch,
  .finalize = epoll_source_finalize,
};

/* There is one as long as there are watches. */
static EpollSource *
get_epoll_source (void)
{
  EpollSource *epoll = g_private_get (&current_epoll_source);
  int fd;

  if (epoll != NULL)
    {
      g_source_ref (&epoll->source);
      return epoll;
    }

  fd = epoll_create1 (EPOLL_CLOEXEC);
  if (fd < 0)
    return NULL;

  epoll = (EpollSource *)g_source_new (&epoll_source_funcs, sizeof *epoll);
  epoll->fd = fd;
  g_source_set_static_name (&epoll->source, "qmachine-watch");
  /* Nobody runs this context from a callback. GLib sees to that for other sources by taking their
   * descriptors out of the poll meanwhile, which takes two writes to wake it up. */
  g_source_set_can_recurse (&epoll->source, TRUE);
  g_source_add_unix_fd (&epoll->source, fd, G_IO_IN);
  g_source_attach (&epoll->source, g_main_context_get_thread_default ());
  g_private_set (&current_epoll_source, epoll);

  return epoll;
}

static void
put_epoll_source (EpollSource *epoll)
{
  if (epoll->n_watches == 0)
    {
      g_source_destroy (&epoll->source);
      g_private_set (&current_epoll_source, NULL);
    }
  g_source_unref (&epoll->source);
}

QWatch *
q_watch_new (int fd, QWatchFunc func, gpointer data)
{
  struct epoll_event event = { .events = EPOLLIN };
  EpollSource *epoll = get_epoll_source ();
  QWatch *self;

  if (epoll == NULL)
    return NULL;

  self = g_new0 (QWatch, 1);
  event.data.ptr = self;
  if (epoll_ctl (epoll->fd, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      put_epoll_source (epoll);
      g_free (self);
      return NULL;
    }

  epoll->n_watches++;
  self->epoll = epoll;
  self->fd = fd;
  self->added = TRUE;
  self->func = func;
  self->data = data;

  return self;
}

void
q_watch_set_paused (QWatch *self, gboolean paused)
{
  /* An end is told of nevertheless: by the edge, so once. */
  struct epoll_event event = { .events = paused ? EPOLLET : EPOLLIN };

  event.data.ptr = self;
  if (self->added)
    epoll_ctl (self->epoll->fd, EPOLL_CTL_MOD, self->fd, &event);
}

void
q_watch_free (QWatch *self)
{
  EpollSource *epoll = self->epoll;

  q_watch_remove (self);
  for (int i = 0; i < epoll->n_events; i++)
    if (epoll->events[i].data.ptr == self)
      epoll->events[i].data.ptr = NULL;
  g_free (self);

  epoll->n_watches--;
  put_epoll_source (epoll);
}
