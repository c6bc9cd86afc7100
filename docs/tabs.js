// SPDX-License-Identifier: LGPL-2.1-or-later
'use strict';

// The tabs work without this. It gives all groups the language that was chosen in one of them, and
// remembers it for the next page.
{
  const KEY = 'qmachine-language';
  const tabs = [...document.querySelectorAll('.tabs > input')];

  const choose = language => {
    for (const tab of tabs) {
      if (tab.value === language)
        tab.checked = true;
    }
  };

  // A browser may forbid it to keep anything, above all for pages from disk.
  try {
    choose(localStorage.getItem(KEY));
  } catch {
  }

  for (const tab of tabs) {
    tab.addEventListener('change', () => {
      const top = tab.getBoundingClientRect().top;
      choose(tab.value);
      // What stands above is longer or shorter now.
      window.scrollBy({top: tab.getBoundingClientRect().top - top, behavior: 'instant'});
      try {
        localStorage.setItem(KEY, tab.value);
      } catch {
      }
    });
  }
}
