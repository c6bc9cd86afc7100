/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-private.h"

#include <string.h>

/**
 * QShell:
 *
 * A shell in a guest, on a serial console or any other stream: it runs commands, and says what they
 * wrote and how they ended.
 *
 * [ctor@Shell.new] makes it for a console of a machine, [ctor@Shell.new_for_stream] for a stream at
 * whose other end a guest reads, as that of a virtio-serial port. [method@Shell.open] waits for the
 * guest's prompt, and logs in if it is asked to; [method@Shell.run] does that by itself. The guest
 * needs what busybox and Debian both have: a POSIX shell, `dd`, `md5sum` or `cksum`, and `base64`
 * or `od`; a terminal is set up with `stty`. Nothing is installed or written there.
 *
 * The output comes in numbered pieces with a checksum. A piece that was damaged, by the kernel's
 * messages or whoever else writes to the same console, is sent again. So it is complete and exact
 * to the byte, whatever the prompt, the terminal's size or its settings are.
 *
 * Each command runs in a shell of its own, `sh -c`: `cd`, variables and `exit` hold for this
 * command only. Several commands are one with `;` or line ends between them. Standard output and
 * standard error come together, in the order in which they were written. The standard input is
 * empty, or what the call gives. A command is done when its shell has ended: processes that it left
 * in the background live on, and what they write then is thrown away.
 *
 * While the shell is open it has the terminal for itself, and nobody else should type there. Calls
 * on one shell are carried out one after the other, in the order in which they are made. Shells on
 * several consoles do not know of each other.
 *
 * All that comes from a guest is the guest's word: the checks are against accidents.
 *
 * All methods can be called from any thread, and the synchronous ones with or without a main loop.
 * The callback of the asynchronous ones runs in the thread-default main context of the thread that
 * made the call. Signals are emitted in that of the thread that made the object.
 *
 * Since: 1.0
 */

#define OPEN_TIMEOUT (60 * 1000)
#define COMMAND_TIMEOUT (60 * 1000)
#define MAX_OUTPUT (64 * 1024 * 1024)

G_DEFINE_FINAL_TYPE (QShell, q_shell, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CONSOLE,
  PROP_STREAM,
  PROP_USER,
  PROP_PROMPT,
  PROP_READY,
  PROP_OPEN_TIMEOUT,
  PROP_COMMAND_TIMEOUT,
  PROP_MAX_OUTPUT,
  N_PROPS,
};

enum
{
  SIGNAL_OUTPUT,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
q_shell_dispose (GObject *object)
{
  QShell *self = Q_SHELL (object);

  if (!self->disposed)
    {
      self->disposed = TRUE;
      q_dispatcher_forget (self->dispatcher, self, TRUE);
      q_dispatcher_remove_owner (self->dispatcher);
      /* Its program leaves the terminal to the prompt again. Without waiting: if that does not
       * work, the next shell ends it. */
      if (self->ready && self->link != NULL && q_shell_link_has_same_guest (self->link))
        {
          g_autofree char *line = g_strdup_printf ("%s.0 q\n", self->link->session);

          if (self->console != NULL)
            q_console_write_async (self->console, line, NULL, NULL, NULL);
          else
            q_shell_link_write (self->link, line, strlen (line), 0, NULL, NULL);
        }
    }

  G_OBJECT_CLASS (q_shell_parent_class)->dispose (object);
}

static void
q_shell_finalize (GObject *object)
{
  QShell *self = Q_SHELL (object);

  g_clear_pointer (&self->link, q_shell_link_free);
  g_clear_object (&self->console);
  g_clear_object (&self->stream);
  g_queue_clear_full (&self->output, (GDestroyNotify)g_bytes_unref);
  g_free (self->user);
  g_free (self->password);
  g_free (self->prompt);
  g_free (self->unfinished);
  g_free (self->unfinished_command);
  g_cond_clear (&self->turn_over);
  g_mutex_clear (&self->lock);
  q_dispatcher_unref (self->dispatcher);

  G_OBJECT_CLASS (q_shell_parent_class)->finalize (object);
}

static void
q_shell_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QShell *self = Q_SHELL (object);

