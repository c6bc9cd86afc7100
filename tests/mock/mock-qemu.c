/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Plays a script as if it were a QEMU binary.
 *
 * Any command line is accepted; only these are looked at:
 *
 *   -qmp chardev:ID        which chardev is the monitor (also -mon chardev=ID); otherwise the
 *                          first socket is
 *   -chardev socket,id=ID,fd=N,server=on      accept on an inherited listener
 *   -chardev socket,id=ID,path=P,server=on    listen there (what was there is removed)
 *   -chardev socket,id=ID,host=H,port=P,server=on
 *   -chardev socket,id=ID,fd=N                an inherited connection
 *   -mock-script FILE, -mock "STEP; STEP"     the script (`\;` is a semicolon), otherwise the
 *                                             file named by MOCK_SCRIPT, otherwise the default
 *
 * It prints only what the script says, and complaints. The exit status is 0 at the end of the
 * script, 1 when it cannot listen, 97 when the client did not what the script expects, and 98
 * when the script is wrong. SIGALRM ends it after two minutes, whatever happens.
 */

#include "mock-player.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
/* It is killed at any moment, also in the middle of a leak check at its end: then the process that
 * does the check would stay behind as somebody's zombie. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}
#endif

#define LIFE_SECONDS 120
#define HOLDER_SECONDS 30
#define STEP_TIMEOUT 60000
#define EXIT_FAILED 97
#define EXIT_SCRIPT 98

#define DEFAULT_SCRIPT "negotiate\nserve"
/* What a QEMU does that was given no monitor. */
#define SILENT_SCRIPT "stall"

typedef struct
{
  char **argv;
  GString *open_fds; /* those that were open at the start, as text */
  gboolean has_holder;

  /* The monitor's socket. */
  gboolean server;
  int fd; /* an inherited descriptor, or -1 */
  char *path;
  char *host;
  char *port;

  MockPlayer *player;
} MockQemu;

static volatile sig_atomic_t term_status;

static void
complain (const char *what, const char *why)
{
  g_autofree char *line = g_strdup_printf ("mock-qemu: %s: %s\n", what, why);

  if (write (STDERR_FILENO, line, strlen (line)) < 0)
    return; /* There is nobody to tell. */
}

/* Straight to the descriptor, so that stdout and stderr keep their order in a common log. */
static void
print (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno != EINTR)
        return;
      if (n > 0)
        {
          data += n;
          length -= (gsize)n;
        }
    }
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const int *x = a;
  const int *y = b;

  return *x < *y ? -1 : *x > *y;
}

/* To be called first: what the mock itself opens is not what the parent let through. */
static GString *
list_open_fds (void)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (int));
  GString *text = g_string_new ("fds:");
  DIR *dir = opendir ("/proc/self/fd");
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    {
      int number = atoi (entry->d_name);

      if (g_ascii_isdigit (entry->d_name[0]) && number != dirfd (dir))
        g_array_append_val (numbers, number);
    }
  if (dir != NULL)
    closedir (dir);

  g_array_sort (numbers, compare_numbers);
  for (guint i = 0; i < numbers->len; i++)
    g_string_append_printf (text, " %d", g_array_index (numbers, int, i));
  g_string_append_c (text, '\n');
  return text;
}

/* --- The command line --- */

/* The value of a key in QEMU's option syntax, where a comma in a value is doubled. */
static char *
get_option (const char *options, const char *key)
{
  const char *p = options;

  while (*p != '\0')
    {
      g_autoptr (GString) item = g_string_new (NULL);
      gsize n = strlen (key);

      for (; *p != '\0' && (*p != ',' || p[1] == ','); p++)
        {
          g_string_append_c (item, *p);
          if (*p == ',')
            p++;
        }
      if (*p == ',')
        p++;

      if (g_str_has_prefix (item->str, key) && item->str[n] == '=')
        return g_strdup (item->str + n + 1);
      /* The short form of a boolean, such as `server`. */
      if (g_str_equal (item->str, key))
        return g_strdup ("on");
    }

  return NULL;
}

/* The options of the chardev that is the monitor, or NULL. */
static const char *
find_monitor (char **argv)
{
  g_autofree char *id = NULL;

  for (guint i = 0; argv[i] != NULL && argv[i + 1] != NULL; i++)
    {
      if (g_str_equal (argv[i], "-mon"))
        {
          g_free (id);
          id = get_option (argv[i + 1], "chardev");
        }
      else if (g_str_equal (argv[i], "-qmp") && g_str_has_prefix (argv[i + 1], "chardev:"))
        {
          g_free (id);
          id = g_strdup (argv[i + 1] + strlen ("chardev:"));
        }
    }

  for (guint i = 0; argv[i] != NULL && argv[i + 1] != NULL; i++)
    {
      if (g_str_equal (argv[i], "-chardev") && g_str_has_prefix (argv[i + 1], "socket,"))
        {
          g_autofree char *this_id = get_option (argv[i + 1], "id");

          if (id == NULL || g_strcmp0 (id, this_id) == 0)
            return argv[i + 1];
        }
    }

  return NULL;
}

