/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-power-off.h"

#include "guest/q-power-off-result-private.h"
#include "io/blocking-task-private.h"
#include "io/interrupt-private.h"
#include "io/io-thread-private.h"
#include "io/time-limit-private.h"
#include "q-machine-private.h"

/* The end of a machine by a plan: one step after the other, from asking the guest to killing QEMU.
 * All of it is blocking calls, in the thread of the caller or in one of a task. */

typedef struct
{
  QGuestAgent *agent; /* owned */
  int limits[Q_POWER_OFF_N_STEPS];
  int button_interval;
} Plan;

typedef struct
{
  QMachine *machine;
  const Plan *plan;
  QEventListener *listener; /* to what may be an answer to the first steps */
  QPowerOffResult *result;
  QPowerOffReport *report;
  GCancellable *cancellable;
  QPowerOffStep step; /* under way */
  QTimeLimit limit;   /* of that */
} PowerOff;

/* What a step came to. */
typedef enum
{
  GO_ON,
  ENDED,
  GIVEN_UP, /* with an error for the caller */
} StepEnd;

static const char *const step_names[Q_POWER_OFF_N_STEPS]
  = { "none", "agent", "button", "quit", "term", "kill" };

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  g_clear_object (&plan->agent);
  g_free (plan);
}

static Plan *
plan_new (QMachine *machine, QPowerOffPlan *given)
{
  g_autoptr (QPowerOffPlan) own = given != NULL ? g_object_ref (given) : q_power_off_plan_new ();
  Plan *plan = g_new0 (Plan, 1);
  int quit_timeout = q_power_off_plan_get_quit_timeout (own);

  g_set_object (&plan->agent, q_power_off_plan_get_agent (own));
  plan->button_interval = q_power_off_plan_get_button_interval (own);
  plan->limits[Q_POWER_OFF_STEP_AGENT] = q_power_off_plan_get_agent_timeout (own);
  plan->limits[Q_POWER_OFF_STEP_BUTTON] = q_power_off_plan_get_button_timeout (own);
  plan->limits[Q_POWER_OFF_STEP_QUIT]
    = quit_timeout == Q_TIMEOUT_DEFAULT ? q_machine_get_shutdown_timeout (machine) : quit_timeout;
  plan->limits[Q_POWER_OFF_STEP_TERM] = q_power_off_plan_get_term_timeout (own);
  plan->limits[Q_POWER_OFF_STEP_KILL] = q_power_off_plan_get_kill_timeout (own);

  return plan;
}

/* -- what became of a step -- */

