/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <gio/gio.h>

/* A socket that leads to a chardev of QEMU's: a pair, whose other end the child inherits; or, where
 * a wrapper may not pass a descriptor on, one that listens in the run directory, to which QEMU
 * connects before its monitor is ready. */
typedef struct _QPlug QPlug;

/* `what` names it in messages: "the console NAME". */
QPlug *q_plug_new_pair (const char *what, GError **error);
/* Takes over the path. */
QPlug *q_plug_new_listener (const char *what, char *path, GError **error);
/* One that something else brings to where QEMU is, under another path or the same one. Takes over
 * both. */
QPlug *q_plug_new_far_listener (const char *what, char *path, char *far_path, GError **error);
void q_plug_free (QPlug *self);

const char *q_plug_get_what (QPlug *self);
/* Where QEMU finds it; NULL for a pair. */
const char *q_plug_get_path (QPlug *self);
/* Where it listens. */
const char *q_plug_get_own_path (QPlug *self);
gboolean q_plug_is_far (QPlug *self);
/* That of the child; -1 if there is none, or no more. */
int q_plug_get_child_fd (QPlug *self);
void q_plug_close_child_fd (QPlug *self);

/* Of a listener: QEMU must have connected. WOULD_BLOCK where nobody has yet. */
gboolean q_plug_accept (QPlug *self, GError **error);
/* Of a far one, where nobody has: tells when somebody does, and it is there then. */
void q_plug_await (QPlug *self, void (*came) (gpointer user_data), gpointer user_data);
/* Of a far one, of which QEMU has ended: nobody takes what comes beyond what is there. Who has
 * taken the descriptor can still read that. Does nothing to others. */
void q_plug_hang_up (QPlug *self);
/* Once; -1 when it is not there yet. It never blocks. */
int q_plug_take_fd (QPlug *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QPlug, q_plug_free)
