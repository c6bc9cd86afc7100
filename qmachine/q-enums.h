/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(QMACHINE_INSIDE) && !defined(QMACHINE_COMPILATION)
#error "Include <qmachine/qmachine.h>: this header is a part of it."
#endif

#include <qmachine/q-version.h>

G_BEGIN_DECLS

/**
 * QMachineState:
 * @Q_MACHINE_STATE_STOPPED: There is no process.
 * @Q_MACHINE_STATE_LAUNCHING: QEMU is being started.
 * @Q_MACHINE_STATE_RUNNING: QEMU runs.
 * @Q_MACHINE_STATE_STOPPING: QEMU was told to end.
 *
 * Where the life of a machine stands.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_STATE_STOPPED,
  Q_MACHINE_STATE_LAUNCHING,
  Q_MACHINE_STATE_RUNNING,
  Q_MACHINE_STATE_STOPPING,
} QMachineState;

/**
 * QMachineKind:
 * @Q_MACHINE_KIND_SYSTEM: a virtual machine, such as `qemu-system-x86_64`
 * @Q_MACHINE_KIND_STORAGE_DAEMON: `qemu-storage-daemon`: block devices and their exports, with a
 *   monitor and without a guest; so it has no run state, and consoles, qtest, added descriptors and
 *   human monitors are refused
 *
 * What sort of program a machine runs.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_KIND_SYSTEM,
  Q_MACHINE_KIND_STORAGE_DAEMON,
} QMachineKind;

/**
 * QMonitorMode:
 * @Q_MONITOR_MODE_INHERIT: The library listens and is connected before QEMU starts; QEMU inherits
 *   the listening socket.
 * @Q_MONITOR_MODE_LISTEN: QEMU listens at [property@Machine:monitor-address] itself, and the
 *   library connects as soon as it can: for wrappers that close descriptors or run QEMU elsewhere.
 *   Behind a wrapper QEMU reaches consoles, channels and qtest by a path in the run directory.
 * @Q_MONITOR_MODE_NONE: No monitor.
 * @Q_MONITOR_MODE_STDIO: QEMU's monitor is at its standard input and output, and its log at
 * standard error: for wrappers that run QEMU on another host and pass those on, such as `ssh HOST`.
 * What needs a descriptor or a socket of this host is refused.
 *
 * How a machine's monitor is wired.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MONITOR_MODE_INHERIT,
  Q_MONITOR_MODE_LISTEN,
  Q_MONITOR_MODE_NONE,
  Q_MONITOR_MODE_STDIO,
} QMonitorMode;

/**
 * QRunState:
 * @Q_RUN_STATE_UNKNOWN: Not known, or one this library has no name for.
 * @Q_RUN_STATE_DEBUG: Stopped by a debugger.
 * @Q_RUN_STATE_INMIGRATE: Waiting for an incoming migration.
 * @Q_RUN_STATE_INTERNAL_ERROR: Stopped by an internal error.
 * @Q_RUN_STATE_IO_ERROR: Stopped by an I/O error.
 * @Q_RUN_STATE_PAUSED: Paused.
 * @Q_RUN_STATE_POSTMIGRATE: Paused after a migration went out.
 * @Q_RUN_STATE_PRELAUNCH: Not started yet.
 * @Q_RUN_STATE_FINISH_MIGRATE: Paused to finish a migration.
 * @Q_RUN_STATE_RESTORE_VM: Paused to load a snapshot.
 * @Q_RUN_STATE_RUNNING: The guest runs.
 * @Q_RUN_STATE_SAVE_VM: Paused to save a snapshot.
 * @Q_RUN_STATE_SHUTDOWN: The guest has shut down.
 * @Q_RUN_STATE_SUSPENDED: The guest is suspended.
 * @Q_RUN_STATE_WATCHDOG: Stopped by a watchdog.
 * @Q_RUN_STATE_GUEST_PANICKED: Stopped by a panic of the guest.
 * @Q_RUN_STATE_COLO: Paused for a checkpoint.
 *
 * QEMU's run states.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_RUN_STATE_UNKNOWN,
  Q_RUN_STATE_DEBUG,
  Q_RUN_STATE_INMIGRATE,
  Q_RUN_STATE_INTERNAL_ERROR,
  Q_RUN_STATE_IO_ERROR,
  Q_RUN_STATE_PAUSED,
  Q_RUN_STATE_POSTMIGRATE,
  Q_RUN_STATE_PRELAUNCH,
  Q_RUN_STATE_FINISH_MIGRATE,
  Q_RUN_STATE_RESTORE_VM,
  Q_RUN_STATE_RUNNING,
  Q_RUN_STATE_SAVE_VM,
  Q_RUN_STATE_SHUTDOWN,
  Q_RUN_STATE_SUSPENDED,
  Q_RUN_STATE_WATCHDOG,
  Q_RUN_STATE_GUEST_PANICKED,
  Q_RUN_STATE_COLO,
} QRunState;

/**
 * Q_TIMEOUT_DEFAULT:
 *
 * A time limit of a call: the one that a property sets for all calls of its kind, such as
 * [property@Machine:command-timeout].
 *
 * Since: 1.0
 */
