/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include <glib.h>

/* A file with all that goes over one connection, a line for each message. */
typedef struct _QTranscript QTranscript;

typedef enum
{
  Q_TRANSCRIPT_SENT = '>',
  Q_TRANSCRIPT_RECEIVED = '<',
} QTranscriptDirection;

/* Empties the file. NULL with an error (G_IO_ERROR) where it is no regular file, or another
 * transcript's. */
QTranscript *q_transcript_new (const char *path, GError **error);
void q_transcript_free (QTranscript *self);

/* One thread at a time. A file that takes no more gets no more: nobody is told, but for the debug
 * log. */
void q_transcript_write (QTranscript *self, QTranscriptDirection direction, const char *text,
                         gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QTranscript, q_transcript_free)
