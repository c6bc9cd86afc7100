// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What metadata cannot say: the C type of a parameter that takes a constant array of strings.
// Without it a C compiler warns of each call, as Vala's arrays of strings are not constant.

namespace QMachine {
	public sealed class Machine : GLib.Object {
		[Version (since = "1.0")]
		public void add_args (
			[CCode (array_length = false, array_null_terminated = true, type = "const char* const*")]
			string[] args);
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
}
