// SPDX-License-Identifier: LGPL-2.1-or-later

// A browser lets a page that was opened from disk read no other file, so gi-docgen's search finds
// nothing there. This file brings the index along, and answers the one request for it.
if (location.protocol === 'file:') {
  const text = JSON.stringify(@INDEX@);

  window.XMLHttpRequest = class {
    static DONE = 4;
    readyState = 4;
    status = 200;
    responseText = text;
    open() {}
    send() {
      this.onreadystatechange();
    }
  };
}
