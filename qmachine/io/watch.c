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
} Hub;

struct _QWatch
{
  Hub *hub; /* owned */
  int fd;
  gboolean added;
  QWatchFunc func;
  gpointer data;
};

static GPrivate current_hub;

static void
q_watch_remove (QWatch *self)
{
  if (self->added)
    epoll_ctl (self->hub->fd, EPOLL_CTL_DEL, self->fd, NULL);
  self->added = FALSE;
}

static gboolean
hub_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Hub *hub = (Hub *)source;

  hub->n_events = epoll_wait (hub->fd, hub->events, EVENTS_PER_TURN, 0);
  for (int i = 0; i < hub->n_events; i++)
    {
      QWatch *watch = hub->events[i].data.ptr;

      if (watch == NULL)
        continue;
      /* From here on a free of it is its own matter, and tells us by the cleared entry. */
      if (!watch->func (watch->data) && hub->events[i].data.ptr != NULL)
        q_watch_remove (watch);
    }
  hub->n_events = 0;

  return G_SOURCE_CONTINUE;
}

static void
hub_finalize (GSource *source)
{
  Hub *hub = (Hub *)source;

  if (hub->fd >= 0)
    close (hub->fd);
}

static GSourceFuncs hub_funcs = {
  .dispatch = hub_dispatch,
  .finalize = hub_finalize,
};

/* There is one as long as there are watches. */
static Hub *
get_hub (void)
{
  Hub *hub = g_private_get (&current_hub);
  int fd;

  if (hub != NULL)
    {
      g_source_ref (&hub->source);
      return hub;
    }

  fd = epoll_create1 (EPOLL_CLOEXEC);
  if (fd < 0)
    return NULL;

  hub = (Hub *)g_source_new (&hub_funcs, sizeof *hub);
  hub->fd = fd;
  g_source_set_static_name (&hub->source, "qmachine-watch");
  /* Nobody runs this context from a callback. GLib sees to that for other sources by taking their
   * descriptors out of the poll meanwhile, which takes two writes to wake it up. */
  g_source_set_can_recurse (&hub->source, TRUE);
  g_source_add_unix_fd (&hub->source, fd, G_IO_IN);
  g_source_attach (&hub->source, g_main_context_get_thread_default ());
  g_private_set (&current_hub, hub);

  return hub;
}

static void
put_hub (Hub *hub)
{
  if (hub->n_watches == 0)
    {
      g_source_destroy (&hub->source);
      g_private_set (&current_hub, NULL);
    }
  g_source_unref (&hub->source);
}

QWatch *
q_watch_new (int fd, QWatchFunc func, gpointer data)
{
  struct epoll_event event = { .events = EPOLLIN };
  Hub *hub = get_hub ();
  QWatch *self;

  if (hub == NULL)
    return NULL;

  self = g_new0 (QWatch, 1);
  event.data.ptr = self;
  if (epoll_ctl (hub->fd, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      put_hub (hub);
      g_free (self);
      return NULL;
    }

  hub->n_watches++;
  self->hub = hub;
  self->fd = fd;
  self->added = TRUE;
  self->func = func;
  self->data = data;

  return self;
}

void
q_watch_set_paused (QWatch *self, gboolean paused)
{
  struct epoll_event event = { .events = paused ? 0 : EPOLLIN };

  event.data.ptr = self;
  if (self->added)
    epoll_ctl (self->hub->fd, EPOLL_CTL_MOD, self->fd, &event);
}

void
q_watch_free (QWatch *self)
{
  Hub *hub = self->hub;

  q_watch_remove (self);
  for (int i = 0; i < hub->n_events; i++)
    if (hub->events[i].data.ptr == self)
      hub->events[i].data.ptr = NULL;
  g_free (self);

  hub->n_watches--;
  put_hub (hub);
}
