# SPDX-License-Identifier: LGPL-2.1-or-later
"""What type checkers say of the stubs, of the examples, and of mistakes that they must find.

    check_types.py [--pyright PROGRAM]

Without an option the checker is mypy. PROGRAM is one of pyright, however it was installed.
"""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
STUBS = SOURCE / 'qmachine/bindings/python/gi-stubs'
PLUGIN = SOURCE / 'qmachine/bindings/python/pytest_qmachine'
CHECKS = SOURCE / 'tests/python/type-checks'
PYRIGHT = sys.argv.pop(2) if sys.argv[1:2] == ['--pyright'] else None
del sys.argv[1:]


def run_mypy(directory, paths, environment):
    # Whether a line of the stubs needs to be ignored depends on the release.
    result = subprocess.run(
        [sys.executable, '-m', 'mypy', '--strict', '--no-warn-unused-ignores', '--config-file=',
         '--cache-dir', os.devnull, *paths],
        cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):
        raise RuntimeError(result.stdout + result.stderr)
    for match in re.finditer(r'^([^:\n]+):(\d+): error: (.*)$', result.stdout, re.M):
        yield match[1], int(match[2]), match[3]


def run_pyright(directory, paths, environment):
    result = subprocess.run(
        [PYRIGHT, '--outputjson', '--pythonpath', sys.executable, *paths],
        cwd=directory, env=environment, capture_output=True, text=True, check=False)
    for each in json.loads(result.stdout)['generalDiagnostics']:
        if each['severity'] == 'error':
            path = os.path.relpath(each['file'], os.path.realpath(directory))
            yield path, each['range']['start']['line'] + 1, each['message']


@unittest.skipUnless(PYRIGHT or importlib.util.find_spec('mypy'), 'there is no mypy')
class TypesTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def check(self, *sources):
        """Checks copies, so that nothing is found but what is installed beside PyGObject's."""
        packages = self.directory / 'packages'
        for stubs in STUBS, CHECKS / 'gi-stubs':
            shutil.copytree(stubs, packages / 'gi-stubs', dirs_exist_ok=True)
        programs = self.directory / 'programs'
        programs.mkdir(exist_ok=True)
        for source in sources:
            shutil.copy(source, programs)
        return self.run_checker(programs, [source.name for source in sources],
                                PYTHONPATH=str(packages))

    def run_checker(self, directory, paths, **environment):
        environment = {**os.environ, 'PYTHONPATH': '', 'MYPYPATH': '', **environment}
        run = run_pyright if PYRIGHT else run_mypy
        return list(run(directory, paths, environment))

    def test_stubs(self):
        # Of an installed package a checker keeps silent.
        package = self.directory / 'gi'
        for stubs in STUBS, CHECKS / 'gi-stubs':
            shutil.copytree(stubs, package, dirs_exist_ok=True)
        paths = [str(path.relative_to(self.directory)) for path in package.rglob('*.pyi')]
        self.assertGreater(len(paths), 5)
        self.assertEqual(self.run_checker(self.directory, paths, MYPYPATH=str(self.directory)), [])

    def test_examples(self):
        examples = sorted((SOURCE / 'docs/examples').glob('*.py'))
        self.assertGreaterEqual(len(examples), 6)
        self.assertEqual(self.check(*examples), [])

    def test_snippets(self):
        snippets = sorted((SOURCE / 'docs/snippets').glob('*.py'))
        self.assertGreaterEqual(len(snippets), 8)
        self.assertEqual(self.check(*snippets), [])

    @unittest.skipUnless(importlib.util.find_spec('pytest'), 'there is no pytest')
    def test_pytest_plugin(self):
        # A package of the program's own, so that a checker looks into it.
        programs = self.directory / 'programs'
        shutil.copytree(PLUGIN, programs / PLUGIN.name,
                        ignore=shutil.ignore_patterns('__pycache__'))
        self.assertEqual(self.check(*sorted((SOURCE / 'docs/examples/pytest').glob('*.py'))), [])
        self.assertEqual(self.run_checker(programs, [PLUGIN.name],
                                          PYTHONPATH=str(self.directory / 'packages')), [])

    def test_uses(self):
        self.assertEqual(self.check(CHECKS / 'uses.py'), [])

    def test_mistakes(self):
        path = CHECKS / 'mistakes.py'
        marks = {number: line.split('# mistake: ')[1]
                 for number, line in enumerate(path.read_text().splitlines(), 1)
                 if '# mistake: ' in line}
        self.assertGreaterEqual(len(marks), 20)
        said = {}
        for _path, number, message in self.check(path):
            said[number] = f'{said.get(number, "")}{message}\n'
        self.assertEqual(sorted(marks.keys() - said.keys()), [], 'lines that were not found')
        self.assertEqual({number: said[number] for number in said.keys() - marks.keys()}, {})
        for number, words in marks.items():
            with self.subTest(line=number):
                self.assertRegex(said[number], words)
        print(f'\n{len(marks)} mistakes found')


if __name__ == '__main__':
    unittest.main(verbosity=2)
