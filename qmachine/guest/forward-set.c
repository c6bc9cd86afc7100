/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/forward-set-private.h"

#include "io/interrupt-private.h"
#include "q-error.h"
#include "session/request-private.h"

/* QEMU knows by this name the virtio card that fits the target: of PCI, CCW or MMIO. */
#define DEFAULT_CARD "virtio-net"

typedef struct
{
  char *netdev;
  char *card;
  gboolean present; /* in the launch that is there */
} Network;

struct _QForwardSet
{
  gatomicrefcount ref_count;
  GMutex lock;
  GCond cond;          /* a turn or a launch's opening is over, or somebody gave up */
  GPtrArray *rules;    /* of QForwardRule */
  GPtrArray *networks; /* of Network */
  guint n_networks;    /* that there ever were */
  guint launch;
  gboolean opening; /* the launch will open them, or does */
  gboolean open;
  gboolean busy; /* somebody has the turn */
};

static void
network_free (gpointer data)
{
  Network *self = data;

  g_free (self->netdev);
  g_free (self->card);
  g_free (self);
}

QForwardSet *
q_forward_set_new (void)
{
  QForwardSet *self = g_new0 (QForwardSet, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->rules = g_ptr_array_new_with_free_func (q_forward_rule_unref);
  self->networks = g_ptr_array_new_with_free_func (network_free);

  return self;
}

QForwardSet *
q_forward_set_ref (QForwardSet *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
q_forward_set_unref (gpointer data)
{
  QForwardSet *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->rules);
  g_ptr_array_unref (self->networks);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* -- networks -- */

/* With the lock held. */
static char *
add_network (QForwardSet *self, const char *card)
{
  Network *network = g_new0 (Network, 1);

  network->netdev = g_strdup_printf ("qmachine-net%u", self->n_networks++);
  network->card = g_strdup (card != NULL ? card : DEFAULT_CARD);
  g_ptr_array_add (self->networks, network);

  return g_strdup (network->netdev);
}

char *
q_forward_set_add_network (QForwardSet *self, const char *card)
{
  char *netdev;

  g_mutex_lock (&self->lock);
  netdev = add_network (self, card);
  g_mutex_unlock (&self->lock);

  return netdev;
}

char *
q_forward_set_dup_network (QForwardSet *self)
{
  char *netdev = NULL;

  g_mutex_lock (&self->lock);
  if (self->networks->len > 0)
    netdev = g_strdup (((Network *)g_ptr_array_index (self->networks, 0))->netdev);
  else if (!self->open)
    netdev = add_network (self, NULL);
  g_mutex_unlock (&self->lock);

  return netdev;
}

/* With the lock held. */
static gboolean
is_missing (QForwardSet *self, const char *netdev)
{
  for (guint i = 0; i < self->networks->len; i++)
    {
      const Network *each = g_ptr_array_index (self->networks, i);

      if (g_str_equal (each->netdev, netdev))
        return !each->present;
    }

  return FALSE;
}

gboolean
q_forward_set_is_missing (QForwardSet *self, const char *netdev)
{
  gboolean missing;

  g_mutex_lock (&self->lock);
  missing = is_missing (self, netdev);
  g_mutex_unlock (&self->lock);

  return missing;
}

GPtrArray *
q_forward_set_list_cards (QForwardSet *self)
{
  GPtrArray *cards = g_ptr_array_new_with_free_func (g_free);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->networks->len; i++)
    {
      const Network *each = g_ptr_array_index (self->networks, i);

      if (each->present)
        g_ptr_array_add (cards, g_strdup (each->card));
    }
  g_mutex_unlock (&self->lock);

  return cards;
}

GPtrArray *
q_forward_set_list_rules (QForwardSet *self)
{
  GPtrArray *rules = g_ptr_array_new_with_free_func (q_forward_rule_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->rules->len; i++)
    {
      QForwardRule *rule = g_ptr_array_index (self->rules, i);

      if (!is_missing (self, q_forward_rule_get_spec (rule)->netdev))
        g_ptr_array_add (rules, q_forward_rule_ref (rule));
    }
  g_mutex_unlock (&self->lock);

  return rules;
}

/* -- turns -- */

static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  QForwardSet *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* With the lock held; FALSE when there is no point in waiting on. */
static gboolean
wait_for_turn (QForwardSet *self, gint64 deadline, GCancellable *cancellable)
{
  gboolean watched = q_interrupt_is_watched ();

  while (self->busy || self->opening)
    {
      gint64 now = g_get_monotonic_time ();
      gint64 until = watched ? now + Q_INTERRUPT_MS * 1000 : G_MAXINT64;

      if (g_cancellable_is_cancelled (cancellable) || (deadline >= 0 && now >= deadline))
        return FALSE;

      if (deadline >= 0)
        until = MIN (until, deadline);
      if (until == G_MAXINT64)
        g_cond_wait (&self->cond, &self->lock);
      else
        g_cond_wait_until (&self->cond, &self->lock, until);

      if (watched)
        {
          gboolean given_up;

          g_mutex_unlock (&self->lock);
          given_up = q_interrupt_check ();
          g_mutex_lock (&self->lock);
          if (given_up)
            return FALSE;
        }
    }

  return TRUE;
}

gboolean
q_forward_set_begin (QForwardSet *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  gulong handler = 0;
  gboolean is_ours;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  g_mutex_lock (&self->lock);
  is_ours = wait_for_turn (self, deadline, cancellable);
  if (is_ours)
    self->busy = TRUE;
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);

  if (!is_ours && deadline >= 0 && g_get_monotonic_time () >= deadline)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         "a launch or another change of forwards took too long");
  else if (!is_ours)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");

  return is_ours;
}

