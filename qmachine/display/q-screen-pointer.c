/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/q-screen.h"

#include "io/blocking-task-private.h"
#include "screendump-private.h"
#include "wire/json-text-private.h"

/* The guest's pointer, in the forms of the calls that move it. */

#define HOLD_MS 50
#define MAX_CLICKS 16
/* An axis of QEMU's reaches from 0 to this. */
#define AXIS_MAX 0x7fff

typedef struct
{
  int x;
  int y;
  QMouseButton button;
  guint n_clicks; /* 0 to move it only */
  int timeout;
} Pointing;

/* As QEMU calls them. */
static const char *const button_names[] = {
  [Q_MOUSE_BUTTON_LEFT] = "left",
  [Q_MOUSE_BUTTON_MIDDLE] = "middle",
  [Q_MOUSE_BUTTON_RIGHT] = "right",
  [Q_MOUSE_BUTTON_WHEEL_UP] = "wheel-up",
  [Q_MOUSE_BUTTON_WHEEL_DOWN] = "wheel-down",
  [Q_MOUSE_BUTTON_SIDE] = "side",
  [Q_MOUSE_BUTTON_EXTRA] = "extra",
};

static gboolean
is_true (const char *object, const char *name)
{
  gboolean truth = FALSE;
  const char *value = q_json_find_member (object, name);

  return value != NULL && q_json_read_boolean (value, &truth) && truth;
}

/* QEMU gives a position to any tablet, and a button to the pointer that the guest uses, which may
 * be a mouse somewhere else: so that one must be absolute. */
static gboolean
check_pointer (QScreenCall *call, GError **error)
{
  g_autofree char *pointers = q_screen_call_command (call, "query-mice", NULL, -1, error);
  g_autofree char *tablet = NULL;
  g_autofree char *current = NULL;
  const char *position = pointers;
  const char *value;

  if (pointers == NULL)
    return FALSE;

  while (q_json_next_element (&position, &value))
    {
      g_autofree char *name = q_json_read_string (q_json_find_member (value, "name"));

      if (is_true (value, "current"))
        {
          if (is_true (value, "absolute"))
            return TRUE;
          g_free (current);
          current = g_steal_pointer (&name);
        }
      else if (is_true (value, "absolute") && tablet == NULL)
        {
          tablet = g_steal_pointer (&name);
        }
    }

  if (tablet != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: the guest does not use its \"%s\" (yet): its pointer is \"%s\", which has no "
                 "position",
                 call->name, tablet, current != NULL ? current : "");
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "%s: the machine has no pointer with a position, such as -device usb-tablet or "
                 "virtio-tablet-pci%s%s",
                 call->name, current != NULL ? ": its pointer is " : "",
                 current != NULL ? current : "");
  return FALSE;
}

/* The middle of a pixel, so that it stays the same one however the guest rounds. */
static int
scale (int at, guint size)
{
  return (int)(((gint64)at * 2 + 1) * AXIS_MAX / ((gint64)size * 2));
}

static gboolean
move (QScreenCall *call, int x, int y, GError **error)
{
  g_autofree char *events = NULL;
  g_autofree char *reply = NULL;
  QScreendump screen;

  /* Nothing but a picture of it says how large the screen is. */
  if (!check_pointer (call, error) || !q_screendump_take (&screen, call, NULL, 0, error))
    return FALSE;
  q_screendump_clear (&screen);

  if (x < 0 || y < 0 || (guint)x >= screen.width || (guint)y >= screen.height)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "%s: %d,%d is outside of the screen, which has %u x %u pixels", call->name, x, y,
                   screen.width, screen.height);
      return FALSE;
    }

  events
    = g_strdup_printf ("{\"events\":[{\"type\":\"abs\",\"data\":{\"axis\":\"x\",\"value\":%d}},"
                       "{\"type\":\"abs\",\"data\":{\"axis\":\"y\",\"value\":%d}}]}",
                       scale (x, screen.width), scale (y, screen.height));
  reply = q_screen_call_command (call, "input-send-event", events, -1, error);
  return reply != NULL;
}

static char *
make_button_event (QMouseButton button, gboolean down)
{
  return g_strdup_printf (
    "{\"events\":[{\"type\":\"btn\",\"data\":{\"down\":%s,\"button\":\"%s\"}}]}",
    down ? "true" : "false", button_names[button]);
}

/* The button does not stay down, however the call ends. */
static gboolean
press_once (QScreenCall *call, QMouseButton button, GError **error)
{
  g_autofree char *down = make_button_event (button, TRUE);
  g_autofree char *up = make_button_event (button, FALSE);
  g_autofree char *pressed = q_screen_call_command (call, "input-send-event", down, -1, error);
  g_autofree char *released = NULL;

  if (pressed != NULL && q_screen_call_pause (call, HOLD_MS, error))
    released = q_screen_call_command (call, "input-send-event", up, -1, error);
  if (released == NULL)
    g_free (q_screen_call_clean_up (call, "input-send-event", up));

  return released != NULL;
}

