/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-job-private.h"

#include "io/io-thread-private.h"
#include "q-machine-private.h"

/* The jobs of a machine, as a list model that is kept current by QEMU's events. It belongs to the
 * machine, and holds no reference of it, not even while QEMU is asked something: that goes by the
 * monitor. All but q_job_list_add () happens in the main context of the machine. */
#define Q_TYPE_JOB_LIST (q_job_list_get_type ())
G_DECLARE_FINAL_TYPE (QJobList, q_job_list, Q, JOB_LIST, GObject)

struct _QJobList
{
  GObject parent_instance;

  QMachine *machine; /* its owner */
  QDispatcher *dispatcher;
  GPtrArray *jobs;
  GSource *timer; /* on the I/O thread, while there is one that works */
};

/* Not a source in the main context of the machine: a loop that turns that when the library has
 * something for it need not know of time-outs in it. */
typedef struct
{
  GWeakRef list;
  QDispatcher *dispatcher;
} Tick;

static GType
get_item_type (GListModel *model)
{
  return Q_TYPE_JOB;
}

static guint
get_n_items (GListModel *model)
{
  return Q_JOB_LIST (model)->jobs->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  QJobList *self = Q_JOB_LIST (model);

  return position < self->jobs->len ? g_object_ref (self->jobs->pdata[position]) : NULL;
}

static void
model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (QJobList, q_job_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, model_init))

static void
stop_timer (QJobList *self)
{
  q_source_clear (&self->timer);
}

static void
q_job_list_finalize (GObject *object)
{
  QJobList *self = Q_JOB_LIST (object);

  stop_timer (self);
  g_ptr_array_unref (self->jobs);
  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);

  G_OBJECT_CLASS (q_job_list_parent_class)->finalize (object);
}

static void
q_job_list_class_init (QJobListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = q_job_list_finalize;
}

static void
q_job_list_init (QJobList *self)
{
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
}

static QJob *
find (QJobList *self, const QJobKind *kind, const char *id)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      QJob *job = self->jobs->pdata[i];

      if (q_job_get_kind (job) == kind && !q_job_get_ended (job)
          && (id == NULL || g_str_equal (q_job_get_id (job), id)))
        return job;
    }

  return NULL;
}

/* The oldest, which may have ended: a new one may have its id already. */
static QJob *
find_id (QJobList *self, const char *id)
{
  for (guint i = 0; i < self->jobs->len; i++)
    if (q_job_get_kind (self->jobs->pdata[i]) == &q_job_kind_job
        && g_str_equal (q_job_get_id (self->jobs->pdata[i]), id))
      return self->jobs->pdata[i];

  return NULL;
}

