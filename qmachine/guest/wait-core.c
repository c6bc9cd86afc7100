/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/wait-core-private.h"

#include "io/interrupt-private.h"
#include "io/io-thread-private.h"
#include "q-machine-private.h"

/* So many names in the message of a time-out. */
#define MAX_NAMES 12

struct _QWaitCore
{
  gatomicrefcount ref_count;
  QMachine *machine; /* owned */
  GMainContext *context;
  GCancellable *cancellable; /* of all calls */

  GMutex lock;      /* guards the rest */
  GCond cond;       /* nobody turns the context any more, or something was found */
  gboolean turning; /* somebody turns the context: he alone touches calls that are under way */
  guint n_late;     /* who waits for that, and may not wait for longer */
  gboolean closed;
  GPtrArray *sources;
  guint n_armed;
  QWaitSource *end;        /* which is always waited for; not in the array */
  guint exit_number;       /* of who asked for it; 0 for nobody, or when it was told */
  GQueue found;            /* of Found */
  QEventListener *witness; /* of all events, for messages; NULL if none are waited for */
  guint64 n_calls;         /* of next() */
  gboolean not_launched;   /* the last look found no launch */
  gboolean ended;
  QWaitFinding exit; /* when it has ended */
  GError *end_error; /* likewise: what to say who did not wait for it */
};

/* A result, or what a source failed with. */
typedef struct
{
  QWaitResult *result;
  GError *error;
  QWaitSource *source; /* that can go on when this was taken; NULL for none */
} Found;

typedef struct
{
  QWaitCore *core; /* owned */
  QWaitSource *source;
  guint64 n_calls; /* of next(), when it began */
} Arming;

static void
found_free (gpointer data)
{
  Found *found = data;

  g_clear_object (&found->result);
  g_clear_error (&found->error);
  g_free (found);
}

QWaitCore *
q_wait_core_new (QMachine *machine)
{
  QWaitCore *self = g_new0 (QWaitCore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->machine = g_object_ref (machine);
  self->context = g_main_context_new ();
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify)q_wait_source_free);
  self->end = q_wait_source_new (Q_WAIT_KIND_EXIT, g_strdup ("the end of QEMU"));
  g_queue_init (&self->found);

  return self;
}

static QWaitCore *
core_ref (QWaitCore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_wait_core_unref (QWaitCore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_queue_clear_full (&self->found, found_free);
  g_clear_error (&self->end_error);
  g_ptr_array_unref (self->sources);
  q_wait_source_free (self->end);
  g_clear_object (&self->witness);
  g_object_unref (self->cancellable);
  g_object_unref (self->machine);
  q_io_thread_unref_context (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

QMachine *
q_wait_core_get_machine (QWaitCore *self)
{
  return self->machine;
}

/* -- the end of QEMU -- */

static void
take_end (QWaitCore *self, const QWaitFinding *finding)
{
  self->ended = TRUE;
  self->exit = *finding;
  self->end_error
    = g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED, self->end->end_text);
}

static void
note_not_launched (QWaitCore *self, guint64 n_calls)
{
  if (n_calls == self->n_calls)
    self->not_launched = TRUE;
}

static void
take_end_failure (QWaitCore *self, guint64 n_calls, GError *error)
{
  if (g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED))
    {
      note_not_launched (self, n_calls);
    }
  else if (!g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING))
    {
      /* Only who closes it cancels. */
      self->end->over = TRUE;
    }
  else if (self->end->launch_was_there)
    {
      self->ended = TRUE;
      self->end_error = g_error_new_literal (Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                                             "next: the machine was detached");
    }
  else
    {
      note_not_launched (self, n_calls);
    }
  g_error_free (error);
}

/* -- what the calls come to -- */

/* The end itself tells more. */
static gboolean
is_end_of_launch (QWaitCore *self, const GError *error)
{
  if (g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING))
    return q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPED;

  return g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Takes over the error. */
static void
take_failure (QWaitCore *self, QWaitSource *source, guint64 n_calls, GError *error)
{
  Found *found;

  if (g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING)
      && !source->launch_was_there && !self->ended)
    {
      note_not_launched (self, n_calls);
      g_error_free (error);
      return;
    }

  source->over = TRUE;
  if (self->ended || is_end_of_launch (self, error))
    {
      g_error_free (error);
      return;
    }

  found = g_new0 (Found, 1);
  g_prefix_error (&error, "next: %s: ", source->what);
  found->error = error;
  g_queue_push_tail (&self->found, found);
}

static void
take_finding (QWaitCore *self, QWaitSource *source, const QWaitFinding *finding)
{
  Found *found = g_new0 (Found, 1);

  found->result = q_wait_result_new (finding);
  found->source = source;
  source->held = TRUE;
  g_queue_push_tail (&self->found, found);
}

