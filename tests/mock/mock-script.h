/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the text of a script to a list of steps. The grammar is described in qmock.h. */

#pragma once

#include "qmock.h"

G_BEGIN_DECLS

typedef enum
{
  MOCK_STEP_ACCEPT,
  MOCK_STEP_CLOSE,
  MOCK_STEP_RESET,
  MOCK_STEP_SHUTDOWN_WRITE,
  MOCK_STEP_EXPECT_EOF,
  MOCK_STEP_STALL,
  MOCK_STEP_EXPECT,
  MOCK_STEP_EXPECT_OOB,
  MOCK_STEP_EXPECT_TEXT,
  MOCK_STEP_EXPECT_RAW,
  MOCK_STEP_GREET,
  MOCK_STEP_GREET_WITHOUT_OOB,
  MOCK_STEP_REPLY,
  MOCK_STEP_REPLY_TO,
  MOCK_STEP_REPLY_WITH_ID,
  MOCK_STEP_ERROR,
  MOCK_STEP_ERROR_TO,
  MOCK_STEP_DROP_ID,
  MOCK_STEP_EVENT,
  MOCK_STEP_SEND,
  MOCK_STEP_SEND_LINE,
  MOCK_STEP_FLOOD,
  MOCK_STEP_NEST,
  MOCK_STEP_SERVE,
  MOCK_STEP_SPLIT,
  MOCK_STEP_DELAY,
  MOCK_STEP_TIMEOUT,
  MOCK_STEP_WAIT_SIGNAL,
  MOCK_STEP_MARK,
  MOCK_STEP_REPEAT,
  MOCK_STEP_END,
  /* From here on: things that only a process can do, played by mock-qemu.c. */
  MOCK_STEP_LISTEN,
  MOCK_STEP_STDOUT,
  MOCK_STEP_STDERR,
  MOCK_STEP_PRINT_ARGS,
  MOCK_STEP_PRINT_FDS,
  MOCK_STEP_EXIT,
  MOCK_STEP_KILL,
  MOCK_STEP_IGNORE_TERM,
  MOCK_STEP_EXIT_ON_TERM,
  MOCK_STEP_SPAWN_HOLDER,
} MockStepKind;

typedef struct
{
  MockStepKind kind;
  guint line;     /* counted from 1, for messages */
  char *source;   /* the line as written, for messages */
  char *word;     /* NAME, CLASS, ID, SIGNAL; or NULL */
  GString *text;  /* JSON, TEXT, RAW (decoded: may hold NUL); or NULL when left out */
  guint64 number; /* N, MS, COUNT */
  gboolean has_number;
  guint partner; /* of a repeat, the index of its end, and the other way round */
} MockStep;

typedef enum
{
  MOCK_SCRIPT_PEER,
  MOCK_SCRIPT_PROCESS, /* the steps that only a process can do are allowed */
} MockScriptFlags;

/* A GPtrArray of MockStep, which frees its elements. */
GPtrArray *mock_script_parse (const char *text, MockScriptFlags flags, GError **error);

gboolean mock_step_is_for_process (const MockStep *step);

/* The end of the JSON value that begins at @text (blanks skipped), or NULL if it is not there
 * whole. Shallow on purpose: it frames values, it does not judge them. */
const char *mock_json_skip_value (const char *text, const char *end);

/* Finds a member of the object that begins at @text, without looking into its values. */
gboolean mock_json_find_member (const char *text, gsize length, const char *name,
                                const char **value, gsize *value_length);

G_END_DECLS