static StepEnd note (PowerOff *self, QPowerOffOutcome outcome, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

static StepEnd
note (PowerOff *self, QPowerOffOutcome outcome, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  self->report->outcomes[self->step] = outcome;
  g_free (self->report->reasons[self->step]);
  self->report->reasons[self->step] = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  return GO_ON;
}

static StepEnd
note_time_out (PowerOff *self)
{
  QPowerOffStep step = self->step;
  int limit = self->plan->limits[step];
  g_autofree char *run_state = q_machine_dup_run_state_name (self->machine);

  if (step == Q_POWER_OFF_STEP_BUTTON && self->report->n_presses == 0)
    return note (self, Q_POWER_OFF_OUTCOME_TIMED_OUT,
                 "QEMU had not answered after %d ms, so the button was not pressed", limit);
  if (step == Q_POWER_OFF_STEP_BUTTON)
    return note (self, Q_POWER_OFF_OUTCOME_TIMED_OUT,
                 "the guest was not off after %d ms, and the button was pressed %u times; the run "
                 "state is %s. A guest that has not booted yet, or knows no ACPI, does not hear it",
                 limit, self->report->n_presses, run_state != NULL ? run_state : "unknown");
  if (step == Q_POWER_OFF_STEP_AGENT)
    return note (self, Q_POWER_OFF_OUTCOME_TIMED_OUT,
                 "the guest was not off after %d ms; the run state is %s", limit,
                 run_state != NULL ? run_state : "unknown");

  return note (self, Q_POWER_OFF_OUTCOME_TIMED_OUT, "QEMU had not ended after %d ms", limit);
}

static gboolean
is_time_out (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static gboolean
has_no_monitor (const GError *error)
{
  return g_error_matches (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_NOT_RUNNING)
         || g_error_matches (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED);
}

/* Waits for QEMU's end until the step's limit has passed. */
static StepEnd
wait_for_end (PowerOff *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (q_machine_wait (self->machine, q_time_limit_get_rest (&self->limit), self->cancellable,
                      &local_error))
    return ENDED;
  if (is_time_out (local_error))
    return note_time_out (self);

  g_propagate_error (error, g_steal_pointer (&local_error));
  return GIVEN_UP;
}

/* A call of the step failed: says what that means. Takes over the error. */
static StepEnd
take_failure (PowerOff *self, GError *failure, GError **error)
{
  g_autoptr (GError) owned_failure = failure;

  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&owned_failure));
      return GIVEN_UP;
    }
  if (g_error_matches (failure, Q_MACHINE_ERROR, Q_MACHINE_ERROR_EXITED)
      || q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPED)
    return wait_for_end (self, error);
  if (is_time_out (failure))
    return note_time_out (self);
  if (has_no_monitor (failure))
    return note (self, Q_POWER_OFF_OUTCOME_SKIPPED, "%s", failure->message);
  if (failure->domain == Q_COMMAND_ERROR)
    return note (self, Q_POWER_OFF_OUTCOME_REFUSED, "%s", failure->message);

  return note (self, Q_POWER_OFF_OUTCOME_FAILED, "%s", failure->message);
}

/* -- the guest is asked -- */

/* QEMU's own word, since some states change in silence. */
static gboolean
ask_run_state (PowerOff *self, QRunState *run_state, GError **error)
{
  g_autofree char *reply
    = q_machine_command_json (self->machine, "query-status", NULL,
                              q_time_limit_get_rest (&self->limit), self->cancellable, error);

  if (reply == NULL)
    return FALSE;

  *run_state = q_machine_get_run_state (self->machine);
  return TRUE;
}

/* Whether the guest's processors run, or will in a moment. */
static gboolean
can_hear (QRunState run_state)
{
  static const QRunState states[]
    = { Q_RUN_STATE_UNKNOWN,    Q_RUN_STATE_RUNNING, Q_RUN_STATE_FINISH_MIGRATE,
        Q_RUN_STATE_RESTORE_VM, Q_RUN_STATE_SAVE_VM, Q_RUN_STATE_COLO };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    if (states[i] == run_state)
      return TRUE;

  return FALSE;
}

/* Looks whether the guest is worth asking. TRUE in `over` if the step is. */
static StepEnd
look_at_guest (PowerOff *self, gboolean asked, gboolean *over, GError **error)
{
  QRunState run_state;
  GError *failure = NULL;
  g_autofree char *name = NULL;

  *over = TRUE;
  if (!ask_run_state (self, &run_state, &failure))
    {
      /* An agent can do without. */
      *over = self->step != Q_POWER_OFF_STEP_AGENT || !has_no_monitor (failure)
              || q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPED;
      if (*over)
        return take_failure (self, failure, error);
      g_error_free (failure);
      return GO_ON;
    }

  if (run_state == Q_RUN_STATE_SHUTDOWN)
    {
      self->report->guest_off = TRUE;
      if (!asked)
        return note (self, Q_POWER_OFF_OUTCOME_SKIPPED, "the guest is off already");
      self->report->outcomes[self->step] = Q_POWER_OFF_OUTCOME_WORKED;
      return GO_ON;
    }
  if (!can_hear (run_state))
    {
      name = q_machine_dup_run_state_name (self->machine);
      return note (self, asked ? Q_POWER_OFF_OUTCOME_FAILED : Q_POWER_OFF_OUTCOME_SKIPPED,
                   "the guest cannot hear it: its run state is %s", name);
    }

  *over = FALSE;
  return GO_ON;
}

