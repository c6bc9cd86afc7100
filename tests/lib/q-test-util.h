/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <qmachine/qmachine.h>

/* What the tests of the library share: nothing in here sleeps, and every wait has a deadline. */

/* Longer than anything takes on a slow machine under a sanitizer; who reaches it fails. */
#define Q_TEST_DEADLINE_MS (60 * 1000)

/* g_test_init (), and a directory for the machines of this program. */
void q_test_init (int *argc, char ***argv);

/* Turns the context until the condition holds; fails the test after the deadline. */
#define q_test_wait_until(context, condition)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 q_deadline = g_get_monotonic_time () + Q_TEST_DEADLINE_MS * 1000LL;                     \
    g_autoptr (GSource) q_wake = q_test_add_wake_up (context);                                     \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > q_deadline)                                                  \
          g_error ("%s:%d: never: %s", __FILE__, __LINE__, #condition);                            \
        g_main_context_iteration (context, TRUE);                                                  \
      }                                                                                            \
    g_source_destroy (q_wake);                                                                     \
  }                                                                                                \
  G_STMT_END

GSource *q_test_add_wake_up (GMainContext *context);

/* For async calls: user_data is a GAsyncResult **, which gets a reference. */
void q_test_store_result (GObject *source, GAsyncResult *result, gpointer user_data);
/* Turns the thread-default context until it is there. */
GAsyncResult *q_test_await (GAsyncResult **result);

/* The QEMU of the tests that need no board: QMACHINE_TEST_BINARY, for another target. */
const char *q_test_get_binary (void);
/* A QEMU that does nothing: no board, no guest; greets in a few hundredths of a second. The run
 * directory is made in a directory of this test program. */
QMachine *q_test_machine_none (void);
/* A PC with TCG that boots a disk image made by tests/guests ("hello.img"), with its serial port
 * on standard output. */
QMachine *q_test_machine_guest (const char *image);
/* Commands of bash in the place of QEMU, which have a console at descriptor 300; without a monitor.
 */
QMachine *q_test_launch_shell (const char *commands, QConsole **console);
/* The scripted peer as a binary, with the steps of a script. */
QMachine *q_test_machine_mock (const char *script);

const char *q_test_get_base_dir (void);

/* The sync calls, which must succeed. */
void q_test_launch (QMachine *machine);
/* The same for a guest that ends by itself: it begins when the launch is done, and cannot have
 * ended by then, however busy the host is. */
void q_test_launch_guest (QMachine *machine);
/* QEMU 10 is killed by SIGSEGV once in some thousand times that it ends, after all that a test is
 * about: that is said, and no failure. */
void q_test_shutdown (QMachine *machine);

/* It answers, and its virtual processors run. */
void q_test_assert_running (QMachine *machine);

/* In the directory of this test program. */
char *q_test_get_path (const char *name);
/* With all that is in it. */
void q_test_remove_tree (const char *path);

/* That of the last process, which must be known. */
int q_test_get_exit_code (QMachine *machine);

/* A TCP port that was free a moment ago; with `held` a socket that listens there, which is the
 * caller's. */
guint16 q_test_find_port (GSocket **held);
/* Without the desktop's proxies, which keep descriptors of their own. */
GSocketClient *q_test_make_client (void);

/* What a process holds that must not grow. */
typedef struct
{
  guint n_fds;
  guint n_threads;
  guint n_children; /* zombies too */
  guint n_run_dirs;
} QTestResources;

void q_test_count_resources (QTestResources *resources);
/* Fails unless things are again as they were; waits for what is a moment behind. */
void q_test_assert_resources (const QTestResources *before);

/* For g_test_add (): counts before, when what the library and GLib keep for good is there, and
 * asserts after, also that nobody was warned of anything. */
typedef struct
{
  QTestResources before;
} QTestFixture;

void q_test_set_up (QTestFixture *fixture, gconstpointer data);
void q_test_tear_down (QTestFixture *fixture, gconstpointer data);

/* Resident memory in bytes. */
gsize q_test_get_rss (void);
/* How often the thread of this name has gone to sleep so far. */
guint64 q_test_count_sleeps (const char *thread);
/* Whether it says anything: not where freed memory is kept back on purpose, or shadowed, as by
 * sanitizers and valgrind; nor has glibc's allocator anything to say there. */
gboolean q_test_memory_counts (void);

/* Expects the object to be gone with this reference. */
#define q_test_assert_last_unref(object)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gpointer q_object = g_steal_pointer (&(object));                                               \
    gpointer q_weak = q_object;                                                                    \
    g_object_add_weak_pointer (q_object, &q_weak);                                                 \
    g_object_unref (q_object);                                                                     \
    g_assert_null (q_weak);                                                                        \
  }                                                                                                \
  G_STMT_END

/* Warnings of the library, which the tests do not take for fatal: how many came since the last
 * call, and the text of the last one. */
guint q_test_take_warnings (char **last);

/* Runs a function in a thread of its own, without a main loop, and waits for it. */
void q_test_in_thread (void (*func) (gpointer data), gpointer data);

gboolean q_test_process_exists (gint64 pid);
/* Those with the text on their command line; one that has ended and was not reaped has none. */
guint q_test_count_processes (const char *text);

/* Whether QMACHINE_TEST_LONG asks for the full numbers rather than a taste of them. */
gboolean q_test_is_long (void);
