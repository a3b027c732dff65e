/**
 * Programs that mean harm or are simply mad, each with what must become of its call: a kind of
 * error, or the score that shows it was harmless. Run by rewardSandbox.test.ts.
 */
import type { CodeErrorKind } from '../../src/graders/codeReward.ts';

export interface Hostile {
  what: string;
  source: string;
  expected: CodeErrorKind | number | null;
}

type Row = readonly [what: string, source: string, expected: CodeErrorKind | number | null];

/** The body of a reward. */
const body = (code: string): string => `function reward({ completion, example, step }) { ${code} }`;

const endless: Row[] = [
  ['for', body('for (;;) {}'), 'timeout'],
  ['while', body('while (true) step++;'), 'timeout'],
  [
    'do inside try',
    body('for (;;) try { do {} while (1) } catch {} finally { continue }'),
    'timeout',
  ],
  ['at the top level', 'for (;;) {} function reward() { return 1 }', 'timeout'],
  ['in a getter', body('return { get x() { for (;;) {} } }.x'), 'timeout'],
  ['in toString', body('return `${{ toString() { for (;;) {} } }}`'), 'timeout'],
  ['in valueOf', body('return 1 + { valueOf() { for (;;) {} } }'), 'timeout'],
  ['in toJSON', body('return JSON.stringify({ toJSON() { for (;;) {} } })'), 'timeout'],
  ['in a trap', body('return new Proxy({}, { get() { for (;;) {} } }).x'), 'timeout'],
  ['in a comparator', body('return [1, 2].sort(() => { for (;;) {} })'), 'timeout'],
  [
    'in a generator',
    body('function* g() { for (;;) yield 1 } for (const x of g()) step += x;'),
    'timeout',
  ],
  ['in replace', body('return "a".replace(/a/, () => { for (;;) {} })'), 'timeout'],
  ['in an async function', 'async function reward() { for (;;) {} }', 'timeout'],
  [
    'in an async generator',
    body('(async function* () { for (;;) {} })().next(); return 1'),
    'timeout',
  ],
  ['in a thrown getter', body('throw { get message() { for (;;) {} } }'), 'timeout'],
  [
    'in a thrown trap',
    body('throw new Proxy({}, { getPrototypeOf() { for (;;) {} } })'),
    'timeout',
  ],
  [
    'in a returned trap',
    body('return new Proxy({}, { getPrototypeOf() { for (;;) {} } })'),
    'timeout',
  ],
  ['in logging', body('console.log({ get message() { for (;;) {} } }); return 1'), 'timeout'],
  ['in a static block', body('class A { static { for (;;) {} } } return 1'), 'timeout'],
  [
    'finding reward',
    'Object.defineProperty(globalThis, "reward", { get() { for (;;) {} } })',
    'timeout',
  ],
  ['mutual', 'const a = (n) => b(n), b = (n) => { for (;;) a; }; const reward = a', 'timeout'],
  [
    'a set that grows as it is walked',
    body('const s = new Set([1]); for (const x of s) { s.delete(x); s.add(x) }'),
    'timeout',
  ],
  [
    'exponential recursion',
    body('const f = (n) => n < 2 ? 1 : f(n - 1) + f(n - 2); return f(80)'),
    'timeout',
  ],
  ['errors without end', body('const f = () => { try { f() } finally { f() } }; f()'), 'timeout'],
];

const expressions: Row[] = [
  ['nested quantifiers', body('return /^(a+)+$/.test("a".repeat(40) + "b") ? 1 : 0'), 'timeout'],
  ['overlapping branches', body('return /^(a|a)*$/.test("a".repeat(40) + "b") ? 1 : 0'), 'timeout'],
  ['optional pairs', body('return /(a?){30}a{30}/.test("a".repeat(29)) ? 1 : 0'), 'timeout'],
  ['by match', body('return "a".repeat(40).match(/(a*)*b/g)'), 'timeout'],
  ['by split', body('return ("a".repeat(40) + "b").split(/(?:a+)+c/).length'), 'timeout'],
  ['with a look behind', body('return /(?<=b(a+)+)d/.test("a".repeat(40) + "d")'), 'timeout'],
  ['a huge one', body('return new RegExp("(".repeat(1e5)).test("a") ? 1 : 0'), 'thrown'],
];

