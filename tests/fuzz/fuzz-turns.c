/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz-turns.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "qmachine/io/io-thread-private.h"
#include "qmachine/qmachine.h"

/* Far more than any turn takes, even under a sanitizer and on a busy machine. */
#define DEADLINE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean reached;
} Meeting;

static gboolean
meet_cb (gpointer data)
{
  Meeting *meeting = data;

  g_mutex_lock (&meeting->lock);
  meeting->reached = TRUE;
  g_cond_signal (&meeting->cond);
  g_mutex_unlock (&meeting->lock);

  return G_SOURCE_REMOVE;
}

/* What was under way on the I/O thread is done. */
static void
meet_io_thread (void)
{
  Meeting meeting = { .reached = FALSE };

  g_mutex_init (&meeting.lock);
  g_cond_init (&meeting.cond);
  q_io_thread_post (meet_cb, &meeting);
  g_mutex_lock (&meeting.lock);
  while (!meeting.reached)
    g_cond_wait (&meeting.cond, &meeting.lock);
  g_mutex_unlock (&meeting.lock);
  g_cond_clear (&meeting.cond);
  g_mutex_clear (&meeting.lock);
}

static gboolean
is_all_read (int fd)
{
  int n_bytes = 0;

  return ioctl (fd, SIOCOUTQ, &n_bytes) != 0 || n_bytes == 0;
}

void
q_fuzz_settle (int fd)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  gboolean progress;

  do
    {
      while (!is_all_read (fd))
        {
          g_assert_cmpint (g_get_monotonic_time (), <, deadline);
          g_thread_yield ();
        }
      /* The second time for what the first one's turn has posted. */
      meet_io_thread ();
      meet_io_thread ();
      progress = FALSE;
      while (g_main_context_iteration (NULL, FALSE))
        progress = TRUE;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  while (progress || !is_all_read (fd));
}

void
q_fuzz_check_call_error (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (error->domain == Q_MONITOR_ERROR || error->domain == Q_COMMAND_ERROR
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
}
