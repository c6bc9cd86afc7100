// SPDX-License-Identifier: LGPL-2.1-or-later

// That the types for TypeScript have each name that a program with the override sees, and no other:
// it names what C or the override gained, and what is gone.
//
//   gjs -m check-members.js TYPES

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import QMachine from 'gi://QMachine?version=1';
import System from 'system';

// What each class of GJS has, and what the types have for signals.
const COMMON = ['prototype', 'length', 'name', 'valueOf', 'constructor', '_init', '$signals',
    'connect', 'connect_after'];
const OF_ERRORS = Object.getOwnPropertyNames(Gio.IOErrorEnum.prototype);

const wrong = [];

function check(condition, text) {
    if (!condition)
        wrong.push(text);
}

function compare(where, actual, typed) {
    for (const name of new Set(actual))
        check(typed.includes(name), `${where}${name} is not in the types`);
    for (const name of new Set(typed))
        check(actual.includes(name), `${where}${name} is in the types and not there`);
}

/* The bodies of all blocks of a kind, by their names. They are laid out by make-types.py. */
function findBlocks(text, kind) {
    const blocks = text.matchAll(
        new RegExp(`^ {4}${kind} (\\w+)[^]*?\\{\\n([^]*?)^ {4}\\}$`, 'gm'));
    return Object.fromEntries([...blocks].map(([, name, body]) => [name, body]));
}

/* Pairs of a name and a declaration, which may go on in lines that are indented further. */
function findMembers(body, indent) {
    const members = body.split(new RegExp(`^ {${indent}}(?=\\S)`, 'm')).slice(1);
    return members.map(member => {
        const declaration = member.replace(/\s+/g, ' ').trim();
        const [, name] = declaration.match(
            /^(?:(?:static|private|readonly|get|set) )*["[]*([\w$.-]+)/);
        return [name, declaration];
    });
}

function splitParameters(declaration) {
    const parameters = declaration.replace(/^[^(]*\(/, '').replace(/\)[^)]*$/, '')
        .replace(/<[^<>]*>/g, '');
    return parameters === '' ? [] : parameters.split(', ');
}

function toCamelCase(name) {
    return name.replace(/[-_](.)/g, (_, letter) => letter.toUpperCase());
}

function checkProperties(name, members) {
    const properties = GObject.Object.list_properties.call(QMachine[name])
        .filter(each => each.owner_type === QMachine[name].$gtype);
    for (const {name: property, flags} of properties) {
        for (const form of new Set([property.replace(/-/g, '_'), toCamelCase(property)])) {
            const declarations = members.filter(([each]) => each === form).map(each => each[1]);
            const has = accessor => declarations.some(each => each.startsWith(`${accessor} `));
            const isWritable = (flags & GObject.ParamFlags.WRITABLE) !== 0;
            check(has('get'), `${name}.${form} has no getter in the types`);
            check(has('set') === isWritable, `${name}.${form} is ${isWritable ? '' : 'not '}` +
                'writable, and the types know it not');
        }
    }
    return properties.map(({name: property}) => toCamelCase(property));
}

function checkSignals(name, namespace) {
    const [, body] = namespace?.match(/interface SignalSignatures [^]*?\{\n([^]*?)^ {8}\}/m) ?? [];
    const typed = findMembers(body ?? '', 12).filter(([signal]) => signal !== 'key');
    const queries = GObject.signal_list_ids(QMachine[name].$gtype)
        .map(id => GObject.signal_query(id));
    compare(`${name}::`, queries.map(each => each.signal_name), typed.map(([signal]) => signal));
    for (const {signal_name: signal, n_params: n} of queries) {
        const [, declaration] = typed.find(([each]) => each === signal) ?? [signal, null];
        check(declaration === null || splitParameters(declaration).length === n,
            `${name}::${signal} has ${n} parameters, and not so in the types`);
    }
}

/* A call that waits: a promise, one that blocks, and one that calls back or is a promise. */
function checkForms(name, call, members) {
    const count = (form, isPromise) => members.filter(([each, declaration]) =>
        each === form && /\): Promise<.*>;$/.test(declaration) === isPromise).length;
    check(count(call, true) === 1 && count(call, false) === 0, `${name}.${call} is a promise`);
    check(count(`${call}_sync`, true) === 0 && count(`${call}_sync`, false) === 1,
        `${name}.${call}_sync blocks`);
    check(count(`${call}_async`, true) === 1 && count(`${call}_async`, false) === 1,
        `${name}.${call}_async calls back, or is a promise`);
}

/* Where no argument may be left out, there are as many as the function says. */
function checkCounts(name, members) {
    const {prototype} = QMachine[name];
    for (const [member, declaration] of members) {
        const parameters = splitParameters(declaration);
        if (!/^\w+\(/.test(declaration) || member === 'constructor' ||
            parameters.some(each => each.includes('?:') || each.startsWith('...')))
            continue;
        const {length} = prototype[member] ?? {};
        check(length === undefined || length === parameters.length,
            `${name}.${member} takes ${length} arguments, and not so in the types`);
    }
}

function checkClass(name, body, namespace) {
    const members = findMembers(body, 8);
    const {prototype} = QMachine[name];
    const isObject = prototype instanceof GObject.Object;
    const ignored = isObject ? COMMON : [...COMMON, ...OF_ERRORS];
    const camelCase = isObject ? checkProperties(name, members) : [];
    const symbols = Object.getOwnPropertySymbols(prototype).includes(Symbol.asyncIterator)
        ? ['Symbol.asyncIterator']
        : [];
    const actual = [...Object.getOwnPropertyNames(prototype),
        ...Object.getOwnPropertyNames(QMachine[name]), ...camelCase, ...symbols];
    // The override puts the name of a property with its hyphen there as well.
    compare(`${name}.`, actual.filter(each => !each.includes('-') && !ignored.includes(each)),
        members.map(([each]) => each).filter(each => !ignored.includes(each)));

    if (isObject)
        checkSignals(name, namespace);
    for (const call of actual.filter(each => each.endsWith('_async')))
        checkForms(name, call.slice(0, -'_async'.length), members);
    checkCounts(name, members);
}

function checkEnum(name, body) {
    const values = Object.entries(QMachine[name]).filter(([, value]) => typeof value === 'number');
    compare(`${name}.`, values.map(([member, value]) => `${member} = ${value}`),
        findMembers(body, 8).map(([, declaration]) => declaration.replace(/,$/, '')));
}

const [path] = System.programArgs;
const [, bytes] = Gio.File.new_for_path(path).load_contents(null);
const text = new TextDecoder().decode(bytes).replace(/\/\*\*[^]*?\*\//g, '');

// The structs of the classes are in the typelib, and nothing to a program.
const names = [...Object.keys(QMachine), '__name__', '__version__']
    .filter(name => QMachine[name] !== undefined);
const typed = [...text.matchAll(/^ {4}(?:const|function|class|enum) (\w+)/gm)].map(each => each[1]);
compare('QMachine.', names, typed);

const namespaces = findBlocks(text, 'namespace');
const classes = Object.entries(findBlocks(text, 'class'));
const enums = Object.entries(findBlocks(text, 'enum'));
check(classes.length > 5 && enums.length > 5, 'the types have classes and enumerations');
for (const [name, body] of classes.filter(each => names.includes(each[0])))
    checkClass(name, body, namespaces[name]);
for (const [name, body] of enums.filter(each => names.includes(each[0])))
    checkEnum(name, body);

if (wrong.length > 0) {
    const advice = 'after a change of the library, run `tests/run --types --write`';
    printerr([...wrong, advice].join('\n'));
    System.exit(1);
}