/* Who turns the context is here. */
static void
called_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Arming *arming = data;
  QWaitCore *self = arming->core;
  QWaitSource *source = arming->source;
  QWaitFinding finding;
  GError *error = NULL;
  gboolean good, was_over;

  g_mutex_lock (&self->lock);
  was_over = source->over;
  good = q_wait_source_finish (source, object, result, &finding, &error);
  self->n_armed--;
  if (source == self->end && good)
    {
      take_end (self, &finding);
    }
  else if (source == self->end)
    {
      take_end_failure (self, arming->n_calls, error);
    }
  else if (was_over)
    {
      g_clear_error (&error);
    }
  else if (good)
    {
      take_finding (self, source, &finding);
    }
  else
    {
      take_failure (self, source, arming->n_calls, error);
    }
  g_mutex_unlock (&self->lock);
  q_wait_core_unref (self);
}

static void
arm (QWaitCore *self, QWaitSource *source)
{
  Arming *arming;

  if (source->armed || source->held || source->over)
    return;

  arming = g_new0 (Arming, 1);
  arming->core = self;
  arming->source = source;
  arming->n_calls = self->n_calls;
  core_ref (self);
  self->n_armed++;
  q_wait_source_arm (source, self->machine, self->cancellable, called_cb, arming);
}

/* After the end: what came before it may still be there, but in a launch that came since there is
 * nothing for this set. */
static void
arm_after_end (QWaitCore *self, QWaitSource *source)
{
  gboolean is_new_launch = q_machine_get_state (self->machine) != Q_MACHINE_STATE_STOPPED;

  if (source->kind != Q_WAIT_KIND_EVENT && !source->armed
      && (is_new_launch || source->kind == Q_WAIT_KIND_AGENT))
    source->over = TRUE;
  arm (self, source);
}

/* With the lock held: the calls never come back at once. */
static void
arm_all (QWaitCore *self)
{
  if (self->closed)
    return;

  g_main_context_push_thread_default (self->context);
  for (guint i = 0; i < self->sources->len; i++)
    {
      if (self->ended)
        arm_after_end (self, g_ptr_array_index (self->sources, i));
      else
        arm (self, g_ptr_array_index (self->sources, i));
    }
  if (!self->ended)
    arm (self, self->end);
  g_main_context_pop_thread_default (self->context);
}

/* Whether all is told that came before the end. */
static gboolean
is_quiet (QWaitCore *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QWaitSource *source = g_ptr_array_index (self->sources, i);

      /* An agent need not hear of the end of its machine. */
      if (source->kind != Q_WAIT_KIND_AGENT && !source->over)
        return FALSE;
    }

  return g_queue_is_empty (&self->found);
}

/* -- turning -- */

static gboolean
go_on_cb (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* Whether the I/O thread has done all that it was told before. */
typedef struct
{
  GMainContext *context;
  gboolean answered;
} Question;

static gboolean
answered_cb (gpointer data)
{
  Question *question = data;

  question->answered = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
question_cb (gpointer data)
{
  Question *question = data;
  g_autoptr (GSource) answer = g_idle_source_new ();

  /* In turn with the results, whose calls have this priority. */
  g_source_set_priority (answer, G_PRIORITY_DEFAULT);
  g_source_set_callback (answer, answered_cb, question, NULL);
  g_source_attach (answer, question->context);
  return G_SOURCE_REMOVE;
}

/* Takes the turn, with the lock held. Returns whether there is something to wait for. */
static gboolean
begin_turn (QWaitCore *self)
{
  gboolean is_over;

  self->turning = TRUE;
  arm_all (self);
  is_over = self->ended && is_quiet (self);
  g_mutex_unlock (&self->lock);

  return !is_over;
}

static void
end_turn (QWaitCore *self)
{
  g_mutex_lock (&self->lock);
  self->turning = FALSE;
  g_cond_broadcast (&self->cond);
}

/* Until something comes, or the time has come. */
static void
turn_until (QWaitCore *self, gint64 deadline)
{
  g_autoptr (GSource) timer = NULL;
  gboolean may_block = begin_turn (self);

  if (deadline != G_MAXINT64)
    {
      timer = g_timeout_source_new (0);
      g_source_set_ready_time (timer, deadline);
      g_source_set_callback (timer, go_on_cb, NULL, NULL);
      g_source_attach (timer, self->context);
    }
  g_main_context_iteration (self->context, may_block);
  if (timer != NULL)
    g_source_destroy (timer);
  end_turn (self);
}

/* With the lock held. */
static void
take_known (QWaitCore *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QWaitSource *source = g_ptr_array_index (self->sources, i);
      QWaitFinding finding;

      if (source->armed && !source->over && q_wait_source_find_known (source, &finding))
        take_finding (self, source, &finding);
    }
}

/* The time is over: what is there already counts. */
static void
turn_for_the_last_time (QWaitCore *self)
{
  Question question = { .context = self->context };

  self->n_late++;
  while (self->turning)
    {
      g_main_context_wakeup (self->context);
      g_cond_wait (&self->cond, &self->lock);
    }
  self->n_late--;

  begin_turn (self);
  q_io_thread_post (question_cb, &question);
  while (!question.answered)
    g_main_context_iteration (self->context, TRUE);
  end_turn (self);
  take_known (self);
}

/* -- what is taken -- */

/* So many names of events that came, since something was taken last, as a text; NULL for none. */
static char *
take_names (QWaitCore *self)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  QMonitorEvent *event;
  guint n_more = 0;

  while (self->witness != NULL && (event = q_event_listener_pop (self->witness)) != NULL)
    {
      const char *name = q_monitor_event_get_name (event);
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name));

      if (count == 0 && names->len == MAX_NAMES)
        {
          n_more++;
        }
      else
        {
          char *key = g_strdup (name);

          /* The key that is there stays. */
          g_hash_table_insert (counts, key, GUINT_TO_POINTER (count + 1));
          if (count == 0)
            g_ptr_array_add (names, key);
        }
      g_object_unref (event);
    }

  for (guint i = 0; i < names->len; i++)
    {
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, names->pdata[i]));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (char *)names->pdata[i]);
      if (count > 1)
        g_string_append_printf (text, " (%u times)", count);
    }
  if (n_more > 0)
    g_string_append_printf (text, " and %u more", n_more);

  return names->len > 0 ? g_strdup (text->str) : NULL;
}

