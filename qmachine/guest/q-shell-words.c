/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/q-shell-words-private.h"

#include "io/text-private.h"

#include <string.h>

#define MAX_QUOTED_COMMAND 200
#define MAX_QUOTED_TEXT 4096
#define QUOTED_LINES 20

/* In the guest this is a program of its own, so that neither the prompt nor the line editor of an
 * interactive shell is there any more. It reads requests, a line each, whose first word begins with
 * the session. Any other line, as one that somebody types, ends it. What it says itself is in
 * braces, which is never typed, so that no echo can be taken for it.
 *
 * W carries the requests out. R makes a pipe of an empty here-document, whose other end /proc
 * opens, runs the command into it, and writes the mark and the exit status behind what it wrote.
 * Where that is not so, as on a here-document that is a file, the command stands in a pipeline with
 * E.
 *
 * E sends what is in the pipe, in pieces, as text of base64 or od. It waits until R says that the
 * command has ended ("e"), when all is there, or the host asks for what there is ("s"). After "e" a
 * piece goes through a second pipe (P), so that its length is known, and a short one needs only a
 * program that busybox has in itself. The terminal is made good again at an "s", or when the host
 * says so with the request: each process is dear.
 *
 * A short piece comes twice on a line, with its length: what is written into the middle changes one
 * of the two. A longer one is followed by a line with the id, the number of the piece, and the
 * text's checksum and length (Q). E waits for a word about each: "n" and a size for the next, "p"
 * to have it again, "l" to have it again in numbered lines, "x" to make an end. What processes in
 * the background write then is thrown away; a shell that can see that there are none needs no
 * process for that.
 *
 * M is the only one that reads the terminal. It passes each line on through a pipe, and answers by
 * itself whether it is there, which the others cannot while a command runs. At a "k" Z kills the
 * command and all that it has begun, but nothing that has got another parent: whatever the state of
 * the terminal and its signals. Neither outlives the shell that waits for it. In dash an interrupt
 * may end a read as the end of a file does, which is believed when it comes often (G).
 *
 * C runs the command, whose text is in x, and whose input is in y: of base64 (B), or a format for
 * printf, or x itself (R) where there is nothing to escape but blanks, for which "]" stands. A
 * shell says how its command was killed, on the error output that the command has, unless it is in
 * parentheses. One argument is at most 128 KiB long in Linux, so a longer command is read from a
 * pipe. The terminal's interrupt kills the command and leaves the others. */
