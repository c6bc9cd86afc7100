/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Plays a script on a socket, with blocking I/O and a deadline for each wait.
 *
 * One thread calls mock_player_play(), which returns when the script has ended. The functions
 * marked "any thread" may be called from another one in the meantime.
 */

#pragma once

#include "mock-link.h"

G_BEGIN_DECLS

typedef struct _MockPlayer MockPlayer;

/* What a process does for its own steps, and for `wait-signal`, which it waits for itself. A hook
 * that returns FALSE sets the error. */
typedef gboolean (*MockStepHook) (MockPlayer *player, const MockStep *step, gpointer user_data,
                                  GError **error);

MockPlayer *mock_player_new (GPtrArray *steps, guint timeout, GError **error);
void mock_player_free (MockPlayer *self);

/* Also what a hook waits with, and any thread's way to what was received. */
MockLink *mock_player_get_link (MockPlayer *self);
/* Both take over the descriptor. */
void mock_player_take_listener (MockPlayer *self, int fd);
void mock_player_take_connection (MockPlayer *self, int fd);
void mock_player_set_hook (MockPlayer *self, MockStepHook hook, gpointer user_data);

gboolean mock_player_play (MockPlayer *self, GError **error);
/* Once the script has ended: reads on until the client hangs up or the test finishes, so that
 * what was received is complete. */
void mock_player_linger (MockPlayer *self);
/* Hangs up in an orderly way, and stops listening. */
void mock_player_hang_up (MockPlayer *self);

/* Any thread. */
void mock_player_signal (MockPlayer *self, const char *name);
gboolean mock_player_wait_mark (MockPlayer *self, const char *name, guint timeout, GError **error);
/* The test has done its part: waits that only the test could end, end now. */
void mock_player_ask_finish (MockPlayer *self);
/* Whatever it does, it stops at once and fails. */
void mock_player_abort (MockPlayer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MockPlayer, mock_player_free)

G_END_DECLS