static gboolean
press (PowerOff *self, GError **error)
{
  g_autofree char *reply
    = q_machine_command_json (self->machine, "system_powerdown", NULL,
                              q_time_limit_get_rest (&self->limit), self->cancellable, error);

  if (reply == NULL)
    return FALSE;

  self->report->n_presses++;
  return TRUE;
}

/* Waits for something that happens to the guest, for at most the time. NULL without an error if
 * nothing did. */
static QMonitorEvent *
wait_for_event (PowerOff *self, int timeout, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  QMonitorEvent *event
    = q_event_listener_next (self->listener, timeout, self->cancellable, &local_error);

  if (event == NULL && !is_time_out (local_error))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return event;
}

/* The guest was asked: waits until it is off. */
static StepEnd
wait_for_guest (PowerOff *self, int interval, GError **error)
{
  gboolean heard = FALSE;

  while (q_time_limit_get_rest (&self->limit) != 0)
    {
      int rest = q_time_limit_get_rest (&self->limit);
      int pause = interval > 0 && !heard && (rest < 0 || interval < rest) ? interval : rest;
      GError *failure = NULL;
      g_autoptr (QMonitorEvent) event = wait_for_event (self, pause, &failure);
      gboolean over;
      StepEnd end;

      if (failure != NULL && has_no_monitor (failure))
        {
          g_error_free (failure);
          return wait_for_end (self, error);
        }
      if (failure != NULL)
        return take_failure (self, failure, error);

      /* QEMU ends now, or is told to stay, which the next event tells. */
      if (event != NULL && g_str_equal (q_monitor_event_get_name (event), "SHUTDOWN"))
        {
          heard = TRUE;
          continue;
        }
      if (event == NULL && pause == rest)
        break;
      if (event != NULL && g_str_equal (q_monitor_event_get_name (event), "RESET"))
        heard = FALSE;

      end = look_at_guest (self, TRUE, &over, error);
      if (over)
        return end;
      if (event == NULL && !press (self, &failure))
        return take_failure (self, failure, error);
    }

  return note_time_out (self);
}

static StepEnd
press_button (PowerOff *self, GError **error)
{
  GError *failure = NULL;
  gboolean over;
  StepEnd end = look_at_guest (self, FALSE, &over, error);

  if (over)
    return end;
  if (!press (self, &failure))
    return take_failure (self, failure, error);

  return wait_for_guest (self, self->plan->button_interval, error);
}

/* -- the guest agent -- */

/* An agent need not hear of the end of its machine: so whichever comes first ends both. */
typedef struct
{
  GCancellable *cancellable;
  guint n_pending;
  gboolean done;
  GError *error; /* of the agent */
} Asking;

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *asking = data;

  asking->done = q_guest_agent_shutdown_finish (Q_GUEST_AGENT (source), result, &asking->error);
  asking->n_pending--;
  g_cancellable_cancel (asking->cancellable);
}

static void
waited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *asking = data;

  q_machine_wait_finish (Q_MACHINE (source), result, NULL);
  asking->n_pending--;
  g_cancellable_cancel (asking->cancellable);
}

static void
cancel_cb (GCancellable *cancellable, gpointer asking_cancellable)
{
  g_cancellable_cancel (asking_cancellable);
}

