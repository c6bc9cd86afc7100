/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events from the stub to a handler, in bursts that fit the backlog, so that none is dropped: a
 * command that makes the peer emit so many, its reply behind them, and again. */

#include "worker.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#define BURST 1000

static char *
format_emit (void)
{
  return g_strdup_printf ("{\"execute\":\"x-emit\",\"arguments\":{\"count\":%d}}", BURST);
}

static void
count_lines (FloorMachine *machine, int n_bursts)
{
  g_autofree char *text = format_emit ();

  for (int i = 0; i < n_bursts; i++)
    worker_ask_floor (machine, text, strlen (text), BURST + 1);
}

static void
play_floor (void)
{
  FloorMachine machine;
  int n_bursts = options.count / BURST;

  worker_launch_floor (&machine);
  count_lines (&machine, 1);
  worker_start ();
  count_lines (&machine, n_bursts);
  worker_stop (n_bursts * BURST);
  worker_shutdown_floor (&machine);
}

/* -- json-glib on each line -- */

static void
read_burst (GDataInputStream *input, JsonParser *parser)
{
  int n_events = 0;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, &error);
      JsonObject *message;

      if (line == NULL || !json_parser_load_from_data (parser, line, -1, &error))
        worker_die ("json-glib", error);
      message = json_node_get_object (json_parser_get_root (parser));
      if (json_object_has_member (message, "event"))
        {
          JsonObject *data = json_object_get_object_member (message, "data");

          n_events += json_object_get_int_member (data, "len") > 0;
        }
      else
        break;
    }

  if (n_events != BURST)
    worker_die ("events are missing", NULL);
}

static void
play_json_glib (void)
{
  FloorMachine machine;
  g_autofree char *text = format_emit ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GDataInputStream) input = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  int n_bursts = options.count / BURST;

  worker_launch_floor (&machine);
  socket = g_socket_new_from_fd (dup (machine.fd), &error);
  if (socket == NULL)
    worker_die ("socket", error);
  connection = g_socket_connection_factory_create_connection (socket);
  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  /* Its default of 4 KiB would make it slower than it has to be. */
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (input), 64 * 1024);

  for (int i = -1; i < n_bursts; i++)
    {
      if (i == 0)
        worker_start ();
      if (g_socket_send (socket, text, strlen (text), NULL, &error) < 0)
        worker_die ("send", error);
      read_burst (input, parser);
    }
  worker_stop (n_bursts * BURST);
  worker_shutdown_floor (&machine);
}

/* -- the library -- */

typedef enum
{
  NOT_READ,
  MEMBER_READ, /* by its name, out of the text */
  TREE_READ,
} Reading;

typedef struct
{
  GMainLoop *loop;
  Reading reading;
  int n_left; /* bursts, over all machines */
  int n_events;
  guint64 sum;
} Storm;

static void
event_cb (QMachine *machine, QMonitorEvent *event, gpointer data)
{
  Storm *storm = data;

  storm->n_events++;
  if (storm->reading == MEMBER_READ)
    storm->sum += (guint64)q_monitor_event_get_int (event, "len", 0);
  else if (storm->reading == TREE_READ)
    {
      JsonObject *object = json_node_get_object (q_monitor_event_get_data (event));

      storm->sum += (guint64)json_object_get_int_member (object, "len");
    }
}

static void
burst_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Storm *storm = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = q_machine_command_json_finish (Q_MACHINE (source), result, &error);

  if (reply == NULL)
    worker_die ("x-emit", error);
  if (--storm->n_left == 0)
    g_main_loop_quit (storm->loop);
}

static void
rage (QMachine *const *machines, Storm *storm, int n_bursts)
{
  g_autofree char *arguments = g_strdup_printf ("{\"count\":%d}", BURST);

  storm->n_events = 0;
  for (int i = 0; i < n_bursts; i++)
    {
      storm->n_left = 1;
      q_machine_command_json_async (machines[i % options.machines], "x-emit", arguments,
                                    Q_TIMEOUT_DEFAULT, NULL, burst_cb, storm);
      g_main_loop_run (storm->loop);
    }
  if (storm->n_events != n_bursts * BURST)
    worker_die ("events are missing", NULL);
}

static void
play_library (Reading reading)
{
  g_autofree QMachine **machines = g_new0 (QMachine *, options.machines);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Storm storm = { .loop = loop, .reading = reading };
  int n_bursts = options.count / BURST;

  for (int i = 0; i < options.machines; i++)
    {
      machines[i] = worker_launch ();
      g_signal_connect (machines[i], "event", G_CALLBACK (event_cb), &storm);
    }
  rage (machines, &storm, options.machines);
  worker_start ();
  rage (machines, &storm, n_bursts);
  worker_stop (n_bursts * BURST);
  for (int i = 0; i < options.machines; i++)
    worker_shutdown (machines[i]);
}

static void
play_unread (void)
{
  play_library (NOT_READ);
}

static void
play_member (void)
{
  play_library (MEMBER_READ);
}

static void
play_read (void)
{
  play_library (TREE_READ);
}

const Scenario event_scenarios[] = {
  { "events", "floor", play_floor },           { "events", "json-glib", play_json_glib },
  { "events", "library-unread", play_unread }, { "events", "library-member", play_member },
  { "events", "library-read", play_read },     { NULL, NULL, NULL },
};