void
q_forward_set_end (QForwardSet *self)
{
  g_mutex_lock (&self->lock);
  self->busy = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* -- rules -- */

gboolean
q_forward_set_is_open (QForwardSet *self, guint *launch)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->open;
  *launch = self->launch;
  g_mutex_unlock (&self->lock);

  return open;
}

gboolean
q_forward_set_add (QForwardSet *self, QForwardRule *rule, guint port, guint launch)
{
  gboolean lasts;

  g_mutex_lock (&self->lock);
  lasts = port == 0 || (self->open && self->launch == launch);
  if (lasts)
    {
      g_ptr_array_add (self->rules, q_forward_rule_ref (rule));
      q_forward_rule_set_port (rule, port);
    }
  g_mutex_unlock (&self->lock);

  return lasts;
}

gboolean
q_forward_set_contains (QForwardSet *self, QForwardRule *rule)
{
  gboolean found;

  g_mutex_lock (&self->lock);
  found = g_ptr_array_find (self->rules, rule, NULL);
  g_mutex_unlock (&self->lock);

  return found;
}

void
q_forward_set_remove (QForwardSet *self, QForwardRule *rule)
{
  g_mutex_lock (&self->lock);
  q_forward_rule_set_port (rule, 0);
  g_ptr_array_remove (self->rules, rule);
  g_mutex_unlock (&self->lock);
}

/* -- a launch: what it opens -- */

typedef struct
{
  QForwardSet *set;
  QLaunchSettling *settling;
  GPtrArray *rules;  /* those that are opened */
  GPtrArray *before; /* rows that were there */
  guint n_asked;
} Opening;

static void
opening_free (Opening *self)
{
  g_ptr_array_unref (self->rules);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  q_forward_set_unref (self->set);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* Takes over both. */
static void
end_opening (Opening *opening, GError *error)
{
  g_autoptr (Opening) self = opening;

  g_mutex_lock (&self->set->lock);
  self->set->opening = FALSE;
  self->set->open = error == NULL;
  g_cond_broadcast (&self->set->cond);
  g_mutex_unlock (&self->set->lock);

  q_launch_settling_end (self->settling, error);
}

static void
ask (Opening *self, const char *line, QLaunchSettlingFunc func)
{
  /* Nothing in these lines needs an escape. */
  g_autofree char *arguments = g_strdup_printf ("{\"command-line\":\"%s\"}", line);

  q_launch_settling_ask (self->settling, "human-monitor-command", arguments, func, self);
}

/* The text of an answer; NULL, and the opening is over, for none. */
static char *
take_answer (Opening *self, const char *value, const GError *error)
{
  g_autoptr (JsonNode) node = NULL;

  if (error == NULL)
    node = q_reply_to_node (g_strdup (value), NULL);
  if (node != NULL && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);

  if (error != NULL && error->domain != Q_COMMAND_ERROR)
    end_opening (self, g_error_copy (error));
  else
    end_opening (self, g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED,
                                    "forwards need QEMU's human monitor: %s",
                                    error != NULL ? error->message : "its answer was no text"));
  return NULL;
}

static GError *
new_refusal (QForwardRule *rule, const char *what, const char *text)
{
  g_autofree char *description = q_forward_rule_describe (rule);
  g_autofree char *quote = q_usernet_quote (text, -1);

  return g_error_new (Q_MACHINE_ERROR, Q_MACHINE_ERROR_LAUNCH_FAILED, "%s: %s: %s", description,
                      what, quote);
}

/* Those first whose port was asked for, lest another one of the same kind takes its row. */
static QForwardRule *
find_ports (Opening *self, GPtrArray *rows, guint *ports)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < self->rules->len; i++)
      {
        QForwardRule *rule = g_ptr_array_index (self->rules, i);
        gboolean chosen = q_forward_rule_get_spec (rule)->wanted_port == 0;
        QUsernetRow *row;

        if (chosen != (round == 1))
          continue;

        row = q_forward_rule_find (rule, self->before, rows, used);
        if (row == NULL)
          return rule;
        g_hash_table_add (used, row);
        ports[i] = row->source_port;
      }

  return NULL;
}

