/**
 * Runs inside QuickJS before the user's code (sandbox.ts loads it as text): takes away what
 * would make a score depend on anything but its input, adds `console`, and gives the host three
 * functions. It trusts nothing that user code can change later: what it needs is taken first, it
 * keeps text and numbers only, never arrays or objects whose prototypes could be patched, and
 * iterates, destructures and spreads nothing. The host never reads an object of the user's.
 */
(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { freeze, getPrototypeOf } = Object;
  const { ownKeys } = Reflect;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const globals = /** @type {Record<string, any>} */ (globalThis);
  const failure = globals['InternalError'].prototype;
  const promise = Promise.prototype;
  const limits = { line: 500, lines: 50, words: 20 };

  const gone = ['Atomics', 'SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry'];
  gone.push('eval', 'Function', 'queueMicrotask', 'Date', 'performance', 'setTimeout');
  for (const name of gone) delete globals[name];
  delete (/** @type {Partial<Math>} */ (Math).random);
  // Text is never run as code: not by eval, and not by the constructors of functions either.
  const makers = [() => 0, async () => 0, function* () {}, async function* () {}];
  for (const maker of makers) {
    Object.defineProperty(getPrototypeOf(maker), 'constructor', { value: undefined });
  }

  /** @type {(input: unknown) => unknown} */
  let reward = () => undefined;
  /** What the last call has to say besides a plain number, as the inside of a JSON object. */
  let report = '';
  let lines = '';
  let written = 0;

  /** @param {unknown} text */
  const quote = (text) =>
    typeof text === 'string' ? stringify(slice(text, 0, limits.line)) : '""';

  /** @param {unknown} value */
  function shown(value) {
    if (typeof value === 'string') return slice(value, 0, limits.line);
    if (typeof value === 'symbol') return 'a symbol';
    if (typeof value === 'function') return 'a function';
    if (typeof value !== 'object' || value === null) return '' + value;
    try {
      const { message, stack } = /** @type {Error} */ (value);
      if (typeof message === 'string' && typeof stack === 'string') return message;
      const text = stringify(value);
      return typeof text === 'string' ? slice(text, 0, limits.line) : 'an object';
    } catch {
      return 'an object that cannot be shown';
    }
  }

  /** @param {unknown[]} words */
  function log(...words) {
    let text = '';
    for (let i = 0; i < words.length && i < limits.words; i++) {
      text += (i === 0 ? '' : ' ') + shown(words[i]);
    }
    written += 1;
    if (written <= limits.lines) lines += (lines === '' ? '' : ',') + quote(text);
  }

  const console = { log, info: log, warn: log, error: log, debug: log };
  Object.defineProperty(globals, 'console', {
    value: console,
    writable: true,
    configurable: true,
  });

  /**
   * A caught value in words. Getters and traps of it may run: still inside the call's limits.
   * @param {unknown} error
   */
  function thrown(error) {
    // Out of memory arrives as such, or as null where not even the error could be made.
    let name = '';
    let message = '';
    let stack = '';
    let internal = error === null;
    if ((typeof error !== 'object' || error === null) && typeof error !== 'function') {
      message = shown(error);
    } else {
      try {
        const read = /** @type {Error} */ (error);
        internal = getPrototypeOf(error) === failure;
        if (typeof read.name === 'string') name = read.name;
        message = typeof read.message === 'string' ? read.message : shown(error);
        if (typeof read.stack === 'string') stack = read.stack;
      } catch {
        message = message === '' ? 'an object that cannot be read' : message;
      }
    }
    return (
      `"thrown":true,"internal":${internal ? 'true' : 'false'},` +
      `"name":${quote(name)},"message":${quote(message)},"stack":${quote(stack)}`
    );
  }

  /** The name of what was returned in place of a finite number. @param {unknown} value */
  function returned(value) {
    if (value === null) return 'null';
    if (typeof value === 'number') return value - value === 0 ? '' + value : quote('' + value);
    if (typeof value === 'boolean') return quote('' + value);
    if (typeof value !== 'object') return quote(typeof value);
    try {
      return getPrototypeOf(value) === promise ? '"promise"' : '"object"';
    } catch {
      return '"object"';
    }
  }

  /** @param {unknown} value */
  function deepFreeze(value) {
    if (typeof value !== 'object' || value === null) return;
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      deepFreeze(
        /** @type {Record<PropertyKey, unknown>} */ (value)[/** @type {string} */ (keys[i])],
      );
    }
    freeze(value);
  }

  return {
    /** @param {(input: unknown) => unknown} found */
    use(found) {
      reward = found;
    },
    /**
     * A finite score, or NaN where `tell` has more. @param {string} text
     */
    call(text) {
      lines = '';
      written = 0;
      let value;
      try {
        const input = parse(text);
        deepFreeze(input.example);
        const call = reward; // as a plain function: `this` is nothing of ours
        value = call(input);
      } catch (error) {
        report = thrown(error);
        return NaN;
      }
      if (written === 0 && typeof value === 'number' && value - value === 0) return value;
      report = '"returned":' + returned(value);
      return NaN;
    },
    /** What happened in the last call, or to `error`, as JSON. @param {unknown} [error] */
    tell(error) {
      if (arguments.length > 0) report = thrown(error);
      return `{${report},"lines":[${lines}],"written":${'' + written}}`;
    },
  };
})();