const memory: Row[] = [
  ['strings doubled', body('let s = "ab"; for (;;) s = s.slice(0) + s.toUpperCase()'), 'memory'],
  ['arrays', body('const all = []; for (;;) all.push([1])'), 'memory'],
  ['kept globally', 'const all = []; function reward() { for (;;) all.push([1]) }', 'memory'],
  ['typed arrays', body('const all = []; for (;;) all.push(new Uint8Array(1e6))'), 'memory'],
  ['one typed array', body('return new Uint8Array(2 ** 30).length'), 'memory'],
  [
    'a resizable buffer',
    body('const b = new ArrayBuffer(8, { maxByteLength: 2 ** 29 }); b.resize(2 ** 29); return 1'),
    'memory',
  ],
  ['maps', body('const m = new Map(); for (let i = 0; ; i++) m.set(i, {})'), 'memory'],
  ['closures', body('const all = []; for (;;) all.push(() => all)'), 'memory'],
  ['properties', body('const o = {}; for (let i = 0; ; i++) o["k" + i] = i'), 'memory'],
  ['repeat', body('return "x".repeat(2 ** 29).length'), 'memory'],
  ['padEnd', body('return "x".padEnd(2 ** 29).length'), 'memory'],
  ['fill', body('return new Array(2 ** 32 - 1).fill(0).length'), 'memory'],
  ['join', body('return new Array(2 ** 28).join("xx").length'), 'memory'],
  ['at the top level', 'const all = []; for (;;) all.push([1]); function reward() {}', 'memory'],
  [
    'caught, then well',
    body('try { const all = []; for (;;) all.push([1]) } catch { } return 0.5'),
    0.5,
  ],
  ['a huge integer', body('let x = 2n; for (;;) x *= x'), 'thrown'],
];

const deep: Row[] = [
  ['recursion', 'function reward() { return reward() + 1 }', 'thrown'],
  ['with arguments', 'const reward = (...a) => reward(1, ...a)', 'thrown'],
  ['getters', body('return { get x() { return this.x } }.x'), 'thrown'],
  [
    'proxies',
    body('let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x'),
    'thrown',
  ],
  ['JSON read', body('return JSON.parse("[".repeat(1e5))'), 'thrown'],
  [
    'JSON written',
    body('let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)'),
    'thrown',
  ],
  [
    'toString of lists',
    body('let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a)'),
    'thrown',
  ],
  ['source', `${'('.repeat(9000)}1${')'.repeat(9000)}`, 'thrown'],
  ['lists in source', '['.repeat(19000), 'thrown'],
  [
    'caught, then well',
    'const f = () => f(); function reward() { try { f() } catch { return 0.5 } }',
    0.5,
  ],
];