static void
remove_job (QJobList *self, QJob *job)
{
  guint position;

  if (!g_ptr_array_find (self->jobs, job, &position))
    return;

  g_ptr_array_remove_index (self->jobs, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/* -- asking QEMU -- */

typedef struct
{
  QJobList *list;
  const QJobKind *kind;
  GPtrArray *jobs; /* that were there when it was asked: the reply knows them */
} Question;

static void
question_free (Question *self)
{
  g_object_unref (self->list);
  g_ptr_array_unref (self->jobs);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
send_command (QJobList *self, const char *name, JsonNode *arguments, GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (QMonitor) monitor = q_machine_dup_monitor (self->machine);
  GMainContext *context = q_dispatcher_get_context (self->dispatcher);

  /* Signals are emitted in it, and it need not be the default one of the thread. */
  g_main_context_push_thread_default (context);
  q_monitor_command_async (monitor, name, arguments, Q_MONITOR_FLAGS_NONE, Q_TIMEOUT_DEFAULT, NULL,
                           callback, user_data);
  g_main_context_pop_thread_default (context);
}

static gboolean
can_ask (QJobList *self)
{
  g_autoptr (QMonitor) monitor = NULL;

  /* That of a QEMU that has ended stays. */
  if (self->machine == NULL || !q_machine_is_running (self->machine))
    return FALSE;

  monitor = q_machine_dup_monitor (self->machine);
  return monitor != NULL;
}

static gboolean
is_gone (QJob *job)
{
  g_autoptr (GError) end = q_job_dup_error (job);

  return g_error_matches (end, Q_JOB_ERROR, Q_JOB_ERROR_GONE);
}

static void
settle (QJobList *self, QJob *job)
{
  g_autoptr (JsonNode) arguments = NULL;

  if (!q_job_get_ended (job))
    return;

  if (q_job_take_dismissal (job) && can_ask (self))
    {
      arguments = q_job_make_arguments (job);
      send_command (self, "job-dismiss", arguments, NULL, NULL);
    }
  else if (!q_job_get_kind (job)->is_a_job || is_gone (job))
    {
      /* No event tells of these. */
      remove_job (self, job);
    }
}

static void append (QJobList *self, QJob *job);

/* Those of other people, whom nobody announced. */
static void
discover (QJobList *self, JsonNode *reply)
{
  JsonArray *jobs = JSON_NODE_HOLDS_ARRAY (reply) ? json_node_get_array (reply) : NULL;

  for (guint i = 0; jobs != NULL && i < json_array_get_length (jobs); i++)
    {
      JsonNode *node = json_array_get_element (jobs, i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *id
        = object != NULL ? json_object_get_string_member_with_default (object, "id", NULL) : NULL;

      if (id != NULL && find_id (self, id) == NULL && self->machine != NULL)
        {
          g_autoptr (QJob) job = q_job_new (self->machine, &q_job_kind_job, id, NULL, FALSE);

          append (self, job);
          q_job_kind_job.take (job, reply);
        }
    }
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (JsonNode) reply = q_monitor_command_finish (Q_MONITOR (source), result, NULL);

  /* QEMU has ended, or does not know the command: the jobs stay as they were. */
  if (reply == NULL)
    return;

  for (guint i = 0; i < question->jobs->len; i++)
    {
      QJob *job = question->jobs->pdata[i];

      question->kind->take (job, reply);
      settle (question->list, job);
    }
  if (question->kind == &q_job_kind_job)
    discover (question->list, reply);
}

static void
ask (QJobList *self, const QJobKind *kind)
{
  Question *question;

  /* There may be jobs of other people. */
  if (!can_ask (self) || (kind != &q_job_kind_job && find (self, kind, NULL) == NULL))
    return;

  question = g_new (Question, 1);
  question->list = g_object_ref (self);
  question->kind = kind;
  question->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->jobs->len; i++)
    if (q_job_get_kind (self->jobs->pdata[i]) == kind)
      g_ptr_array_add (question->jobs, g_object_ref (self->jobs->pdata[i]));
  send_command (self, kind->query, NULL, answered_cb, question);
}

/* -- as long as somebody looks -- */

static void start_timer (QJobList *self);

static void
clear_tick (gpointer data)
{
  Tick *tick = data;

  g_weak_ref_clear (&tick->list);
  q_dispatcher_unref (tick->dispatcher);
}

static void
release_tick (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear_tick);
}

static gboolean
is_observed (QJobList *self, const QJobKind *kind)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      QJob *job = self->jobs->pdata[i];

      if (q_job_get_kind (job) == kind && !q_job_get_ended (job)
          && q_job_get_update_interval (job) > 0 && q_job_has_observer (job))
        return TRUE;
    }

  return FALSE;
}