static void
read_monitor_options (MockQemu *self)
{
  const char *options = find_monitor (self->argv);
  g_autofree char *fd = NULL;
  g_autofree char *server = NULL;

  self->fd = -1;
  if (options == NULL)
    return;

  fd = get_option (options, "fd");
  server = get_option (options, "server");
  self->fd = fd != NULL ? atoi (fd) : -1;
  self->server = g_strcmp0 (server, "on") == 0;
  self->path = get_option (options, "path");
  self->host = get_option (options, "host");
  self->port = get_option (options, "port");
}

/* Lines from `a; b`. */
static char *
split_steps (const char *text)
{
  GString *lines = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (p[0] == '\\' && p[1] == ';')
        g_string_append_c (lines, *++p);
      else
        g_string_append_c (lines, *p == ';' ? '\n' : *p);
    }

  return g_string_free (lines, FALSE);
}

static char *
read_script (MockQemu *self, GError **error)
{
  const char *file = g_getenv ("MOCK_SCRIPT");
  gboolean has_monitor = self->fd >= 0 || self->path != NULL || self->port != NULL;
  char *script;

  for (guint i = 1; self->argv[i] != NULL && self->argv[i + 1] != NULL; i++)
    {
      if (g_str_equal (self->argv[i], "-mock"))
        return split_steps (self->argv[i + 1]);
      if (g_str_equal (self->argv[i], "-mock-script"))
        file = self->argv[i + 1];
    }

  if (file == NULL)
    return g_strdup (has_monitor ? DEFAULT_SCRIPT : SILENT_SCRIPT);

  return g_file_get_contents (file, &script, NULL, error) ? script : NULL;
}

/* --- The monitor's socket --- */

static int
listen_on (const struct sockaddr *address, socklen_t length, int protocol)
{
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
  int on = 1;

  if (fd < 0)
    return -1;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind (fd, address, length) == 0 && listen (fd, 1) == 0)
    return fd;

  close (fd);
  return -1;
}

static int
listen_at_path (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }

  unlink (path);
  return listen_on ((struct sockaddr *)&address, sizeof address, 0);
}

static int
listen_at_port (const char *host, const char *port)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
  struct addrinfo *found = NULL;
  int fd = -1;

  if (getaddrinfo (host, port, &hints, &found) != 0)
    return -1;

  for (struct addrinfo *each = found; each != NULL && fd < 0; each = each->ai_next)
    fd = listen_on (each->ai_addr, each->ai_addrlen, each->ai_protocol);

  freeaddrinfo (found);
  return fd;
}

static void
open_monitor (MockQemu *self)
{
  int fd = -1;

  if (self->fd >= 0 && self->server)
    {
      mock_player_take_listener (self->player, self->fd);
      return;
    }
  if (self->fd >= 0)
    {
      mock_player_take_connection (self->player, self->fd);
      return;
    }

  if (self->path != NULL)
    fd = listen_at_path (self->path);
  else if (self->port != NULL)
    fd = listen_at_port (self->host, self->port);
  else
    return;

  if (fd < 0)
    {
      complain ("cannot listen", g_strerror (errno));
      exit (1);
    }
  mock_player_take_listener (self->player, fd);
}

/* --- Steps --- */

static int
parse_signal (const char *name)
{
  static const struct
  {
    const char *name;
    int number;
  } signals[] = {
    { "TERM", SIGTERM }, { "KILL", SIGKILL }, { "INT", SIGINT },   { "HUP", SIGHUP },
    { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "SEGV", SIGSEGV }, { "ABRT", SIGABRT },
    { "STOP", SIGSTOP }, { "QUIT", SIGQUIT }, { "PIPE", SIGPIPE }, { "BUS", SIGBUS },
  };

  if (g_ascii_isdigit (*name))
    return atoi (name);
  if (g_str_has_prefix (name, "SIG"))
    name += strlen ("SIG");

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      if (g_str_equal (signals[i].name, name))
        return signals[i].number;
    }

  return -1;
}

static void
exit_now (int signal_number)
{
  _exit (term_status);
}

G_NORETURN
static void
hold (MockQemu *self, guint seconds)
{
  struct pollfd connection = {
    .fd = mock_player_get_link (self->player)->fd,
    .events = POLLRDHUP,
  };

  /* The one in the parent goes with the parent. */
  signal (SIGALRM, SIG_DFL);
  alarm (seconds);
  while (poll (&connection, 1, -1) <= 0)
    continue;

  _exit (0);
}

static void
print_args (MockQemu *self)
{
  for (guint i = 0; self->argv[i] != NULL; i++)
    {
      g_autofree char *line = g_strdup_printf ("arg: %s\n", self->argv[i]);

      print (STDOUT_FILENO, line, strlen (line));
    }
}

static void
print_text (int fd, const MockStep *step)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (step->text != NULL)
    g_string_append_len (line, step->text->str, (gssize)step->text->len);
  g_string_append_c (line, '\n');
  print (fd, line->str, line->len);
}

