/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loop-private.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "io-thread-private.h"

/* What one turn may do before other sources of the context get theirs. */
#define JOBS_PER_TURN 64
#define READERS_PER_TURN 16

/* A command that is answered by then spares two wake-ups, and that is most of them, and one that is
 * sent by then spares the change of hands; and whoever else waits for what can be read has not
 * waited long if the program's thread was busy. */
#define PATIENCE_US 2000

struct _QLoop
{
  GSource source;
  GMainContext *context;   /* not owned */
  guint n_users;           /* guarded by the lock of all loops */
  gboolean is_of_context;  /* lives as long as that does */
  GThread *reading_thread; /* atomic: in the first half of a dispatch */

  GMutex lock; /* guards what follows, up to the empty line */
  GQueue jobs;
  int n_jobs; /* atomic, to be read without the lock */
  int epoll_fd;
  gpointer epoll_tag; /* NULL: the context does not poll it; atomic, too */

  /* Under the I/O thread's lock. */
  GQueue readers;
  int n_armed;                                 /* atomic, to be read without the lock */
  int n_given_up;                              /* likewise */
  QLoopReader *last_armed;                     /* NULL if it is not armed any more */
  struct epoll_event events[READERS_PER_TURN]; /* a function may free any of them */
  int n_events;
};

struct _QLoopReader
{
  QLoop *loop; /* a reference to its source alone: the context may end before */
  int fd;
  QLoopReaderFunc func;
  gpointer data;
  gboolean armed;
  gboolean given_up;
  gint64 due; /* us */
  GList link; /* in the loop's readers */
  GList armed_link;
};

static GMutex loops_lock;
static GHashTable *loops; /* context -> loop */

/* Of all loops together, under the I/O thread's lock. There is one timer, and it runs on when
 * nothing is armed any more: the next command would set it anew. It is a descriptor, as a source
 * would wake the I/O thread whenever it is set. */
static guint n_readers;
static GQueue armed_readers = G_QUEUE_INIT; /* by `due` */
static int timer_fd = -1;                   /* there is one as long as there are readers */
static GSource *timer_source;
static gboolean timer_set;

/* -- the source -- */

static gboolean
loop_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return g_atomic_int_get (&((QLoop *)source)->n_jobs) > 0;
}

static gboolean
loop_check (GSource *source)
{
  return g_atomic_int_get (&((QLoop *)source)->n_jobs) > 0;
}

static void
set_given_up (QLoopReader *reader, gboolean given_up)
{
  if (reader->given_up != given_up)
    g_atomic_int_add (&reader->loop->n_given_up, given_up ? 1 : -1);
  reader->given_up = given_up;
}

static void
give_up_reader (QLoopReader *reader)
{
  q_loop_reader_disarm (reader);
  set_given_up (reader, TRUE);
  reader->func (reader->data, Q_LOOP_BUSY);
}

static gboolean
give_up_readers_cb (gpointer data)
{
  QLoop *self = data;

  for (GList *l = self->readers.head, *next; l != NULL; l = next)
    {
      QLoopReader *reader = l->data;

      next = l->next;
      if (reader->armed)
        give_up_reader (reader);
    }

  g_source_unref (&self->source);
  return G_SOURCE_REMOVE;
}

/* The last user of a loop may go in another thread, which closes the descriptor. */
static int
ask_epoll (QLoop *self, struct epoll_event *events)
{
  int n_events = 0;

  g_mutex_lock (&self->lock);
  if (self->epoll_fd >= 0)
    n_events = epoll_wait (self->epoll_fd, events, READERS_PER_TURN, 0);
  g_mutex_unlock (&self->lock);

  return n_events;
}

/* The I/O thread is at work, so it may as well read. */
static void
leave_to_io_thread (QLoop *self)
{
  struct epoll_event events[READERS_PER_TURN];

  /* In a forked child it is the parent's. */
  if (q_io_thread_is_of_parent ())
    return;

  /* The epoll tells of each only once. */
  if (ask_epoll (self, events) > 0)
    {
      g_source_ref (&self->source);
      q_io_thread_post (give_up_readers_cb, self);
    }
}

