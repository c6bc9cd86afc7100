/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/image-call-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

#include "block/qcow2-private.h"
#include "process/command-line-private.h"
#include "process/process-private.h"
#include "process/tool-private.h"
#include "q-error.h"

/* qemu-img takes what stands before a colon for a protocol, "json:" for a description and a dash
 * for an option, but nothing of that in a path from the root, which all paths are here. So no
 * "file:" is put in front, with which a block device would be refused. */

/* The exit status of a check. */
#define FOUND_CORRUPTIONS 2
#define FOUND_LEAKS 3
#define CANNOT_CHECK 63

void
q_image_call_free (QImageCall *self)
{
  g_free (self->program);
  g_free (self->path);
  g_free (self->format);
  g_free (self->other_path);
  g_free (self->other_format);
  g_strfreev (self->options);
  g_free (self);
}

/* -- errors -- */

static char *
name_call (QImageCall *self)
{
  g_autofree char *path = g_filename_display_name (self->path != NULL ? self->path : "");

  return g_strdup_printf ("disk image %s: %s", path, self->action);
}

static gboolean fail (QImageCall *self, GError **error, int code, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static gboolean
fail (QImageCall *self, GError **error, int code, const char *format, ...)
{
  g_autofree char *name = name_call (self);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, Q_DISK_IMAGE_ERROR, code, "%s: %s", name, text);
  return FALSE;
}

static gboolean
fail_with_errno (QImageCall *self, GError **error, const char *path)
{
  int number = errno;
  g_autofree char *name = name_call (self);
  g_autofree char *shown = g_filename_display_name (path);

  if (number == ENOSPC || number == EDQUOT)
    return fail (self, error, Q_DISK_IMAGE_ERROR_NO_SPACE, "%s: %s", shown, g_strerror (number));
  g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s: %s", name, shown,
               g_strerror (number));
  return FALSE;
}

/* Its words, as they come since QEMU 2.10 in the C locale; for what is not recognised, there is the
 * general code. The first that fits counts. */
static const struct
{
  const char *words;
  QDiskImageError code;
} meanings[] = {
  { "Is another process using the image", Q_DISK_IMAGE_ERROR_IN_USE },
  { "Failed to get ", Q_DISK_IMAGE_ERROR_IN_USE },
  { "No space left on device", Q_DISK_IMAGE_ERROR_NO_SPACE },
  { "Disk quota exceeded", Q_DISK_IMAGE_ERROR_NO_SPACE },
  { "File too large", Q_DISK_IMAGE_ERROR_NO_SPACE },
  { "image size is too large for file format", Q_DISK_IMAGE_ERROR_NO_SPACE },
  { "--shrink", Q_DISK_IMAGE_ERROR_WOULD_SHRINK },
  { "Image is not in ", Q_DISK_IMAGE_ERROR_WRONG_FORMAT },
  { "Image not in ", Q_DISK_IMAGE_ERROR_WRONG_FORMAT },
  { "invalid VMDK image descriptor", Q_DISK_IMAGE_ERROR_WRONG_FORMAT },
  { "corrupt", Q_DISK_IMAGE_ERROR_CORRUPT },
};

/* Those that cannot begin otherwise. */
static const char *const strict_formats[] = { "qcow2", "vhdx", "qed", "luks", NULL };

static char *
replace (char *words, const char *part)
{
  g_autofree char *owned = words;
  g_auto (GStrv) pieces = NULL;

  if (part == NULL || part[0] == '\0')
    return g_steal_pointer (&owned);

  pieces = g_strsplit (words, part, -1);
  return g_strjoinv ("?", pieces);
}

