/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "mock-player.h"
#include "mock-message.h"

/* What the player (mock-player.c) and its steps (mock-steps.c) share. */

typedef struct
{
  guint first; /* the step after the repeat */
  guint64 round;
  guint64 rounds;
} MockLoop;

struct _MockPlayer
{
  GPtrArray *steps;
  MockStepHook hook;
  gpointer hook_data;

  /* Only the playing thread touches these. */
  MockLink *link;
  int listen_fd;
  GString *out;        /* what the current step, or repeat, wants to write */
  GString *expanded;   /* scratch space of expand() */
  GArray *loops;       /* the repeats that are open, of MockLoop */
  GPtrArray *commands; /* every command read by a step, of MockCommand */

  /* Shared with the test's thread. */
  GMutex mutex;
  GCond cond;
  gboolean finishing;
  gboolean ended;
  GError *failure;     /* why it ended early, or NULL */
  GHashTable *signals; /* name -> how often it was given and not yet waited for */
  GHashTable *marks;   /* the names of the marks that were passed */
};

gboolean mock_player_flush (MockPlayer *self, GError **error);
MockCommand *mock_player_last_command (MockPlayer *self);
const GString *mock_player_expand (MockPlayer *self, const MockStep *step);
gboolean mock_play_accept (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_close (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_reset (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_shutdown_write (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_expect_eof (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_stall (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_expect (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_expect_raw (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_greet (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_reply (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_drop_id (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_event (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_send (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_flood (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_serve (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_split (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_delay (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_timeout (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_wait_signal (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_mark (MockPlayer *self, const MockStep *step, GError **error);
gboolean mock_play_hook (MockPlayer *self, const MockStep *step, GError **error);