static void
read_ready (QLoop *self)
{
  if (!q_io_thread_try_enter (FALSE))
    {
      leave_to_io_thread (self);
      return;
    }

  g_atomic_pointer_set (&self->reading_thread, g_thread_self ());
  if (g_atomic_int_get (&self->n_armed) == 1 && self->last_armed != NULL)
    {
      /* That needs no question; and what woke the context may have been something else. */
      self->n_events = 1;
      self->events[0].data.ptr = self->last_armed;
    }
  else
    {
      self->n_events = ask_epoll (self, self->events);
    }
  for (int i = 0; i < self->n_events; i++)
    {
      QLoopReader *reader = self->events[i].data.ptr;

      if (reader != NULL && reader->armed)
        reader->func (reader->data, Q_LOOP_READABLE);
    }
  self->n_events = 0;
  g_atomic_pointer_set (&self->reading_thread, NULL);
  q_io_thread_leave ();
}

static void
come_back (QLoop *self)
{
  if (!q_io_thread_try_enter (FALSE))
    return;

  for (GList *l = self->readers.head, *next; l != NULL; l = next)
    {
      QLoopReader *reader = l->data;

      next = l->next;
      if (!reader->given_up)
        continue;
      set_given_up (reader, FALSE);
      reader->func (reader->data, Q_LOOP_BACK);
    }
  q_io_thread_leave ();
}

/* The next job in turn, which is the last one from now on, with a reference to its data. */
static QLoopJob *
next_job (QLoop *self, gpointer *data)
{
  GList *link;
  QLoopJob *job = NULL;

  g_mutex_lock (&self->lock);
  link = g_queue_pop_head_link (&self->jobs);
  if (link != NULL)
    {
      job = link->data;
      *data = job->klass->ref (job->data);
      g_queue_push_tail_link (&self->jobs, link);
    }
  g_mutex_unlock (&self->lock);

  return job;
}

static gboolean
is_readable (QLoop *self)
{
  gpointer tag = g_atomic_pointer_get (&self->epoll_tag);

  return tag != NULL && g_source_query_unix_fd (&self->source, tag) != 0;
}

static gboolean
loop_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  QLoop *self = (QLoop *)source;
  int n_jobs;

  if (g_atomic_int_get (&self->n_armed) > 0 && is_readable (self))
    read_ready (self);

  n_jobs = g_atomic_int_get (&self->n_jobs);
  for (int i = 0; i < MIN (n_jobs, JOBS_PER_TURN); i++)
    {
      gpointer job_data = NULL;
      QLoopJob *job = next_job (self, &job_data);

      if (job == NULL)
        break;
      job->klass->run (job_data);
      job->klass->unref (job_data);
    }

  if (g_atomic_int_get (&self->n_given_up) > 0)
    come_back (self);
  return G_SOURCE_CONTINUE;
}

static void
loop_finalize (GSource *source)
{
  QLoop *self = (QLoop *)source;

  g_mutex_clear (&self->lock);
}

static GSourceFuncs loop_funcs = {
  .prepare = loop_prepare,
  .check = loop_check,
  .dispatch = loop_dispatch,
  .finalize = loop_finalize,
};

static gboolean
never_called (gpointer data)
{
  g_assert_not_reached ();
}

