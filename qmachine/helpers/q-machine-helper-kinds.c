/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/q-helper-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io/path-private.h"
#include "process/process-private.h"
#include "process/tool-private.h"
#include "q-machine-private.h"
#include "wire/json-text-private.h"

/* The helpers that guests need most, ready-made. */

/* What a program that only prints its options may take. */
#define PROBE_MS 10000

#define MAX_TAG 36

static gboolean
check_guest (QMachine *self, const char *call, GError **error)
{
  if (q_machine_get_kind (self) == Q_MACHINE_KIND_SYSTEM)
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "%s: a storage daemon has no guest", call);
  return FALSE;
}

static gboolean
check_program (const char *call, const char *program, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (q_process_check_program (program, &reason))
    return TRUE;

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION, "%s: %s", call,
               reason->message);
  return FALSE;
}

/* Absolute, and of the wanted kind; NULL with an error. */
static char *
check_path (const char *call, const char *path, GFileTest test, const char *what, GError **error)
{
  g_autofree char *absolute = q_path_make_absolute (path);

  if (absolute != NULL && g_utf8_validate (absolute, -1, NULL) && g_file_test (absolute, test))
    return g_steal_pointer (&absolute);

  g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
               "%s: %s is no %s whose name is UTF-8", call, path, what);
  return NULL;
}

/* -- TPM -- */

static const char *
find_tpm_device (QMachine *self)
{
  g_autofree char *binary = q_machine_dup_binary (self);
  g_autofree char *name = g_path_get_basename (binary);

  if (g_str_has_suffix (name, "-x86_64") || g_str_has_suffix (name, "-i386"))
    return "tpm-tis";
  if (strstr (name, "-ppc64") != NULL)
    return "tpm-spapr";
  if (strstr (name, "-aarch64") != NULL || strstr (name, "-arm") != NULL
      || strstr (name, "-riscv") != NULL || strstr (name, "-loongarch") != NULL)
    return "tpm-tis-device";
  return "tpm-tis";
}

/**
 * q_machine_add_tpm:
 * @self: a machine
 * @state_dir: (nullable) (type filename): an existing directory for what the TPM remembers; %NULL
 *   for a TPM that is new in each launch
 * @error: return location for an error
 *
 * Gives the guest a TPM 2.0, by the program `swtpm`, for the launches to come.
 *
 * The device is what boards of the machine's [property@Machine:binary] have: `tpm-tis` for x86,
 * `tpm-tis-device` for Arm, RISC-V and LoongArch, `tpm-spapr` for POWER. Linux shows it as
 * `/dev/tpm0`. A directory can be in one launch at a time. The helper is called `tpm`, and there
 * can be one.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION if `swtpm` is not installed, @state_dir is no
 * directory, the machine has a TPM already or is a storage daemon.
 *
 * Returns: (transfer none): the helper, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QHelper *
q_machine_add_tpm (QMachine *self, const char *state_dir, GError **error)
{
  const char *qemu_args[] = { "-chardev", "socket,id=qmachine-tpm-control,path={socket}", "-tpmdev",
                              "emulator,id=qmachine-tpm,chardev=qmachine-tpm-control", NULL };
  g_autofree char *path = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *device = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_guest (self, "add_tpm", error) || !check_program ("add_tpm", "swtpm", error))
    return NULL;
  if (state_dir != NULL)
    {
      path = check_path ("add_tpm", state_dir, G_FILE_TEST_IS_DIR, "directory", error);
      if (path == NULL)
        return NULL;
      /* swtpm has no way to quote one. */
      if (strchr (path, ',') != NULL)
        {
          g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                       "add_tpm: swtpm takes no directory with a comma in its name: %s", path);
          return NULL;
        }
    }

  uri = g_strdup_printf ("dir=%s", path != NULL ? path : "{run-dir}");
  device = g_strdup_printf ("%s,tpmdev=qmachine-tpm", find_tpm_device (self));
  {
    const char *argv[]
      = { "swtpm", "socket", "--tpm2", "--ctrl", "type=unixio,fd={fd}", "--tpmstate", uri, NULL };
    const QHelperSpec spec
      = { .name = "tpm", .argv = argv, .qemu_args = qemu_args, .qemu_device = device };

    return q_helper_add (self, &spec, error);
  }
}

/* -- directories -- */

