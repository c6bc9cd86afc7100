// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What metadata cannot say:
//
// - The C type of a parameter that takes a constant array of strings. Without it a C compiler warns
//   of each call, as Vala's arrays of strings are not constant.
// - The members of an event, and of a reply that is text, without a tree of them. These are for C
//   and Vala only, so they are not in the GIR. The index of an event is a text, as most members of
//   QEMU's events are, and can be compared and printed as it is; null is a member that is absent.

namespace QMachine {
	public sealed class WaitSet : GLib.Object {
		[Version (since = "1.0")]
		public uint add_event (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null) throws GLib.Error;
		[Version (since = "1.0")]
		public uint add_event_json (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null) throws GLib.Error;
	}
	public sealed class Machine : GLib.Object {
		[Version (since = "1.0")]
		public void add_args (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[] args);
		[Version (since = "1.0")]
		public void set_args (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? args);
		[Version (since = "1.0")]
		public void set_wrapper (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? wrapper);
		[Version (since = "1.0")]
		public QMachine.EventListener listen (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.EventListener listen_json (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.MonitorEvent wait_event (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public async QMachine.MonitorEvent wait_event_async (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.MonitorEvent wait_event_json (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public async QMachine.MonitorEvent wait_event_json_async (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	public sealed class Monitor : GLib.Object {
		[Version (since = "1.0")]
		public QMachine.EventListener listen (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.EventListener listen_json (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.MonitorEvent wait_event (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public async QMachine.MonitorEvent wait_event_async (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			Json.Node? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public QMachine.MonitorEvent wait_event_json (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
		[Version (since = "1.0")]
		public async QMachine.MonitorEvent wait_event_json_async (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[]? names = null,
			string? match = null,
			int timeout = -1,
			GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	public sealed class MonitorEvent : GLib.Object {
		[CCode (cname = "q_monitor_event_dup_string")]
		[Version (since = "1.0")]
		public string? get (string member);
		[Version (since = "1.0")]
		public string? dup_string (string member);
		[Version (since = "1.0")]
		public int64 get_int (string member, int64 fallback = 0);
		[Version (since = "1.0")]
		public uint64 get_uint (string member, uint64 fallback = 0);
		[Version (since = "1.0")]
		public double get_double (string member, double fallback = 0);
		[Version (since = "1.0")]
		public bool get_boolean (string member, bool fallback = false);
	}

	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static string json_from_variant (GLib.Variant variant) throws GLib.Error;
	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static string? json_dup_string (string json, string member);
	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static int64 json_get_int (string json, string member, int64 fallback = 0);
	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static uint64 json_get_uint (string json, string member, uint64 fallback = 0);
	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static double json_get_double (string json, string member, double fallback = 0);
	[CCode (cheader_filename = "qmachine/qmachine.h")]
	[Version (since = "1.0")]
	public static bool json_get_boolean (string json, string member, bool fallback = false);
}
