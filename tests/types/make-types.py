#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the types for TypeScript of what a GJS program with the override sees.

    make-types.py GENERATED OVERLAY >QMachine-1.d.ts

GENERATED is what ts-for-gir makes of the GIR: the types of the typelib. OVERLAY is written by hand:
what the override adds or replaces. `tests/run --types --write` runs both.
"""
import re
import sys
import textwrap
from pathlib import Path

COLUMNS = 100
HEAD = '''\
// SPDX-License-Identifier: LGPL-2.1-or-later

// Made by `tests/run --types --write`: change tests/types/overlay.d.ts, or the library.

declare module 'gi://QMachine?version=1' {

import type Gio from 'gi://Gio?version=2.0';
import type GLib from 'gi://GLib?version=2.0';
import type GObject from 'gi://GObject?version=2.0';
import type Json from 'gi://Json?version=1.0';

namespace QMachine {
'''
TAIL = '''
}

export default QMachine;

}

declare module 'gi://QMachine' {
    import QMachine from 'gi://QMachine?version=1';
    export default QMachine;
}

interface GjsGiImports {
    QMachine: typeof import('gi://QMachine?version=1').default;
}
'''


def members(lines):
    """Pairs of a comment, without its marks, and a declaration of one or more lines, from lines
    that are not indented."""
    comment, declaration = [], []
    in_comment = False
    for line in lines:
        if not declaration and line.startswith('/**'):
            comment = [line[3:].removesuffix('*/').strip()]
            in_comment = not line.endswith('*/')
        elif in_comment:
            in_comment = not line.endswith('*/')
            comment.append(re.sub(r'^ \* ?', '', line.removesuffix('*/')).rstrip())
        elif line.strip() and not (line.startswith('//') and not declaration):
            declaration.append(line.rstrip())
            if is_closed(declaration) and declaration[-1].endswith((';', '}')):
                yield comment, declaration
                comment, declaration = [], []
    if declaration:
        sys.exit(f'make-types.py: no end of: {declaration[0]}')


def is_closed(declaration):
    text = ' '.join(line for line in declaration if not line.lstrip().startswith(('*', '/')))
    return sum(map(text.count, '({[')) == sum(map(text.count, ')}]'))


def dedent(lines):
    return textwrap.dedent('\n'.join(lines)).splitlines()


def body_of(declaration):
    return dedent([line for line in declaration[1:-1]
                   if not line.lstrip().startswith('// Conflicted')])


def name_of(declaration):
    """What a member or a declaration is called."""
    line = re.sub(r'^(export |const |function |class |enum |interface |namespace |type |static '
                  r'|readonly |get |set )+', '', declaration[0])
    return re.match(r'\[Symbol\.\w+\]|\["\w+"\]|[$\w]+|".*?"|\[', line)[0]


def clean(comment, of_call=True):
    """The text of a comment, without samples, which are in C, and what editors do not show."""
    text = re.sub(r'```.*?```\n?', '', '\n'.join(comment), flags=re.S)
    if not of_call:
        text = re.sub(r'^@(param|returns).*', '', text, flags=re.M | re.S)
    text = text.replace('@param _arguments', '@param args')
    text = re.sub(r'`QMachine\.(\w+::[\w-]+)`', r'`\1`', text)
    text = text.replace('`NULL`', '`null`')
    text = re.sub(r'(?<=[^\s{])  +', ' ', text)
    lines = [line.rstrip() for line in text.strip().splitlines()
             if not re.match(r'\s*@(?!param|returns)', line)]
    return re.sub(r'\n{2,}', '\n\n', '\n'.join(lines)).strip().splitlines()


def wrap(text, first, rest):
    """Lines of a text in which a NUL is a blank that stays."""
    lines = textwrap.wrap(text, COLUMNS, initial_indent=first, subsequent_indent=rest,
                          break_long_words=False, break_on_hyphens=False)
    return [line.replace('\0', ' ') for line in lines]


def paragraphs(lines):
    """The lines of a comment, joined up to an empty one, an item of a list or a tag."""
    joined = []
    for line in lines:
        if joined and joined[-1] and line and not re.match(r'- |\d+\. |@', line):
            joined[-1] += f' {line.strip()}'
        else:
            joined.append(line)
    return joined


def show_comment(lines, indent):
    lines = paragraphs(lines)
    if not lines:
        return []
    if len(lines) == 1 and len(lines[0]) + len(indent) + 7 <= COLUMNS:
        return [f'{indent}/** {lines[0]} */']
    wrapped = []
    for line in lines:
        line = re.sub(r'\{@link ', '{@link\0', line)
        wrapped += wrap(line, f'{indent} * ', f'{indent} * ') or [f'{indent} *']
    return [f'{indent}/**', *wrapped, f'{indent} */']


def show_declaration(lines, indent):
    out = []
    for line in lines:
        deeper = len(line) - len(line.lstrip())
        line = re.sub(r'(?<![,;|]) ', '\0', line.strip())
        out += wrap(line, indent + ' ' * deeper, indent + '    ')
    return out


def show(comment, declaration, indent):
    return [*show_comment(comment, indent), *show_declaration(declaration, indent)]


def rename(declaration, name):
    return [re.sub(r'^\w+', name, declaration[0], count=1), *declaration[1:]]


def make_promise(declaration):
    """The promise form of a call of the typelib's, whose last parameter is the cancellable."""
    match = re.fullmatch(r'(\w+)\((.*?)(?:, )?cancellable: Gio\.Cancellable \| null\): (.*);',
                         declaration[0])
    name, parameters, result = match.groups()
    parameters = f'{parameters}, ' if parameters else ''
    return [f'{name}({parameters}options?: Options): Promise<{result}>;']