/* Of the images below it, and of options: an apostrophe stands amid a word, a quote does not. */
static char *
blank_quoted (const char *words)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char before = ' ';

  for (const char *at = words; *at != '\0'; before = *at++)
    {
      const char *end = *at == '\'' && !g_ascii_isalnum (before) ? strchr (at + 1, '\'') : NULL;

      while (end != NULL && g_ascii_isalnum (end[1]))
        end = strchr (end + 1, '\'');
      if (end != NULL)
        at = end;
      g_string_append_c (text, end != NULL ? '?' : *at);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Without names, in which there can be anything. */
static char *
strip_names (QImageCall *self, const char *words)
{
  const char *paths[] = { self->path, self->other_path };
  char *text = g_strdup (words);
  g_autofree char *stripped = NULL;

  /* One may begin with the other. */
  if (paths[1] != NULL && strlen (paths[1]) > strlen (paths[0]))
    {
      paths[0] = self->other_path;
      paths[1] = self->path;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *valid = paths[i] != NULL ? g_utf8_make_valid (paths[i], -1) : NULL;

      text = replace (text, valid);
    }
  stripped = text;

  return blank_quoted (stripped);
}

static QDiskImageError
find_meaning (const char *words, gboolean recognised)
{
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (strstr (words, meanings[i].words) != NULL)
      return meanings[i].code;

  /* An image that begins as it should, and is refused nevertheless. */
  if (recognised && strstr (words, "Could not open") != NULL
      && (strstr (words, "nvalid") != NULL || strstr (words, "too large") != NULL
          || strstr (words, "too small") != NULL))
    return Q_DISK_IMAGE_ERROR_CORRUPT;
  return Q_DISK_IMAGE_ERROR_FAILED;
}

static gboolean
fail_with_words (QImageCall *self, GError **error, const QToolResult *result)
{
  g_autofree char *how = q_process_describe_exit_code (result->exit_code);
  g_autofree char *words = strip_names (self, result->words);
  QDiskImageError code = find_meaning (words, self->recognised);

  if (result->words[0] == '\0')
    return fail (self, error, Q_DISK_IMAGE_ERROR_FAILED, "%s %s", self->program, how);

  if (result->exit_code < 0)
    return fail (self, error, (int)code, "%s %s: %s", self->program, how, result->words);
  return fail (self, error, (int)code, "%s", result->words);
}

/* -- what is wrong before anything is begun -- */

static gboolean
check_call (QImageCall *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (self->timeout < -1)
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "%d is no time-out: -1 waits without end",
                 self->timeout);
  if (self->path == NULL || self->path[0] == '\0')
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "no path is set");
  if (self->format == NULL || self->format[0] == '\0')
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "say the format: it is not guessed");
  if (!q_process_check_program (self->program, &reason))
    return fail (self, error, Q_DISK_IMAGE_ERROR_NO_PROGRAM, "%s", reason->message);

  return TRUE;
}

static gboolean
check_existing (QImageCall *self, const char *path, const char *format, GError **error)
{
  g_autofree char *shown = NULL;
  g_autoptr (GError) reason = NULL;
  const char *looks_like;
  GStatBuf status;

  if (path == NULL || path[0] == '\0' || format == NULL || format[0] == '\0')
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID,
                 "a path and a format are needed of each image: a format is not guessed");

  shown = g_filename_display_name (path);
  if (g_stat (path, &status) != 0)
    return fail_with_errno (self, error, path);
  /* One that is opened, and never answers. */
  if (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode))
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "%s is no file and no block device",
                 shown);

  looks_like = q_qcow2_recognise (path, &reason);
  if (reason != NULL)
    {
      g_autofree char *name = name_call (self);

      g_propagate_prefixed_error (error, g_steal_pointer (&reason), "%s: ", name);
      return FALSE;
    }
  if (path == self->path)
    self->recognised = looks_like != NULL && g_str_equal (looks_like, format);
  /* Its first version begins like the second. */
  if (g_str_equal (format, "qcow") && g_strcmp0 (looks_like, "qcow2") == 0)
    return TRUE;
  if (looks_like != NULL && !g_str_equal (looks_like, format))
    return fail (self, error, Q_DISK_IMAGE_ERROR_WRONG_FORMAT,
                 "%s is said to be %s, and begins like one that is %s", shown, format, looks_like);
  if (looks_like == NULL && g_strv_contains (strict_formats, format))
    return fail (self, error, Q_DISK_IMAGE_ERROR_WRONG_FORMAT,
                 "%s is said to be %s, and does not begin like that", shown, format);

  return TRUE;
}

/* As "-o" takes them; NULL for none. */
static gboolean
join_options (QImageCall *self, char **joined, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; self->options != NULL && self->options[i] != NULL; i++)
    {
      const char *option = self->options[i];
      gsize length
        = strspn (option, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                          "_-.");
      g_autofree char *name = g_strndup (option, length);
      g_autofree char *value = NULL;

      if (length == 0 || option[length] != '=')
        return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "option \"%s\" is not NAME=VALUE",
                     option);
      if (g_str_equal (name, "size") || g_str_has_prefix (name, "backing_"))
        return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID,
                     "\"%s\" is no option here: there are calls that take it", name);
      value = q_command_line_quote (option + length + 1);
      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "," : "", name, value);
    }

  *joined = text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
  return TRUE;
}

/* -- a new file -- */

typedef struct
{
  const char *path;
  gboolean is_ours;
} NewFile;

