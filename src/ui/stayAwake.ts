/**
 * Keeps the screen on, where the browser can: a device that falls asleep stops training. The
 * browser lets go whenever the page is hidden, so it is asked again when it is shown. Refused
 * (battery saving, no support): training goes on, and the device sleeps when it likes.
 */

/** From now until the returned function is called; never throws. */
export function stayAwake(): () => void {
  let over = false;
  let lock: WakeLockSentinel | null = null;

  async function ask(): Promise<void> {
    if (document.visibilityState !== 'visible') return;
    if (lock !== null && !lock.released) return;
    try {
      const given = await navigator.wakeLock.request('screen');
      if (over) await given.release();
      else lock = given;
    } catch {
      lock = null;
    }
  }

  const again = (): void => void ask();
  document.addEventListener('visibilitychange', again);
  if ('wakeLock' in navigator) void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', again);
    void lock?.release();
  };
}