class Class:
    """A class of the generated types, and what the overlay has for it."""

    def __init__(self, declaration, overlay, namespace):
        self.head = declaration[0]
        self.name = name_of(declaration)
        self.is_object = 'GObject.Object' in self.head
        self.settable = set()
        self.members = {}
        for comment, member in members(body_of(declaration)):
            member[0] = member[0].replace('_arguments:', 'args:')
            if member[0].startswith('set '):
                self.settable.add(name_of(member))
            self.members.setdefault(name_of(member), []).append((comment, member))
        self.overlay = {}
        for comment, member in overlay:
            comment = [line for line in comment if line]
            self.overlay.setdefault(name_of(member), []).append((comment, member))
        self.trios = [name.removesuffix('_async') for name in self.members
                      if name.endswith('_async')]
        self.namespace = namespace
        # Those are covered by the names with any detail.
        self.signals = [each for each in self.members_of('SignalSignatures')
                        if not re.match(r'"(notify|event)::', each[1][0])]

    def members_of(self, interface):
        for _comment, declaration in members(self.namespace):
            if name_of(declaration) == interface and len(declaration) > 1:
                return list(members(body_of(declaration)))
        return []

    def show_interface(self, name, shown):
        if not shown:
            return []
        return [f'        interface {name} extends GObject.Object.{name} {{', *shown, '        }']

    def show_namespace(self):
        properties = [each for each in self.members_of('ConstructorProps')
                      if name_of(each[1]) in self.settable]
        signals = [line for comment, member in self.signals
                   for line in show(clean(comment), member, ' ' * 12)]
        settings = [line for _, member in properties for line in show([], member, ' ' * 12)]
        if not signals and not settings:
            return []
        return [f'    namespace {self.name} {{',
                *self.show_interface('SignalSignatures', signals),
                *self.show_interface('ConstructorProps', settings), '    }', '']

    def trio(self, name):
        """The forms of a call that waits."""
        [(comment, blocking)] = self.members[name]
        overlay = self.overlay.pop(name, None)
        promise_comment, promise = overlay[0] if overlay else ([], make_promise(blocking))
        [calling_back] = [member for _, member in self.members[f'{name}_async']
                          if member[0].endswith(' | null): void;')]
        calling_back = [calling_back[0].replace('<this> | null)', '<this>)')]
        of_sync = self.overlay.pop(f'{name}_sync', [([], rename(blocking, f'{name}_sync'))])
        of_async = self.overlay.pop(f'{name}_async', [([], calling_back)])
        finish = self.members[f'{name}_finish'][0][1]
        link = f'{{@link {self.name}.{name}}}'
        return [
            (promise_comment or clean(comment, of_call=False), promise),
            ([f'Blocks, and is else like {link}.'], of_sync[0][1]),
            ([f'Calls back, for {name}_finish(), and is else like {link}.'], of_async[0][1]),
            ([f'Without a callback it is {link}.'], rename(promise, f'{name}_async')),
            ([], finish),
        ]

    def shown_members(self):
        dropped = {'$signals', '_init', 'emit', 'constructor'}
        for trio in self.trios:
            dropped |= {trio, f'{trio}_async', f'{trio}_finish'}
        if not self.signals:
            dropped |= {'connect', 'connect_after'}
        for name, group in self.members.items():
            if name in self.trios:
                yield from self.trio(name)
            elif name == 'constructor' and self.is_object and '["new"]' not in self.members:
                yield ['A program does not make one.'], ['private constructor();']
            elif name == 'constructor' and self.is_object and not self.settable:
                yield ['It takes new() to make one.'], ['private constructor();']
            elif name == 'constructor' and self.is_object:
                yield [], [f'constructor(properties?: Partial<{self.name}.ConstructorProps>);']
            elif name == 'constructor':
                yield from group
            elif name == '$signals' and self.signals:
                yield [], group[0][1]
            elif name in self.overlay:
                for comment, member in self.overlay.pop(name):
                    setter = member[0].startswith('set ')
                    yield comment or clean([] if setter else group[0][0]), member
            elif name not in dropped:
                for comment, member in group:
                    if '(...args: never[])' in member[0]:
                        # For the method of this name that the base class has.
                        yield [], member
                    # Any name would do.
                    elif not member[0].startswith(f'{name}(signal: string'):
                        yield clean(comment, of_call=not member[0].startswith('get ')), member
        # What is left is what the typelib has not.
        for group in self.overlay.values():
            yield from group

    def show(self, comment):
        out = [*self.show_namespace(), *show_comment(clean(comment), '    '), f'    {self.head}']
        before = None
        for number, (text, member) in enumerate(self.shown_members()):
            setter = member[0].startswith('set ') and before == name_of(member)
            out += ([''] if number and text and not setter else [])
            out += show(text, member, ' ' * 8)
            before = name_of(member)
        return [*out, '    }']


