/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/q-screen.h"

#include "io/blocking-task-private.h"
#include "png-private.h"
#include "screendump-private.h"

/* Pictures of a guest's screen, in the forms of their calls. */

typedef struct
{
  char *device;
  int head;
  int timeout;
} Shot;

static void
shot_free (gpointer data)
{
  Shot *self = data;

  g_free (self->device);
  g_free (self);
}

typedef struct
{
  QScreendump dump;
  QScreenCall call;
} Picture;

/* A large picture takes a while to be packed. */
static gboolean
read_row (gpointer data, guint row, guint8 *pixels, GError **error)
{
  Picture *self = data;

  if (q_screen_call_get_left (&self->call) == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the PNG is not complete");
      return FALSE;
    }

  return q_screendump_read_row (&self->dump, row, pixels, error);
}

static gpointer
take_shot (gpointer source_object, gpointer task_data, GCancellable *cancellable, GError **error)
{
  const Shot *self = task_data;
  Picture picture;
  QScreenCall *call = &picture.call;
  g_autoptr (GError) reason = NULL;
  GBytes *png;

  if (!q_screen_call_init (call, source_object, "screenshot", self->timeout, 0, cancellable, error)
      || !q_screendump_take (&picture.dump, call, self->device, self->head, error))
    return NULL;

  png = q_png_encode (picture.dump.width, picture.dump.height, read_row, &picture, cancellable,
                      &reason);
  q_screendump_clear (&picture.dump);
  if (png == NULL)
    {
      q_screen_call_explain (call, &reason);
      g_propagate_error (error, g_steal_pointer (&reason));
    }

  return png;
}

/**
 * q_machine_screenshot:
 * @self: a running machine
 * @device: (nullable): the id, or the path in QOM, of a display device, %NULL for the first screen
 * @head: the number of the screen at the device, from 0; anything else needs a @device
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @error: return location for an error
 *
 * Takes a picture of a screen of the guest, as PNG.
 *
 * QEMU writes it into memory that this call gives it over the monitor, so no file is made, and a
 * QEMU that may write none can do it. The machine needs a graphics card, which the default of
 * [property@Machine:display] leaves out: then QEMU shows a text of its own, or has no screen.
 *
 * Errors: [error@CommandError] where QEMU refuses, as without a screen or for a @device it does not
 * know; %Q_MONITOR_ERROR_TOO_LARGE for more than 256 MiB of pixels;
 * %Q_MONITOR_ERROR_INVALID_COMMAND when no descriptor can pass, with a monitor on TCP; otherwise
 * those of [method@Machine.command].
 *
 * ```c
 * g_autoptr (GBytes) png = q_machine_screenshot (machine, NULL, 0, Q_TIMEOUT_DEFAULT, NULL, error);
 *
 * if (png == NULL)
 *   return FALSE;
 * return g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), error);
 * ```
 *
 * Returns: (transfer full): a PNG
 *
 * Since: 1.0
 */
GBytes *
q_machine_screenshot (QMachine *self, const char *device, int head, int timeout,
                      GCancellable *cancellable, GError **error)
{
  Shot shot = { (char *)device, head, timeout };

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_shot (self, &shot, cancellable, error);
}

/**
 * q_machine_screenshot_async:
 * @self: a running machine
 * @device: (nullable): the id, or the path in QOM, of a display device, %NULL for the first screen
 * @head: the number of the screen at the device, from 0; anything else needs a @device
 * @timeout: how long it may take in milliseconds, -1 without end, %Q_TIMEOUT_DEFAULT for
 *   [property@Machine:command-timeout]
 * @cancellable: (nullable): to give up
 * @callback: (scope async) (nullable): called when it is taken
 * @user_data: data for @callback
 *
 * Like [method@Machine.screenshot], without blocking.
 *
 * Since: 1.0
 */
void
q_machine_screenshot_async (QMachine *self, const char *device, int head, int timeout,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task;
  Shot *shot;

  g_return_if_fail (Q_IS_MACHINE (self));

  shot = g_new (Shot, 1);
  *shot = (Shot){ g_strdup (device), head, timeout };
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, q_machine_screenshot_async);
  /* A result that is there is not thrown away. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, shot, shot_free);
  q_blocking_task_run (task, take_shot, (GDestroyNotify)g_bytes_unref);
}

/**
 * q_machine_screenshot_finish:
 * @self: the machine
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends [method@Machine.screenshot_async].
 *
 * Returns: (transfer full): a PNG
 *
 * Since: 1.0
 */
GBytes *
q_machine_screenshot_finish (QMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, q_machine_screenshot_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
