/**
 * How a page knows that its worker is gone: the worker holds a Web Lock for as long as it lives,
 * and the browser frees it at the worker's end, also at one that fires no event, as when the
 * browser ends it for want of memory. Where there are no Web Locks (a page that is not served
 * securely) nothing can be known.
 */
const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks;

/** Resolves, once the lock is held for good, with its name; with null where there can be none. */
export function holdLife(): Promise<string | null> {
  const manager = locks();
  if (!manager) return Promise.resolve(null);
  const name = `rft-life:${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const held = (): Promise<never> => {
      resolve(name);
      return new Promise(() => undefined);
    };
    manager.request(name, held).catch(() => resolve(null)); // forbidden, as in a sandboxed frame
  });
}

/** Resolves when the holder is gone; rejects only when aborted. */
export async function whenGone(name: string, signal: AbortSignal): Promise<void> {
  const manager = locks();
  if (!manager) return new Promise(() => undefined);
  await manager.request(name, { signal }, () => undefined);
}