static void
ticked (gpointer data)
{
  static const QJobKind *const kinds[]
    = { &q_job_kind_job, &q_job_kind_migration, &q_job_kind_dump };
  Tick *tick = data;
  g_autoptr (QJobList) self = g_weak_ref_get (&tick->list);

  for (gsize i = 0; self != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (is_observed (self, kinds[i]))
      ask (self, kinds[i]);
  if (self != NULL)
    start_timer (self);
  release_tick (tick);
}

static gboolean
tick_cb (gpointer data)
{
  Tick *tick = data;

  q_dispatcher_post (tick->dispatcher, ticked, g_atomic_rc_box_acquire (tick), release_tick, tick);
  return G_SOURCE_REMOVE;
}

static void
start_timer (QJobList *self)
{
  guint interval = 0;
  Tick *tick;

  for (guint i = 0; i < self->jobs->len; i++)
    {
      guint each = q_job_get_update_interval (self->jobs->pdata[i]);

      if (!q_job_get_ended (self->jobs->pdata[i]) && each > 0)
        interval = interval == 0 ? each : MIN (interval, each);
    }

  stop_timer (self);
  if (interval == 0)
    return;

  tick = g_atomic_rc_box_new (Tick);
  g_weak_ref_init (&tick->list, self);
  tick->dispatcher = q_dispatcher_ref (self->dispatcher);
  self->timer = g_timeout_source_new (interval);
  g_source_set_callback (self->timer, tick_cb, tick, release_tick);
  g_source_set_static_name (self->timer, "qmachine-jobs");
  g_source_attach (self->timer, q_io_thread_get_context ());
}

static void
interval_cb (QJobList *self)
{
  start_timer (self);
}

/* Where nobody turns the context, no event tells that QEMU has forgotten them. */
static void
prune (QJobList *self)
{
  for (guint i = self->jobs->len; i > 0; i--)
    if (q_job_is_forgotten (self->jobs->pdata[i - 1]))
      remove_job (self, self->jobs->pdata[i - 1]);
}

static void
append (QJobList *self, QJob *job)
{
  prune (self);
  g_ptr_array_add (self->jobs, g_object_ref (job));
  g_signal_connect_object (job, "notify::update-interval", G_CALLBACK (interval_cb), self,
                           G_CONNECT_SWAPPED);
  g_list_model_items_changed (G_LIST_MODEL (self), self->jobs->len - 1, 0, 1);
  start_timer (self);
}

/* -- what QEMU tells -- */

static const char *
get_member (QMonitorEvent *event, const char *name)
{
  JsonNode *data = q_monitor_event_get_data (event);

  if (data == NULL || !JSON_NODE_HOLDS_OBJECT (data))
    return NULL;

  return json_object_get_string_member_with_default (json_node_get_object (data), name, NULL);
}

static void
job_event_cb (QMachine *machine, QMonitorEvent *event, QJobList *self)
{
  const char *id = get_member (event, "id");
  const char *status = get_member (event, "status");
  g_autoptr (QJob) job = NULL;

  if (id == NULL || status == NULL)
    return;

  if (g_str_equal (status, "null"))
    {
      g_set_object (&job, find_id (self, id));
      if (job == NULL)
        return;
      q_job_lose (job);
      remove_job (self, job);
    }
  else
    ask (self, &q_job_kind_job);
}

static void
block_job_event_cb (QMachine *machine, QMonitorEvent *event, QJobList *self)
{
  for (guint i = 0; i < self->jobs->len; i++)
    q_job_kind_job.hear (self->jobs->pdata[i], event);
}

static void
migration_event_cb (QMachine *machine, QMonitorEvent *event, QJobList *self)
{
  if (find (self, &q_job_kind_migration, NULL) == NULL
      && g_strcmp0 (get_member (event, "status"), "setup") == 0)
    {
      g_autoptr (QJob) added
        = q_job_new (machine, &q_job_kind_migration, "migration", "migrate", FALSE);

      append (self, added);
    }
  ask (self, &q_job_kind_migration);
}

static void
dump_event_cb (QMachine *machine, QMonitorEvent *event, QJobList *self)
{
  QJob *job = find (self, &q_job_kind_dump, NULL);

  if (job != NULL)
    q_job_kind_dump.hear (job, event);
  ask (self, &q_job_kind_dump);
}

static void
exited_cb (QMachine *machine, QJobList *self)
{
  guint n_jobs = self->jobs->len;
  g_autoptr (GPtrArray) jobs = g_steal_pointer (&self->jobs);

  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  stop_timer (self);
  for (guint i = 0; i < n_jobs; i++)
    q_job_lose (jobs->pdata[i]);
  if (n_jobs > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_jobs, 0);
}

static void
detach (gpointer data)
{
  QJobList *self = data;

  self->machine = NULL;
  stop_timer (self);
  g_object_unref (self);
}

static QJobList *
get_list (QMachine *machine)
{
  static GMutex lock;
  GQuark quark = g_quark_from_static_string ("qmachine-jobs");
  QJobList *self;

  g_mutex_lock (&lock);
  self = g_object_get_qdata (G_OBJECT (machine), quark);
  if (self == NULL)
    {
      self = g_object_new (Q_TYPE_JOB_LIST, NULL);
      self->machine = machine;
      self->dispatcher
        = q_dispatcher_ref (q_launch_state_get_dispatcher (q_machine_get_launch_state (machine)));
      g_object_set_qdata_full (G_OBJECT (machine), quark, self, detach);
      g_signal_connect_object (machine, "event::JOB_STATUS_CHANGE", G_CALLBACK (job_event_cb), self,
                               0);
      g_signal_connect_object (machine, "event::BLOCK_JOB_COMPLETED",
                               G_CALLBACK (block_job_event_cb), self, 0);
      g_signal_connect_object (machine, "event::BLOCK_JOB_CANCELLED",
                               G_CALLBACK (block_job_event_cb), self, 0);
      g_signal_connect_object (machine, "event::MIGRATION", G_CALLBACK (migration_event_cb), self,
                               0);
      g_signal_connect_object (machine, "event::DUMP_COMPLETED", G_CALLBACK (dump_event_cb), self,
                               0);
      g_signal_connect_object (machine, "exited", G_CALLBACK (exited_cb), self, 0);
    }
  g_mutex_unlock (&lock);

  return self;
}

typedef struct
{
  QJobList *list;
  QJob *job;
} Addition;

static void
addition_free (gpointer data)
{
  Addition *self = data;

  g_object_unref (self->list);
  g_object_unref (self->job);
  g_free (self);
}

static void
take_over (QJobList *self, QJob *job)
{
  QJob *known = find (self, q_job_get_kind (job), q_job_get_id (job));

  /* QEMU has ended, and that may have been told: nothing more will be. */
  if (!can_ask (self))
    {
      q_job_lose (job);
      return;
    }

  /* The event was faster, and took it for somebody else's. */
  if (known != NULL && known != job)
    remove_job (self, known);
  append (self, job);
  ask (self, q_job_get_kind (job));
}

static void
add_cb (gpointer data)
{
  Addition *self = data;

  /* It may have ended, and have been waited for, or not. */
  if (q_job_get_ended (self->job))
    settle (self->list, self->job);
  else
    take_over (self->list, self->job);
  addition_free (self);
}

void
q_job_list_add (QMachine *machine, QJob *job)
{
  QJobList *self = get_list (machine);
  Addition *addition;

  if (q_dispatcher_may_emit (self->dispatcher))
    {
      take_over (self, job);
      return;
    }

  addition = g_new (Addition, 1);
  addition->list = g_object_ref (self);
  addition->job = g_object_ref (job);
  q_dispatcher_post (self->dispatcher, add_cb, addition, addition_free, self);
}

/**
 * q_machine_get_jobs:
 * @self: the machine
 *
 * Gets the jobs that there are, as a model that is kept current.
 *
 * It has those that were started here, and those that somebody else has started with QEMU's
 * commands. A job leaves it when QEMU has forgotten it; at the end of QEMU all do. It changes in
 * the main context of the machine, so a program without one sees in it what it started itself.
 *
 * ```c
 * GListModel *jobs = q_machine_get_jobs (machine);
 *
 * for (guint i = 0; i < g_list_model_get_n_items (jobs); i++)
 *   {
 *     g_autoptr (QJob) job = g_list_model_get_item (jobs, i);
 *
 *     g_print ("%s: %.0f %%\n", q_job_get_id (job), 100 * q_job_get_progress (job));
 *   }
 * ```
 *
 * Returns: (transfer none) (attributes element-type=QJob): a model of [class@Job]
 *
 * Since: 1.0
 */
GListModel *
q_machine_get_jobs (QMachine *self)
{
  QJobList *list;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);

  list = get_list (self);
  if (q_dispatcher_may_emit (list->dispatcher) && list->jobs->len == 0)
    ask (list, &q_job_kind_job);

  return G_LIST_MODEL (list);
}