static void
listed_cb (const char *value, const GError *error, gpointer data)
{
  Opening *self = data;
  g_autofree char *text = take_answer (self, value, error);
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree guint *ports = NULL;
  QForwardRule *unknown;

  if (text == NULL)
    return;

  rows = q_usernet_parse (text);
  ports = g_new0 (guint, self->rules->len + 1);
  unknown = find_ports (self, rows, ports);
  if (unknown != NULL)
    {
      end_opening (self, new_refusal (unknown, "QEMU does not tell its port, but says", text));
      return;
    }

  g_mutex_lock (&self->set->lock);
  for (guint i = 0; i < self->rules->len; i++)
    {
      QForwardRule *rule = g_ptr_array_index (self->rules, i);

      q_forward_rule_set_port (rule, ports[i]);
    }
  g_mutex_unlock (&self->set->lock);
  end_opening (self, NULL);
}

static void
added_cb (const char *value, const GError *error, gpointer data)
{
  Opening *self = data;
  g_autofree char *text = take_answer (self, value, error);
  g_autofree char *line = NULL;

  if (text == NULL)
    return;

  if (*g_strstrip (text) != '\0')
    {
      QForwardRule *rule = g_ptr_array_index (self->rules, self->n_asked - 1);

      end_opening (self, new_refusal (rule, "QEMU says", text));
      return;
    }
  if (self->n_asked == self->rules->len)
    {
      ask (self, "info usernet", listed_cb);
      return;
    }

  line = q_forward_rule_format_add (g_ptr_array_index (self->rules, self->n_asked++));
  ask (self, line, added_cb);
}

static void
listed_before_cb (const char *value, const GError *error, gpointer data)
{
  Opening *self = data;
  g_autofree char *text = take_answer (self, value, error);
  g_autofree char *line = NULL;

  if (text == NULL)
    return;

  self->before = q_usernet_parse (text);
  line = q_forward_rule_format_add (g_ptr_array_index (self->rules, self->n_asked++));
  ask (self, line, added_cb);
}

static gboolean
prepare (gpointer feature, QLaunchParts *parts, GError **error)
{
  QForwardSet *self = feature;
  gboolean has_monitor = q_launch_parts_has_monitor (parts);

  g_mutex_lock (&self->lock);
  if (!has_monitor && self->rules->len > 0)
    {
      g_mutex_unlock (&self->lock);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "forwards need a monitor, and the monitor mode is NONE");
      return FALSE;
    }

  self->launch++;
  self->opening = has_monitor;
  for (guint i = 0; i < self->networks->len; i++)
    {
      Network *network = g_ptr_array_index (self->networks, i);
      g_autofree char *netdev = g_strdup_printf ("user,id=%s", network->netdev);
      g_autofree char *device = g_strdup_printf ("%s,netdev=%s", network->card, network->netdev);

      q_launch_parts_add_args (parts,
                               (const char *const[]){ "-netdev", netdev, "-device", device, NULL });
      network->present = TRUE;
    }
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static void
settle (gpointer feature, QLaunchSettling *settling)
{
  QForwardSet *self = feature;
  Opening *opening = g_new0 (Opening, 1);

  opening->set = q_forward_set_ref (self);
  opening->settling = settling;
  opening->rules = g_ptr_array_new_with_free_func (q_forward_rule_unref);
  g_mutex_lock (&self->lock);
  self->opening = TRUE;
  for (guint i = 0; i < self->rules->len; i++)
    {
      QForwardRule *rule = g_ptr_array_index (self->rules, i);

      /* Of one that came when the launch had begun. */
      if (!is_missing (self, q_forward_rule_get_spec (rule)->netdev))
        g_ptr_array_add (opening->rules, q_forward_rule_ref (rule));
    }
  g_mutex_unlock (&self->lock);

  if (opening->rules->len > 0)
    ask (opening, "info usernet", listed_before_cb);
  else
    end_opening (opening, NULL);
}

static void
ended (gpointer feature, gboolean detached)
{
  QForwardSet *self = feature;

  g_mutex_lock (&self->lock);
  self->launch++;
  self->opening = FALSE;
  self->open = FALSE;
  for (guint i = 0; i < self->networks->len; i++)
    ((Network *)g_ptr_array_index (self->networks, i))->present = FALSE;
  for (guint i = 0; i < self->rules->len; i++)
    q_forward_rule_set_port (g_ptr_array_index (self->rules, i), 0);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
q_forward_set_join (QForwardSet *self, QLaunchJoin join)
{
  if (join == Q_LAUNCH_JOIN_NOTHING)
    return;

  g_mutex_lock (&self->lock);
  self->launch++;
  self->open = join == Q_LAUNCH_JOIN_RUNNING;
  self->opening = join == Q_LAUNCH_JOIN_EARLY;
  g_mutex_unlock (&self->lock);
}

static gpointer
set_ref (gpointer feature)
{
  return q_forward_set_ref (feature);
}

const QLaunchHook q_forward_set_hook = {
  .ref = set_ref,
  .unref = q_forward_set_unref,
  .prepare = prepare,
  .settle = settle,
  .ended = ended,
};