static const char program[]
  = "exec 3<&0 4>&1 0</dev/null 2>/dev/null\n"
    "trap : INT QUIT TSTP\n"
    "O=$(stty -g <&3)\n"
    "stty -echo icanon isig icrnl -opost -ixon -ixoff -tostop noflsh intr ^C quit '^\\' <&3\n"
    "T=$(stty -g <&3)\n"
    "D=none\n"
    "[ \"$(printf ab | od -An -v -tx1)\" = ' 61 62' ] && D='od -An -v -tx1'\n"
    "[ \"$(printf ab | base64 | base64 -d)\" = ab ] && D=base64\n"
    "K=none\n"
    "[ \"$(printf ab | cksum)\" = '2072780115 2' ] && K=cksum\n"
    "k=$(printf ab | md5sum)\n"
    "[ \"${k%% *}\" = 187ef4436122d1cc2f40dc2b92f0eba0 ] && K=md5sum\n"
    "B=none\n"
    "[ \"$(printf ab | dd bs=9 count=1)\" = ab ] && B=dd\n"
    "Y=none\n"
    "(: </dev/tty) && [ -z \"$(sh -c 'kill -INT $$; echo i')\" ] && Y=tty\n"
    "F= L=4096 t= h= J=$IFS\n"
    "exec 8<<X\n"
    "X\n"
    "[ -p /proc/self/fd/8 ] && (printf 'ab\\nc\\n' >/proc/self/fd/8) && F=1\n"
    "[ -n \"$F\" ] && read -t 0 -r k <&8 && [ -z \"$k\" ] && t=1\n"
    "exec 8<&-\n"
    "[ \"$(id -u)\" = 0 ] && L=65536\n"
    "[ \"$(printf ab | xxd -p)\" = 6162 ] && h='xxd -p'\n"
    "c=$(printf '\\003')\n"
    "H() { printf '{%s.0,hello,%s,%s,%s,%s}\\n' $S ${D%% *} $K $B $Y >&4; }\n"
    "N() {\n"
    "exec 6<<X\n"
    "X\n"
    "exec 5>/proc/self/fd/6\n"
    "}\n"
    "P() {\n"
    "if [ $2 = e ]; then\n"
    "N\n"
    "k=$(dd bs=$1 count=1 2>&1 >&5)\n"
    "exec 5>&-\n"
    "set -- ${k##*out}\n"
    "if [ -n \"$h\" ] && [ $1 -lt 150 ]; then p=\" $($h <&6)\"; [ -n \"${p# }\" ] || p=\n"
    "else p=$($D <&6); fi\n"
    "else p=$(dd bs=$1 count=1 | $D); fi\n"
    "}\n"
    "Q() {\n"
    "c=\n"
    "[ ${#p} -lt 400 ] && return\n"
    "if [ -n \"$F\" ]; then\n"
    "N\n"
    "printf %s \"$p\" | $K >&5\n"
    "read -r c k <&6\n"
    "else c=$(printf %s \"$p\" | $K); fi\n"
    "c=\"${c%% *} ${#p}\"\n"
    "}\n"
    "E() {\n"
    "trap '' INT\n"
    "n=0 z=$2 j=s\n"
    "while [ -n \"$3\" ]; do\n"
    "read -r i s j w <&3 || exit\n"
    "[ \"$i$s\" = ${1}0 ] && break\n"
    "done\n"
    "if [ $j = e ]; then [ $z -lt $L ] || z=$L; else stty \"$T\" <&7; fi\n"
    "while :; do\n"
    "P $z $j\n"
    "j=s n=$((n + 1)) m=p\n"
    "Q\n"
    "while :; do\n"
    "case $m$c in\n"
    "[pl]) printf '\\n%s,%s=%s:%s;%s;\\n' $1 $n ${#p} \"$p\" \"$p\" >&4 ;;\n"
    "p*) printf '\\n%s\\n%s,%s,%s}\\n' \"$p\" $1 $n \"$c\" >&4 ;;\n"
    "l*) k=0\n"
    "printf '%s\\n' \"$p\" | while IFS= read -r l; do\n"
    "k=$((k + 1))\n"
    "printf '\\n%s,%s,%s,%s:%s;\\n' $1 $n $k ${#l} \"$l\"\n"
    "done >&4\n"
    "printf '\\n%s,%s,%s}\\n' $1 $n \"$c\" >&4 ;;\n"
    "n*) z=$w; break ;;\n"
    "x*) [ -n \"$t\" ] && read -t 0 k && { read -t 1 -n 1 k || exit; }\n"
    "exec 5<&0; (read -r l && exec cat) <&5 >/dev/null 3<&- 4>&- 7<&- & exit ;;\n"
    "esac\n"
    "[ -n \"$p\" ] || exit\n"
    "m=\n"
    "while [ -z \"$m\" ]; do\n"
    "read -r i s m w <&3 || exit\n"
    "[ \"$i\" = $1 ] && [ \"$s\" = $n ] || m=\n"
    "done\n"
    "done\n"
    "done\n"
    "}\n"
    "X() { case $o in B) printf %s \"$x\" | base64 -d ;; *) printf \"$x\" ;; esac; }\n"
    "I() { case $D in base64) printf %s \"$y\" | base64 -d ;; *) printf \"$y\" ;; esac; }\n"
    "C() {\n"
    "if [ $o = R ]; then (exec sh -c \"$x\" 2>&1)\n"
    "elif [ ${#x} -lt 100000 ]; then (exec sh -c \"$(X)\" 2>&1)\n"
    "else { X | (exec sh -c 'x=$(cat); exec <&9 9<&-; eval \"$x\"' 2>&1); } 9<&0; fi\n"
    "}\n"
    "V() {\n"
    "trap : INT\n"
    "if [ -n \"$y\" ]; then I | C 3<&- 4>&- 7<&- 9>&-; else C 3<&- 4>&- 7<&- 9>&-; fi\n"
    "printf '%s%s.' $1 $?\n"
    "}\n"
    "R() {\n"
    "printf '{%s,go}\\n' $1 >&4\n"
    "[ -n \"$F\" ] || { V $2 | E $1 $3; return; }\n"
    "[ $4 = 0 ] || stty \"$T\" <&7\n"
    "exec 8<<X\n"
    "X\n"
    "exec 9>/proc/self/fd/8\n"
    "(exec <&8 8<&- 9>&-; E $1 $3 f) &\n"
    "e=$!\n"
    "exec 8<&-\n"
    "V $2 >&9\n"
    "exec 9>&-\n"
    "printf '%s 0 e\\n' $1 >/proc/self/fd/3\n"
    "while wait $e; [ $? -gt 128 ] && kill -0 $e; do :; done\n"
    "}\n"
    "Z() {\n"
    "a=\" $$ \" d= n=1\n"
    "while [ $n = 1 ]; do\n"
    "n=0\n"
    "for f in /proc/[0-9]*/stat; do\n"
    "{ read -r l <$f; } || continue\n"
    "p=${l%% *} l=${l##*) }\n"
    "l=${l#* }\n"
    "l=${l%% *}\n"
    "case $a in *\" $p \"*) continue ;; esac\n"
    "case $a in *\" $l \"*) a=\"$a$p \" n=1; [ $l = $$ ] || d=\"$d $p\" ;; esac\n"
    "done\n"
    "done\n"
    "[ -z \"$d\" ] || kill -9 $d\n"
    "}\n"
    "G() {\n"
    "[ $r = 0 ] && u=0 && return 1\n"
    "u=$((u + 1))\n"
    "[ $r -gt 128 ] || [ $u -lt 99 ]\n"
    "}\n"
    "M() {\n"
    "u=0\n"
    "trap : INT QUIT TSTP\n"
    "sh -c 'echo $PPID'\n"
    "while :; do\n"
    "IFS= read -r l <&3\n"
    "r=$?\n"
    "kill -0 $$ || break\n"
    "G && continue\n"
    "[ $r = 0 ] || break\n"
    "l=${l#\"$c\"}\n"
    "case $l in\n"
    "\"$S.0 a \"*) printf '{%s.0,alive,%s}\\n' $S \"${l##* }\" >&4 ;;\n"
    "\"$S.\"*' 0 k') Z ;;\n"
    "*) printf '%s\\n' \"$l\" || break ;;\n"
    "esac\n"
    "done\n"
    "}\n"
    "W() {\n"
    "u=0\n"
    "trap : INT QUIT TSTP\n"
    "exec 7<&3 3<&0 0</dev/null\n"
    "read -r P <&3\n"
    "H\n"
    "while :; do\n"
    "read -r i o a b w <&3\n"
    "r=$?\n"
    "G && continue\n"
    "[ $r = 0 ] || break\n"
    "case $i in $S.*) ;; *) break ;; esac\n"
    "w=${w%]}\n"
    "case $o in\n"
    "p) printf '{%s,pong,%s}\\n' $i $a >&4 ;;\n"
    "h) H ;;\n"
    "c) [ $a = 1 ] && { q=0 x= y=; }\n"
    "[ $a = $((q + 1)) ] && { q=$a; case $b in x) x=$x$w ;; y) y=$y$w ;; esac; }\n"
    "printf '{%s,got,%s}\\n' $i $q >&4 ;;\n"
    "[rRB]) [ $a = 0 ] && { q=0 x= y=; }\n"
    "x=$x${w#*:}\n"
    "if [ $a = $q ] && [ ${#x},${#y} = ${w%%:*} ]; then\n"
    "[ $o = R ] && { IFS=]; set -- $x; IFS=$J x=\"$*\"; }\n"
    "k=${b#*:}\n"
    "R $i ${b%%:*} ${k%:*} ${k#*:}\n"
    "else printf '{%s,bad}\\n' $i >&4; fi\n"
    "q=-1 ;;\n"
    "q) break ;;\n"
    "esac\n"
    "done\n"
    "kill -9 $P\n"
    "}\n"
    "M | W\n"
    "stty \"$O\" <&3\n"
    "printf '{%s.0,bye}\\n' $S >&4\n";