/* qemu-img would write over what is there; so the place is taken before. */
static gboolean
reserve (QImageCall *self, NewFile *file, const char *path, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  g_autofree char *shown = NULL;
  GStatBuf status;

  *file = (NewFile){ path, fd >= 0 };
  if (fd >= 0)
    return g_close (fd, error);
  if (errno != EEXIST)
    return fail_with_errno (self, error, path);
  if (g_stat (path, &status) == 0 && S_ISBLK (status.st_mode))
    return TRUE;

  shown = g_filename_display_name (path);
  return fail (self, error, Q_DISK_IMAGE_ERROR_EXISTS, "%s is there already", shown);
}

static gboolean
settle (NewFile *file, gboolean made)
{
  if (!made && file->is_ours)
    g_unlink (file->path);

  return made;
}

/* -- the program -- */

static gboolean
run (QImageCall *self, GPtrArray *argv, const QTimeLimit *limit, QToolSpec *spec,
     GCancellable *cancellable, QToolResult *result, GError **error)
{
  g_autofree char *name = name_call (self);
  g_auto (GStrv) lines = NULL;
  g_autofree char *words = NULL;

  g_ptr_array_add (argv, NULL);
  spec->name = name;
  spec->argv = (const char *const *)argv->pdata;
  if (!q_tool_run (spec, limit, cancellable, result, error))
    return FALSE;

  lines = g_strsplit (result->words, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "qemu-img: "))
      memmove (lines[i], lines[i] + strlen ("qemu-img: "),
               strlen (lines[i] + strlen ("qemu-img: ")) + 1);
  words = g_strjoinv ("\n", lines);
  g_free (result->words);
  result->words = g_steal_pointer (&words);
  return TRUE;
}

static GPtrArray *
begin_argv (QImageCall *self, const char *command)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, g_strdup (self->program));
  g_ptr_array_add (argv, g_strdup (command));
  return argv;
}

static void add_words (GPtrArray *argv, const char *first, ...) G_GNUC_NULL_TERMINATED;

static void
add_words (GPtrArray *argv, const char *first, ...)
{
  va_list args;

  va_start (args, first);
  for (const char *word = first; word != NULL; word = va_arg (args, const char *))
    g_ptr_array_add (argv, g_strdup (word));
  va_end (args);
}

static gboolean
run_to_success (QImageCall *self, GPtrArray *argv, const QTimeLimit *limit, QToolSpec *spec,
                GCancellable *cancellable, GError **error)
{
  g_auto (QToolResult) result = { 0 };

  if (!run (self, argv, limit, spec, cancellable, &result, error))
    return FALSE;

  return result.exit_code == 0 || fail_with_words (self, error, &result);
}

/* -- the calls -- */

static gboolean
create (QImageCall *self, const char *size, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (GPtrArray) argv = begin_argv (self, "create");
  g_autofree char *options = NULL;
  QToolSpec spec = { 0 };
  NewFile file;

  if (!join_options (self, &options, error) || !reserve (self, &file, self->path, error))
    return FALSE;

  add_words (argv, "-q", "-f", self->format, NULL);
  if (options != NULL)
    add_words (argv, "-o", options, NULL);
  if (self->other_path != NULL)
    add_words (argv, "-b", self->other_path, "-F", self->other_format, NULL);
  add_words (argv, self->path, size, NULL);

  return settle (&file, run_to_success (self, argv, &limit, &spec, cancellable, error));
}

gboolean
q_image_call_create (QImageCall *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, self->size);

  return check_call (self, error) && create (self, size, cancellable, error);
}

gboolean
q_image_call_create_overlay (QImageCall *self, GCancellable *cancellable, GError **error)
{
  return check_call (self, error)
         && check_existing (self, self->other_path, self->other_format, error)
         && create (self, NULL, cancellable, error);
}

typedef struct
{
  void (*progress) (double done, gpointer user_data);
  gpointer user_data;
} Progress;

/* "    (12.34/100%)" */
static void
progress_line_cb (const char *line, gpointer data)
{
  Progress *self = data;
  const char *number = strchr (line, '(');
  char *end;
  double percent;

  if (number == NULL)
    return;
  percent = g_ascii_strtod (number + 1, &end);
  if (end != number + 1 && g_str_has_prefix (end, "/100%"))
    self->progress (CLAMP (percent / 100, 0.0, 1.0), self->user_data);
}

static char *
query (QImageCall *self, const char *more, const QTimeLimit *limit, GCancellable *cancellable,
       GError **error)
{
  g_autoptr (GPtrArray) argv = begin_argv (self, "info");
  g_auto (QToolResult) result = { 0 };
  QToolSpec spec = { 0 };

  add_words (argv, "-f", self->format, "--output=json", NULL);
  if (more != NULL)
    add_words (argv, more, NULL);
  add_words (argv, self->path, NULL);
  if (!run (self, argv, limit, &spec, cancellable, &result, error))
    return NULL;
  if (result.exit_code != 0)
    {
      fail_with_words (self, error, &result);
      return NULL;
    }

  return g_utf8_make_valid (result.output->str, (gssize)result.output->len);
}

