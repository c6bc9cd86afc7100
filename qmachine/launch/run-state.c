/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-fields-private.h"

#include <string.h>

#include "io/io-thread-private.h"

/* QEMU's run state, as its events and answers tell it. */

#define PASSING_STATE_MS 100

/* Real ones are short; what is longer is not worth a tree on the I/O thread. */
#define MAX_PARSED_SIZE (64 * 1024)

static void query_status (QLaunch *self);

static gboolean
query_again_cb (gpointer data)
{
  QLaunch *self = data;

  q_source_clear (&self->status_source);
  if (self->phase == Q_LAUNCH_RUNNING && self->stop_step == Q_STOP_NOT_BEGUN)
    query_status (self);
  return G_SOURCE_REMOVE;
}

static void
take_run_state (QLaunch *self, const char *name)
{
  q_launch_state_set_run_state (self->state, name);

  /* It ends in a moment, and in success QEMU has no event for that: not even the one that says so,
   * where it is switched on, comes after the next state. */
  q_source_clear (&self->status_source);
  if (g_str_equal (name, "finish-migrate"))
    self->status_source
      = q_io_thread_add_timeout (PASSING_STATE_MS, query_again_cb, self, "qmachine-status");
}

static void
status_cb (const char *value, const GError *error, gpointer data)
{
  QLaunch *self = data;
  g_autoptr (JsonNode) node = NULL;

  if (value != NULL && strlen (value) <= MAX_PARSED_SIZE)
    node = q_reply_to_node (g_strdup (value), NULL);

  self->querying_status = FALSE;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonNode *name = json_object_get_member (json_node_get_object (node), "status");

      if (name != NULL && json_node_get_value_type (name) == G_TYPE_STRING)
        take_run_state (self, json_node_get_string (name));
    }

  if (error != NULL && error->domain != Q_COMMAND_ERROR)
    {
      if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
        self->run_state_known (self, error);
      return;
    }

  if (self->status_stale && error == NULL)
    query_status (self);
  else if (self->phase == Q_LAUNCH_NEGOTIATING && self->launch_error == NULL)
    self->run_state_known (self, NULL);
}

static void
query_status (QLaunch *self)
{
  self->status_stale = self->querying_status;
  if (self->querying_status)
    return;

  self->querying_status = TRUE;
  q_session_ask (self->session, "query-status", status_cb, self);
}

static void
take_shutdown_reason (QLaunch *self, QEventRecord *event)
{
  JsonNode *data = NULL;
  JsonNode *reason = NULL;

  if (q_event_record_get_size (event) <= MAX_PARSED_SIZE)
    data = q_event_record_get_data (event);
  if (data != NULL && JSON_NODE_HOLDS_OBJECT (data))
    reason = json_object_get_member (json_node_get_object (data), "reason");

  if (reason != NULL && json_node_get_value_type (reason) == G_TYPE_STRING)
    q_launch_state_set_shutdown_reason (self->state, json_node_get_string (reason));
  q_launch_state_set_run_state (self->state, "shutdown");
}

/* An event says that something changed, and only sometimes to what: STOP has many reasons, and
 * RESET is a change only for a machine that does not run. */
static gboolean
is_unclear (const char *name)
{
  static const char *const names[] = {
    "STOP", "RESET", "WAKEUP", "GUEST_PANICKED", "WATCHDOG", "BLOCK_IO_ERROR", "MIGRATION",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i][0] == name[0] && g_str_equal (names[i], name))
      return TRUE;

  return FALSE;
}

void
q_launch_take_event (QLaunch *self, QEventRecord *event)
{
  const char *name = q_event_record_get_name (event);

  if (g_str_equal (name, "SHUTDOWN"))
    take_shutdown_reason (self, event);
  else if (g_str_equal (name, "RESUME"))
    q_launch_state_set_run_state (self->state, "running");
  else if (g_str_equal (name, "SUSPEND"))
    q_launch_state_set_run_state (self->state, "suspended");
  else if (is_unclear (name) && self->phase == Q_LAUNCH_RUNNING
           && self->config->kind == Q_MACHINE_KIND_SYSTEM && self->stop_step == Q_STOP_NOT_BEGUN)
    query_status (self);
}

void
q_launch_find_run_state (QLaunch *self, void (*known) (QLaunch *self, const GError *error))
{
  self->run_state_known = known;
  query_status (self);
}