char *
q_shell_quote_command (const char *command)
{
  GString *quoted = g_string_new ("\"");
  g_autofree char *valid = g_utf8_make_valid (command, -1);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (quoted->len > MAX_QUOTED_COMMAND)
        {
          g_string_append (quoted, "...");
          break;
        }
      g_string_append_unichar (quoted, *c == '\n'                      ? ' '
                                       : g_unichar_iscntrl (character) ? '?'
                                                                       : character);
    }
  g_string_append_c (quoted, '"');

  return g_string_free (quoted, FALSE);
}

char *
q_shell_quote_lines (const char *text)
{
  GString *quoted = g_string_new (NULL);
  gsize length = strlen (text);
  const char *end = text + length;
  const char *start = q_text_find_last_lines (text, length, QUOTED_LINES);

  if (end - start > MAX_QUOTED_TEXT)
    start = g_utf8_find_next_char (end - MAX_QUOTED_TEXT, NULL);
  for (const char *c = start; c < end; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (!g_unichar_iscntrl (character) || *c == '\n' || *c == '\t')
        g_string_append_unichar (quoted, character);
      else if (*c != '\r')
        g_string_append_c (quoted, '?');
    }
  g_strchomp (quoted->str);
  quoted->len = strlen (quoted->str);

  return g_string_free (quoted, FALSE);
}

