/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "block/job-state-private.h"
#include "block/q-job.h"
#include "io/dispatcher-private.h"
#include "io/time-limit-private.h"

/* QEMU has three ways to run something in the background: jobs, the migration and the dump of
 * memory. */
typedef struct
{
  const char *const *events; /* that tell of it */
  const char *query;         /* the command that asks for it, without arguments */
  /* Hands what a reply to that says to q_job_take_reading () or q_job_lose (). */
  void (*take) (QJob *self, JsonNode *reply);
  /* What only an event tells. May be NULL. */
  void (*hear) (QJob *self, QMonitorEvent *event);
  const char *cancel; /* a command; NULL for none */
  /* QEMU cleans up for a moment behind the end, and refuses the next one meanwhile. A command
   * without arguments and what its reply says; NULL where that is not so. */
  const char *settle_query;
  gboolean (*is_settled) (JsonNode *reply);
  gboolean is_a_job; /* its commands take an id, and it is dismissed when it has ended */
} QJobKind;

extern const QJobKind q_job_kind_job;
extern const QJobKind q_job_kind_migration;
extern const QJobKind q_job_kind_dump;

/* Lets what has been heard since then be told with the next reading; takes over the listener. */
void q_job_set_listener (QJob *self, QEventListener *listener);
void q_job_hear_all (QJob *self);
/* Completes it when it is ready, and waits for its end. `timeout` is for the message. */
gboolean q_job_carry_out (QJob *self, const char *call, QTimeLimit limit, int timeout,
                          GCancellable *cancellable, GError **error);
/* For one that was begun here and given up: cancels it where it can be, and waits a while for its
 * end. FALSE if it goes on, as far as QEMU says anything; it is dismissed when it ends. */
gboolean q_job_call_off (QJob *self);
/* Though nobody waits for it, and nobody turns the context of the machine. */
void q_job_dismiss_at_end (QJob *self);

/* `type` may be NULL, for one of which an event told. One that is `owned` is dismissed by the
 * object when it has ended. */
QJob *q_job_new (QMachine *machine, const QJobKind *kind, const char *id, const char *type,
                 gboolean owned);
const QJobKind *q_job_get_kind (QJob *self);
gboolean q_job_is_owned (QJob *self);
/* It has ended, and QEMU was told to forget it. */
gboolean q_job_is_forgotten (QJob *self);
gboolean q_job_has_observer (QJob *self); /* of what has to be asked for */

/* Any thread. */
QJobAbilities q_job_get_abilities (QJob *self); /* in the right status */
void q_job_set_type (QJob *self, const char *type);
void q_job_take_reading (QJob *self, const QJobReading *reading);
void q_job_set_problem (QJob *self, const char *problem); /* before it is known to have ended */
void q_job_lose (QJob *self);                             /* QEMU knows it no more */
/* TRUE once, for a job that has ended and is to be dismissed. */
gboolean q_job_take_dismissal (QJob *self);
/* {"id": "..."}; NULL for a kind whose commands take none. */
JsonNode *q_job_make_arguments (QJob *self);
QMachine *q_job_dup_machine (QJob *self, const char *call, GError **error);

/* The jobs of a machine, kept for as long as there is the machine. */
void q_job_list_add (QMachine *machine, QJob *job);
