/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands and their replies: one after the other, many at once, short and long. */

#include "worker.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "query-status"
#define COMMAND_TEXT "{\"execute\":\"" COMMAND "\"}"
#define N_WARM_UPS 20

typedef void (*FloorFunc) (FloorMachine *machine);
typedef void (*LibraryFunc) (QMachine *machine);

/* A fresh machine for each round: one that is a bit faster than the next must not count as if its
 * client were. */
static void
with_floor (FloorFunc func, int n)
{
  FloorMachine machine;

  worker_launch_floor (&machine);
  for (int i = 0; i < N_WARM_UPS; i++)
    worker_ask_floor (&machine, COMMAND_TEXT, strlen (COMMAND_TEXT), 1);
  worker_start ();
  func (&machine);
  worker_stop (n);
  worker_shutdown_floor (&machine);
}

static void
ask_library (QMachine *machine, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply
    = q_machine_command (machine, command, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

  if (reply == NULL)
    worker_die (command, error);
}

static void
with_library (LibraryFunc func, int n)
{
  QMachine *machine = worker_launch ();

  for (int i = 0; i < N_WARM_UPS; i++)
    ask_library (machine, COMMAND);
  worker_start ();
  func (machine);
  worker_stop (n);
  worker_shutdown (machine);
}

/* -- one after the other -- */

static void
ask_raw (FloorMachine *machine)
{
  for (int i = 0; i < options.count; i++)
    worker_ask_floor (machine, COMMAND_TEXT, strlen (COMMAND_TEXT), 1);
}

static void
play_raw (void)
{
  with_floor (ask_raw, options.count);
}

static void
ask_sync (QMachine *machine)
{
  for (int i = 0; i < options.count; i++)
    ask_library (machine, COMMAND);
}

static void
play_sync (void)
{
  with_library (ask_sync, options.count);
}

typedef struct
{
  GMainLoop *loop;
  int n_left;
} Chain;

static void
chain_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Chain *chain = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply = q_machine_command_finish (Q_MACHINE (source), result, &error);

  if (reply == NULL)
    worker_die (COMMAND, error);
  if (--chain->n_left == 0)
    g_main_loop_quit (chain->loop);
  else
    q_machine_command_async (Q_MACHINE (source), COMMAND, NULL, Q_TIMEOUT_DEFAULT, NULL, chain_cb,
                             chain);
}

static void
ask_async (QMachine *machine)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Chain chain = { loop, options.count };

  q_machine_command_async (machine, COMMAND, NULL, Q_TIMEOUT_DEFAULT, NULL, chain_cb, &chain);
  g_main_loop_run (loop);
}

static void
play_async (void)
{
  with_library (ask_async, options.count);
}

/* -- as many at once as there are -- */

static void
queue_raw (FloorMachine *machine)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < options.count; i++)
    g_string_append (text, COMMAND_TEXT);
  worker_ask_floor (machine, text->str, text->len, options.count);
}

static void
play_queue_raw (void)
{
  with_floor (queue_raw, options.count);
}

static void
queued_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Chain *queue = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply = q_machine_command_finish (Q_MACHINE (source), result, &error);

  if (reply == NULL)
    worker_die (COMMAND, error);
  if (--queue->n_left == 0)
    g_main_loop_quit (queue->loop);
}

static void
queue_library (QMachine *machine)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Chain queue = { loop, options.count };

  for (int i = 0; i < options.count; i++)
    q_machine_command_async (machine, COMMAND, NULL, Q_TIMEOUT_DEFAULT, NULL, queued_cb, &queue);
  g_main_loop_run (loop);
}

static void
play_queue_library (void)
{
  with_library (queue_library, options.count);
}

/* -- a peer that has GLib and json-glib, and no library for QMP -- */

typedef struct
{
  GSocketConnection *connection;
  GDataInputStream *input;
  GOutputStream *output;
  JsonParser *parser;
} JsonGlibClient;

static void
open_json_glib (JsonGlibClient *client, FloorMachine *machine)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  GIOStream *stream;

  socket = g_socket_new_from_fd (dup (machine->fd), &error);
  if (socket == NULL)
    worker_die ("socket", error);
  client->connection = g_socket_connection_factory_create_connection (socket);
  stream = G_IO_STREAM (client->connection);
  client->input = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_data_input_stream_set_newline_type (client->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  client->output = g_object_ref (g_io_stream_get_output_stream (stream));
  client->parser = json_parser_new ();
}

static void
close_json_glib (JsonGlibClient *client)
{
  g_clear_object (&client->input);
  g_clear_object (&client->connection);
  g_clear_object (&client->output);
  g_clear_object (&client->parser);
}

static void
ask_with_json_glib (JsonGlibClient *client, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  JsonObject *reply = NULL;

  if (!g_output_stream_write_all (client->output, text, strlen (text), NULL, NULL, &error)
      || (line = g_data_input_stream_read_line (client->input, NULL, NULL, &error)) == NULL
      || !json_parser_load_from_data (client->parser, line, -1, &error))
    worker_die ("json-glib", error);
  reply = json_node_get_object (json_parser_get_root (client->parser));
  if (!json_object_has_member (reply, "return"))
    worker_die (line, NULL);
}

static void
play_json_glib (void)
{
  FloorMachine machine;
  JsonGlibClient client;

  worker_launch_floor (&machine);
  open_json_glib (&client, &machine);
  for (int i = 0; i < N_WARM_UPS; i++)
    ask_with_json_glib (&client, COMMAND_TEXT);
  worker_start ();
  for (int i = 0; i < options.count; i++)
    ask_with_json_glib (&client, COMMAND_TEXT);
  worker_stop (options.count);
  close_json_glib (&client);
  worker_shutdown_floor (&machine);
}

