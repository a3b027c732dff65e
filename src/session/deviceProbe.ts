/**
 * What the trainer will most likely run on, asked before it starts, so that a missing WebGPU is
 * said at once. The trainer decides for itself and its own report replaces this one.
 */
export interface ProbedDevice {
  text: string;
  notice?: string;
}

const cpu: ProbedDevice = {
  text: 'CPU (WASM)',
  notice: 'This browser offers no WebGPU here, so training will run on the CPU, which is slower.',
};

/** Asks for an adapter and lets it go; never throws. */
export async function probeDevice(): Promise<ProbedDevice> {
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (!gpu) return cpu;
  try {
    const adapter = await gpu.requestAdapter();
    return adapter ? { text: 'WebGPU' } : cpu;
  } catch {
    return cpu; // a GPU that cannot even be asked is as good as none
  }
}
