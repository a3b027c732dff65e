/**
 * The compiled kernels, instantiated once and synchronously, and the linear memory they work in.
 * The memory belongs to the kernels alone (tfjs has its own): a call opens it afresh, lays its
 * tensors one after the other, runs, and copies the results out before the next call.
 */
import { attentionKernelBase64 } from './attentionKernel.generated.ts';

/** The exports of kernels/attention.ts and kernels/decode.ts; pointers and sizes in bytes. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  scratchBytes: (T: number, D: number) => number;
  slackBytes: (H: number, D: number) => number;
  forward: (...pointersAndSizes: number[]) => void;
  backward: (...pointersAndSizes: number[]) => void;
  decodeScratchBytes: (C: number) => number;
  decode: (...pointersAndSizes: number[]) => void;
}

/** Address of the first tensor: past the module's own few bytes. */
const start = 1024;
const pageBytes = 65536;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Whether this engine can run the kernels, that is, has WebAssembly SIMD. */
export function kernelsSupported(): boolean {
  return WebAssembly.validate(bytesOf(attentionKernelBase64));
}

/** A new instance of a compiled module; it must need no imports. */
export function instantiate(base64: string): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytesOf(base64))).exports;
}

let instance: KernelExports | undefined;

/** A module's memory during one call. */
export interface OpenMemory {
  /** Copies a tensor's values in and returns their address. */
  put: (values: Float32Array | Int32Array) => number;
  /** Makes room, contents undefined, and returns its address. */
  reserve: (bytes: number) => number;
  /** A view of the floats at an address; valid until the next `put` or `reserve`. */
  floats: (address: number, count: number) => Float32Array;
}

/** The attention kernels and their memory during one call. */
export interface Workspace extends OpenMemory {
  kernel: KernelExports;
}

/** Opens the memory of the attention kernels; what an earlier call left in it is gone. */
export function openWorkspace(): Workspace {
  instance ??= instantiate(attentionKernelBase64) as unknown as KernelExports;
  return { kernel: instance, ...openMemory(instance.memory) };
}

/** Opens a module's memory from its start: what an earlier call left in it is gone. */
export function openMemory(memory: WebAssembly.Memory): OpenMemory {
  let next = start;
  const reserve = (bytes: number): number => {
    const address = next;
    next += Math.ceil(bytes / 16) * 16;
    const missing = next - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return address;
  };
  return {
    reserve,
    put: (values) => {
      const address = reserve(values.byteLength);
      const target = values instanceof Int32Array ? Int32Array : Float32Array;
      new target(memory.buffer, address, values.length).set(values);
      return address;
    },
    floats: (address, count) => new Float32Array(memory.buffer, address, count),
  };
}
