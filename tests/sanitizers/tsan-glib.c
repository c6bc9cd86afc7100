/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sanitizer/tsan_interface.h>
#include <unistd.h>

/* What ThreadSanitizer cannot see in a GLib that is not built with it. GLib's locks are futexes of
 * its own and its reference counts are atomic in its own code, so without help each lock of the
 * library would be no lock, and everything a race. These functions stand before GLib's in a build
 * with -Db_sanitize=thread: they call them, and tell the sanitizer what they promise, neither more
 * nor less than what an instrumented GLib would show. Linked into the test programs rather than
 * preloaded, so that QEMU and other children do not inherit them. */

#define REAL(name)                                                                                 \
  ({                                                                                               \
    static gpointer q_real;                                                                        \
    gpointer q_found = __atomic_load_n (&q_real, __ATOMIC_RELAXED);                                \
    if (q_found == NULL)                                                                           \
      {                                                                                            \
        q_found = dlsym (RTLD_NEXT, #name);                                                        \
        __atomic_store_n (&q_real, q_found, __ATOMIC_RELAXED);                                     \
      }                                                                                            \
    (__typeof__ (&(name)))q_found;                                                                 \
  })

/* Both at once is what an atomic operation on the address would be. */
static void
pass_by (gpointer address)
{
  __tsan_acquire (address);
  __tsan_release (address);
}

/* -- locks -- */

void
g_mutex_lock (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, 0);
  REAL (g_mutex_lock) (mutex);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked;

  __tsan_mutex_pre_lock (mutex, __tsan_mutex_try_lock);
  locked = REAL (g_mutex_trylock) (mutex);
  __tsan_mutex_post_lock (mutex,
                          __tsan_mutex_try_lock | (locked ? 0 : __tsan_mutex_try_lock_failed), 0);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  REAL (g_mutex_unlock) (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

void
g_mutex_clear (GMutex *mutex)
{
  /* It is free by now, and who let go of it last was before. */
  __tsan_acquire (mutex);
  REAL (g_mutex_clear) (mutex);
  __tsan_mutex_destroy (mutex, 0);
}

/* Of the lock inside of it the sanitizer sees only the unlocking, which GLib does as its last step
 * in the name of the caller: see tsan.supp. */
void
g_rec_mutex_lock (GRecMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, __tsan_mutex_write_reentrant);
  REAL (g_rec_mutex_lock) (mutex);
  __tsan_mutex_post_lock (mutex, __tsan_mutex_write_reentrant, 1);
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, __tsan_mutex_write_reentrant);
  REAL (g_rec_mutex_unlock) (mutex);
  __tsan_mutex_post_unlock (mutex, __tsan_mutex_write_reentrant);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean result;

  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  result = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 0);

  return result;
}

/* Who comes later loads the location, which is seen. */
void (g_once_init_leave) (volatile void *location, gsize result)
{
  __tsan_release ((void *)location);
  REAL (g_once_init_leave) (location, result);
}

gboolean (g_once_init_enter) (volatile void *location)
{
  gboolean first = REAL (g_once_init_enter) (location);

  __tsan_acquire ((void *)location);
  return first;
}

/* -- reference counts -- */

void (g_atomic_ref_count_inc) (gatomicrefcount *count)
{
  pass_by (count);
  REAL (g_atomic_ref_count_inc) (count);
}

gboolean (g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  gboolean last;

  __tsan_release (count);
  last = REAL (g_atomic_ref_count_dec) (count);
  __tsan_acquire (count);

  return last;
}

gpointer (g_object_ref) (gpointer object)
{
  pass_by (object);
  return REAL (g_object_ref) (object);
}

void (g_object_unref) (gpointer object)
{
  pass_by (object);
  REAL (g_object_unref) (object);
}

gpointer (g_weak_ref_get) (GWeakRef *weak_ref)
{
  gpointer object = REAL (g_weak_ref_get) (weak_ref);

  pass_by (weak_ref);
  if (object != NULL)
    pass_by (object);

  return object;
}

