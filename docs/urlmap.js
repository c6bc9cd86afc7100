// SPDX-License-Identifier: LGPL-2.1-or-later

// Where the pages of other libraries are. The name is that which gi-docgen's main.js looks for.
baseURLs = [
  ['GLib', 'https://docs.gtk.org/glib/'],
  ['GObject', 'https://docs.gtk.org/gobject/'],
  ['Gio', 'https://docs.gtk.org/gio/'],
  ['Json', 'https://gnome.pages.gitlab.gnome.org/json-glib/'],
];
