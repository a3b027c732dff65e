/**
 * How many bytes of GPU buffers are alive, whoever made them: tfjs, its pool of free buffers, and our
 * kernels. Counts from createBuffer to destroy, so a buffer left to the garbage collector
 * counts as alive. Installed once, after WebGPU's classes are there; it changes no behaviour,
 * unless told to refuse.
 */
let live = 0;
let installed = false;
let refusal: Error | null = null;
const sizes = new WeakMap<GPUBuffer, number>();

/** Starts to count, from 0; for a device that has made no buffer yet. */
export function startMeter(): void {
  live = 0;
  refusal = null;
  if (installed) return;
  installed = true;
  const device = GPUDevice.prototype;
  const buffer = GPUBuffer.prototype;
  // Called with their own `this` below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const [createBuffer, destroy] = [device.createBuffer, buffer.destroy];
  device.createBuffer = function (descriptor) {
    const made = createBuffer.call(this, descriptor);
    if (refusal) throw refusal;
    sizes.set(made, descriptor.size);
    live += descriptor.size;
    return made;
  };
  buffer.destroy = function () {
    live -= sizes.get(this) ?? 0;
    sizes.delete(this);
    destroy.call(this);
    return undefined;
  };
}

/** From now on, until the meter is started again, making a buffer throws this. */
export function refuseBuffers(error: Error): void {
  refusal = error;
}

export function liveBytes(): number {
  return live;
}