static GError *
new_time_out_error (QWaitCore *self, int timeout)
{
  g_autofree char *names = take_names (self);
  g_autoptr (GString) text = g_string_new (NULL);

  if (timeout == 0)
    g_string_append (text, "next: nothing that is waited for is there yet");
  else
    g_string_append_printf (text, "next: nothing that is waited for came within %d ms", timeout);
  for (guint i = 0; i < self->sources->len; i++)
    q_wait_source_describe (g_ptr_array_index (self->sources, i), self->machine, names, text);

  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, text->str);
}

/* TRUE if there is something to return, be it an error. */
static gboolean
take_found (QWaitCore *self, QWaitResult **result, GError **error)
{
  Found *found = g_queue_pop_head (&self->found);

  if (found == NULL)
    return FALSE;

  if (found->source != NULL)
    found->source->held = FALSE;
  *result = g_steal_pointer (&found->result);
  if (found->error != NULL)
    g_propagate_error (error, g_steal_pointer (&found->error));
  found_free (found);
  g_free (take_names (self));

  /* What comes from now on is in order with all else, without waiting for the next call. */
  if (!self->turning)
    arm_all (self);
  return TRUE;
}

/* Likewise, of what holds for the whole set. */
static gboolean
take_state (QWaitCore *self, QWaitResult **result, GError **error)
{
  if (self->closed)
    {
      g_set_error_literal (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED,
                           "next: the set was closed");
      return TRUE;
    }
  if (self->sources->len == 0)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                           "next: nothing is waited for: the set is empty");
      return TRUE;
    }
  if (take_found (self, result, error))
    return TRUE;

  if (self->ended && is_quiet (self))
    {
      self->exit.number = self->exit_number;
      self->exit_number = 0;
      if (self->exit.number != 0 && self->exit.exit_kind != Q_EXIT_KIND_NONE)
        *result = q_wait_result_new (&self->exit);
      else
        g_propagate_error (error, g_error_copy (self->end_error));
      return TRUE;
    }
  if (self->not_launched)
    {
      g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                           "next: the machine was not launched");
      return TRUE;
    }

  return FALSE;
}

