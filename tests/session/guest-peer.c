/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-peer.h"

#include <string.h>

void
guest_count (guint *n)
{
  (*n)++;
}

/* What the library and GLib keep for good is there before anything is counted. */
static void
warm_up (void)
{
  static gboolean done;
  g_autoptr (QMockPeer) peer = NULL;
  g_autoptr (QGuestAgent) agent = NULL;

  if (done)
    return;

  done = TRUE;
  peer = qmock_peer_new ("sync\nexpect-eof\n");
  agent = q_guest_agent_new ();
  g_assert_true (qmock_peer_start (peer, NULL));
  g_assert_true (q_guest_agent_attach (agent, qmock_peer_get_address (peer), -1, NULL, NULL));
  g_assert_true (q_guest_agent_wait_ready (agent, -1, NULL, NULL));
  g_assert_true (q_guest_agent_close (agent, -1, NULL, NULL));
  g_assert_true (qmock_peer_finish (peer, NULL));
}

void
guest_create (GuestSession *session, const char *script)
{
  g_autoptr (GError) error = NULL;

  warm_up ();
  memset (session, 0, sizeof *session);
  q_test_count_resources (&session->before);
  session->peer = qmock_peer_new (script);
  g_assert_true (qmock_peer_start (session->peer, &error));
  g_assert_no_error (error);
  session->agent = q_guest_agent_new ();
  g_signal_connect_swapped (session->agent, "closed", G_CALLBACK (guest_count), &session->n_closed);
}

void
guest_attach (GuestSession *session)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_guest_agent_attach (session->agent, qmock_peer_get_address (session->peer),
                                       Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

void
guest_begin (GuestSession *session, const char *script)
{
  guest_create (session, script);
  guest_attach (session);
}

void
guest_close (GuestSession *session)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (q_guest_agent_close (session->agent, Q_TIMEOUT_DEFAULT, NULL, &error));
  g_assert_no_error (error);
}

void
guest_end (GuestSession *session)
{
  g_autoptr (GError) error = NULL;

  if (session->agent != NULL)
    guest_close (session);
  if (session->peer != NULL)
    qmock_peer_finish (session->peer, &error);
  g_assert_no_error (error);
  if (session->agent != NULL)
    q_test_assert_last_unref (session->agent);
  g_clear_object (&session->peer);
  q_test_assert_resources (&session->before);
  g_assert_cmpuint (q_test_take_warnings (NULL), ==, 0);
}

void
guest_assert_command (GuestSession *session, const char *command, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
    = q_guest_agent_command_json (session->agent, command, NULL, 20000, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}