#define Q_TIMEOUT_DEFAULT (-2)

/**
 * QExitKind:
 * @Q_EXIT_KIND_NONE: It has not ended, or there was none.
 * @Q_EXIT_KIND_EXITED: It exited, with a status.
 * @Q_EXIT_KIND_SIGNALED: A signal killed it.
 * @Q_EXIT_KIND_UNKNOWN: It ended, and nobody can tell how: somebody else took its exit status.
 *
 * How a process ended.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_EXIT_KIND_NONE,
  Q_EXIT_KIND_EXITED,
  Q_EXIT_KIND_SIGNALED,
  Q_EXIT_KIND_UNKNOWN,
} QExitKind;

/**
 * QMonitorState:
 * @Q_MONITOR_STATE_CLOSED: No session: never attached, or closed.
 * @Q_MONITOR_STATE_CONNECTING: Connecting to the address.
 * @Q_MONITOR_STATE_NEGOTIATING: Connected; the greeting or the answer to the capabilities is
 *   awaited.
 * @Q_MONITOR_STATE_RUNNING: Commands can be sent.
 *
 * Where a monitor's session stands.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MONITOR_STATE_CLOSED,
  Q_MONITOR_STATE_CONNECTING,
  Q_MONITOR_STATE_NEGOTIATING,
  Q_MONITOR_STATE_RUNNING,
} QMonitorState;

/**
 * QMonitorFlags:
 * @Q_MONITOR_FLAGS_NONE: In turn with all other commands.
 * @Q_MONITOR_FLAGS_OUT_OF_BAND: Out of band, overtaking what QEMU works on. Only where the monitor
 *   was attached with [property@Monitor:out-of-band], and only for commands that allow it.
 *
 * How a command is sent.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MONITOR_FLAGS_NONE = 0,
  Q_MONITOR_FLAGS_OUT_OF_BAND = 1 << 0,
} QMonitorFlags;

/**
 * QConsoleMatchFlags:
 * @Q_CONSOLE_MATCH_FLAGS_NONE: Any match, as soon as it is there.
 * @Q_CONSOLE_MATCH_FLAGS_COMPLETE: Only a match that more output of the guest could not change or
 *   make longer; when the guest has ended, any. What comes from a guest comes in pieces, and `\w+`
 *   matches the first letter of a word. An expression that could always match more, such as one
 * that ends in `(?s).*`, matches at the end only.
 *
 * Which matches of an expression count.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_CONSOLE_MATCH_FLAGS_NONE = 0,
  Q_CONSOLE_MATCH_FLAGS_COMPLETE = 1 << 0,
} QConsoleMatchFlags;

/**
 * QGuestAgentState:
 * @Q_GUEST_AGENT_STATE_CLOSED: Not attached, or closed.
 * @Q_GUEST_AGENT_STATE_CONNECTING: Connecting to the address, for the first time or again.
 * @Q_GUEST_AGENT_STATE_WAITING: Connected, and the agent is asked for a sign of life again and
 *   again: it may not be installed, or not have started yet, or be busy.
 * @Q_GUEST_AGENT_STATE_READY: The agent answers.
 *
 * Where the connection to a guest agent stands.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_GUEST_AGENT_STATE_CLOSED,
  Q_GUEST_AGENT_STATE_CONNECTING,
  Q_GUEST_AGENT_STATE_WAITING,
  Q_GUEST_AGENT_STATE_READY,
} QGuestAgentState;

/**
 * QGuestShutdownMode:
 * @Q_GUEST_SHUTDOWN_MODE_POWERDOWN: Shut down, and switch off.
 * @Q_GUEST_SHUTDOWN_MODE_HALT: Shut down, and stop.
 * @Q_GUEST_SHUTDOWN_MODE_REBOOT: Shut down, and start again.
 *
 * What a guest does when its agent is asked to shut it down.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_GUEST_SHUTDOWN_MODE_POWERDOWN,
  Q_GUEST_SHUTDOWN_MODE_HALT,
  Q_GUEST_SHUTDOWN_MODE_REBOOT,
} QGuestShutdownMode;

/**
 * QConsoleInteractEnd:
 * @Q_CONSOLE_INTERACT_END_NONE: None: the call failed.
 * @Q_CONSOLE_INTERACT_END_ESCAPE: The person pressed the escape key.
 * @Q_CONSOLE_INTERACT_END_EXITED: QEMU has ended, or was let go by [method@Machine.detach].
 * @Q_CONSOLE_INTERACT_END_INPUT_END: Nothing more comes from the person: the terminal was hung up,
 *   or what stands in its place has ended.
 *
 * Why a person has a console no more.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_CONSOLE_INTERACT_END_NONE,
  Q_CONSOLE_INTERACT_END_ESCAPE,
  Q_CONSOLE_INTERACT_END_EXITED,
  Q_CONSOLE_INTERACT_END_INPUT_END,
} QConsoleInteractEnd;

/**
 * QJobStatus:
 * @Q_JOB_STATUS_UNDEFINED: Not known yet, or one that this library has no name for.
 * @Q_JOB_STATUS_CREATED: Made, and not begun.
 * @Q_JOB_STATUS_RUNNING: At work.
 * @Q_JOB_STATUS_PAUSED: Paused, by request or after an I/O error.
 * @Q_JOB_STATUS_READY: A mirror that has copied all, and keeps the copy up to date.
 * @Q_JOB_STATUS_STANDBY: Paused, and ready otherwise.
 * @Q_JOB_STATUS_WAITING: Done, and waiting for others of its transaction.
 * @Q_JOB_STATUS_PENDING: Done, and waiting for `job-finalize`.
 * @Q_JOB_STATUS_ABORTING: Cancelled or failed, and cleaning up.
 * @Q_JOB_STATUS_CONCLUDED: Ended, well or not: [property@Job:error] says which.
 *
 * Where a job stands, in QEMU's words.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_JOB_STATUS_UNDEFINED,
  Q_JOB_STATUS_CREATED,
  Q_JOB_STATUS_RUNNING,
  Q_JOB_STATUS_PAUSED,
  Q_JOB_STATUS_READY,
  Q_JOB_STATUS_STANDBY,
  Q_JOB_STATUS_WAITING,
  Q_JOB_STATUS_PENDING,
  Q_JOB_STATUS_ABORTING,
  Q_JOB_STATUS_CONCLUDED,
} QJobStatus;

/**
 * QDiskCache:
 * @Q_DISK_CACHE_WRITEBACK: The host caches, and the guest says when its writes must be safe.
 * @Q_DISK_CACHE_NONE: The host does not cache (`O_DIRECT`); the guest says when its writes must be
 *   safe.
 * @Q_DISK_CACHE_WRITETHROUGH: The host caches, and each write is safe when it is done.
 * @Q_DISK_CACHE_DIRECTSYNC: The host does not cache, and each write is safe when it is done.
 * @Q_DISK_CACHE_UNSAFE: The host caches, and nothing is made safe, whatever the guest says: for
 *   disks that nobody misses after a crash of the host.
 *
 * What is kept in memory of a disk, and when a write counts as done.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_DISK_CACHE_WRITEBACK,
  Q_DISK_CACHE_NONE,
  Q_DISK_CACHE_WRITETHROUGH,
  Q_DISK_CACHE_DIRECTSYNC,
  Q_DISK_CACHE_UNSAFE,
} QDiskCache;

/**
 * QPowerOffStep:
 * @Q_POWER_OFF_STEP_NONE: None: QEMU ended by itself, or somebody else ended it.
 * @Q_POWER_OFF_STEP_AGENT: The guest agent was asked to shut the guest down.
 * @Q_POWER_OFF_STEP_BUTTON: The power button was pressed.
 * @Q_POWER_OFF_STEP_QUIT: QEMU was told to quit.
 * @Q_POWER_OFF_STEP_TERM: QEMU got SIGTERM.
 * @Q_POWER_OFF_STEP_KILL: QEMU was killed.
 *
 * The steps of [method@Machine.power_off], in their order.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_POWER_OFF_STEP_NONE,
  Q_POWER_OFF_STEP_AGENT,
  Q_POWER_OFF_STEP_BUTTON,
  Q_POWER_OFF_STEP_QUIT,
  Q_POWER_OFF_STEP_TERM,
  Q_POWER_OFF_STEP_KILL,
} QPowerOffStep;

/**
 * QPowerOffOutcome:
 * @Q_POWER_OFF_OUTCOME_NOT_REACHED: It was over before.
 * @Q_POWER_OFF_OUTCOME_SKIPPED: It was not tried: the plan skips it, or it could not have helped.
 * @Q_POWER_OFF_OUTCOME_REFUSED: QEMU, or the agent, said no.
 * @Q_POWER_OFF_OUTCOME_FAILED: It was tried, and something came in between.
 * @Q_POWER_OFF_OUTCOME_TIMED_OUT: It was tried, and its limit passed.
 * @Q_POWER_OFF_OUTCOME_WORKED: The guest was off, or QEMU ended, as the step asked for.
 *
 * What became of a step of [method@Machine.power_off].
 *
 * Since: 1.0
 */
