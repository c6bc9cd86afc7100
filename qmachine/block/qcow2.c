/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/qcow2-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "io/open-file-private.h"

/* Version 3 of the format, as its specification has it: numbers are big-endian, and all that is not
 * written is zero. */
#define MAGIC "QFI\xfb"
#define CLUSTER_BITS 16
#define CLUSTER ((guint64)1 << CLUSTER_BITS)
#define HEADER_LENGTH 104
#define EXTENSION_BACKING_FORMAT 0xe2792acau
/* Of this library: a text that says who has made it. QEMU keeps those that it does not know. */
#define EXTENSION_OWNER 0x514d6f77u
#define MAX_OWNER 64
#define MAX_BACKING_NAME 1023

/* -- reading -- */

static gboolean
fail (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (number), "%s: %s: %s", path, what,
               g_strerror (number));
  return FALSE;
}

static gboolean
read_head (const char *path, guint8 *head, gsize length, gsize *n_read, GError **error)
{
  int fd = q_open_file (path, error);
  gssize n;

  if (fd < 0)
    return FALSE;

  n = pread (fd, head, length, 0);
  if (n < 0)
    fail (error, path, "cannot be read");
  else
    *n_read = (gsize)n;
  g_close (fd, NULL);

  return n >= 0;
}

static guint64
get_number (const guint8 *bytes, guint n_bytes)
{
  guint64 number = 0;

  for (guint i = 0; i < n_bytes; i++)
    number = number << 8 | bytes[i];

  return number;
}

const char *
q_qcow2_recognise (const char *path, GError **error)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *format;
  } known[] = {
    { MAGIC, 4, "qcow2" }, { "KDMV", 4, "vmdk" }, { "vhdxfile", 8, "vhdx" },
    { "<<< ", 4, "vdi" },  { "QED\0", 4, "qed" }, { "LUKS\xba\xbe", 6, "luks" },
  };
  guint8 head[8];
  gsize n_read;

  if (!read_head (path, head, sizeof head, &n_read, error))
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (n_read >= known[i].length && memcmp (head, known[i].bytes, known[i].length) == 0)
      return known[i].format;

  return NULL;
}

static gboolean
read_raw_size (const char *path, guint64 *size, GError **error)
{
  int fd = q_open_file (path, error);
  gboolean good;
  off_t end;

  if (fd < 0)
    return FALSE;

  end = lseek (fd, 0, SEEK_END); /* of a block device, too */
  good = end >= 0;
  if (good)
    *size = (guint64)end;
  else
    fail (error, path, "does not tell its size");
  g_close (fd, NULL);

  return good;
}

gboolean
q_qcow2_read_size (const char *path, const char *format, guint64 *size, GError **error)
{
  guint8 head[HEADER_LENGTH];
  gsize n_read;

  if (g_str_equal (format, "raw"))
    return read_raw_size (path, size, error);
  if (!g_str_equal (format, "qcow2"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "%s: an overlay needs an image that is raw or qcow2, and this is said to be %s",
                   path, format);
      return FALSE;
    }

  if (!read_head (path, head, sizeof head, &n_read, error))
    return FALSE;
  if (n_read < 32 || memcmp (head, MAGIC, 4) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: this is no qcow2 image", path);
      return FALSE;
    }

  *size = get_number (head + 24, 8);
  return TRUE;
}

char *
q_qcow2_read_owner (const char *path)
{
  guint8 head[HEADER_LENGTH + MAX_BACKING_NAME + 2 * MAX_OWNER];
  gsize n_read;
  gsize at;

  if (!read_head (path, head, sizeof head, &n_read, NULL) || n_read < HEADER_LENGTH
      || memcmp (head, MAGIC, 4) != 0)
    return NULL;

  at = get_number (head + 100, 4);
  while (at < n_read && n_read - at >= 8)
    {
      guint64 type = get_number (head + at, 4);
      gsize length = get_number (head + at + 4, 4);

      at += 8;
      if (type == 0 || length > n_read - at)
        return NULL;
      if (type == EXTENSION_OWNER)
        return g_strndup ((const char *)head + at, length);
      at += (length + 7) / 8 * 8;
    }

  return NULL;
}

/* -- writing -- */

