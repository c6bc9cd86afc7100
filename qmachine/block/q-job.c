/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/q-job-private.h"

#include "q-enum-types.h"
#include "q-enums-private.h"
#include "q-machine-private.h"

#define UPDATE_INTERVAL 250 /* ms, between two questions for the progress */

/**
 * QJob:
 *
 * Something that QEMU does in the background: a job of its block layer, a migration, or a dump of
 * the guest's memory.
 *
 * [method@Machine.start_job] starts one, [method@Machine.get_jobs] knows all that there are, also
 * those that somebody else has started. All have one face, though not all can do the same:
 * [property@Job:can-pause], [property@Job:can-cancel] and [property@Job:can-complete] say what a
 * job can do now.
 *
 * A job that was started here stays with QEMU when it has ended, until the object has seen how:
 * so no error is lost. Then the object dismisses it, and keeps [property@Job:error]. One that
 * somebody else has started is theirs to dismiss.
 *
 * Properties are notified in the main context of the machine. QEMU tells of each change of
 * [property@Job:status], and of the progress it does not tell: as long as somebody is connected to
 * `notify` of the progress, QEMU is asked every [property@Job:update-interval] milliseconds. So a
 * progress bar that is bound to [property@Job:progress] moves, and a job at which nobody looks
 * costs nothing.
 *
 * A job does not keep its machine alive. All methods can be called from any thread.
 *
 * Since: 1.0
 */
struct _QJob
{
  GObject parent_instance;

  GWeakRef machine;
  QDispatcher *dispatcher;
  const QJobKind *kind;
  char *id;
  gboolean owned;
  QEventListener *listener; /* of a dump, from before it began; it alone knows why one failed */

  GMutex lock; /* of all that follows */
  QJobState state;
  gboolean dismissed;
  guint update_interval;
};

