/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "qmachine/q-machine.h"
#include "qmachine/q-monitor-event-private.h"
#include "qmachine/q-monitor-private.h"

#define N_EVENTS 300

static QEventRecord *
make_record (guint n)
{
  g_autofree char *text = g_strdup_printf ("{\"event\":\"E%u\",\"data\":{\"n\":%u}}", n % 2, n);
  g_autoptr (QFramer) framer = q_framer_new (1024);
  QMessage message;
  QFrame frame;

  memcpy (q_framer_reserve (framer, strlen (text)), text, strlen (text));
  q_framer_commit (framer, strlen (text));
  g_assert_true (q_framer_next (framer, &frame, NULL));
  g_assert_true (q_message_classify (&frame, &message, NULL));

  return q_event_record_new (&message);
}

static guint
get_number (QMonitorEvent *event)
{
  JsonObject *data = json_node_get_object (q_monitor_event_get_data (event));

  return (guint)json_object_get_int_member (data, "n");
}

/* To several monitors; whether an object was made for it. */
static gboolean
emit (QMonitor **monitors, guint n_monitors, guint n)
{
  g_autoptr (QEventRecord) record = make_record (n);
  QEventEmission emission
    = { .record = record, .detail = g_quark_try_string (q_event_record_get_name (record)) };
  guint signal_id = g_signal_lookup ("event", Q_TYPE_MONITOR);
  gboolean made;

  for (guint i = 0; i < n_monitors; i++)
    q_monitor_event_emit (&emission, G_OBJECT (monitors[i]), signal_id);
  made = emission.event != NULL;
  g_clear_object (&emission.event);

  return made;
}

typedef struct
{
  guint n_seen;
  GPtrArray *kept;
  QMonitorEvent *watched[N_EVENTS]; /* weak pointers */
  GWeakRef weak[N_EVENTS];
} Listener;

/* All that a handler can do to know of an event later. */
static void
event_cb (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  Listener *self = data;
  guint n = self->n_seen++;

  g_assert_cmpuint (get_number (event), ==, n);
  g_assert_cmpstr (q_monitor_event_get_name (event), ==, n % 2 != 0 ? "E1" : "E0");
  g_assert_null (g_object_get_data (G_OBJECT (event), "mark"));

  if (n % 3 == 0)
    g_ptr_array_add (self->kept, g_object_ref (event));
  if (n % 5 == 0)
    g_object_add_weak_pointer (G_OBJECT (event), (gpointer *)&self->watched[n]);
  if (n % 5 == 0)
    self->watched[n] = event;
  if (n % 7 == 0)
    g_weak_ref_set (&self->weak[n], event);
  if (n % 11 == 0)
    g_object_set_data (G_OBJECT (event), "mark", self);
}

static void
test_kept (void)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autofree Listener *listener = g_new0 (Listener, 1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);

  listener->kept = kept;
  g_signal_connect (monitor, "event", G_CALLBACK (event_cb), listener);
  for (guint n = 0; n < N_EVENTS; n++)
    g_assert_true (emit (&monitor, 1, n));

  g_assert_cmpuint (listener->n_seen, ==, N_EVENTS);
  for (guint n = 0; n < N_EVENTS; n++)
    {
      QMonitorEvent *expected = n % 3 == 0 ? g_ptr_array_index (kept, n / 3) : NULL;
      g_autoptr (QMonitorEvent) found = g_weak_ref_get (&listener->weak[n]);

      if (expected != NULL)
        g_assert_cmpuint (get_number (expected), ==, n);
      g_assert_true (listener->watched[n] == (n % 5 == 0 ? expected : NULL));
      g_assert_true (found == (n % 7 == 0 ? expected : NULL));
      g_weak_ref_clear (&listener->weak[n]);
      if (listener->watched[n] != NULL)
        g_object_remove_weak_pointer (G_OBJECT (expected), (gpointer *)&listener->watched[n]);
    }
}

static void
count_cb (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  guint *n_seen = data;

  (*n_seen)++;
}

static void
keep_cb (QMonitor *monitor, QMonitorEvent *event, gpointer data)
{
  g_ptr_array_add (data, g_object_ref (event));
}

/* No object for nobody; and one that is at hand goes to those alone who asked for its name, and is
 * the same for all of them. */
static void
test_heard (void)
{
  g_autoptr (QMonitor) monitor = q_monitor_new ();
  g_autoptr (QMonitor) other = q_monitor_new ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  QMonitor *monitors[] = { monitor, other };
  guint n_seen = 0;

  g_assert_false (emit (monitors, 2, 0));

  g_signal_connect (monitor, "event::E1", G_CALLBACK (count_cb), &n_seen);
  g_assert_false (emit (monitors, 2, 2));
  g_assert_true (emit (monitors, 2, 3));
  g_assert_false (emit (monitors, 2, 4));
  g_assert_cmpuint (n_seen, ==, 1);

  g_signal_connect (monitor, "event::E0", G_CALLBACK (keep_cb), kept);
  g_signal_connect (other, "event", G_CALLBACK (keep_cb), kept);
  g_assert_true (emit (monitors, 2, 6));
  g_assert_cmpuint (kept->len, ==, 2);
  g_assert_true (kept->pdata[0] == kept->pdata[1]);
  g_assert_true (emit (monitors, 2, 7));
  g_assert_cmpuint (kept->len, ==, 3);
  g_assert_cmpuint (n_seen, ==, 2);
}

/* A program can make one, though there is no use for it. */
static void
test_empty (void)
{
  g_autoptr (QMonitorEvent) event = g_object_new (Q_TYPE_MONITOR_EVENT, NULL);

  g_assert_null (q_monitor_event_get_name (event));
  g_assert_null (q_monitor_event_get_data (event));
  g_assert_null (q_monitor_event_to_json (event));
  g_assert_cmpint (q_monitor_event_get_timestamp (event), ==, -1);
}

/* A hook would only be called where somebody else listens, too. */
static void
test_no_hooks (void)
{
  GType types[] = { Q_TYPE_MONITOR, Q_TYPE_MACHINE };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      GSignalQuery query;

      g_type_class_unref (g_type_class_ref (types[i]));
      g_signal_query (g_signal_lookup ("event", types[i]), &query);
      g_assert_true ((query.signal_flags & G_SIGNAL_NO_HOOKS) != 0);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/emission/kept", test_kept);
  g_test_add_func ("/emission/heard", test_heard);
  g_test_add_func ("/emission/empty", test_empty);
  g_test_add_func ("/emission/no-hooks", test_no_hooks);

  return g_test_run ();
}