const pollution: Row[] = [
  [
    'Object.prototype',
    body('Object.prototype.score = 1; Object.prototype.toJSON = () => 9; return 0.5'),
    0.5,
  ],
  [
    'setters on Array.prototype',
    body(
      'for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { set() { throw 1 } }); return 0.5',
    ),
    0.5,
  ],
  [
    'push, map, join, toJSON',
    body(
      'const f = () => { throw 1 }; Object.assign(Array.prototype, { push: f, map: f, join: f, toJSON: f }); console.log("x"); return 0.5',
    ),
    0.5,
  ],
  [
    'call, apply and bind',
    body(
      'const F = Object.getPrototypeOf(reward); F.call = F.apply = F.bind = () => 9; console.log("x"); return 0.5',
    ),
    0.5,
  ],
  [
    'JSON',
    body(
      'JSON.stringify = JSON.parse = () => "9"; globalThis.JSON = null; console.log({}); return 0.5',
    ),
    0.5,
  ],
  [
    'String.prototype',
    body(
      'String.prototype.slice = String.prototype.toJSON = () => { throw 1 }; console.log("x"); return 0.5',
    ),
    0.5,
  ],
  [
    'Number.prototype',
    body(
      'Number.prototype.toString = Number.prototype.toJSON = () => "9"; console.log(1); return 0.5',
    ),
    0.5,
  ],
  [
    'Symbol.iterator',
    body(
      'Array.prototype[Symbol.iterator] = String.prototype[Symbol.iterator] = () => { throw 1 }; return 0.5',
    ),
    0.5,
  ],
  [
    'Object.*',
    body(
      'for (const k of ["defineProperty", "freeze", "getPrototypeOf", "keys"]) Object[k] = () => 9; Reflect.ownKeys = null; return 0.5',
    ),
    0.5,
  ],
  ['Promise', body('globalThis.Promise = class {}; return 0.5'), 0.5],
  [
    'Error',
    body(
      'Object.defineProperty(Error.prototype, "message", { get() { return 9 } }); throw new Error()',
    ),
    'thrown',
  ],
  ['InternalError', body('globalThis.InternalError = null; return reward()'), 'thrown'],
  [
    'Symbol.hasInstance',
    body(
      'Object.defineProperty(Object.getPrototypeOf(reward), Symbol.hasInstance, { value: () => true }); return 0.5',
    ),
    'thrown',
  ],
  [
    'frozen globals',
    body('Object.freeze(globalThis); Object.freeze(Object.prototype); return 0.5'),
    0.5,
  ],
  [
    'everything gone',
    body(
      'const all = globalThis; for (const k of Object.getOwnPropertyNames(all)) delete all[k]; return 0.5',
    ),
    0.5,
  ],
];

/** What a script could reach out with; typeof each must be undefined. */
const outside = [
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'indexedDB', 'caches', 'Worker', 'importScripts'],
  ...['postMessage', 'self', 'window', 'document', 'navigator', 'location', 'process', 'require'],
  ...['module', 'global', 'Buffer', 'WebAssembly', 'Deno', 'std', 'os', 'print', 'scriptArgs'],
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'queueMicrotask', 'Atomics', 'Intl'],
  ...['SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry', 'eval', 'Function', 'crypto', 'gc'],
];

const escapes: Row[] = [
  ...outside.map((name): Row => [
    name,
    body(`return typeof ${name} === "undefined" ? 0.5 : 9`),
    0.5,
  ]),
  ['Math.random', body('return Math.random()'), 'thrown'],
  [
    'constructor.constructor',
    body('return example.constructor.constructor("return 0.5")()'),
    'thrown',
  ],
  [
    'makers of functions',
    body(
      'return [() => 0, async () => 0, function* () {}, async function* () {}].every((f) => f.constructor === undefined) ? 0.5 : 9',
    ),
    0.5,
  ],
  [
    'bound maker',
    body('return console.log.constructor || [].map.constructor || class {}.constructor ? 9 : 0.5'),
    0.5,
  ],
  ['dynamic import', body('return import("node:fs")'), 'not-a-number'],
  ['static import', 'import fs from "node:fs"; function reward() { return 1 }', 'syntax'],
  ['export', 'export function reward() { return 1 }', 'syntax'],
  ['import.meta', body('return import.meta.url'), 'syntax'],
  ['top-level await', 'await 1; function reward() { return 1 }', 'syntax'],
  [
    'the caller',
    'function reward() { return reward.caller || arguments.callee.caller ? 9 : 0.5 }',
    0.5,
  ],
  ['this', 'function reward() { return this === globalThis || this === undefined ? 0.5 : 9 }', 0.5],
  [
    'structured stacks',
    body(
      'Error.prepareStackTrace = (e, frames) => frames.map((f) => f.getFunction()); return typeof new Error("x").stack === "string" ? 0.5 : 9',
    ),
    0.5,
  ],
  ['a later reward', 'function reward() { globalThis.reward = () => 9; return 0.5 }', 0.5],
  [
    'another console',
    body('globalThis.console = { log() { return 9 } }; console.log(1); return 0.5'),
    0.5,
  ],
  ['the console itself', body('console.log = null; return 0.5'), 0.5],
  ['a const console', 'const console = 1; const Math = 2; const reward = () => 0.5', 0.5],
  ['the wrapper closed', '}) ; evil(', 'syntax'],
  ['the wrapper closed, quietly', '}); ({ reward() { return 9 }', 'syntax'],
  ['a template closed', '`}; throw 1', 'syntax'],
  ['a NUL', 'function reward() { return 0.5 }\0 evil(', 'syntax'],
  ['an HTML comment', '<!-- is a comment\nfunction reward() { return 0.5 }\n--> so is this', 0.5],
  ['a source map', 'function reward() { return 0.5 }\n//# sourceMappingURL=data:x', 0.5],
  ['line separators', 'function reward() {\u2028 return "\u2028".length / 2\u2029 }', 0.5],
  ['debugger', body('debugger; return 0.5'), 0.5],
  ['with', body('with ({ x: 0.5 }) return x'), 0.5],
  ['strict mode', '"use strict"; function reward() { return this === undefined ? 0.5 : 9 }', 0.5],
  ['a shebang', '#!/bin/sh\nconst reward = () => 0.5', 0.5],
];