/* Like QEMU, which leaves nothing behind where it listened itself. */
G_NORETURN
static void
leave (MockQemu *self, int status)
{
  /* A signal between the hang-up and the end does not change the status. */
  signal (SIGTERM, SIG_IGN);

  /* An orderly hang-up ends the connection for the holder too, which is there to keep it. */
  if (!self->has_holder)
    mock_player_hang_up (self->player);
  if (self->path != NULL && self->server && self->fd < 0)
    unlink (self->path);
  exit (status);
}

static gboolean
wait_signal (MockQemu *self, const MockStep *step, GError **error)
{
  guint timeout = mock_player_get_link (self->player)->timeout;
  struct timespec limit = {
    .tv_sec = timeout / 1000,
    .tv_nsec = (long)(timeout % 1000) * 1000000,
  };
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, parse_signal (step->word));
  while (sigtimedwait (&set, NULL, &limit) < 0)
    {
      if (errno == EAGAIN)
        return mock_link_fail (mock_player_get_link (self->player), error, QMOCK_ERROR_TIMED_OUT,
                               "the signal did not come");
    }

  return TRUE;
}

static gboolean
play_process_step (MockPlayer *player, const MockStep *step, gpointer user_data, GError **error)
{
  MockQemu *self = user_data;

  /* Not exhaustive: the player does the rest. */
  switch ((int)step->kind)
    {
    case MOCK_STEP_WAIT_SIGNAL:
      return wait_signal (self, step, error);
    case MOCK_STEP_LISTEN:
      /* What is inherited is there already. */
      if (self->fd < 0)
        open_monitor (self);
      break;
    case MOCK_STEP_STDOUT:
      print_text (STDOUT_FILENO, step);
      break;
    case MOCK_STEP_STDERR:
      print_text (STDERR_FILENO, step);
      break;
    case MOCK_STEP_PRINT_ARGS:
      print_args (self);
      break;
    case MOCK_STEP_PRINT_FDS:
      print (STDOUT_FILENO, self->open_fds->str, self->open_fds->len);
      break;
    case MOCK_STEP_EXIT:
      leave (self, (int)step->number);
    case MOCK_STEP_KILL:
      /* Even one that is caught or ignored. */
      signal (parse_signal (step->word), SIG_DFL);
      raise (parse_signal (step->word));
      break;
    case MOCK_STEP_IGNORE_TERM:
      signal (SIGTERM, SIG_IGN);
      break;
    case MOCK_STEP_EXIT_ON_TERM:
      term_status = (int)step->number;
      signal (SIGTERM, exit_now);
      break;
    case MOCK_STEP_SPAWN_HOLDER:
      self->has_holder = TRUE;
      if (fork () == 0)
        hold (self,
              step->has_number ? (guint)CLAMP (step->number, 1, HOLDER_SECONDS) : HOLDER_SECONDS);
      break;
    default:
      g_assert_not_reached ();
    }

  return TRUE;
}

/* Returns FALSE when a step names a signal that there is not. A signal that the script will wait
 * for is blocked from the start, so that it may come early. */
static gboolean
check_signals (GPtrArray *steps, gboolean *has_listen)
{
  *has_listen = FALSE;
  for (guint i = 0; i < steps->len; i++)
    {
      const MockStep *step = steps->pdata[i];
      sigset_t set;

      if (step->kind == MOCK_STEP_LISTEN)
        *has_listen = TRUE;
      if (step->kind != MOCK_STEP_KILL && step->kind != MOCK_STEP_WAIT_SIGNAL)
        continue;

      if (parse_signal (step->word) < 1)
        {
          complain (step->source, "no such signal");
          return FALSE;
        }
      if (step->kind == MOCK_STEP_WAIT_SIGNAL)
        {
          sigemptyset (&set);
          sigaddset (&set, parse_signal (step->word));
          sigprocmask (SIG_BLOCK, &set, NULL);
        }
    }

  return TRUE;
}

static void
reset_signals (void)
{
  sigset_t none;

  /* What a parent has blocked or ignores is inherited, and must not keep this one alive. */
  signal (SIGALRM, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  alarm (LIFE_SECONDS);
}

int
main (int argc, char *argv[])
{
  MockQemu self = { .argv = argv };
  g_autoptr (GString) open_fds = list_open_fds ();
  g_autoptr (GPtrArray) steps = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *script = NULL;
  gboolean has_listen;

  reset_signals ();
  self.open_fds = open_fds;
  read_monitor_options (&self);

  script = read_script (&self, &error);
  if (script != NULL)
    steps = mock_script_parse (script, MOCK_SCRIPT_PROCESS, &error);
  if (steps == NULL)
    {
      complain ("script", error->message);
      return EXIT_SCRIPT;
    }
  if (!check_signals (steps, &has_listen))
    return EXIT_SCRIPT;

  self.player = mock_player_new (steps, STEP_TIMEOUT, &error);
  if (self.player == NULL)
    {
      complain ("start", error->message);
      return 1;
    }

  mock_player_set_hook (self.player, play_process_step, &self);
  if (!has_listen || self.fd >= 0)
    open_monitor (&self);

  if (!mock_player_play (self.player, &error))
    {
      complain ("failed", error->message);
      leave (&self, EXIT_FAILED);
    }

  leave (&self, 0);
}
