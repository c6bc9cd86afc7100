// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Nothing: vapigen reads it to find out whether it finds the packages that the bindings need.