static void
put_number (guint8 *bytes, guint64 number, guint n_bytes)
{
  for (guint i = n_bytes; i > 0; i--, number >>= 8)
    bytes[i - 1] = (guint8)number;
}

static guint8 *
put_extension (guint8 *extension, guint64 type, const char *text)
{
  gsize length = strlen (text);

  put_number (extension, type, 4);
  put_number (extension + 4, length, 4);
  memcpy (extension + 8, text, length);
  return extension + 8 + (length + 7) / 8 * 8;
}

/* Cluster 0 is the header, 1 the table of reference counts, 2 their block, and the first table of
 * addresses has the rest: all of it zero, so the guest sees the backing file. */
static guint8 *
make_header (const char *backing, const char *backing_format, guint64 size, const char *owner)
{
  guint8 *header = g_malloc0 (CLUSTER);
  gsize name_length = strlen (backing);
  guint64 l1_size = MAX ((size + (CLUSTER * CLUSTER / 8) - 1) / (CLUSTER * CLUSTER / 8), 1);
  guint8 *extension = header + HEADER_LENGTH;

  memcpy (header, MAGIC, 4);
  put_number (header + 4, 3, 4);
  put_number (header + 20, CLUSTER_BITS, 4);
  put_number (header + 24, size, 8);
  put_number (header + 36, l1_size, 4);
  put_number (header + 40, 3 * CLUSTER, 8);
  put_number (header + 48, CLUSTER, 8);
  put_number (header + 56, 1, 4);
  put_number (header + 96, 4, 4); /* counts of 16 bits */
  put_number (header + 100, HEADER_LENGTH, 4);

  extension = put_extension (extension, EXTENSION_BACKING_FORMAT, backing_format);
  if (owner != NULL)
    extension = put_extension (extension, EXTENSION_OWNER, owner);
  extension += 8; /* the end of them */

  /* QEMU is told which node is behind it; the name is for people and other programs. */
  if (name_length <= MAX_BACKING_NAME)
    {
      put_number (header + 8, (guint64)(extension - header), 8);
      put_number (header + 16, name_length, 4);
      memcpy (extension, backing, name_length);
    }

  return header;
}

static gboolean
write_at (int fd, const guint8 *bytes, gsize length, guint64 offset)
{
  while (length > 0)
    {
      gssize n = pwrite (fd, bytes, length, (off_t)offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      bytes += n;
      length -= (gsize)n;
      offset += (guint64)n;
    }

  return TRUE;
}

static gboolean
write_clusters (int fd, const guint8 *header, guint64 n_l1_clusters)
{
  guint64 n_clusters = 3 + n_l1_clusters;
  g_autofree guint8 *counts = g_malloc0 (CLUSTER);
  guint8 table[8];

  put_number (table, 2 * CLUSTER, sizeof table);
  for (guint64 i = 0; i < n_clusters; i++)
    put_number (counts + 2 * i, 1, 2);

  return ftruncate (fd, (off_t)(n_clusters * CLUSTER)) == 0
         && write_at (fd, counts, 2 * n_clusters, 2 * CLUSTER)
         && write_at (fd, table, sizeof table, CLUSTER)
         && write_at (fd, header, HEADER_LENGTH + MAX_BACKING_NAME + 64 + MAX_OWNER, 0);
}

gboolean
q_qcow2_write_overlay (const char *path, const char *backing, const char *backing_format,
                       guint64 size, const char *owner, GError **error)
{
  /* Each entry of the first table stands for 512 MiB. */
  guint64 l1_bytes = (size / (CLUSTER * CLUSTER / 8) + 1) * 8;
  guint64 n_l1_clusters = (l1_bytes + CLUSTER - 1) / CLUSTER;
  g_autofree guint8 *header = NULL;
  gboolean good;
  int fd;

  /* As many as one block of reference counts has; that is beyond what hosts can store. */
  if (3 + n_l1_clusters > CLUSTER / 2)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "%s: %" G_GUINT64_FORMAT " bytes are too many for an overlay", backing, size);
      return FALSE;
    }

  fd = g_open (path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail (error, path, "cannot be made");

  header = make_header (backing, backing_format, size, owner);
  good = write_clusters (fd, header, n_l1_clusters);
  if (!good)
    fail (error, path, "cannot be written");
  g_close (fd, NULL);
  if (!good)
    g_unlink (path);

  return good;
}
