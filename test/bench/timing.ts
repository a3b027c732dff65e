/** How a piece of work is timed. No judgement here. */

/** A timed run must not be disturbed by neighbours, so the best of several counts. */
const mostRuns = 7;
const budgetMs = 6000;

/**
 * Milliseconds of the best run of `work`, after one that warms up caches and shaders and is not
 * counted. Runs are repeated until they have taken six seconds, at most seven times.
 */
export async function bestMs(work: () => Promise<unknown>): Promise<number> {
  await work();
  let best = Infinity;
  const begin = performance.now();
  for (let run = 0; run < mostRuns && performance.now() - begin < budgetMs; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Milliseconds that all cores have worked for this process; null where it cannot be known. */
export function processorMs(): number | null {
  const host = (globalThis as { process?: { cpuUsage?: NodeJS.Process['cpuUsage'] } }).process;
  if (!host?.cpuUsage) return null;
  const { user, system } = host.cpuUsage();
  return (user + system) / 1000;
}
