// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Nothing: valac reads it to find out whether it finds the bindings that the samples need.
