/**
 * Our WGSL programs: source plus constants -> a pipeline, made once per device. Constants are put
 * before the source as `const NAME = value;`, so that a program may size its arrays by them; they
 * are part of the pipeline's key. A program that does not compile raises the device's
 * `uncapturederror`, which the trainer takes as fatal.
 */

/** One WGSL file: how it is called, its text, and the shape of its workgroup. */
export interface Program {
  readonly name: string;
  readonly code: string;
  /** As in its `@workgroup_size`. */
  readonly workgroup: readonly [x: number, y: number, z: number];
}

export type Constants = Readonly<Record<string, number | boolean>>;

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** As a WGSL literal: integers are abstract, everything else a float. */
function literal(value: number | boolean): string {
  if (typeof value === 'boolean' || Number.isInteger(value)) return String(value);
  return `${value.toExponential()}f`;
}

/** The pipeline of a program with these constants. */
export function pipelineOf(
  device: GPUDevice,
  { name, code }: Program,
  constants: Constants,
): GPUComputePipeline {
  const prelude = Object.entries(constants)
    .map(([constant, value]) => `const ${constant} = ${literal(value)};\n`)
    .join('');
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  const key = `${name}\n${prelude}`;
  const found = known.get(key);
  if (found) return found;
  const module = device.createShaderModule({ label: name, code: prelude + code });
  const made = device.createComputePipeline({ label: name, layout: 'auto', compute: { module } });
  known.set(key, made);
  return made;
}