/* Of a backing image without a format in the image above it QEMU guesses it; and a guest that
 * writes to a raw one says by what it writes there which other file would be read. */
static gboolean
check_chain (QImageCall *self, const QTimeLimit *limit, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonArray *chain;

  if (!g_str_equal (self->format, "qcow2") && !g_str_equal (self->format, "qed"))
    return TRUE;

  text = query (self, "--backing-chain", limit, cancellable, error);
  if (text == NULL)
    return FALSE;
  node = json_from_string (text, NULL);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return fail (self, error, Q_DISK_IMAGE_ERROR_FAILED, "what %s says is not understood",
                 self->program);

  chain = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (chain); i++)
    {
      JsonNode *element = json_array_get_element (chain, i);
      JsonObject *image;
      const char *backing;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        continue;
      image = json_node_get_object (element);
      backing = json_object_get_string_member_with_default (image, "backing-filename", NULL);
      if (backing != NULL && !json_object_has_member (image, "backing-filename-format"))
        return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID,
                     "%s does not say of which format its backing image %s is: it is not guessed",
                     json_object_get_string_member_with_default (image, "filename", "it"), backing);
    }

  return TRUE;
}

gboolean
q_image_call_convert (QImageCall *self, void (*progress) (double done, gpointer user_data),
                      gpointer user_data, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (GPtrArray) argv = begin_argv (self, "convert");
  g_autofree char *options = NULL;
  Progress progress_data = { progress, user_data };
  QToolSpec spec = { .line = progress_line_cb, .user_data = &progress_data };
  NewFile file;

  if (!check_call (self, error) || !check_existing (self, self->path, self->format, error)
      || !join_options (self, &options, error))
    return FALSE;
  if (self->other_path == NULL || self->other_path[0] == '\0' || self->other_format == NULL
      || self->other_format[0] == '\0')
    return fail (self, error, Q_DISK_IMAGE_ERROR_INVALID, "the copy has no path, or no format");
  if (!check_chain (self, &limit, cancellable, error)
      || !reserve (self, &file, self->other_path, error))
    return FALSE;

  add_words (argv, "-p", "-f", self->format, "-O", self->other_format, NULL);
  if (self->compress)
    add_words (argv, "-c", NULL);
  if (options != NULL)
    add_words (argv, "-o", options, NULL);
  add_words (argv, self->path, self->other_path, NULL);

  return settle (&file, run_to_success (self, argv, &limit, &spec, cancellable, error));
}

char *
q_image_call_query_info (QImageCall *self, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);

  if (!check_call (self, error) || !check_existing (self, self->path, self->format, error))
    return NULL;

  return query (self, NULL, &limit, cancellable, error);
}

char *
q_image_call_check (QImageCall *self, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (GPtrArray) argv = begin_argv (self, "check");
  g_auto (QToolResult) result = { 0 };
  QToolSpec spec = { 0 };

  if (!check_call (self, error) || !check_existing (self, self->path, self->format, error))
    return NULL;

  add_words (argv, "-f", self->format, "--output=json", NULL);
  if (self->repair != NULL)
    add_words (argv, "-r", self->repair, NULL);
  add_words (argv, self->path, NULL);
  if (!run (self, argv, &limit, &spec, cancellable, &result, error))
    return NULL;

  if (result.exit_code == 0 || result.exit_code == FOUND_CORRUPTIONS
      || result.exit_code == FOUND_LEAKS)
    return g_utf8_make_valid (result.output->str, (gssize)result.output->len);

  if (result.exit_code == CANNOT_CHECK)
    {
      g_autofree char *name = name_call (self);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s: %s", name, result.words);
    }
  else
    {
      fail_with_words (self, error, &result);
    }
  return NULL;
}

gboolean
q_image_call_resize (QImageCall *self, GCancellable *cancellable, GError **error)
{
  QTimeLimit limit = q_time_limit_begin (self->timeout);
  g_autoptr (GPtrArray) argv = begin_argv (self, "resize");
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, self->size);
  QToolSpec spec = { 0 };

  if (!check_call (self, error) || !check_existing (self, self->path, self->format, error))
    return FALSE;

  add_words (argv, "-q", "-f", self->format, NULL);
  if (self->may_shrink)
    add_words (argv, "--shrink", NULL);
  add_words (argv, self->path, size, NULL);
  return run_to_success (self, argv, &limit, &spec, cancellable, error);
}