static gpointer
point (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  const Pointing *self = task_data;
  const char *name = self->n_clicks > 0 ? "click" : "move_pointer";
  QScreenCall call;

  if (self->n_clicks > MAX_CLICKS)
    {
      g_set_error (error, Q_MONITOR_ERROR, Q_MONITOR_ERROR_INVALID_COMMAND,
                   "%s: %u clicks are more than the %d of one call", name, self->n_clicks,
                   MAX_CLICKS);
      return NULL;
    }

  if (!q_screen_call_init (&call, source_object, name, self->timeout,
                           (guint64)self->n_clicks * 2 * HOLD_MS, cancellable, error)
      || !move (&call, self->x, self->y, error))
    return NULL;

  for (guint i = 0; i < self->n_clicks; i++)
    if (!q_screen_call_pause (&call, HOLD_MS, error) || !press_once (&call, self->button, error))
      return NULL;

  return GINT_TO_POINTER (TRUE);
}

static void
run (QMachine *self, const Pointing *pointing, GCancellable *cancellable, gpointer tag,
     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  /* A result that is there is not thrown away. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_memdup2 (pointing, sizeof *pointing), g_free);
  q_blocking_task_run (task, point, NULL);
}

/**
 * q_machine_move_pointer:
 * @self: a running machine with a tablet
 * @x: pixels from the left of the first screen
 * @y: pixels from its top
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Moves the guest's pointer to a position on its first screen.
 *
 * That needs a pointing device that knows positions, such as `-device usb-tablet` or
 * `-device virtio-tablet-pci`, and a guest that uses it: a mouse knows movements only. The size of
 * the screen is asked for each time, since the guest may change it.
 *
 * Errors: %G_IO_ERROR_NOT_SUPPORTED where the guest's pointer knows no position, and
 * %Q_MONITOR_ERROR_INVALID_COMMAND for a position outside of the screen; [error@CommandError] where
 * QEMU refuses, as while the guest is paused; otherwise those of [method@Machine.screenshot].
 *
 * Returns: %TRUE when QEMU has it
 *
 * Since: 1.0
 */
gboolean
q_machine_move_pointer (QMachine *self, int x, int y, int timeout, GCancellable *cancellable,
                        GError **error)
{
  Pointing pointing = { x, y, Q_MOUSE_BUTTON_LEFT, 0, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return point (self, &pointing, cancellable, error) != NULL;
}

/**
 * q_machine_move_pointer_async:
 * @self: a running machine with a tablet
 * @x: pixels from the left of the first screen
 * @y: pixels from its top
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when QEMU has it
 * @user_data: data for @callback
 *
 * Like [method@Machine.move_pointer], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_move_pointer_async (QMachine *self, int x, int y, int timeout, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  Pointing pointing = { x, y, Q_MOUSE_BUTTON_LEFT, 0, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));

  run (self, &pointing, cancellable, q_machine_move_pointer_async, callback, user_data);
}

/**
 * q_machine_move_pointer_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.move_pointer_async].
 *
 * Returns: %TRUE when QEMU has it
 *
 * Since: 1.0
 */
gboolean
q_machine_move_pointer_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_move_pointer_async), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/**
 * q_machine_click:
 * @self: a running machine with a tablet
 * @x: pixels from the left of the first screen
 * @y: pixels from its top
 * @button: which button; those of the wheel turn it by a step
 * @n_clicks: how often, from 1 to 16: 2 is a double click
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the time that the clicks take by themselves
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Moves the guest's pointer like [method@Machine.move_pointer], and clicks there.
 *
 * The button is down for 50 ms, and up for 50 before that. A call that is given up leaves no button
 * down. Errors: those of [method@Machine.move_pointer].
 *
 * Returns: %TRUE when the button is up again
 *
 * Since: 1.0
 */
gboolean
q_machine_click (QMachine *self, int x, int y, QMouseButton button, guint n_clicks, int timeout,
                 GCancellable *cancellable, GError **error)
{
  Pointing pointing = { x, y, button, n_clicks, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), FALSE);
  g_return_val_if_fail ((guint)button < G_N_ELEMENTS (button_names), FALSE);
  g_return_val_if_fail (n_clicks > 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return point (self, &pointing, cancellable, error) != NULL;
}

/**
 * q_machine_click_async:
 * @self: a running machine with a tablet
 * @x: pixels from the left of the first screen
 * @y: pixels from its top
 * @button: which button; those of the wheel turn it by a step
 * @n_clicks: how often, from 1 to 16: 2 is a double click
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout] and the time that the clicks take by themselves
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when the button is up again
 * @user_data: data for @callback
 *
 * Like [method@Machine.click], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_click_async (QMachine *self, int x, int y, QMouseButton button, guint n_clicks,
                       int timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  Pointing pointing = { x, y, button, n_clicks, timeout };

  g_return_if_fail (Q_IS_MACHINE (self));
  g_return_if_fail ((guint)button < G_N_ELEMENTS (button_names));
  g_return_if_fail (n_clicks > 0);

  run (self, &pointing, cancellable, q_machine_click_async, callback, user_data);
}

/**
 * q_machine_click_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.click_async].
 *
 * Returns: %TRUE when the button is up again
 *
 * Since: 1.0
 */
gboolean
q_machine_click_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_click_async), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
