#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the texts that help() shows in Python of the doc comments in C.

Usage: make-docs.py GIR OUTPUT

The output is a module with one dictionary: `Class`, `Class.method`, `Class:property_name`,
`Class::signal`, and the text. Samples in C are left out, links become names, and constants become
those of Python.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

CALLABLES = ('method', 'function', 'constructor')
KINDS = ('class', 'record', 'enumeration', 'bitfield')

SAMPLE = re.compile(r'```.*?```', re.S)
LINK = re.compile(r'\[(\w+)@([\w.:-]+)\]')
CONSTANT = re.compile(r'%([A-Z][A-Z0-9_]+)|`(NULL|TRUE|FALSE)`')
PARAMETER = re.compile(r'@(\w+)')
FUNCTION = re.compile(r'`?\b(q_[a-z0-9_]+) ?\(\)`?')
ERRORS = re.compile(r'\b(Other e|E)rrors:')

PLAIN = {'NULL': 'None', 'TRUE': 'True', 'FALSE': 'False'}


def members_by_identifier(namespace):
    """What C calls each constant, and what Python does."""
    names = {}
    for kind in ('enumeration', 'bitfield'):
        for each in namespace.findall(CORE + kind):
            for member in each.findall(CORE + 'member'):
                name = f'{each.get("name")}.{member.get("name").upper()}'
                names[member.get(C + 'identifier')] = name
    for constant in namespace.findall(CORE + 'constant'):
        names[constant.get(C + 'type')] = f'QMachine.{constant.get("name")}'
    return names


def functions_by_identifier(namespace):
    names = {}
    for owner in namespace.iter():
        for kind in CALLABLES:
            for each in owner.findall(CORE + kind):
                prefix = '' if owner is namespace else f'{owner.get("name")}.'
                names[each.get(C + 'identifier')] = prefix + each.get('name')
    return names


class Texts:
    def __init__(self, namespace):
        self.constants = members_by_identifier(namespace)
        self.functions = functions_by_identifier(namespace)
        self.texts = {}
        self.read(namespace)

    def to_link(self, match):
        kind, target = match.groups()
        if kind == 'property':
            return f'`{target.replace(":", ".").replace("-", "_")}`'
        return f'{target}()' if kind in ('method', 'func', 'ctor') else target

    def to_constant(self, match):
        name = match[1] or match[2]
        if name in PLAIN:
            return PLAIN[name]
        if name.startswith('G_IO_ERROR_'):
            return f'Gio.IOErrorEnum.{name.removeprefix("G_IO_ERROR_")}'
        return self.constants.get(name, name)

    def to_python(self, text):
        text = SAMPLE.sub('', text)
        text = LINK.sub(self.to_link, text)
        text = CONSTANT.sub(self.to_constant, text)
        text = PARAMETER.sub(r'`\1`', text)
        text = FUNCTION.sub(lambda match: f'{self.functions.get(match[1], match[1])}()', text)
        text = ERRORS.sub(lambda match: 'Also raises' if match[1] == 'Other e' else 'Raises', text)
        return re.sub(r'\n{3,}', '\n\n', text).strip()

    def doc_of(self, element):
        return self.to_python(element.findtext(CORE + 'doc', ''))

    def one_line(self, element):
        return ' '.join(self.doc_of(element).split())

    def of_callable(self, element):
        parts = [self.doc_of(element)]
        for parameter in element.findall(f'{CORE}parameters/{CORE}parameter'):
            if text := self.one_line(parameter):
                parts.append(f'{parameter.get("name")}: {text}.')
        returned = element.find(CORE + 'return-value')
        if returned is not None and (text := self.one_line(returned)):
            parts.append(f'Returns: {text}.')
        return '\n\n'.join(parts)

    def read(self, namespace):
        for kind in CALLABLES:
            for each in namespace.findall(CORE + kind):
                self.texts[each.get('name')] = self.of_callable(each)
        for kind in KINDS:
            for owner in namespace.findall(CORE + kind):
                if owner.get(GLIB + 'is-gtype-struct-for') is None:
                    self.read_class(owner)

    def read_class(self, owner):
        name = owner.get('name')
        self.texts[name] = self.doc_of(owner)
        for kind in CALLABLES:
            for each in owner.findall(CORE + kind):
                self.texts[f'{name}.{each.get("name")}'] = self.of_callable(each)
        for each in owner.findall(CORE + 'property'):
            self.texts[f'{name}:{each.get("name").replace("-", "_")}'] = self.doc_of(each)
        for each in owner.findall(GLIB + 'signal'):
            self.texts[f'{name}::{each.get("name")}'] = self.of_callable(each)


def main():
    gir, output = map(Path, sys.argv[1:])
    texts = Texts(ElementTree.parse(gir).getroot().find(CORE + 'namespace')).texts
    lines = [f'    {name!r}: {text!r},\n' for name, text in sorted(texts.items()) if text]
    output.write_text('# Made by make-docs.py.\nDOCS = {\n' + ''.join(lines) + '}\n')


main()