/* By us when nobody uses it any more, or by the end of its context. */
static void
destroyed_cb (gpointer data)
{
  QLoop *self = data;
  GList *link;

  g_mutex_lock (&loops_lock);
  if (g_hash_table_lookup (loops, self->context) == self)
    g_hash_table_remove (loops, self->context);
  g_mutex_unlock (&loops_lock);

  g_mutex_lock (&self->lock);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  self->epoll_fd = -1;
  g_atomic_int_set (&self->n_jobs, 0);
  while ((link = g_queue_pop_head_link (&self->jobs)) != NULL)
    {
      QLoopJob *job = link->data;

      job->added = FALSE;
      g_mutex_unlock (&self->lock);
      job->klass->unref (job->data);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
}

/* With the lock of all loops held. */
static QLoop *
create (GMainContext *context)
{
  QLoop *self = (QLoop *)g_source_new (&loop_funcs, sizeof *self);

  self->context = context;
  self->epoll_fd = -1;
  g_mutex_init (&self->lock);
  g_queue_init (&self->jobs);
  g_queue_init (&self->readers);
  g_source_set_static_name (&self->source, "qmachine-loop");
  g_source_set_callback (&self->source, never_called, self, destroyed_cb);
  /* A handler that runs a nested main loop still gets what comes after its own signal. */
  g_source_set_can_recurse (&self->source, TRUE);
  g_source_attach (&self->source, context);
  if (loops == NULL)
    loops = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (loops, context, self);

  return self;
}

static QLoop *
get (GMainContext *context, gboolean may_create)
{
  QLoop *self;

  g_mutex_lock (&loops_lock);
  self = loops != NULL ? g_hash_table_lookup (loops, context) : NULL;
  if (self != NULL)
    g_source_ref (&self->source);
  else if (may_create)
    self = create (context);
  if (self != NULL)
    self->n_users++;
  g_mutex_unlock (&loops_lock);

  return self;
}

QLoop *
q_loop_get (GMainContext *context)
{
  return get (context, TRUE);
}

QLoop *
q_loop_find (GMainContext *context)
{
  return get (context, FALSE);
}

void
q_loop_unref (QLoop *self)
{
  gboolean is_last;

  g_mutex_lock (&loops_lock);
  is_last = --self->n_users == 0 && !self->is_of_context;
  if (is_last)
    g_hash_table_remove (loops, self->context);
  g_mutex_unlock (&loops_lock);

  if (is_last)
    g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

/* -- jobs -- */

void
q_loop_add (QLoop *self, QLoopJob *job)
{
  g_mutex_lock (&self->lock);
  if (!job->added)
    {
      job->added = TRUE;
      job->link.data = job;
      job->klass->ref (job->data);
      g_queue_push_tail_link (&self->jobs, &job->link);
      /* Who is not the first finds the thread awake, or about to be; and who reads goes on with the
       * jobs. */
      if (g_atomic_int_add (&self->n_jobs, 1) == 0
          && g_atomic_pointer_get (&self->reading_thread) != g_thread_self ())
        g_main_context_wakeup (self->context);
    }
  g_mutex_unlock (&self->lock);
}

void
q_loop_remove (QLoop *self, QLoopJob *job)
{
  gboolean was_added;

  g_mutex_lock (&self->lock);
  was_added = job->added;
  if (was_added)
    {
      job->added = FALSE;
      g_queue_unlink (&self->jobs, &job->link);
      g_atomic_int_add (&self->n_jobs, -1);
    }
  g_mutex_unlock (&self->lock);

  if (was_added)
    job->klass->unref (job->data);
}

/* -- readers -- */

/* With the lock held. */
static gboolean
ensure_epoll (QLoop *self)
{
  if (g_source_is_destroyed (&self->source))
    return FALSE;

  if (self->epoll_fd < 0)
    self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd >= 0 && self->epoll_tag == NULL)
    g_atomic_pointer_set (&self->epoll_tag,
                          g_source_add_unix_fd (&self->source, self->epoll_fd, G_IO_IN));

  return self->epoll_fd >= 0;
}

int
q_loop_get_fd_for_poll (GMainContext *context, int wakeup_fd)
{
  struct epoll_event event = { .events = EPOLLIN };
  int fd = epoll_create1 (EPOLL_CLOEXEC);
  QLoop *self;

  /* Without it nothing can be read in this loop, and all else works. */
  if (fd < 0)
    return wakeup_fd;
  if (epoll_ctl (fd, EPOLL_CTL_ADD, wakeup_fd, &event) < 0)
    {
      close (fd);
      return wakeup_fd;
    }

  self = get (context, TRUE);
  self->is_of_context = TRUE;
  /* An iteration during which a descriptor is added takes the wake-up and does nothing, so the
   * context has all of them from the beginning. */
  g_mutex_lock (&self->lock);
  self->epoll_fd = fd;
  ensure_epoll (self);
  g_mutex_unlock (&self->lock);
  q_loop_unref (self);

  return fd;
}

static void
set_timer (gint64 due)
{
  gint64 left = due - g_get_monotonic_time ();
  /* A time of 0 would stop it, and one before that is refused. */
  struct itimerspec spec = { .it_value = { .tv_nsec = MAX (left, 1) * 1000 } };

  timer_set = timerfd_settime (timer_fd, 0, &spec, NULL) == 0;
}

static gboolean
timer_cb (int fd, GIOCondition condition, gpointer data)
{
  gint64 now = g_get_monotonic_time ();
  QLoopReader *first;
  guint64 count;

  if (read (fd, &count, sizeof count) < 0)
    return G_SOURCE_CONTINUE;

  timer_set = FALSE;
  while ((first = g_queue_peek_head (&armed_readers)) != NULL && first->due <= now)
    give_up_reader (first);
  if (first != NULL)
    set_timer (first->due);

  return G_SOURCE_CONTINUE;
}

static void
open_timer (void)
{
  timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer_fd < 0)
    return;

  timer_source = q_io_thread_add_fd (timer_fd, G_IO_IN, timer_cb, NULL, "qmachine-patience");
  /* As for the watches: not taken out of the poll while it is handled. */
  g_source_set_can_recurse (timer_source, TRUE);
}