/* As a format of the shell's printf, without blanks. */
static void
escape (GString *escaped, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (g_ascii_isgraph (bytes[i]) && strchr ("\\%:-", bytes[i]) == NULL)
      g_string_append_c (escaped, bytes[i]);
    else
      g_string_append_printf (escaped, "\\%03o", (guchar)bytes[i]);
}

static guint32
get_cksum (const char *bytes, gsize length)
{
  static guint32 table[256];
  static gsize ready;
  guint32 sum = 0;

  if (g_once_init_enter (&ready))
    {
      for (guint32 i = 0; i < 256; i++)
        {
          table[i] = i << 24;
          for (guint bit = 0; bit < 8; bit++)
            table[i] = (table[i] << 1) ^ ((table[i] & 0x80000000u) != 0 ? 0x04c11db7u : 0);
        }
      g_once_init_leave (&ready, 1);
    }
  for (gsize i = 0; i < length; i++)
    sum = (sum << 8) ^ table[(sum >> 24) ^ (guchar)bytes[i]];
  for (gsize rest = length; rest > 0; rest >>= 8)
    sum = (sum << 8) ^ table[(sum >> 24) ^ (rest & 0xff)];

  return ~sum;
}

gboolean
q_shell_check_sum (const char *sum, const char *bytes, gsize length)
{
  g_autofree char *right = NULL;

  if (strlen (sum) == 32)
    right = g_compute_checksum_for_data (G_CHECKSUM_MD5, (const guchar *)bytes, length);
  else
    right = g_strdup_printf ("%u", get_cksum (bytes, length));
  return g_str_equal (sum, right);
}

char *
q_shell_make_first_line (const char *session)
{
  return g_strdup_printf (" sh -c 'stty -echo 2>/dev/null; printf \"{%%s,%%s}\\n\" %s.0 boot; x=; "
                          "while IFS= read -r l && [ \"$l\" != . ]; do x=$x$l; done; "
                          "eval \"$(printf \"$x\")\"'\n",
                          session);
}

GString *
q_shell_make_program (const char *session)
{
  g_autofree char *text = g_strdup_printf ("S=%s\n%s", session, program);
  GString *escaped = g_string_new (NULL);

  escape (escaped, text, strlen (text));

  return escaped;
}