/* -- a reply of 200 KB: the schema -- */

#define SCHEMA "query-qmp-schema"
#define SCHEMA_TEXT "{\"execute\":\"" SCHEMA "\"}"

static void
ask_schema_raw (FloorMachine *machine)
{
  for (int i = 0; i < options.count; i++)
    worker_ask_floor (machine, SCHEMA_TEXT, strlen (SCHEMA_TEXT), 1);
}

static void
play_schema_raw (void)
{
  with_floor (ask_schema_raw, options.count);
}

/* As text, and then by json-glib alone: what a tree costs at least. */
static void
play_schema_json_glib (void)
{
  FloorMachine machine;
  JsonGlibClient client;

  worker_launch_floor (&machine);
  open_json_glib (&client, &machine);
  ask_with_json_glib (&client, SCHEMA_TEXT);
  worker_start ();
  for (int i = 0; i < options.count; i++)
    ask_with_json_glib (&client, SCHEMA_TEXT);
  worker_stop (options.count);
  close_json_glib (&client);
  worker_shutdown_floor (&machine);
}

static void
ask_text (QMachine *machine, const char *command, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply
    = q_machine_command_json (machine, command, arguments, Q_TIMEOUT_DEFAULT, NULL, &error);

  if (reply == NULL)
    worker_die (command, error);
}

static void
ask_schema_text (QMachine *machine)
{
  for (int i = 0; i < options.count; i++)
    ask_text (machine, SCHEMA, NULL);
}

static void
play_schema_text (void)
{
  with_library (ask_schema_text, options.count);
}

static void
ask_schema_node (QMachine *machine)
{
  for (int i = 0; i < options.count; i++)
    ask_library (machine, SCHEMA);
}

static void
play_schema_node (void)
{
  with_library (ask_schema_node, options.count);
}

/* json-glib on the very text, with nothing around it; but after a wait for QEMU, like the others:
 * what was in the processor's caches before is not there any more. */
static void
play_schema_parse (void)
{
  QMachine *machine = worker_launch ();
  double cpu = 0;
  double wall = 0;

  for (int i = 0; i < options.count; i++)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *text
        = q_machine_command_json (machine, SCHEMA, NULL, Q_TIMEOUT_DEFAULT, NULL, &error);

      if (text == NULL)
        worker_die (SCHEMA, error);
      cpu -= worker_get_cpu ();
      wall -= worker_get_time ();
      if (!json_parser_load_from_data (parser, text, -1, &error))
        worker_die ("json-glib", error);
      g_clear_object (&parser);
      wall += worker_get_time ();
      cpu += worker_get_cpu ();
    }
  worker_report ("wall", wall / options.count);
  worker_report ("cpu", cpu / options.count);
  worker_shutdown (machine);
}

/* -- messages of any size, to and from the stub -- */

static void
ask_reply_of_size_raw (FloorMachine *machine)
{
  g_autofree char *text
    = g_strdup_printf ("{\"execute\":\"x-text\",\"arguments\":{\"size\":%d}}", options.size);

  for (int i = 0; i < options.count; i++)
    worker_ask_floor (machine, text, strlen (text), 1);
}

static void
play_reply_raw (void)
{
  with_floor (ask_reply_of_size_raw, options.count);
}

static void
ask_reply_of_size (QMachine *machine)
{
  g_autofree char *arguments = g_strdup_printf ("{\"size\":%d}", options.size);

  for (int i = 0; i < options.count; i++)
    ask_text (machine, "x-text", arguments);
}

static void
play_reply_library (void)
{
  with_library (ask_reply_of_size, options.count);
}

static char *
make_large_arguments (void)
{
  g_autofree char *content = g_strnfill ((gsize)options.size, 'x');

  return g_strdup_printf ("{\"text\":\"%s\"}", content);
}

static void
send_large_raw (FloorMachine *machine)
{
  g_autofree char *arguments = make_large_arguments ();
  g_autofree char *text = g_strdup_printf ("{\"execute\":\"x-take\",\"arguments\":%s}", arguments);
  gsize length = strlen (text);

  for (int i = 0; i < options.count; i++)
    worker_ask_floor (machine, text, length, 1);
}

static void
play_large_raw (void)
{
  with_floor (send_large_raw, options.count);
}

static void
send_large (QMachine *machine)
{
  g_autofree char *arguments = make_large_arguments ();

  for (int i = 0; i < options.count; i++)
    ask_text (machine, "x-take", arguments);
}

static void
play_large_library (void)
{
  with_library (send_large, options.count);
}

const Scenario command_scenarios[] = {
  { "commands", "raw", play_raw },
  { "commands", "json-glib", play_json_glib },
  { "commands", "library-sync", play_sync },
  { "commands", "library-async", play_async },
  { "queue", "raw", play_queue_raw },
  { "queue", "library", play_queue_library },
  { "schema", "raw", play_schema_raw },
  { "schema", "json-glib", play_schema_json_glib },
  { "schema", "json-glib-parse", play_schema_parse },
  { "schema", "library-text", play_schema_text },
  { "schema", "library-node", play_schema_node },
  { "reply-size", "raw", play_reply_raw },
  { "reply-size", "library", play_reply_library },
  { "command-size", "raw", play_large_raw },
  { "command-size", "library", play_large_library },
  { NULL, NULL, NULL },
};