static void
wake (QWaitCore *self)
{
  g_main_context_wakeup (self->context);
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
cancelled_cb (GCancellable *cancellable, gpointer core)
{
  wake (core);
}

/* With the lock held: until something may have changed. */
static void
wait_a_while (QWaitCore *self, gint64 deadline)
{
  gint64 until = deadline;

  if (q_interrupt_is_watched ())
    {
      gint64 look = g_get_monotonic_time () + Q_INTERRUPT_MS * 1000;

      until = MIN (deadline, look);
    }

  if (!self->turning && self->n_late == 0)
    turn_until (self, until);
  else if (until == G_MAXINT64)
    g_cond_wait (&self->cond, &self->lock);
  else
    g_cond_wait_until (&self->cond, &self->lock, until);
}

static gboolean
is_interrupted (QWaitCore *self)
{
  gboolean interrupted;

  if (!q_interrupt_is_watched ())
    return FALSE;

  g_mutex_unlock (&self->lock);
  interrupted = q_interrupt_check ();
  g_mutex_lock (&self->lock);

  return interrupted;
}

static QWaitResult *
wait_for_next (QWaitCore *self, int timeout, GCancellable *cancellable, GError **error)
{
  gint64 deadline = timeout < 0 ? G_MAXINT64 : g_get_monotonic_time () + timeout * 1000LL;
  QWaitResult *result = NULL;
  gboolean is_last = FALSE;

  while (!take_state (self, &result, error))
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      if (is_interrupted (self))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "next: interrupted");
          break;
        }
      if (is_last)
        {
          g_propagate_error (error, new_time_out_error (self, timeout));
          break;
        }

      if (g_get_monotonic_time () < deadline)
        {
          wait_a_while (self, deadline);
          continue;
        }
      turn_for_the_last_time (self);
      is_last = TRUE;
    }

  return result;
}

static gboolean
check_call (int timeout, GError **error)
{
  if (timeout < -1)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "next: %d ms is no time limit", timeout);
      return FALSE;
    }
  if (!q_io_thread_can_wait ())
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           q_io_thread_is_of_parent ()
                             ? "next: not in a forked child, which has no thread for it"
                             : "next: not in a finalizer that runs in the library's thread");
      return FALSE;
    }

  return TRUE;
}

QWaitResult *
q_wait_core_next (QWaitCore *self, int timeout, GCancellable *cancellable, GError **error)
{
  QWaitResult *result;
  gulong id = 0;

  if (!check_call (timeout, error) || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  g_mutex_lock (&self->lock);
  /* What an earlier one found may have changed. */
  self->n_calls++;
  self->not_launched = FALSE;
  result = wait_for_next (self, timeout, cancellable, error);
  g_mutex_unlock (&self->lock);
  if (id != 0)
    g_cancellable_disconnect (cancellable, id);
  /* While an error is made one of a language, a signal would break it. */
  if (result == NULL && q_interrupt_is_watched ())
    q_interrupt_check ();

  return result;
}

/* -- the rest -- */

guint
q_wait_core_add (QWaitCore *self, QWaitSource *source, GError **error)
{
  guint number = 0;

  g_mutex_lock (&self->lock);
  if (self->closed)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED, "add: the set was closed");
    }
  else if (self->sources->len == Q_WAIT_MAX_SOURCES)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add: a set waits for at most %d things", Q_WAIT_MAX_SOURCES);
    }
  else
    {
      number = source->number = self->sources->len + 1;
      if (source->kind == Q_WAIT_KIND_EVENT && self->witness == NULL)
        self->witness = q_machine_listen (self->machine, NULL, NULL, NULL);
      if (source->kind == Q_WAIT_KIND_EXIT && self->exit_number == 0)
        self->exit_number = number;
      source->over = source->kind == Q_WAIT_KIND_EXIT;
      g_ptr_array_add (self->sources, g_steal_pointer (&source));
      if (self->turning)
        g_main_context_wakeup (self->context);
      else if (q_io_thread_can_wait ()
               && q_machine_get_state (self->machine) == Q_MACHINE_STATE_RUNNING)
        arm_all (self);
    }
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&source, q_wait_source_free);

  return number;
}

void
q_wait_core_put_back (QWaitCore *self, QWaitResult *result)
{
  g_mutex_lock (&self->lock);
  if (!self->closed)
    {
      Found *found = g_new0 (Found, 1);

      found->result = g_object_ref (result);
      g_queue_push_head (&self->found, found);
    }
  g_mutex_unlock (&self->lock);
  wake (self);
}

static gpointer
settle (gpointer core)
{
  QWaitCore *self = core;

  g_cancellable_cancel (self->cancellable);
  g_mutex_lock (&self->lock);
  while (self->turning)
    g_cond_wait (&self->cond, &self->lock);
  while (self->n_armed > 0)
    {
      begin_turn (self);
      g_main_context_iteration (self->context, TRUE);
      end_turn (self);
    }
  g_queue_clear_full (&self->found, found_free);
  g_mutex_unlock (&self->lock);
  q_wait_core_unref (self);

  return NULL;
}

void
q_wait_core_close (QWaitCore *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
  wake (self);

  /* What is still awaited keeps the machine. In a forked child it is the parent's. */
  if (q_io_thread_can_wait ())
    settle (core_ref (self));
  else if (!q_io_thread_is_of_parent ())
    g_thread_unref (g_thread_new ("qmachine-wait-end", settle, core_ref (self)));
}
