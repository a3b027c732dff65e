/**
 * The compiled training pass and its memory, apart from the other kernels': a forward pass leaves
 * its activations here for the backward pass that follows it.
 */
import { instantiate } from './kernelInstance.ts';
import { trainingKernelBase64 } from './trainingKernel.generated.ts';

type Address = () => number;

/** The exports of kernels/training.ts; addresses in bytes. */
interface TrainingExports {
  memory: WebAssembly.Memory;
  plan: (...sizes: number[]) => number;
  forward: (epsilon: number, temperature: number, entropies: boolean) => void;
  backward: (temperature: number, entropies: boolean) => void;
  parameters: Address;
  ids: Address;
  targets: Address;
  cos: Address;
  sin: Address;
  logps: Address;
  dLogps: Address;
  entropies: Address;
  dEntropies: Address;
  toGradient: Address;
}

/** The sizes of a pass, in the order in which `plan` takes them; `tied` is 0 or 1. */
export interface PassSizes {
  B: number;
  T: number;
  V: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  tied: number;
}

const pageBytes = 65536;

let instance: TrainingExports | undefined;

function training(): TrainingExports {
  instance ??= instantiate(trainingKernelBase64) as unknown as TrainingExports;
  return instance;
}

/** The pass as laid out by the latest `beginPass`. */
export interface Pass {
  kernel: TrainingExports;
  /** Copies values to an address; zeros follow, up to `padded` numbers in all. */
  put: (address: number, values: Float32Array | Int32Array, padded?: number) => void;
  /** A view of the floats at an address; valid until the next `beginPass`. */
  floats: (address: number, count: number) => Float32Array;
}

/** The pass that is laid out now, with what its forward pass left. */
export function currentPass(): Pass {
  const kernel = training();
  const { buffer } = kernel.memory;
  return {
    kernel,
    put: (address, values, padded = values.length) => {
      const target = values instanceof Int32Array ? Int32Array : Float32Array;
      const place = new target(buffer, address >>> 0, padded);
      place.set(values);
      place.fill(0, values.length);
    },
    floats: (address, count) => new Float32Array(buffer, address >>> 0, count),
  };
}

/** Lays out the memory for a forward pass. */
export function beginPass(sizes: PassSizes): Pass {
  const { B, T, V, hidden, intermediate, layers, heads, kvHeads, headDim, tied } = sizes;
  const { plan, memory } = training();
  const model = [hidden, intermediate, layers, heads, kvHeads, headDim, tied];
  const end = plan(B, T, V, ...model) >>> 0;
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return currentPass();
}