static void
close_timer (void)
{
  q_source_clear (&timer_source);
  if (timer_fd >= 0)
    close (timer_fd);
  timer_fd = -1;
  timer_set = FALSE;
}

QLoopReader *
q_loop_reader_new (QLoop *loop, int fd, QLoopReaderFunc func, gpointer data)
{
  QLoopReader *self = g_new0 (QLoopReader, 1);

  if (n_readers++ == 0)
    open_timer ();
  g_source_ref (&loop->source);
  self->loop = loop;
  self->fd = fd;
  self->func = func;
  self->data = data;
  self->link.data = self;
  self->armed_link.data = self;
  g_queue_push_tail_link (&loop->readers, &self->link);

  return self;
}

void
q_loop_reader_free (QLoopReader *self)
{
  QLoop *loop = self->loop;

  q_loop_reader_disarm (self);
  set_given_up (self, FALSE);
  for (int i = 0; i < loop->n_events; i++)
    if (loop->events[i].data.ptr == self)
      loop->events[i].data.ptr = NULL;
  g_queue_unlink (&loop->readers, &self->link);
  g_source_unref (&loop->source);
  g_free (self);
  if (--n_readers == 0)
    close_timer ();
}

gboolean
q_loop_reader_is_in (QLoopReader *self, QLoop *loop)
{
  return self->loop == loop;
}

gboolean
q_loop_reader_arm (QLoopReader *self)
{
  QLoop *loop = self->loop;
  /* By the edge: it need not be armed anew after each message, and a turn that may not read is not
   * followed by another one at once. What this leaves in the socket is read when it is due. */
  struct epoll_event event = { .events = EPOLLIN | EPOLLET };
  gboolean can = TRUE;

  event.data.ptr = self;
  if (!self->armed)
    {
      g_mutex_lock (&loop->lock);
      can = timer_fd >= 0 && ensure_epoll (loop)
            && epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, self->fd, &event) == 0;
      g_mutex_unlock (&loop->lock);
    }
  if (!can)
    return FALSE;

  if (!self->armed)
    g_atomic_int_inc (&loop->n_armed);
  else
    g_queue_unlink (&armed_readers, &self->armed_link);
  self->armed = TRUE;
  loop->last_armed = self;
  set_given_up (self, FALSE);
  self->due = g_get_monotonic_time () + PATIENCE_US;
  g_queue_push_tail_link (&armed_readers, &self->armed_link);
  if (!timer_set)
    set_timer (self->due);

  return TRUE;
}

void
q_loop_reader_disarm (QLoopReader *self)
{
  QLoop *loop = self->loop;

  if (!self->armed)
    return;

  g_mutex_lock (&loop->lock);
  if (loop->epoll_fd >= 0)
    epoll_ctl (loop->epoll_fd, EPOLL_CTL_DEL, self->fd, NULL);
  g_mutex_unlock (&loop->lock);

  self->armed = FALSE;
  if (loop->last_armed == self)
    loop->last_armed = NULL;
  g_queue_unlink (&armed_readers, &self->armed_link);
  g_atomic_int_add (&loop->n_armed, -1);
}