static gboolean
look_cb (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* Until something comes, or it is time to look whether the program was interrupted. */
static void
turn (GMainContext *context, GCancellable *cancellable)
{
  g_autoptr (GSource) look = NULL;

  if (q_interrupt_is_watched ())
    {
      look = g_timeout_source_new (Q_INTERRUPT_MS);
      g_source_set_callback (look, look_cb, NULL, NULL);
      g_source_attach (look, context);
    }
  g_main_context_iteration (context, TRUE);
  if (look == NULL)
    return;

  g_source_destroy (look);
  if (q_interrupt_check ())
    g_cancellable_cancel (cancellable);
}

static gboolean
ask_agent_or_end (PowerOff *self, GError **error)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Asking asking = { .cancellable = cancellable, .n_pending = 2 };
  gulong id = 0;

  if (self->cancellable != NULL)
    id = g_cancellable_connect (self->cancellable, G_CALLBACK (cancel_cb),
                                g_object_ref (cancellable), g_object_unref);

  g_main_context_push_thread_default (context);
  q_guest_agent_shutdown_async (self->plan->agent, Q_GUEST_SHUTDOWN_MODE_POWERDOWN,
                                q_time_limit_get_rest (&self->limit), cancellable, asked_cb,
                                &asking);
  q_machine_wait_async (self->machine, -1, cancellable, waited_cb, &asking);
  while (asking.n_pending > 0)
    turn (context, cancellable);
  g_main_context_pop_thread_default (context);
  q_io_thread_unref_context (context);
  if (id != 0)
    g_cancellable_disconnect (self->cancellable, id);

  if (!asking.done)
    {
      if (g_error_matches (asking.error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          && !g_cancellable_is_cancelled (self->cancellable))
        {
          g_clear_error (&asking.error);
          return TRUE;
        }
      g_propagate_error (error, asking.error);
    }
  return asking.done;
}

static StepEnd
ask_agent (PowerOff *self, GError **error)
{
  GError *failure = NULL;
  gboolean over;
  StepEnd end;

  if (self->plan->agent == NULL)
    return note (self, Q_POWER_OFF_OUTCOME_SKIPPED, "the plan has no guest agent");

  end = look_at_guest (self, FALSE, &over, error);
  if (over)
    return end;
  if (!ask_agent_or_end (self, &failure))
    return take_failure (self, failure, error);

  return wait_for_guest (self, 0, error);
}

/* -- QEMU is ended -- */

static StepEnd
quit (PowerOff *self, GError **error)
{
  GError *failure = NULL;
  g_autofree char *reply = NULL;

  /* Somebody else has told it. */
  if (q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPING)
    return wait_for_end (self, error);

  reply = q_machine_command_json (self->machine, "quit", NULL, q_time_limit_get_rest (&self->limit),
                                  self->cancellable, &failure);
  /* A session that ends is what quitting looks like. */
  if (reply != NULL || g_error_matches (failure, Q_MONITOR_ERROR, Q_MONITOR_ERROR_CLOSED)
      || q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPING)
    {
      g_clear_error (&failure);
      return wait_for_end (self, error);
    }

  return take_failure (self, failure, error);
}

static StepEnd
signal_qemu (PowerOff *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (q_machine_signal_and_wait (self->machine, self->step == Q_POWER_OFF_STEP_KILL,
                                 q_time_limit_get_rest (&self->limit), self->cancellable,
                                 &local_error))
    return ENDED;
  if (is_time_out (local_error))
    return note_time_out (self);

  g_propagate_error (error, g_steal_pointer (&local_error));
  return GIVEN_UP;
}

/* -- all of it -- */

typedef StepEnd (*StepFunc) (PowerOff *self, GError **error);

static StepEnd
take_step (PowerOff *self, GError **error)
{
  static const StepFunc steps[] = {
    [Q_POWER_OFF_STEP_AGENT] = ask_agent,  [Q_POWER_OFF_STEP_BUTTON] = press_button,
    [Q_POWER_OFF_STEP_QUIT] = quit,        [Q_POWER_OFF_STEP_TERM] = signal_qemu,
    [Q_POWER_OFF_STEP_KILL] = signal_qemu,
  };
  int limit = self->plan->limits[self->step];

  if (limit == 0)
    return note (self, Q_POWER_OFF_OUTCOME_SKIPPED, "the plan skips it");
  if (self->report->guest_off && self->step < Q_POWER_OFF_STEP_QUIT)
    return note (self, Q_POWER_OFF_OUTCOME_SKIPPED, "the guest is off already");

  self->limit = q_time_limit_begin (limit);
  return steps[self->step](self, error);
}

/* Each of the first steps counts if the guest did what it asked for. */
static gboolean
has_worked (PowerOff *self)
{
  QPowerOffReport *report = self->report;

  if (self->step < Q_POWER_OFF_STEP_QUIT)
    return report->guest_off;
  if (self->step == Q_POWER_OFF_STEP_QUIT)
    return report->exit_kind != Q_EXIT_KIND_SIGNALED;

  return TRUE;
}

static void
describe_steps (PowerOff *self, GString *text)
{
  static const char *const outcome_names[]
    = { "not reached", "skipped", "refused", "failed", "timed out", "worked" };
  QPowerOffReport *report = self->report;

  for (int step = Q_POWER_OFF_STEP_AGENT; step < Q_POWER_OFF_N_STEPS; step++)
    {
      if (report->outcomes[step] == Q_POWER_OFF_OUTCOME_NOT_REACHED)
        continue;
      g_string_append_printf (text, "\n%s: %s", step_names[step],
                              outcome_names[report->outcomes[step]]);
      if (report->reasons[step] != NULL)
        g_string_append_printf (text, ": %s", report->reasons[step]);
    }
}

static void
note_end (PowerOff *self)
{
  QPowerOffReport *report = self->report;
  QLaunchState *state = q_machine_get_launch_state (self->machine);
  GString *text = g_string_new (NULL);

  report->exit_kind = q_machine_get_exit_kind (self->machine);
  report->exit_code = q_launch_state_get_exit_code (state);
  report->shutdown_reason = q_machine_dup_shutdown_reason (self->machine);
  if (report->shutdown_reason != NULL && g_str_has_prefix (report->shutdown_reason, "guest-")
      && !g_str_equal (report->shutdown_reason, "guest-panic"))
    report->guest_off = TRUE;

  if (self->step != Q_POWER_OFF_STEP_NONE && has_worked (self))
    {
      report->step = self->step;
      report->outcomes[self->step] = Q_POWER_OFF_OUTCOME_WORKED;
      g_clear_pointer (&report->reasons[self->step], g_free);
    }
  else if (self->step != Q_POWER_OFF_STEP_NONE)
    {
      note (self, Q_POWER_OFF_OUTCOME_FAILED, "QEMU ended meanwhile, and not because of it");
    }

  if (report->exit_kind == Q_EXIT_KIND_NONE)
    {
      g_string_append (text, "the machine did not run");
    }
  else
    {
      g_autofree char *how = q_launch_state_describe_exit (state);

      if (self->step == Q_POWER_OFF_STEP_NONE)
        g_string_append_printf (text, "the machine did not run: QEMU %s before", how);
      else
        g_string_append_printf (text, "QEMU %s after %" G_GINT64_FORMAT " ms; the guest %s", how,
                                report->elapsed,
                                report->guest_off ? "had shut down" : "was cut off");
    }
  describe_steps (self, text);
  report->description = g_string_free (text, FALSE);
}

static gboolean
take_steps (PowerOff *self, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  StepEnd end = GO_ON;
  GString *text;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;

  if (q_machine_get_state (self->machine) == Q_MACHINE_STATE_STOPPED)
    end = ENDED;
  while (end == GO_ON && self->step < Q_POWER_OFF_STEP_KILL)
    {
      self->step++;
      end = take_step (self, error);
    }

  self->report->elapsed = (g_get_monotonic_time () - start) / 1000;
  if (end == ENDED)
    {
      note_end (self);
      return TRUE;
    }
  if (end == GIVEN_UP)
    {
      g_prefix_error (error, "power_off, at the step %s: ", step_names[self->step]);
      return FALSE;
    }

  text = g_string_new (NULL);
  describe_steps (self, text);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
               "power_off: QEMU still runs after %" G_GINT64_FORMAT " ms%s", self->report->elapsed,
               text->str);
  g_string_free (text, TRUE);
  return FALSE;
}

