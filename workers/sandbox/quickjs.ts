/**
 * QuickJS (Bellard's, 2025) in WebAssembly: the only door to its packages. One instance has its
 * own memory with a fixed maximum. QuickJS's own memory limit is of no use here: built by
 * Emscripten it counts 8 bytes for an allocation of any size (js_def_malloc_usable_size).
 *
 * A realm is a fresh runtime and context without clock. Calls into it end as data; an instance
 * that WebAssembly itself stopped (V8's stack, an abort) is broken and must be thrown away.
 */
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';

const PAGE = 65_536;
/** What the module's own import declares as its least. */
const initialPages = 256;
/**
 * About 270 plain calls deep. What code can nest ends here before V8's stack of 1 MB does, but for
 * the parser; on half that stack, JSON.stringify of hundreds of nested lists ends the instance too.
 */
const stackBytes = 48 * 1024;

const intrinsics = {
  BaseObjects: true,
  Eval: true,
  StringNormalize: true,
  RegExp: true,
  JSON: true,
  Proxy: true,
  MapSet: true,
  TypedArrays: true,
  Promise: true,
  BigInt: true,
};

export interface Instance {
  quickjs: QuickJSWASMModule;
  /** True when memory has grown to more than four fifths of what it may; it never shrinks. */
  isFull(): boolean;
  isGrown(): boolean;
}

export async function newInstance(
  wasmModule: WebAssembly.Module,
  memoryBytes: number,
): Promise<Instance> {
  const maximum = memoryBytes / PAGE;
  const wasmMemory = new WebAssembly.Memory({ initial: initialPages, maximum });
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(variant, { wasmModule, wasmMemory }),
  );
  const pages = () => wasmMemory.buffer.byteLength / PAGE;
  return { quickjs, isFull: () => pages() > 0.8 * maximum, isGrown: () => pages() > initialPages };
}

export type Handle = QuickJSHandle;

export interface Realm {
  context: QuickJSContext;
  runtime: QuickJSRuntime;
}

export function newRealm(instance: Instance, onPoll: () => boolean): Realm {
  const runtime = instance.quickjs.newRuntime();
  runtime.setMaxStackSize(stackBytes);
  runtime.setInterruptHandler(onPoll);
  return { runtime, context: runtime.newContext({ intrinsics }) };
}

/** A finished evaluation or call: one of the two is there, and is the caller's to dispose of. */
export type Result = { value: QuickJSHandle } | { error: QuickJSHandle };

export function evaluate(
  realm: Realm,
  code: string,
  fileName: string,
  compileOnly = false,
): Result {
  const result = realm.context.evalCode(code, fileName, { type: 'global', compileOnly });
  return result.error ? { error: result.error } : { value: result.value };
}

export function call(realm: Realm, fn: QuickJSHandle, ...args: QuickJSHandle[]): Result {
  const result = realm.context.callFunction(fn, realm.context.undefined, ...args);
  return result.error ? { error: result.error } : { value: result.value };
}
