/**
 * The buffers that our plans work in, by name. They are kept from step to step and only ever grow,
 * so their bytes stay flat once the largest shape has been seen; a buffer that had to grow is a
 * new one, and plans made with the old one must be made anew (`version` tells).
 */

/** Whole vec4s. */
const bytesOf = (words: number): number => Math.ceil(words / 4) * 16;

export class NamedBuffers {
  readonly #device: GPUDevice;
  readonly #buffers = new Map<string, GPUBuffer>();
  /** Counts how often a buffer was replaced by a larger one. */
  version = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Sees to it that these buffers have room for as many 32-bit numbers. Where one has to be replaced,
   * `submit` is called first: commands that are recorded and not yet submitted may use the old one.
   */
  reserve(words: ReadonlyMap<string, number>, submit: () => void): void {
    const grows = [...words].some(([name, count]) => {
      const known = this.#buffers.get(name);
      return known !== undefined && known.size < bytesOf(count);
    });
    if (grows) submit();
    for (const [name, count] of words) this.get(name, count);
  }

  /** The buffer of this name, with room for at least `words` 32-bit numbers. */
  get(name: string, words: number): GPUBuffer {
    const size = bytesOf(words);
    const known = this.#buffers.get(name);
    if (known && known.size >= size) return known;
    if (known) {
      known.destroy();
      this.version++;
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const made = this.#device.createBuffer({ label: name, size, usage });
    this.#buffers.set(name, made);
    return made;
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
    this.version++;
  }
}
