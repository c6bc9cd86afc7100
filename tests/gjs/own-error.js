// SPDX-License-Identifier: LGPL-2.1-or-later

// Run by test-override.js: an error that the program makes before the library has made any.

import QMachine from 'gi://QMachine?version=1';
import System from 'system';

function makeError() {
    const {CommandError} = QMachine;
    const error = new CommandError({code: CommandError.GENERIC_ERROR, message: 'mine'});
    print(error.message, error.errorClass);
}

makeError();
System.gc();
