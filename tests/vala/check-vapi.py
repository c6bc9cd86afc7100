#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That the bindings for Vala have all that the GIR has, and that a call which waits can be written
without its cancellable and its time limit.

Usage: check-vapi.py GIR VAPI

A rule in the metadata that fits one name too many leaves something out, and one that fits no name
any more leaves a parameter without its default; vapigen says nothing of either.
"""
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

CORE = '{http://www.gtk.org/introspection/core/1.0}'
SIGNAL = '{http://www.gtk.org/introspection/glib/1.0}signal'
BLOCK = re.compile(r'^\t(?:\[.*\]\n\t)*public (?:sealed class|enum|errordomain) (\w+).*\{\n'
                   r'((?:\t\t.*\n)*)\t\}$', re.M)
MEMBER = re.compile(r'^\t\t(?!\[)(?:public |protected )?(.*?)@?(\w+)'
                    r'(?: \((.*)\).*;| \{.*\}|[,;]|)$', re.M)
# How each ends that gives up: (parameter, what its default looks like).
LIMITS = (('GLib.Cancellable? cancellable', r' = null$'),
          ('int timeout', r' = (-1|QMachine\.TIMEOUT_DEFAULT)$'))

gir = ElementTree.parse(sys.argv[1]).getroot()
vapi = Path(sys.argv[2]).read_text()
blocks = {name: {member: (kind, parameters) for kind, member, parameters in MEMBER.findall(body)}
          for name, body in BLOCK.findall(vapi)}
failures = []


def check_limits(name, parameters):
    """Each kind of limit that the call has must have a default."""
    for limit, default in LIMITS:
        for parameter in re.split(r', (?![^\[]*\])', parameters):
            if parameter.startswith(limit) and not re.search(default, parameter):
                failures.append(f'{name}: `{parameter}` has no default')


def in_vapi(element):
    return element.get('introspectable') != '0' and element.get('moved-to') is None


n_trios = 0
for kind in ('class', 'enumeration', 'bitfield'):
    for owner in gir.iter(CORE + kind):
        name = owner.get('name')
        members = blocks.get(name, {})
        wanted = [each.get('name').upper() for each in owner.findall(CORE + 'member')]
        methods = [each.get('name') for each in owner.findall(CORE + 'method') if in_vapi(each)]
        wanted += [each for each in methods if not each.endswith('_finish')]
        wanted += [each.get('name').replace('-', '_') for tag in (CORE + 'property', SIGNAL)
                   for each in owner.findall(tag)]
        failures += [f'{name}.{each}: the vapi has none' for each in wanted if each not in members]
        for method in methods:
            call = method.removesuffix('_finish')
            if call == method or call not in members or f'{call}_async' not in members:
                continue
            n_trios += 1
            if not members[f'{call}_async'][0].startswith('async '):
                failures.append(f'{name}.{call}_async: not to be used with yield')
            for form in (call, f'{call}_async'):
                if 'GLib.Cancellable? cancellable' not in members[form][1]:
                    failures.append(f'{name}.{form}: has no cancellable')
                check_limits(f'{name}.{form}', members[form][1])

n_async = len(re.findall(r'^\t\tpublic async ', vapi, re.M))
if n_trios != n_async or n_trios == 0:
    failures.append(f'{n_trios} calls of the GIR wait, but {n_async} of the vapi')

print('\n'.join(failures), file=sys.stderr)
print(f'{n_trios} calls that wait')
sys.exit(1 if failures else 0)