/* Where distributions have it. */
static char *
find_virtiofsd (GError **error)
{
  static const char *const places[] = { "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd",
                                        "/usr/lib/qemu/virtiofsd", "/usr/libexec/qemu/virtiofsd" };
  char *found = g_find_program_in_path ("virtiofsd");

  for (gsize i = 0; found == NULL && i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      found = g_strdup (places[i]);
  if (found == NULL)
    g_set_error_literal (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                         "add_shared_directory: there is no program virtiofsd, in PATH or where "
                         "distributions have it");
  return found;
}

/* Its options; there are two programs of that name. */
static char *
ask_for_options (const char *program, GError **error)
{
  const char *argv[] = { program, "--help", NULL };
  const QToolSpec spec = { .name = "add_shared_directory: virtiofsd", .argv = argv };
  const QTimeLimit limit = q_time_limit_begin (PROBE_MS);
  g_auto (QToolResult) result = { 0 };

  if (!q_tool_run (&spec, &limit, NULL, &result, error))
    return NULL;
  return g_strconcat (result.output->str, result.words, NULL);
}

/* For the parser of libfuse. */
static char *
quote_for_fuse (const char *path)
{
  GString *quoted = g_string_new (NULL);

  for (; *path != '\0'; path++)
    {
      if (*path == ',' || *path == '\\')
        g_string_append_c (quoted, '\\');
      g_string_append_c (quoted, *path);
    }

  return g_string_free (quoted, FALSE);
}

static GStrv
describe_virtiofsd (const char *program, const char *path, gboolean read_only, GError **error)
{
  g_autofree char *options = ask_for_options (program, error);
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();

  if (options == NULL)
    return NULL;
  if (read_only && strstr (options, "--readonly") == NULL)
    {
      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_shared_directory: this %s has no way to keep the guest from writing",
                   program);
      return NULL;
    }

  g_strv_builder_add_many (argv, program, "--fd={fd}", NULL);
  if (strstr (options, "--shared-dir") != NULL)
    {
      g_strv_builder_add_many (argv, "--shared-dir", path, "--sandbox",
                               geteuid () == 0 ? "chroot" : "none", NULL);
      if (read_only)
        g_strv_builder_add (argv, "--readonly");
    }
  else
    {
      /* QEMU's own, before version 8; its other sandbox takes more rights than containers have. */
      g_autofree char *quoted = quote_for_fuse (path);
      g_autofree char *source = g_strconcat ("source=", quoted, NULL);

      g_strv_builder_add_many (argv, "-o", source, "-o", "sandbox=chroot", NULL);
    }

  return g_strv_builder_end (argv);
}

static gboolean
check_tag (const char *tag, GError **error)
{
  gsize length = strlen (tag);
  gboolean good = length > 0 && length <= MAX_TAG;

  for (gsize i = 0; good && i < length; i++)
    good = g_ascii_isalnum (tag[i]) || strchr ("-._", tag[i]) != NULL;
  if (!good)
    {
      g_autofree char *shown = g_strescape (tag, NULL);

      g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                   "add_shared_directory: \"%s\" is no tag: that has 1 to %d letters, digits, "
                   "dashes, dots and underscores of ASCII",
                   shown, MAX_TAG);
    }

  return good;
}

/**
 * q_machine_add_shared_directory:
 * @self: a machine
 * @path: (type filename): an existing directory
 * @tag: by what the guest finds it: 1 to 36 letters, digits, dashes, dots and underscores of ASCII
 * @read_only: whether the guest must not write
 * @error: return location for an error
 *
 * Shows the guest a directory of this host, by the program `virtiofsd`, for the launches to come.
 *
 * Linux has it after `mount -t virtiofs TAG /mnt`. The helper is called `share-` with the tag
 * behind it, the device is a `vhost-user-fs-pci`, and the guest's memory is shared: see
 * [method@Machine.add_vhost_user_disk].
 *
 * There are two programs of that name; the call asks which one it is, which takes some
 * milliseconds. The one that came with QEMU before version 8 runs as root only and cannot be
 * @read_only; that of its own, if this process is not root, has the rights of this process and no
 * sandbox. As root either one shuts itself into the directory.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION if `virtiofsd` is not installed or cannot do what
 * is wanted, @path is no directory, @tag is none or is taken, or the machine is a storage daemon.
 *
 * Returns: (transfer none): the helper, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QHelper *
q_machine_add_shared_directory (QMachine *self, const char *path, const char *tag,
                                gboolean read_only, GError **error)
{
  g_autofree char *absolute = NULL;
  g_autofree char *program = NULL;
  g_auto (GStrv) argv = NULL;
  g_autofree char *name = NULL;
  g_autofree char *chardev = NULL;
  g_autofree char *device = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (path != NULL && tag != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_guest (self, "add_shared_directory", error) || !check_tag (tag, error))
    return NULL;
  absolute = check_path ("add_shared_directory", path, G_FILE_TEST_IS_DIR, "directory", error);
  program = absolute != NULL ? find_virtiofsd (error) : NULL;
  argv = program != NULL ? describe_virtiofsd (program, absolute, read_only, error) : NULL;
  if (argv == NULL)
    return NULL;

  name = g_strconcat ("share-", tag, NULL);
  chardev = g_strdup_printf ("socket,id=qmachine-%s,path={socket}", name);
  device = g_strdup_printf ("vhost-user-fs-pci,chardev=qmachine-%s,tag=%s", name, tag);
  {
    const char *qemu_args[] = { "-chardev", chardev, NULL };
    const QHelperSpec spec = { .name = name,
                               .argv = (const char *const *)argv,
                               .qemu_args = qemu_args,
                               .qemu_device = device,
                               .shares_memory = TRUE };

    return q_helper_add (self, &spec, error);
  }
}

/* -- disks -- */

