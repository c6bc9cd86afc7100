/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef QMACHINE_COMPILATION
#error "This header is private to QMachine."
#endif

#include "launch/hook-private.h"
#include "template/template-private.h"

/* How a machine takes part in its launches that can become a template. */

typedef struct _QTemplateSource QTemplateSource;

extern const QLaunchHook q_template_source_hook;

typedef enum
{
  Q_TEMPLATE_SOURCE_OPEN,
  Q_TEMPLATE_SOURCE_SAVED, /* memory and overlays are the template's */
  Q_TEMPLATE_SOURCE_LOST,  /* the template could not be finished when QEMU had ended */
} QTemplateSourceState;

QTemplateSource *q_template_source_new (const char *directory);
void q_template_source_unref (gpointer self);

const char *q_template_source_get_directory (QTemplateSource *self);
/* By which what its launches have made is known when they cannot remove it. */
const char *q_template_source_get_token (QTemplateSource *self);
QTemplateSourceState q_template_source_get_state (QTemplateSource *self);
void q_template_source_set_state (QTemplateSource *self, QTemplateSourceState state);
/* What is known of the last launch; NULL before the first. */
QTemplate *q_template_source_describe (QTemplateSource *self);