static gpointer
power_off (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  static const char *const names[]
    = { "SHUTDOWN", "STOP",   "RESUME",   "RESET",          "GUEST_PANICKED",
        "SUSPEND",  "WAKEUP", "WATCHDOG", "BLOCK_IO_ERROR", NULL };
  g_autoptr (QPowerOffResult) result = q_power_off_result_new ();
  PowerOff self = {
    .machine = source_object,
    .plan = task_data,
    .result = result,
    .report = q_power_off_result_get_report (result),
    .cancellable = cancellable,
  };
  g_autoptr (QEventListener) listener = q_machine_listen (self.machine, names, NULL, error);

  self.listener = listener;
  if (listener == NULL || !take_steps (&self, error))
    return NULL;

  return g_steal_pointer (&result);
}

/**
 * q_machine_power_off:
 * @self: a machine
 * @plan: (nullable): the steps and their limits, or %NULL for the defaults of a
 *   [class@PowerOffPlan]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Ends a machine as one who walks up to it would: presses the power button, and uses force only if
 * that does not help.
 *
 * The steps are those of the plan, in their order. Each has a limit of its own; the next one
 * follows when it has passed, or when QEMU or the agent refuses. The button is pressed again at
 * intervals, since a press is lost on a guest that has not booted far enough. A guest whose
 * processors do not run, being paused, suspended, crashed or migrated away, hears nothing: it is
 * not asked, nor waited for. A guest that is off while QEMU stays, as with `-no-shutdown`, is not
 * asked either. Then QEMU is ended at once by the next step.
 *
 * The result tells which step worked, and of the others why they did not. A call on a stopped
 * machine does nothing, and succeeds. Several calls at a time each go their own way, and each of
 * them returns when QEMU has ended.
 *
 * Unlike with [method@Machine.shutdown], a cancelled call takes no further step: what the guest and
 * QEMU were asked for, they may still do.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT when the last step did not help, or the plan skips it: the message
 * tells of each step, and QEMU still runs; %G_IO_ERROR_PERMISSION_DENIED as for
 * [method@Machine.kill]; %Q_MACHINE_ERROR_NOT_RUNNING when the machine is detached meanwhile;
 * %G_IO_ERROR_CANCELLED.
 *
 * ```c
 * g_autoptr (QPowerOffResult) result = q_machine_power_off (machine, NULL, NULL, error);
 *
 * if (result == NULL)
 *   return FALSE;
 * if (!q_power_off_result_get_guest_off (result))
 *   g_printerr ("%s\n", q_power_off_result_get_description (result));
 * ```
 *
 * Returns: (transfer full): how QEMU ended
 *
 * Since: 1.0
 */
QPowerOffResult *
q_machine_power_off (QMachine *self, QPowerOffPlan *plan, GCancellable *cancellable, GError **error)
{
  Plan *copy;
  QPowerOffResult *result;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (plan == NULL || Q_IS_POWER_OFF_PLAN (plan), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  copy = plan_new (self, plan);
  result = power_off (self, copy, cancellable, error);
  plan_free (copy);

  return result;
}

/**
 * q_machine_power_off_async:
 * @self: a machine
 * @plan: (nullable): the steps and their limits, or %NULL for the defaults of a
 *   [class@PowerOffPlan]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Like [method@Machine.power_off], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_power_off_async (QMachine *self, QPowerOffPlan *plan, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail (plan == NULL || Q_IS_POWER_OFF_PLAN (plan));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_power_off_async);
  /* What ended the machine must not be lost afterwards. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, plan_new (self, plan), plan_free);
  q_blocking_task_run (task, power_off, g_object_unref);
}

/**
 * q_machine_power_off_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.power_off_async].
 *
 * Returns: (transfer full): how QEMU ended
 *
 * Since: 1.0
 */
QPowerOffResult *
q_machine_power_off_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_power_off_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