def read_overlay(path):
    classes = {}
    head, rest = Path(path).read_text().split('// -- members --\n')
    types = list(members(head.split('// -- types --\n')[1].splitlines()))
    for _comment, declaration in members(rest.splitlines()):
        classes[name_of(declaration)] = list(members(body_of(declaration)))
    return types, classes


def main():
    generated, overlay = sys.argv[1:]
    text = Path(generated).read_text()
    inside = re.search(r'^export namespace QMachine \{\n(.*?)^\}\n', text, re.M | re.S)[1]
    types, classes = read_overlay(overlay)

    blocks = [show(comment, declaration, '    ')
              for comment, declaration in types]
    namespaces = {}
    for comment, declaration in members(dedent(inside.splitlines())):
        name = name_of(declaration)
        kind = re.match(r'(?:export )?(\w+)', declaration[0])[1]
        if kind == 'namespace':
            namespaces[name] = body_of(declaration)
        elif kind == 'class':
            blocks.append(Class(declaration, classes.pop(name, []), namespaces.get(name, []))
                          .show(comment))
        elif kind == 'enum':
            values = []
            for value_comment, value in members(
                    [re.sub(r'(= -?\d+),$', r'\1;', line) for line in body_of(declaration)]):
                values += show(clean(value_comment), [value[0].replace(';', ',')], ' ' * 8)
            blocks.append([f'    namespace {name} {{',
                           f'        const $gtype: GObject.GType<{name}>;', '    }', '',
                           *show_comment(clean(comment), '    '), f'    {declaration[0]}', *values,
                           '    }'])
        elif kind != 'type':
            # GJS's own names have words of the generator's.
            words = [] if name.startswith('__') else clean(comment)
            blocks.append(show(words, declaration, '    '))
    if classes:
        sys.exit(f'make-types.py: there is no class {", ".join(classes)}')
    print(HEAD + '\n\n'.join('\n'.join(block) for block in blocks) + TAIL, end='')


main()