static gboolean
check_format (const char *format, GError **error)
{
  gboolean good = format[0] != '\0';

  for (gsize i = 0; good && format[i] != '\0'; i++)
    good = g_ascii_isalnum (format[i]) || format[i] == '-';
  if (!good)
    g_set_error (error, Q_MACHINE_ERROR, Q_MACHINE_ERROR_INVALID_CONFIGURATION,
                 "add_vhost_user_disk: \"%s\" is no format of an image", format);
  return good;
}

static char *
describe_image (const char *path, const char *format, gboolean read_only)
{
  g_autoptr (GString) file_name = g_string_new (NULL);

  q_json_append_string (file_name, path);
  return g_strdup_printf ("{\"driver\": \"%s\", \"node-name\": \"disk\", \"read-only\": %s, "
                          "\"file\": {\"driver\": \"%s\", \"filename\": %s, \"read-only\": %s}}",
                          format, read_only ? "true" : "false",
                          g_file_test (path, G_FILE_TEST_IS_REGULAR) ? "file" : "host_device",
                          file_name->str, read_only ? "true" : "false");
}

/**
 * q_machine_add_vhost_user_disk:
 * @self: a machine
 * @path: (type filename): an image, or a block device
 * @format: (nullable): its format, such as `qcow2`; %NULL for `raw`
 * @read_only: whether the guest must not write
 * @error: return location for an error
 *
 * Gives the guest a disk that another process serves, the program `qemu-storage-daemon`, for the
 * launches to come.
 *
 * The helper is called `disk0`, `disk1` and so on, the device is a `vhost-user-blk-pci`. QEMU does
 * not know the image: its jobs and snapshots are for the disks of [method@Machine.add_disk].
 *
 * The helper reads and writes the guest's memory, which is shared for that: it becomes an object
 * `memory-backend-memfd` of the size that an option `-m` in [property@Machine:args] says, 128 MiB
 * without one. Arguments that choose the memory themselves, by `memory-backend`, `-numa` or
 * `-mem-path`, must say `share=on`, or the launch fails with
 * %Q_MACHINE_ERROR_INVALID_CONFIGURATION.
 *
 * Errors: %Q_MACHINE_ERROR_INVALID_CONFIGURATION if `qemu-storage-daemon` is not installed, there
 * is no such file, the format is none, or the machine is a storage daemon.
 *
 * Returns: (transfer none): the helper, which the machine keeps, or %NULL on failure
 *
 * Since: 1.0
 */
QHelper *
q_machine_add_vhost_user_disk (QMachine *self, const char *path, const char *format,
                               gboolean read_only, GError **error)
{
  static const char call[] = "add_vhost_user_disk";
  g_autofree char *absolute = NULL;
  g_autofree char *image = NULL;
  g_autofree char *export = NULL;
  g_autofree char *name = NULL;
  g_autofree char *chardev = NULL;
  g_autofree char *device = NULL;

  g_return_val_if_fail (Q_IS_MACHINE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_guest (self, call, error) || !check_program (call, "qemu-storage-daemon", error)
      || (format != NULL && !check_format (format, error)))
    return NULL;
  absolute = check_path (call, path, G_FILE_TEST_EXISTS, "file", error);
  if (absolute == NULL)
    return NULL;

  name = q_helper_choose_name (self, "disk");
  image = describe_image (absolute, format != NULL ? format : "raw", read_only);
  export = g_strdup_printf ("type=vhost-user-blk,id=disk,node-name=disk,addr.type=fd,"
                            "addr.str={fd},writable=%s",
                            read_only ? "off" : "on");
  chardev = g_strdup_printf ("socket,id=qmachine-%s,path={socket}", name);
  device = g_strdup_printf ("vhost-user-blk-pci,chardev=qmachine-%s,num-queues=1", name);
  {
    const char *argv[] = { "qemu-storage-daemon", "--blockdev", image, "--export", export, NULL };
    const char *qemu_args[] = { "-chardev", chardev, NULL };
    const QHelperSpec spec = { .name = name,
                               .argv = argv,
                               .qemu_args = qemu_args,
                               .qemu_device = device,
                               .shares_memory = TRUE };

    return q_helper_add (self, &spec, error);
  }
}