void (g_weak_ref_set) (GWeakRef *weak_ref, gpointer object)
{
  pass_by (weak_ref);
  REAL (g_weak_ref_set) (weak_ref, object);
}

void (g_weak_ref_clear) (GWeakRef *weak_ref)
{
  pass_by (weak_ref);
  REAL (g_weak_ref_clear) (weak_ref);
}

void
g_cancellable_cancel (GCancellable *cancellable)
{
  if (cancellable != NULL)
    pass_by (cancellable);
  REAL (g_cancellable_cancel) (cancellable);
}

gboolean
g_cancellable_is_cancelled (GCancellable *cancellable)
{
  gboolean result = REAL (g_cancellable_is_cancelled) (cancellable);

  if (cancellable != NULL)
    pass_by (cancellable);
  return result;
}

/* -- descriptors: one that nobody was seen to close would be used by two threads -- */

gboolean
g_close (gint fd, GError **error)
{
  if (close (fd) == 0 || errno == EINTR)
    return TRUE;

  g_set_error_literal (error, G_FILE_ERROR, (gint)g_file_error_from_errno (errno), "close");
  return FALSE;
}

/* -- pools of threads: what was done before something was pushed is done when it is run -- */

typedef struct
{
  GFunc func;
  gpointer user_data;
} Pool;

static void
run_in_pool (gpointer data, gpointer user_data)
{
  Pool *pool = user_data;

  __tsan_acquire (data);
  pool->func (data, pool->user_data);
}

GThreadPool *
g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads, gboolean exclusive,
                   GError **error)
{
  /* As long as the program: no pool ends here. */
  Pool *pool = g_new (Pool, 1);

  pool->func = func;
  pool->user_data = user_data;
  return REAL (g_thread_pool_new) (run_in_pool, pool, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  __tsan_release (data);
  return REAL (g_thread_pool_push) (pool, data, error);
}

/* -- main contexts: what was done before a source was attached or destroyed, and what its
 * callback does, are one after the other by the context's lock -- */

static gpointer
find_channel (GMainContext *context)
{
  return context != NULL ? context : g_main_context_default ();
}

guint
g_source_attach (GSource *source, GMainContext *context)
{
  pass_by (find_channel (context));
  return REAL (g_source_attach) (source, context);
}

void
g_source_destroy (GSource *source)
{
  GMainContext *context = g_source_get_context (source);

  REAL (g_source_destroy) (source);
  pass_by (find_channel (context));
}

void
g_main_context_invoke_full (GMainContext *context, gint priority, GSourceFunc function,
                            gpointer data, GDestroyNotify notify)
{
  pass_by (find_channel (context));
  REAL (g_main_context_invoke_full) (context, priority, function, data, notify);
}

guint (g_idle_add) (GSourceFunc function, gpointer data)
{
  pass_by (find_channel (NULL));
  return REAL (g_idle_add) (function, data);
}

typedef gboolean (*DispatchFunc) (GSource *source, GSourceFunc callback, gpointer data);

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data, DispatchFunc real)
{
  GMainContext *context = g_source_get_context (source);
  gboolean result;

  pass_by (find_channel (context));
  result = real (source, callback, data);
  pass_by (find_channel (context));

  return result;
}

/* The kinds of sources that GLib makes without a call that could be caught. */
#define PATCH(funcs)                                                                               \
  static DispatchFunc real_##funcs;                                                                \
  static gboolean dispatch_##funcs (GSource *source, GSourceFunc callback, gpointer data)          \
  {                                                                                                \
    return dispatch (source, callback, data, real_##funcs);                                        \
  }                                                                                                \
  __attribute__ ((constructor)) static void patch_##funcs (void)                                   \
  {                                                                                                \
    real_##funcs = funcs.dispatch;                                                                 \
    funcs.dispatch = dispatch_##funcs;                                                             \
  }

PATCH (g_idle_funcs)
PATCH (g_timeout_funcs)
PATCH (g_unix_fd_source_funcs)
PATCH (g_child_watch_funcs)