const returned: Row[] = [
  ['a number', body('return 0.5'), 0.5],
  ['minus zero', body('return -0'), 0],
  ['null', body('return null'), null],
  ['nothing', body('completion'), 'not-a-number'],
  ['true', body('return true'), 'not-a-number'],
  ['text', body('return "1"'), 'not-a-number'],
  ['a BigInt', body('return 1n'), 'not-a-number'],
  ['a symbol', body('return Symbol("x")'), 'not-a-number'],
  ['a function', body('return reward'), 'not-a-number'],
  ['a Number object', body('return new Number(1)'), 'not-a-number'],
  ['valueOf', body('return { valueOf: () => 1 }'), 'not-a-number'],
  [
    'a proxy',
    body('return new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 1 } })'),
    'not-a-number',
  ],
  ['a promise', 'async function reward() { return 1 }', 'not-a-number'],
  ['a generator', 'function* reward() { return 1 }', 'not-a-number'],
  ['NaN', body('return NaN'), 'nan'],
  ['0 / 0 with a log', body('console.log(1); return 0 / 0'), 'nan'],
  ['Infinity', body('return 1 / 0'), 'nan'],
  ['-Infinity', body('return -1 / 0'), 'nan'],
  ['above', body('return 1.5'), 'range'],
  ['below', body('return -1.01'), 'range'],
  ['a class', 'class reward {}', 'thrown'],
];

const thrown: Row[] = [
  ['null', body('throw null'), 'thrown'],
  ['undefined', body('throw undefined'), 'thrown'],
  ['a symbol', body('throw Symbol("x")'), 'thrown'],
  [
    'a proxy',
    body('throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })'),
    'thrown',
  ],
  ['a proxy of an error', body('throw new Proxy(new Error("x"), {})'), 'thrown'],
  [
    'throwing getters',
    body('throw { get message() { throw 1 }, get stack() { throw 2 }, get name() { throw 3 } }'),
    'thrown',
  ],
  ['a huge message', body('throw new Error("x".repeat(1e6))'), 'thrown'],
  [
    'a false place',
    body('const e = new Error("x"); e.stack = "reward.js:99999:99999"; throw e'),
    'thrown',
  ],
  ['a false out of memory', body('throw new InternalError("out of memory")'), 'memory'],
  ['at the top level', 'throw new Error("x")', 'thrown'],
  ['without a reward', 'const score = 1', 'syntax'],
  ['a reward that is no function', 'const reward = 1', 'syntax'],
  [
    'changing the example',
    body('"ok"; Object.defineProperty(example.row, 0, { value: 9 }); return 0'),
    'thrown',
  ],
];

const groups: Record<string, Row[]> = {
  ...{ endless, 'regular expression': expressions, memory, deep, pollution, escape: escapes },
  ...{ returned, thrown },
};

export const hostile: Hostile[] = Object.entries(groups).flatMap(([group, rows]) =>
  rows.map(([what, source, expected]) => ({ what: `${group}: ${what}`, source, expected })),
);