  switch (prop_id)
    {
    case PROP_CONSOLE:
      g_value_set_object (value, self->console);
      break;
    case PROP_STREAM:
      g_value_set_object (value, self->stream);
      break;
    case PROP_USER:
      g_value_take_string (value, q_shell_dup_user (self));
      break;
    case PROP_PROMPT:
      g_value_take_string (value, q_shell_dup_prompt (self));
      break;
    case PROP_READY:
      g_value_set_boolean (value, q_shell_get_ready (self));
      break;
    case PROP_OPEN_TIMEOUT:
      g_value_set_int (value, q_shell_get_open_timeout (self));
      break;
    case PROP_COMMAND_TIMEOUT:
      g_value_set_int (value, q_shell_get_command_timeout (self));
      break;
    case PROP_MAX_OUTPUT:
      g_value_set_uint64 (value, q_shell_get_max_output (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
q_shell_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QShell *self = Q_SHELL (object);

  switch (prop_id)
    {
    case PROP_USER:
      q_shell_set_user (self, g_value_get_string (value));
      break;
    case PROP_PROMPT:
      q_shell_set_prompt (self, g_value_get_string (value));
      break;
    case PROP_OPEN_TIMEOUT:
      q_shell_set_open_timeout (self, g_value_get_int (value));
      break;
    case PROP_COMMAND_TIMEOUT:
      q_shell_set_command_timeout (self, g_value_get_int (value));
      break;
    case PROP_MAX_OUTPUT:
      q_shell_set_max_output (self, g_value_get_uint64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_login_properties (void)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags read_write
    = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QShell:console: (getter get_console)
   *
   * The console on which the guest has its shell; %NULL for one on a stream. Never changes.
   *
   * Since: 1.0
   */
  properties[PROP_CONSOLE] = g_param_spec_object ("console", NULL, NULL, Q_TYPE_CONSOLE, read_only);

  /**
   * QShell:stream: (getter get_stream)
   *
   * The stream at whose other end the guest has its shell; %NULL for one on a console. Never
   * changes.
   *
   * Since: 1.0
   */
  properties[PROP_STREAM] = g_param_spec_object ("stream", NULL, NULL, G_TYPE_IO_STREAM, read_only);

  /**
   * QShell:user: (getter dup_user) (setter set_user)
   *
   * Who logs in where the guest asks for it; %NULL for nobody, who takes only a shell that is there
   * already. Default: `root`.
   *
   * Since: 1.0
   */
  properties[PROP_USER] = g_param_spec_string ("user", NULL, NULL, "root", read_write);

  /**
   * QShell:prompt: (getter dup_prompt) (setter set_prompt)
   *
   * A regular expression, as GLib has them, for what the last line of the console ends with
   * when the guest's own shell waits for a command; %NULL where that is `#`, `$`, `%` or `>`, or
   * the same line comes again when Enter is pressed.
   *
   * Since: 1.0
   */
  properties[PROP_PROMPT] = g_param_spec_string ("prompt", NULL, NULL, NULL, read_write);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags read_write
    = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  install_login_properties ();

  /**
   * QShell:ready: (getter get_ready)
   *
   * Whether the shell was found and, as far as is known, is still there.
   *
   * Since: 1.0
   */
  properties[PROP_READY]
    = g_param_spec_boolean ("ready", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QShell:open-timeout: (getter get_open_timeout) (setter set_open_timeout)
   *
   * How long [method@Shell.open] with %Q_TIMEOUT_DEFAULT may take, in milliseconds; -1 for as long
   * as it takes. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_OPEN_TIMEOUT]
    = g_param_spec_int ("open-timeout", NULL, NULL, -1, G_MAXINT, OPEN_TIMEOUT, read_write);

  /**
   * QShell:command-timeout: (getter get_command_timeout) (setter set_command_timeout)
   *
   * How long [method@Shell.run] with %Q_TIMEOUT_DEFAULT may take, in milliseconds, the wait for
   * earlier calls included; -1 for as long as it takes. Default: 60000.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT]
    = g_param_spec_int ("command-timeout", NULL, NULL, -1, G_MAXINT, COMMAND_TIMEOUT, read_write);

  /**
   * QShell:max-output: (getter get_max_output) (setter set_max_output)
   *
   * How much a command may write, in bytes. One that writes more is interrupted, and its call fails
   * with %Q_MONITOR_ERROR_TOO_LARGE. From 1 to 1073741824; default: 64 MiB.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_OUTPUT]
    = g_param_spec_uint64 ("max-output", NULL, NULL, 1, 1024 * 1024 * 1024, MAX_OUTPUT, read_write);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
q_shell_class_init (QShellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = q_shell_dispose;
  object_class->finalize = q_shell_finalize;
  object_class->get_property = q_shell_get_property;
  object_class->set_property = q_shell_set_property;
  install_properties (object_class);

  /**
   * QShell::output:
   * @self: the shell
   * @bytes: a piece of the output
   *
   * A command that still runs wrote something: the next piece of its output, which has been
   * checked. All pieces together are the output of [method@Shell.run], each byte once.
   *
   * Emitted in the main context of the thread that made the object. When that does not keep up with
   * [property@Shell:max-output] bytes, the oldest pieces are left out here.
   *
   * Since: 1.0
   */
  signals[SIGNAL_OUTPUT] = g_signal_new ("output", Q_TYPE_SHELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
}

static void
q_shell_init (QShell *self)
{
  self->dispatcher = q_dispatcher_new ();
  q_dispatcher_add_owner (self->dispatcher);
  g_mutex_init (&self->lock);
  g_cond_init (&self->turn_over);
  g_queue_init (&self->calls);
  g_queue_init (&self->output);
  self->user = g_strdup ("root");
  self->open_timeout = OPEN_TIMEOUT;
  self->command_timeout = COMMAND_TIMEOUT;
  self->max_output = MAX_OUTPUT;
  self->piece_size = Q_SHELL_MAX_PIECE;
  self->pause_ms = Q_SHELL_FIRST_PAUSE_MS;
}

/**
 * q_shell_new:
 * @console: a console of a machine
 *
 * Makes a shell on a serial console. Nothing is written there yet.
 *
 * Its signals will be emitted in the thread-default main context of the calling thread.
 *
 * Returns: (transfer full): a new shell
 *
 * Since: 1.0
 */
QShell *
q_shell_new (QConsole *console)
{
  QShell *self;

  g_return_val_if_fail (Q_IS_CONSOLE (console), NULL);

  self = g_object_new (Q_TYPE_SHELL, NULL);
  self->console = g_object_ref (console);

  return self;
}

/**
 * q_shell_new_for_stream:
 * @stream: a stream whose two halves can be polled, as those of a socket
 *
 * Makes a shell on a stream. Nothing is written there yet. Nobody else may read it, and dropping
 * the shell does not close it.
 *
 * Its signals will be emitted in the thread-default main context of the calling thread.
 *
 * Returns: (transfer full): a new shell
 *
 * Since: 1.0
 */
QShell *
q_shell_new_for_stream (GIOStream *stream)
{
  QShell *self;

  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);

  self = g_object_new (Q_TYPE_SHELL, NULL);
  self->stream = g_object_ref (stream);

  return self;
}

/* -- in the owner context -- */

typedef struct
{
  GWeakRef shell;
} Posted;

static Posted *
posted_new (QShell *shell)
{
  Posted *self = g_new0 (Posted, 1);

  g_weak_ref_init (&self->shell, shell);
  return self;
}

static void
posted_free (gpointer posted)
{
  Posted *self = posted;

  g_weak_ref_clear (&self->shell);
  g_free (self);
}

static void
notify_ready (gpointer posted)
{
  g_autoptr (GObject) shell = g_weak_ref_get (&((Posted *)posted)->shell);

  posted_free (posted);
  if (shell != NULL)
    g_object_notify_by_pspec (shell, properties[PROP_READY]);
}

void
q_shell_set_ready (QShell *self, gboolean ready)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->ready != ready;
  self->ready = ready;
  g_mutex_unlock (&self->lock);

  if (changed)
    q_dispatcher_post (self->dispatcher, notify_ready, posted_new (self), posted_free, self);
}

static GBytes *
pop_output (QShell *self)
{
  GBytes *bytes;

  g_mutex_lock (&self->lock);
  bytes = g_queue_pop_head (&self->output);
  if (bytes != NULL)
    self->output_size -= g_bytes_get_size (bytes);
  else
    self->output_posted = FALSE;
  g_mutex_unlock (&self->lock);

  return bytes;
}

static void
emit_output (gpointer posted)
{
  g_autoptr (QShell) self = g_weak_ref_get (&((Posted *)posted)->shell);
  GBytes *bytes;

  posted_free (posted);
  while (self != NULL && (bytes = pop_output (self)) != NULL)
    {
      g_signal_emit (self, signals[SIGNAL_OUTPUT], 0, bytes);
      g_bytes_unref (bytes);
    }
}

void
q_shell_post_output (QShell *self, GBytes *bytes)
{
  gboolean post = FALSE;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_OUTPUT], 0, FALSE))
    {
      g_bytes_unref (bytes);
      return;
    }

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->output, bytes);
  self->output_size += g_bytes_get_size (bytes);
  while (self->output_size > self->max_output && self->output.length > 1)
    {
      GBytes *oldest = g_queue_pop_head (&self->output);

      self->output_size -= g_bytes_get_size (oldest);
      g_bytes_unref (oldest);
    }
  post = !self->output_posted;
  self->output_posted = TRUE;
  g_mutex_unlock (&self->lock);

  if (post)
    q_dispatcher_post (self->dispatcher, emit_output, posted_new (self), posted_free, self);
}