G_DEFINE_FINAL_TYPE (QJob, q_job, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_JOB_TYPE,
  PROP_STATUS,
  PROP_ENDED,
  PROP_ERROR,
  PROP_PROGRESS,
  PROP_CURRENT,
  PROP_TOTAL,
  PROP_RATE,
  PROP_UPDATE_INTERVAL,
  PROP_CAN_PAUSE,
  PROP_CAN_RESUME,
  PROP_CAN_CANCEL,
  PROP_CAN_COMPLETE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* -- properties -- */

static void
q_job_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QJob *self = Q_JOB (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_JOB_TYPE:
      g_value_take_string (value, q_job_dup_job_type (self));
      break;
    case PROP_STATUS:
      g_value_set_enum (value, q_job_get_status (self));
      break;
    case PROP_ENDED:
      g_value_set_boolean (value, q_job_get_ended (self));
      break;
    case PROP_ERROR:
      g_value_take_boxed (value, q_job_dup_error (self));
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, q_job_get_progress (self));
      break;
    case PROP_CURRENT:
      g_value_set_uint64 (value, q_job_get_current (self));
      break;
    case PROP_TOTAL:
      g_value_set_uint64 (value, q_job_get_total (self));
      break;
    case PROP_RATE:
      g_value_set_double (value, q_job_get_rate (self));
      break;
    case PROP_UPDATE_INTERVAL:
      g_value_set_uint (value, q_job_get_update_interval (self));
      break;
    case PROP_CAN_PAUSE:
      g_value_set_boolean (value, q_job_get_can_pause (self));
      break;
    case PROP_CAN_RESUME:
      g_value_set_boolean (value, q_job_get_can_resume (self));
      break;
    case PROP_CAN_CANCEL:
      g_value_set_boolean (value, q_job_get_can_cancel (self));
      break;
    case PROP_CAN_COMPLETE:
      g_value_set_boolean (value, q_job_get_can_complete (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_job_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_UPDATE_INTERVAL)
    q_job_set_update_interval (Q_JOB (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
q_job_finalize (GObject *object)
{
  QJob *self = Q_JOB (object);

  g_weak_ref_clear (&self->machine);
  g_clear_pointer (&self->dispatcher, q_dispatcher_unref);
  g_clear_object (&self->listener);
  q_job_state_clear (&self->state);
  g_free (self->id);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (q_job_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QJob:id: (getter get_id)
   *
   * QEMU's name for the job: `migration` and `dump` for what is none in QEMU's words. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);

  /**
   * QJob:job-type: (getter dup_job_type)
   *
   * What it does, in QEMU's words: `mirror`, `backup`, `commit`, `stream`, `create`,
   * `snapshot-save` and so on, or `migrate`, or `dump`. %NULL for a job of somebody else's, until
   * QEMU has been asked.
   *
   * Since: 1.0
   */
  properties[PROP_JOB_TYPE] = g_param_spec_string ("job-type", NULL, NULL, NULL, flags);

  /**
   * QJob:status: (getter get_status)
   *
   * Where it stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS]
    = g_param_spec_enum ("status", NULL, NULL, Q_TYPE_JOB_STATUS, Q_JOB_STATUS_UNDEFINED, flags);

  /**
   * QJob:ended: (getter get_ended)
   *
   * Whether it has ended, well or not: nothing changes any more.
   *
   * Since: 1.0
   */
  properties[PROP_ENDED] = g_param_spec_boolean ("ended", NULL, NULL, FALSE, flags);

  /**
   * QJob:error: (getter dup_error)
   *
   * Why it did not end well: a [error@JobError]. %NULL as long as it has not ended, and for one
   * that did its work.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);

  /**
   * QJob:progress: (getter get_progress)
   *
   * How much is done, from 0.0 to 1.0; -1.0 while that is not known. It never falls, though the
   * whole may grow while the guest writes. It is 1.0 at the end only if the job has ended well.
   *
   * Since: 1.0
   */
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, -1.0, 1.0, -1.0, flags);

  /**
   * QJob:current: (getter get_current)
   *
   * How much is done, mostly in bytes: QEMU's number of the last time when it was asked.
   *
   * Since: 1.0
   */
  properties[PROP_CURRENT] = g_param_spec_uint64 ("current", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QJob:total: (getter get_total)
   *
   * How much there is to do, in the same unit as [property@Job:current]; 0 while that is not known.
   * It may grow.
   *
   * Since: 1.0
   */
  properties[PROP_TOTAL] = g_param_spec_uint64 ("total", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * QJob:rate: (getter get_rate)
   *
   * How fast it goes, in bytes a second, by the last two times when QEMU was asked; -1.0 while that
   * is not known.
   *
   * Since: 1.0
   */
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, -1.0, G_MAXDOUBLE, -1.0, flags);

  /**
   * QJob:update-interval: (getter get_update_interval) (setter set_update_interval)
   *
   * How often QEMU is asked for the progress while somebody follows it, in milliseconds; 0 for
   * never.
   *
   * Since: 1.0
   */
  properties[PROP_UPDATE_INTERVAL] = g_param_spec_uint (
    "update-interval", NULL, NULL, 0, 60 * 60 * 1000, UPDATE_INTERVAL, flags | G_PARAM_WRITABLE);

  /**
   * QJob:can-pause: (getter get_can_pause)
   *
   * Whether [method@Job.pause] can do something now.
   *
   * Since: 1.0
   */
  properties[PROP_CAN_PAUSE] = g_param_spec_boolean ("can-pause", NULL, NULL, FALSE, flags);

  /**
   * QJob:can-resume: (getter get_can_resume)
   *
   * Whether it is paused, and [method@Job.resume] lets it go on.
   *
   * Since: 1.0
   */
  properties[PROP_CAN_RESUME] = g_param_spec_boolean ("can-resume", NULL, NULL, FALSE, flags);

  /**
   * QJob:can-cancel: (getter get_can_cancel)
   *
   * Whether [method@Job.cancel] can do something now.
   *
   * Since: 1.0
   */
  properties[PROP_CAN_CANCEL] = g_param_spec_boolean ("can-cancel", NULL, NULL, FALSE, flags);

  /**
   * QJob:can-complete: (getter get_can_complete)
   *
   * Whether it is ready, and ends its work by [method@Job.complete] only.
   *
   * Since: 1.0
   */
  properties[PROP_CAN_COMPLETE] = g_param_spec_boolean ("can-complete", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_job_class_init (QJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = q_job_get_property;
  object_class->set_property = q_job_set_property;
  object_class->finalize = q_job_finalize;
  q_enum_read_as_nick (Q_TYPE_JOB_STATUS);
  install_properties (object_class);
}

static void
q_job_init (QJob *self)
{
  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->machine, NULL);
  self->kind = &q_job_kind_job;
  q_job_state_init (&self->state, NULL);
  self->update_interval = UPDATE_INTERVAL;
}

QJob *
q_job_new (QMachine *machine, const QJobKind *kind, const char *id, const char *type,
           gboolean owned)
{
  QJob *self = g_object_new (Q_TYPE_JOB, NULL);

  g_weak_ref_set (&self->machine, machine);
  self->dispatcher
    = q_dispatcher_ref (q_launch_state_get_dispatcher (q_machine_get_launch_state (machine)));
  self->kind = kind;
  self->id = g_strdup (id);
  q_job_state_set_type (&self->state, type);
  self->owned = owned;

  return self;
}

const QJobKind *
q_job_get_kind (QJob *self)
{
  return self->kind;
}

gboolean
q_job_is_owned (QJob *self)
{
  return self->owned;
}

void
q_job_set_listener (QJob *self, QEventListener *listener)
{
  self->listener = listener;
}

void
q_job_hear_all (QJob *self)
{
  for (;;)
    {
      g_autoptr (QMonitorEvent) event
        = self->listener != NULL ? q_event_listener_pop (self->listener) : NULL;

      if (event == NULL)
        return;
      self->kind->hear (self, event);
    }
}

gboolean
q_job_has_observer (QJob *self)
{
  static const int asked_for[] = { PROP_PROGRESS, PROP_CURRENT, PROP_TOTAL, PROP_RATE };
  guint notify = g_signal_lookup ("notify", G_TYPE_OBJECT);

  for (gsize i = 0; i < G_N_ELEMENTS (asked_for); i++)
    {
      GQuark detail = g_param_spec_get_name_quark (properties[asked_for[i]]);

      if (g_signal_has_handler_pending (self, notify, detail, FALSE))
        return TRUE;
    }

  return FALSE;
}

QMachine *
q_job_dup_machine (QJob *self, const char *call, GError **error)
{
  QMachine *machine = g_weak_ref_get (&self->machine);

  if (machine == NULL)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING,
                 "%s: the machine of job \"%s\" is gone", call, self->id);

  return machine;
}

/* -- changes -- */

static const struct
{
  QJobChanges change;
  guint prop_id;
} followed[] = {
  { Q_JOB_CHANGE_TYPE, PROP_JOB_TYPE },
  { Q_JOB_CHANGE_STATUS, PROP_STATUS },
  { Q_JOB_CHANGE_ENDED, PROP_ENDED },
  { Q_JOB_CHANGE_ERROR, PROP_ERROR },
  { Q_JOB_CHANGE_PROGRESS, PROP_PROGRESS },
  { Q_JOB_CHANGE_CURRENT, PROP_CURRENT },
  { Q_JOB_CHANGE_TOTAL, PROP_TOTAL },
  { Q_JOB_CHANGE_RATE, PROP_RATE },
  { Q_JOB_CHANGE_TYPE | Q_JOB_CHANGE_STATUS | Q_JOB_CHANGE_ENDED, PROP_CAN_PAUSE },
  { Q_JOB_CHANGE_TYPE | Q_JOB_CHANGE_STATUS | Q_JOB_CHANGE_ENDED, PROP_CAN_RESUME },
  { Q_JOB_CHANGE_TYPE | Q_JOB_CHANGE_STATUS | Q_JOB_CHANGE_ENDED, PROP_CAN_CANCEL },
  { Q_JOB_CHANGE_TYPE | Q_JOB_CHANGE_STATUS | Q_JOB_CHANGE_ENDED, PROP_CAN_COMPLETE },
};

typedef struct
{
  QJob *job;
  QJobChanges changes;
} Notification;

static void
emit_changes (QJob *self, QJobChanges changes)
{
  g_object_freeze_notify (G_OBJECT (self));
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    if ((changes & followed[i].change) != 0)
      g_object_notify_by_pspec (G_OBJECT (self), properties[followed[i].prop_id]);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
notification_free (gpointer data)
{
  Notification *notification = data;

  g_object_unref (notification->job);
  g_free (notification);
}

static void
notify_cb (gpointer data)
{
  Notification *notification = data;

  emit_changes (notification->job, notification->changes);
  notification_free (notification);
}

/* Drops the lock. */
static void
unlock_and_notify (QJob *self, QJobChanges changes)
{
  Notification *notification;

  g_mutex_unlock (&self->lock);
  if (changes == 0)
    return;
  if (q_dispatcher_may_emit (self->dispatcher))
    {
      emit_changes (self, changes);
      return;
    }

  notification = g_new (Notification, 1);
  notification->job = g_object_ref (self);
  notification->changes = changes;
  q_dispatcher_post (self->dispatcher, notify_cb, notification, notification_free, self);
}

void
q_job_set_type (QJob *self, const char *type)
{
  g_mutex_lock (&self->lock);
  unlock_and_notify (self, q_job_state_set_type (&self->state, type));
}

void
q_job_take_reading (QJob *self, const QJobReading *reading)
{
  g_mutex_lock (&self->lock);
  unlock_and_notify (self, q_job_state_take_reading (&self->state, reading, self->id));
}

void
q_job_lose (QJob *self)
{
  g_mutex_lock (&self->lock);
  self->dismissed = TRUE; /* by whom ever */
  unlock_and_notify (self, q_job_state_lose (&self->state, self->id));
}

void
q_job_set_problem (QJob *self, const char *problem)
{
  g_mutex_lock (&self->lock);
  q_job_state_set_problem (&self->state, problem);
  g_mutex_unlock (&self->lock);
}

gboolean
q_job_is_forgotten (QJob *self)
{
  gboolean forgotten;

  g_mutex_lock (&self->lock);
  forgotten = self->state.ended && (self->dismissed || !self->owned || !self->kind->is_a_job);
  g_mutex_unlock (&self->lock);

  return forgotten;
}

gboolean
q_job_take_dismissal (QJob *self)
{
  gboolean taken;

  g_mutex_lock (&self->lock);
  taken = self->owned && self->state.ended && self->kind->is_a_job && !self->dismissed;
  self->dismissed |= taken;
  g_mutex_unlock (&self->lock);

  return taken;
}

JsonNode *
q_job_make_arguments (QJob *self)
{
  JsonObject *object;
  JsonNode *node;

  if (!self->kind->is_a_job)
    return NULL;

  object = json_object_new ();
  json_object_set_string_member (object, "id", self->id);
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);

  return node;
}

/* -- getters -- */

#define LOCKED_GETTER(Type, name, expression)                                                      \
  Type q_job_get_##name (QJob *self)                                                               \
  {                                                                                                \
    Type value;                                                                                    \
                                                                                                   \
    g_return_val_if_fail (Q_IS_JOB (self), (Type)0);                                               \
                                                                                                   \
    g_mutex_lock (&self->lock);                                                                    \
    value = (expression);                                                                          \
    g_mutex_unlock (&self->lock);                                                                  \
                                                                                                   \
    return value;                                                                                  \
  }

QJobAbilities
q_job_get_abilities (QJob *self)
{
  QJobAbilities abilities;

  g_mutex_lock (&self->lock);
  abilities = q_job_state_get_abilities (&self->state);
  g_mutex_unlock (&self->lock);

  return abilities;
}

/**
 * q_job_get_id:
 * @self: a job
 *
 * Gets QEMU's name for the job.
 *
 * Returns: the id; never changes
 *
 * Since: 1.0
 */
const char *
q_job_get_id (QJob *self)
{
  g_return_val_if_fail (Q_IS_JOB (self), NULL);

  return self->id;
}

/**
 * q_job_dup_job_type:
 * @self: a job
 *
 * Gets [property@Job:job-type].
 *
 * Returns: (nullable): QEMU's name for the type
 *
 * Since: 1.0
 */
char *
q_job_dup_job_type (QJob *self)
{
  char *type;

  g_return_val_if_fail (Q_IS_JOB (self), NULL);

  g_mutex_lock (&self->lock);
  type = g_strdup (self->state.type);
  g_mutex_unlock (&self->lock);

  return type;
}

/**
 * q_job_get_status:
 * @self: a job
 *
 * Gets where the job stands, as far as QEMU has told.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
LOCKED_GETTER (QJobStatus, status, self->state.status)

/**
 * q_job_get_ended:
 * @self: a job
 *
 * Gets whether the job has ended, well or not.
 *
 * Returns: %TRUE if nothing changes any more
 *
 * Since: 1.0
 */
LOCKED_GETTER (gboolean, ended, self->state.ended)

/**
 * q_job_dup_error:
 * @self: a job
 *
 * Gets why the job did not end well.
 *
 * Returns: (nullable) (transfer full): a [error@JobError]
 *
 * Since: 1.0
 */
GError *
q_job_dup_error (QJob *self)
{
  GError *error;

  g_return_val_if_fail (Q_IS_JOB (self), NULL);

  g_mutex_lock (&self->lock);
  error = self->state.error != NULL ? g_error_copy (self->state.error) : NULL;
  g_mutex_unlock (&self->lock);

  return error;
}

/**
 * q_job_get_progress:
 * @self: a job
 *
 * Gets how much is done: [property@Job:progress].
 *
 * Returns: 0.0 to 1.0, or -1.0
 *
 * Since: 1.0
 */
LOCKED_GETTER (double, progress, self->state.progress)

/**
 * q_job_get_current:
 * @self: a job
 *
 * Gets how much is done: [property@Job:current].
 *
 * Returns: a number, mostly of bytes
 *
 * Since: 1.0
 */
LOCKED_GETTER (guint64, current, self->state.current)

/**
 * q_job_get_total:
 * @self: a job
 *
 * Gets how much there is to do: [property@Job:total].
 *
 * Returns: a number, mostly of bytes
 *
 * Since: 1.0
 */
LOCKED_GETTER (guint64, total, self->state.total)

/**
 * q_job_get_rate:
 * @self: a job
 *
 * Gets how fast it goes: [property@Job:rate].
 *
 * Returns: bytes a second, or -1.0
 *
 * Since: 1.0
 */
LOCKED_GETTER (double, rate, self->state.rate)

/**
 * q_job_get_update_interval:
 * @self: a job
 *
 * Gets how often QEMU is asked for the progress while somebody follows it.
 *
 * Returns: milliseconds, 0 for never
 *
 * Since: 1.0
 */
LOCKED_GETTER (guint, update_interval, self->update_interval)

/**
 * q_job_set_update_interval: (set-property update-interval)
 * @self: a job
 * @update_interval: milliseconds, up to an hour; 0 for never
 *
 * Sets how often QEMU is asked for the progress while somebody follows it.
 *
 * Since: 1.0
 */
void
q_job_set_update_interval (QJob *self, guint update_interval)
{
  gboolean changed;

  g_return_if_fail (Q_IS_JOB (self));
  g_return_if_fail (update_interval <= 60 * 60 * 1000);

  g_mutex_lock (&self->lock);
  changed = self->update_interval != update_interval;
  self->update_interval = update_interval;
  g_mutex_unlock (&self->lock);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UPDATE_INTERVAL]);
}

/**
 * q_job_get_can_pause:
 * @self: a job
 *
 * Gets whether [method@Job.pause] can do something now.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
LOCKED_GETTER (gboolean, can_pause, q_job_state_can_pause (&self->state))

/**
 * q_job_get_can_resume:
 * @self: a job
 *
 * Gets whether the job is paused.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
LOCKED_GETTER (gboolean, can_resume, q_job_state_can_resume (&self->state))

/**
 * q_job_get_can_cancel:
 * @self: a job
 *
 * Gets whether [method@Job.cancel] can do something now.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
LOCKED_GETTER (gboolean, can_cancel, q_job_state_can_cancel (&self->state))

/**
 * q_job_get_can_complete:
 * @self: a job
 *
 * Gets whether the job is ready, and ends its work by [method@Job.complete] only.
 *
 * Returns: %TRUE if so
 *
 * Since: 1.0
 */
LOCKED_GETTER (gboolean, can_complete, q_job_state_can_complete (&self->state))
