/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * QMock: a scripted QMP peer for tests.
 *
 * A script is plain text, one step a line; blank lines and lines that begin with `#` are skipped.
 * The peer plays it in its own thread with blocking I/O, so that a test may make blocking calls
 * in the thread that owns the peer. README.md has examples.
 *
 * Arguments: NAME, CLASS and SIGNAL are words; N, MS and COUNT are decimal, with an optional
 * suffix K or M (powers of 1024); JSON is the rest of the line, verbatim; ID is one JSON value;
 * RAW is the rest of the line where \r \n \t \0 \\ and \xHH stand for a byte each (any other
 * backslash is kept, so that JSON escapes survive); TEXT is the rest of the line.
 *
 * Connections
 *   accept                wait for the next client; the one before is hung up. The first client
 *                         is accepted by the first step that needs one, so this line is only
 *                         needed for the second, or to fix the moment of the first
 *   close                 hang up in an orderly way: the client reads to the end, then sees EOF
 *   reset                 hang up with a byte left unread: the client sees ECONNRESET. Directly
 *                         after an `expect` that byte is the last one of the command; when
 *                         everything was read, the step waits for the client to send something
 *   shutdown-write        end of file for the client, which can still be heard
 *   expect-eof            the client hangs up, and sends nothing but blanks before
 *   stall                 neither read nor write until the client hangs up or the test finishes
 *
 * Reading (commands are counted from 1, in the order in which they were read)
 *   expect NAME [JSON]    read one command, framed by its braces; `*` is any name; JSON, when
 *                         given, is the exact text of its "arguments"
 *   expect-oob NAME [JSON]  the same, and it must say "exec-oob"
 *   expect-text JSON      the bytes of the next command, from { to }, are exactly these
 *   expect-raw RAW        the next bytes are exactly these: for line ends and other junk. When
 *                         they begin with a whole command, it counts as read
 *
 * Answering (lines end in CRLF and are laid out as QEMU 7.2 does)
 *   greet                 the greeting, offering "oob"
 *   greet-without-oob     the greeting, offering nothing
 *   negotiate             greet + expect qmp_capabilities + reply {}
 *   negotiate-without-oob   the same, offering nothing
 *   sync                  of a guest agent: expect-raw \xff + expect guest-sync-delimited + the
 *                         delimiter and the answer
 *   resync                the same behind a command, whose line end comes first
 *   reply [JSON]          {"return": JSON}, and the id, to the last command; {} by default
 *   reply-to N [JSON]     the same to the Nth command: for late and disordered answers
 *   reply-with-id ID [JSON]  the same with this id, whatever was asked
 *   error CLASS TEXT      an error, and the id, to the last command
 *   error-to N CLASS TEXT   the same to the Nth command
 *   drop-id               forget the id of the last command: its answer will carry none
 *   event NAME [JSON]     an event, stamped with the current time
 *   send RAW              these bytes, nothing appended
 *   send-line [RAW]       these bytes and CRLF
 *   flood BYTE COUNT      COUNT times the same byte (a character, or an escape as in RAW)
 *   nest COUNT            COUNT times `[`
 *   serve                 answer until the client hangs up or the test finishes:
 *                         qmp_capabilities, query-status, mock-echo (returns its arguments
 *                         verbatim), quit (SHUTDOWN, reply, close); else CommandNotFound
 * In what is sent, $ID is the id of the last command (`null` without one), $N the round of the
 * innermost `repeat`, from 0, and $$ a dollar sign. A client that hangs up while it is written
 * to is no failure: the rest is dropped, and `expect-eof` or `expect` will tell.
 *
 * Flow
 *   split N               from now on write N bytes at a time, each time after the client has
 *                         read all that came before; 0 is off, once that is read too
 *   delay MS              do nothing for so long; at most 60000
 *   timeout MS            how long each later step may wait (else the "timeout" property)
 *   wait-signal SIGNAL    wait for the test to call qmock_peer_signal()
 *   mark NAME             let qmock_peer_wait_mark() in the test go on
 *   repeat N ... end      play what is between N times, writing in batches; may be nested
 *
 * Only in `mock-qemu`, which plays a script as if it were a QEMU binary
 *   listen                with a chardev that has no inherited descriptor: listen only now
 *   stdout [RAW], stderr [RAW]   print a line
 *   print-args            print the command line, `arg: ` and one argument a line
 *   print-fds             print the descriptors that were open at the start: `fds: 0 1 2 5`
 *   exit N                end, after an orderly hang-up
 *   kill SIGNAL           die by this signal (`KILL`, `SIGSEGV`, `11`)
 *   ignore-term           ignore SIGTERM
 *   exit-on-term [N]      leave with status N, else 0, on SIGTERM
 *   spawn-holder [N]      a child that keeps the standard and monitor descriptors open until the
 *                         client hangs up, and for at most N seconds (else 30)
 *   there, `wait-signal` waits for a Unix signal: TERM, INT, HUP, USR1 or USR2
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define QMOCK_API __attribute__ ((visibility ("default")))

/**
 * QMOCK_ERROR:
 *
 * Domain of the mock's own complaints. See [error@Error].
 */
#define QMOCK_ERROR (qmock_error_quark ())

/**
 * QMockError:
 * @QMOCK_ERROR_SCRIPT: the script is wrong
 * @QMOCK_ERROR_EXPECTATION: the client did something else than the script expects
 * @QMOCK_ERROR_CLOSED: the client hung up in the middle of the script
 * @QMOCK_ERROR_TIMED_OUT: a step waited too long
 * @QMOCK_ERROR_USAGE: the test used the peer wrongly, such as starting it twice
 *
 * What a peer can complain about.
 */
typedef enum
{
  QMOCK_ERROR_SCRIPT,
  QMOCK_ERROR_EXPECTATION,
  QMOCK_ERROR_CLOSED,
  QMOCK_ERROR_TIMED_OUT,
  QMOCK_ERROR_USAGE,
} QMockError;

QMOCK_API
GQuark qmock_error_quark (void);

#define QMOCK_TYPE_PEER (qmock_peer_get_type ())

QMOCK_API
G_DECLARE_FINAL_TYPE (QMockPeer, qmock_peer, QMOCK, PEER, GObject)

QMOCK_API
QMockPeer *qmock_peer_new (const char *script) G_GNUC_WARN_UNUSED_RESULT;

QMOCK_API
guint qmock_peer_get_timeout (QMockPeer *self);
QMOCK_API
void qmock_peer_set_timeout (QMockPeer *self, guint timeout);

QMOCK_API
gboolean qmock_peer_start (QMockPeer *self, GError **error);
QMOCK_API
GIOStream *qmock_peer_start_stream (QMockPeer *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QMOCK_API
GSocketAddress *qmock_peer_get_address (QMockPeer *self);
QMOCK_API
const char *qmock_peer_get_path (QMockPeer *self);

QMOCK_API
void qmock_peer_signal (QMockPeer *self, const char *name);
QMOCK_API
gboolean qmock_peer_wait_mark (QMockPeer *self, const char *name, GError **error);
QMOCK_API
gboolean qmock_peer_finish (QMockPeer *self, GError **error);

QMOCK_API
char *qmock_peer_dup_received (QMockPeer *self) G_GNUC_WARN_UNUSED_RESULT;
QMOCK_API
GBytes *qmock_peer_dup_received_bytes (QMockPeer *self) G_GNUC_WARN_UNUSED_RESULT;
QMOCK_API
guint qmock_peer_get_n_fds (QMockPeer *self);
QMOCK_API
int qmock_peer_steal_fd (QMockPeer *self, guint index, guint64 *offset);

G_END_DECLS
