# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the typelib and the override export is in the stubs, and nothing else is.

Reads the stubs as text, so that no type checker is needed.
"""

import ast
import inspect
import pathlib
import types
import unittest

import gi
gi.require_version('QMachine', '1')
from gi.module import get_introspection_module
from gi.repository import GLib, GObject, QMachine
from gi.overrides import QMachine as override  # after the module that it is for
from gi.overrides._qmachine_compat_machine import Process
from gi.overrides._qmachine_compat_session import Session

STUBS = (pathlib.Path(__file__).resolve().parents[2] /
         'qmachine/bindings/python/gi-stubs/repository')
PLAIN = get_introspection_module('QMachine')
JSON = '_JSONValue'  # the only one that may be Any
PROTOCOLS = {'__init__', '__enter__', '__exit__', '__aenter__', '__aexit__', '__iter__',
             '__next__', '__aiter__', '__anext__', '__getitem__', '__str__'}
WITH_PARAMETERS = {'dict', 'frozenset', 'list', 'set', 'tuple', 'type', 'AsyncIterator',
                   'Callable', 'Coroutine', 'Iterable', 'Iterator', 'Mapping', 'PathLike',
                   'Sequence'}


# -- the stubs --

def bindings(body):
    """Names and what they are bound to; of an overloaded function all forms."""
    bound = {}
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            bound.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign):
            bound.setdefault(node.target.id, []).append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                bound.setdefault(target.id, []).append(node)
    return bound


TREES = {path.stem: ast.parse(path.read_text(), path.name)
         for path in [STUBS / 'QMachine.pyi', *sorted(STUBS.glob('_qmachine_*.pyi'))]}
STUBBED = {name: nodes for tree in TREES.values() for name, nodes in bindings(tree.body).items()}


def is_class(nodes):
    return isinstance(nodes[0], ast.ClassDef)


def is_function(nodes):
    return isinstance(nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef))


def has_decorator(node, name):
    return any(isinstance(each, ast.Name) and each.id == name for each in node.decorator_list)


def is_property(nodes):
    return isinstance(nodes[0], ast.AnnAssign) or (
        is_function(nodes) and has_decorator(nodes[0], 'property'))


def stubbed_members(name):
    """Those of a class, and of the classes without a public name that it is made of."""
    [node] = STUBBED[name]
    members = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id.startswith('_') and base.id in STUBBED:
            members |= stubbed_members(base.id)
    return members | bindings(node.body)


def stubbed_literals(annotation):
    if isinstance(annotation, ast.Name) and annotation.id in STUBBED:
        return stubbed_literals(STUBBED[annotation.id][0].value)
    return {node.value for node in ast.walk(annotation) if isinstance(node, ast.Constant)}


# -- the module --

EXPORTED = {name: getattr(QMachine, name) for name in dir(QMachine) if not name.startswith('_')}
ENUMS = {name for name, value in EXPORTED.items() if hasattr(value, '__info__') and
         hasattr(value.__info__, 'get_values')}
CLASSES = {name for name, value in EXPORTED.items() if inspect.isclass(value)} - ENUMS
OBJECTS = {name for name in CLASSES if issubclass(EXPORTED[name], GObject.Object)}
STRUCTS = {name for name in CLASSES if issubclass(EXPORTED[name], gi._gi.Struct)}
ALIASES = {'ExecuteError', 'QMPResponseError'}

ERROR = GLib.Error('no', 'q', 1)
REPLY = {'error': {'class': 'GenericError', 'desc': 'no'}}
# Attributes that an object has of its own are not in its class.
SPECIMENS = {
    'CommandFailed': QMachine.CommandFailed('x', REPLY),
    'Exited': QMachine.Exited(ERROR),
    'LaunchFailed': QMachine.LaunchFailed(ERROR),
    'MonitorResponseError': QMachine.MonitorResponseError(REPLY),
    'QEMUMachine': QMachine.QEMUMachine('qemu'),
    'RunFailed': QMachine.RunFailed(ERROR),
    'VMLaunchFailure': QMachine.VMLaunchFailure(1, 'qemu', None),
}

ATTRIBUTE = property(lambda _self: None, lambda _self, _value: None)


def properties(name):
    return {spec.name.replace('-', '_'): spec for spec in getattr(PLAIN, name).list_properties()}


def is_writable(spec):
    return bool(spec.flags & GObject.ParamFlags.WRITABLE)


def type_name(gtype):
    names = {'GBytes': 'GLib.Bytes', 'GError': 'GLib.Error', 'GIOStream': 'Gio.IOStream',
             'GSocketAddress': 'Gio.SocketAddress',
             'GStrv': 'list[str]', 'JsonNode': 'Json.Node', 'QMachine': 'Machine',
             'gboolean': 'bool', 'gchararray': 'str', 'gdouble': 'float',
             'gint': 'int', 'gint64': 'int', 'guint': 'int', 'guint64': 'int'}
    return names.get(gtype.name, gtype.name.removeprefix('Q'))


def members(name):
    cls = EXPORTED[name]
    found = {}
    if name in OBJECTS | ENUMS:
        plain = getattr(PLAIN, name)
        found = {each.get_name(): each for each in plain.__info__.get_methods()}
    if name in OBJECTS:
        found['props'] = property()
    for each in reversed(cls.__mro__):
        public = each is not cls and EXPORTED.get(each.__name__) is each
        if each.__module__.startswith(('gi.overrides.QMachine', 'gi.overrides._qmachine_')):
            names = [member for member in vars(each)
                     if not member.startswith('_') or member in PROTOCOLS]
            for member in names:
                getattr(each, member)  # some are made when they are first asked for
            own = {member: vars(each)[member] for member in names}
            own |= {member: ATTRIBUTE for member, value in own.items() if value is None}
            # What a public base has is told there.
            found = {} if public else found | own
    if name in SPECIMENS:
        found |= {member: ATTRIBUTE for member in vars(SPECIMENS[name]).keys() - vars(ERROR).keys()
                  if not member.startswith('_')}
    return found


# -- parameters --

class Parameters:
    """Names, with whether they can be left out; and whether there may be more."""

    def __init__(self):
        self.optional = {}
        self.defaults = {}
        self.more = self.more_names = False
        self.name_of_more = None


def stubbed_parameters(nodes):
    result = Parameters()
    seen = []
    for node in nodes:
        args = node.args
        result.more |= args.vararg is not None
        result.more_names |= args.kwarg is not None and ast.unparse(
            args.kwarg.annotation) != '_P.kwargs'
        positional = [*args.posonlyargs, *args.args]
        if positional and positional[0].arg == 'self' and not positional[0].annotation:
            positional = positional[1:]
        defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
        form = dict(zip([arg.arg for arg in positional], defaults[-len(positional):] or []))
        form |= dict(zip([arg.arg for arg in args.kwonlyargs], args.kw_defaults))
        seen.append(form)
    for name in {name for form in seen for name in form}:
        given = [form[name] for form in seen if form.get(name) is not None]
        result.optional[name] = bool(given) or not all(name in form for form in seen)
        result.defaults[name] = {ast.literal_eval(default) for default in given} - {...}
    return result


def index_of(argument, what):
    # By another name since PyGObject 3.51.
    get = getattr(argument, f'get_{what}_index', None) or getattr(argument, f'get_{what}')
    return get()


def parameters(function):
    result = Parameters()
    if isinstance(function, types.FunctionType):
        for each in inspect.signature(function).parameters.values():
            if each.kind is each.VAR_POSITIONAL:
                result.more = True
                result.name_of_more = each.name
            elif each.kind is each.VAR_KEYWORD:
                result.more_names = True
            elif each.name != 'self':
                result.optional[each.name] = each.default is not each.empty
                result.defaults[each.name] = {each.default}
        return result

    arguments = function.get_arguments()
    closures = {index_of(each, 'closure') for each in arguments} - {-1}
    hidden = closures | {index_of(each, 'destroy') for each in arguments}
    result.more = bool(closures)  # what a callback is called with
    given = [each for index, each in enumerate(arguments)
             if index not in hidden and int(each.get_direction()) != 1]
    optional = True
    for each in reversed(given):
        optional = optional and each.may_be_null()
        result.optional[each.get_name()] = optional
        result.defaults[each.get_name()] = {None}
    return result


# -- the tests --

class StubsTest(unittest.TestCase):
    def assertSame(self, stubbed, there, what):
        self.assertEqual(sorted(there - stubbed), [], f'{what}: not in the stubs')
        self.assertEqual(sorted(stubbed - there), [], f'{what}: in the stubs alone')

    def test_names(self):
        public = {name for name in STUBBED if not name.startswith('_')}
        self.assertSame(public, set(EXPORTED), 'QMachine')
        self.assertLessEqual(set(override.__all__), public)
        starred = {node.module for node in TREES['QMachine'].body
                   if isinstance(node, ast.ImportFrom) and node.names[0].name == '*'}
        self.assertEqual(starred | {'_qmachine_types', 'QMachine'}, set(TREES))
        print(f'\n{len(public)} names')

    def test_kinds(self):
        for name, value in EXPORTED.items():
            with self.subTest(name):
                nodes = STUBBED[name]
                if name in ALIASES:
                    self.assertEqual(ast.unparse(nodes[0].value), value.__name__)
                elif inspect.isclass(value):
                    self.assertTrue(is_class(nodes))
                elif isinstance(value, int):
                    self.assertEqual(ast.unparse(nodes[0].annotation), 'int')
                else:
                    self.assertTrue(is_function(nodes))
                    self.compare_parameters(name, nodes, value)

    def test_enumerations(self):
        count = 0
        for name in ENUMS:
            info = getattr(PLAIN, name).__info__
            values = {value.get_name().upper() for value in info.get_values()}
            functions = members(name)
            self.assertSame(set(stubbed_members(name)),
                            values | set(functions) | set(stubbed_members(self.base(name))), name)
            for value in values:
                annotation = stubbed_members(name)[value][0].annotation
                self.assertEqual(ast.unparse(annotation), f'ClassVar[{name}]', value)
            for function, there in functions.items():
                nodes = stubbed_members(name)[function]
                self.assertTrue(has_decorator(nodes[0], 'staticmethod'), function)
                self.compare_parameters(f'{name}.{function}', nodes, there)
            count += len(values)
        print(f'\n{len(ENUMS)} enumerations with {count} values')

    def base(self, name):
        flags = issubclass(EXPORTED[name], GObject.GFlags)
        base = '_Flags' if flags else '_Enum'
        self.assertEqual(ast.unparse(STUBBED[name][0].bases[0]), base)
        specimen = getattr(EXPORTED[name], 'NONE' if flags else next(
            value.get_name().upper() for value in getattr(PLAIN, name).__info__.get_values()))
        for member in stubbed_members(base):
            self.assertTrue(hasattr(specimen, member), f'{name}.{member}')
        return base

    def test_members(self):
        count = 0
        for name in CLASSES - STRUCTS - ALIASES:
            there = members(name)
            stubbed = stubbed_members(name)
            if name in OBJECTS:
                stubbed.pop('connect', None)
            if name in SPECIMENS:
                hidden = {member for member in stubbed
                          if member.startswith('_') and member not in PROTOCOLS}
                for member in hidden:
                    self.assertTrue(hasattr(SPECIMENS[name], member), f'{name}.{member}')
                    del stubbed[member]
            self.assertSame(set(stubbed), set(there), name)
            for member, value in there.items():
                with self.subTest(f'{name}.{member}'):
                    self.compare_member(f'{name}.{member}', stubbed[member], value)
            count += len(there)
        print(f'\n{len(CLASSES)} classes with {count} members')

    def compare_member(self, name, nodes, there):
        self.assertEqual(is_property(nodes), isinstance(there, property))
        if isinstance(there, property):
            self.assertEqual(isinstance(nodes[0], ast.AnnAssign), there.fset is not None,
                             'can be written')
            return
        is_static = isinstance(there, staticmethod) or (
            hasattr(there, 'is_method') and not there.is_method())
        self.assertEqual(has_decorator(nodes[0], 'staticmethod'), is_static)
        is_async = inspect.iscoroutinefunction(there)
        self.assertEqual(isinstance(nodes[0], ast.AsyncFunctionDef), is_async)
        for node in nodes:
            self.assertEqual(has_decorator(node, 'overload'), len(nodes) > 1)
        if not name.endswith('exit__'):
            there = there.__func__ if isinstance(there, staticmethod) else there
            self.compare_parameters(name, nodes, there)

    def compare_parameters(self, name, nodes, function):
        stubbed, there = stubbed_parameters(nodes), parameters(function)
        cls, _, member = name.rpartition('.')
        if member == '__init__' and cls in OBJECTS:
            # Settings, by name.
            settings = [each for each, spec in properties(cls).items() if is_writable(spec)]
            there.optional = dict.fromkeys(settings, True) | there.optional
            there.more_names = False
        stubbed.optional.pop(there.name_of_more, None)  # a list in place of the many
        self.assertEqual(stubbed.optional, there.optional, f'{name}: what can be left out')
        self.assertEqual((stubbed.more, stubbed.more_names), (there.more, there.more_names),
                         f'{name}: more than these')
        for each, defaults in stubbed.defaults.items():
            self.assertLessEqual(defaults, there.defaults.get(each, set()),
                                 f'{name}: default of {each}')

    def test_async_calls_have_two_forms(self):
        calls = {f'{name}.{member}': nodes for name in OBJECTS
                 for member, nodes in stubbed_members(name).items() if member.endswith('_async')}
        del calls['Machine.wait_any_async']  # a call of the set that it makes
        for name, nodes in calls.items():
            with self.subTest(name):
                results = [ast.unparse(node.returns) for node in nodes]
                self.assertTrue(any(result.startswith('_Call[') for result in results))
                callbacks = [ast.unparse(node) for node in nodes
                             if ast.unparse(node.returns) == 'None']
                self.assertTrue(any('_DataCallback[' in form for form in callbacks))
                self.assertTrue(any(' _Callback[' in form for form in callbacks))
                awaited = {result.removeprefix('_Call[').removesuffix(']')
                           for result in results if result != 'None'}
                cls, _, member = name.rpartition('.')
                blocking = stubbed_members(cls)[member.removesuffix('_async')]
                self.assertEqual({ast.unparse(node.returns) for node in blocking}, awaited)
        print(f'\n{len(calls)} calls to be awaited')

    def test_properties(self):
        count = 0
        for name in OBJECTS:
            stubbed = stubbed_members(f'_{name}Props')
            there = properties(name)
            self.assertSame(set(stubbed), set(there), f'{name}.props')
            for each, spec in there.items():
                self.assertEqual(isinstance(stubbed[each][0], ast.AnnAssign), is_writable(spec),
                                 f'{name}.props.{each}: can be written')
                self.compare_property(f'{name}.props.{each}', stubbed[each][0], spec)
                # Without a class of the override's a property is in props alone.
                own = stubbed_members(name).get(each)
                if own and (name, each) != ('MonitorEvent', 'data') and is_property(own):
                    self.compare_property(f'{name}.{each}', own[0], spec)
            [props] = stubbed_members(name)['props']
            self.assertEqual(ast.unparse(props.returns), f'_{name}Props')
            count += len(there)
        print(f'\n{count} properties')

    def compare_property(self, name, node, spec):
        annotation = node.annotation if isinstance(node, ast.AnnAssign) else node.returns
        if isinstance(annotation, ast.Subscript) and annotation.value.id == '_Setting':
            annotation = annotation.slice.elts[0]
        stubbed = ast.unparse(annotation)
        self.assertEqual(stubbed.removesuffix(' | None'), type_name(spec.value_type), name)
        accessors = [member for verb in ('get', 'dup', 'is') for member in
                     members(spec.owner_type.pytype.__name__).items()
                     if member[0] == f'{verb}_{spec.name}'.replace('-', '_')]
        for accessor, function in accessors:
            [node] = stubbed_members(spec.owner_type.pytype.__name__)[accessor]
            if spec.name not in ('console', 'monitor'):  # they need not be asked for
                self.assertEqual(ast.unparse(node.returns), stubbed, f'{name}: {accessor}()')
            is_array = stubbed == 'list[str]'  # PyGObject makes an empty one of NULL
            self.assertEqual(ast.unparse(node.returns).endswith(' | None'),
                             function.may_return_null() and not is_array, f'{name}: {accessor}()')

    def test_signals(self):
        count = 0
        for name in OBJECTS:
            cls = getattr(PLAIN, name)
            there = set(GObject.signal_list_names(cls))
            forms = stubbed_members(name).get('connect', [])
            if not there and not forms:
                continue
            notify = {'notify', *(f'notify::{each}'.replace('_', '-') for each in
                                  properties(name))}
            found = set()
            for form in forms:
                signal, handler = [ast.unparse(arg.annotation) for arg in form.args.posonlyargs[1:]]
                named = ({'event'} if signal == '_EventSignal' else
                         stubbed_literals(form.args.posonlyargs[1].annotation))
                found |= named
                if signal == f'_{name}Notify':
                    self.assertEqual(named, notify)
                    self.assertEqual(handler, '_NotifyHandler[Self, _P]')
                    continue
                [each] = named
                if each in there:
                    self.compare_handler(name, each, handler)
            self.assertSame(found, there | notify, f'{name}.connect')
            count += len(there)
        print(f'\n{count} signals')

    def compare_handler(self, name, signal, handler):
        query = GObject.signal_query(signal, getattr(PLAIN, name))
        given = [type_name(gtype) for gtype in query.param_types]
        wanted = ', '.join(['Self', *given, '_P']).replace('Error', 'Error | None')
        short = {'Self, _P': '_Handler[Self, _P]',
                 'Self, MonitorEvent, _P': '_EventHandler[Self, _P]'}
        self.assertEqual(handler, short.get(wanted, f'Callable[Concatenate[{wanted}], object]'),
                         f'{name}::{signal}')

    def test_class_structs(self):
        for name in STRUCTS:
            fields = {field.get_name() for field in getattr(PLAIN, name).__info__.get_fields()}
            self.assertSame(set(stubbed_members(name)), fields, name)

    def test_events(self):
        there = {member for member in vars(override.Events) if member in PROTOCOLS - {'__init__'}}
        self.assertSame(set(stubbed_members('_Events')), there, 'what events() returns')

    def test_hidden_classes(self):
        for name, there in ('_Process', Process), ('_Session', Session):
            stubbed = {member: nodes for member, nodes in stubbed_members(name).items()
                       if not isinstance(nodes[0], ast.AnnAssign)}
            self.assertSame(set(stubbed), {each for each in vars(there) if each[0] != '_'}, name)

    def test_any_is_json(self):
        for stem, tree in TREES.items():
            allowed = {id(node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and
                       node.target.id == JSON}
            for node in ast.walk(tree):
                where = f'{stem}.pyi:{getattr(node, "lineno", 0)}'
                if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in allowed:
                    self.assertNotIn(getattr(node, 'id', getattr(node, 'attr', None)),
                                     ('Any', 'Incomplete'), f'{where}: what is no JSON has a type')
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self.assertIsNotNone(node.returns, f'{where}: no type')
                    args = node.args
                    for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg,
                                args.kwarg]:
                        if arg is not None and arg.arg != 'self':
                            self.assertIsNotNone(arg.annotation, f'{where}: {arg.arg} has no type')
            self.check_parameters_of_types(stem, tree)

    def check_parameters_of_types(self, stem, tree):
        """`dict` alone is a dict[Any, Any]."""
        complete = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and id(node) not in complete:
                self.assertNotIn(node.id, WITH_PARAMETERS,
                                 f'{stem}.pyi:{node.lineno}: type without its parameters')


if __name__ == '__main__':
    unittest.main(verbosity=2)