typedef enum
{
  Q_POWER_OFF_OUTCOME_NOT_REACHED,
  Q_POWER_OFF_OUTCOME_SKIPPED,
  Q_POWER_OFF_OUTCOME_REFUSED,
  Q_POWER_OFF_OUTCOME_FAILED,
  Q_POWER_OFF_OUTCOME_TIMED_OUT,
  Q_POWER_OFF_OUTCOME_WORKED,
} QPowerOffOutcome;

/**
 * QWaitKind:
 * @Q_WAIT_KIND_EVENT: An event of QEMU's.
 * @Q_WAIT_KIND_TEXT: A text on a console.
 * @Q_WAIT_KIND_RUN_STATE: A run state.
 * @Q_WAIT_KIND_AGENT: A guest agent that answers.
 * @Q_WAIT_KIND_EXIT: The end of QEMU.
 * @Q_WAIT_KIND_JOB: The end of a job.
 *
 * What a [class@WaitSet] waits for.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_WAIT_KIND_EVENT,
  Q_WAIT_KIND_TEXT,
  Q_WAIT_KIND_RUN_STATE,
  Q_WAIT_KIND_AGENT,
  Q_WAIT_KIND_EXIT,
  Q_WAIT_KIND_JOB,
} QWaitKind;

/**
 * QForwardProtocol:
 * @Q_FORWARD_PROTOCOL_TCP: TCP
 * @Q_FORWARD_PROTOCOL_UDP: UDP
 *
 * What goes through a [class@Forward].
 *
 * Since: 1.0
 */
typedef enum
{
  Q_FORWARD_PROTOCOL_TCP,
  Q_FORWARD_PROTOCOL_UDP,
} QForwardProtocol;

/**
 * QMachineDisplay:
 * @Q_MACHINE_DISPLAY_NONE: No graphics card, and no window: `-display none -vga none`.
 * @Q_MACHINE_DISPLAY_HEADLESS: A card, and nobody sees its screen but by
 *   [method@Machine.screenshot]: `-display none`. The other values that follow have a card, too:
 * the one that QEMU takes for the machine type, unless the arguments name another one.
 * @Q_MACHINE_DISPLAY_DBUS: For [method@Machine.open_display]: `-display dbus,p2p=yes`. Debian has
 * it in the package `qemu-system-modules-opengl`, and Debian 12 in `qemu-system-common`.
 * @Q_MACHINE_DISPLAY_VNC: For [method@Machine.open_vnc], at no address: `-display none -vnc none`.
 * @Q_MACHINE_DISPLAY_GTK: A window of QEMU's own: `-display gtk`. Debian has it in the package
 *   `qemu-system-gui`.
 * @Q_MACHINE_DISPLAY_SDL: A window of QEMU's own, too: `-display sdl`.
 * @Q_MACHINE_DISPLAY_DEFAULT: No option: what [property@Machine:args] say, and where they say
 *   nothing, what QEMU does by itself: it opens a window, or a VNC server that listens.
 *
 * Whether a machine has a graphics card, and where its screen is shown.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MACHINE_DISPLAY_NONE,
  Q_MACHINE_DISPLAY_HEADLESS,
  Q_MACHINE_DISPLAY_DBUS,
  Q_MACHINE_DISPLAY_VNC,
  Q_MACHINE_DISPLAY_GTK,
  Q_MACHINE_DISPLAY_SDL,
  Q_MACHINE_DISPLAY_DEFAULT,
} QMachineDisplay;

/**
 * QMouseButton:
 * @Q_MOUSE_BUTTON_LEFT: The left one.
 * @Q_MOUSE_BUTTON_MIDDLE: The middle one, or the wheel as a button.
 * @Q_MOUSE_BUTTON_RIGHT: The right one.
 * @Q_MOUSE_BUTTON_WHEEL_UP: The wheel, a step up.
 * @Q_MOUSE_BUTTON_WHEEL_DOWN: The wheel, a step down.
 * @Q_MOUSE_BUTTON_SIDE: The one at the side, which most programs take for "back".
 * @Q_MOUSE_BUTTON_EXTRA: The other one at the side, for "forward".
 *
 * What [method@Machine.click] presses.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_MOUSE_BUTTON_LEFT,
  Q_MOUSE_BUTTON_MIDDLE,
  Q_MOUSE_BUTTON_RIGHT,
  Q_MOUSE_BUTTON_WHEEL_UP,
  Q_MOUSE_BUTTON_WHEEL_DOWN,
  Q_MOUSE_BUTTON_SIDE,
  Q_MOUSE_BUTTON_EXTRA,
} QMouseButton;

/**
 * QDiskRepair:
 * @Q_DISK_REPAIR_NONE: Nothing: the image is looked at.
 * @Q_DISK_REPAIR_LEAKS: Space that is taken, and that nothing uses. This cannot do harm.
 * @Q_DISK_REPAIR_ALL: All that can be: what is repaired wrongly may cost data, so make a copy
 * first.
 *
 * What [method@DiskImage.check] repairs.
 *
 * Since: 1.0
 */
typedef enum
{
  Q_DISK_REPAIR_NONE,
  Q_DISK_REPAIR_LEAKS,
  Q_DISK_REPAIR_ALL,
} QDiskRepair;

/**
 * QDiskConvertFlags:
 * @Q_DISK_CONVERT_FLAGS_NONE: Nothing special.
 * @Q_DISK_CONVERT_FLAGS_COMPRESS: The copy is compressed, where its format can do that.
 *
 * How [method@DiskImage.convert] writes.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/
{
  Q_DISK_CONVERT_FLAGS_NONE = 0,
  Q_DISK_CONVERT_FLAGS_COMPRESS = 1 << 0,
} QDiskConvertFlags;

G_END_DECLS
