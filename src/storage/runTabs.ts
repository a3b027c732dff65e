/**
 * What the tabs of this browser know of each other's runs: who writes one (a Web Lock, which the
 * browser frees when its holder ends, however it ends), and by which channels they speak. Without
 * Web Locks (a page that is not served securely) nobody is kept out here; the store then refuses
 * whoever was overtaken (`claimRun`).
 */
import { CodedError } from '../../models/errors.ts';

const PREFIX = 'rft-run:';

/** Milliseconds to wait for a lock: its last holder may have ended only now. */
const PATIENCE = 1500;

/** Where a run's events can be heard: see LiveMessage. */
export const channelOf = (runId: string): BroadcastChannel =>
  new BroadcastChannel(`${PREFIX}${runId}`);

/** Where tabs tell one another that the list of runs, or who runs them, has changed. */
export const runsChannel = (): BroadcastChannel => new BroadcastChannel('rft-runs');

/** Tells every other listener, those of this tab included. */
export function tellRunsChanged(): void {
  const channel = runsChannel();
  channel.postMessage('changed');
  channel.close();
}

const lockManager = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks;

const runElsewhere = (runId: string): CodedError =>
  new CodedError(
    'run-elsewhere',
    'Another tab is running this run. Watch it here, or stop it there and go on here.',
    runId,
  );

/** Resolves, with the way to give it back, once the lock is had. */
function request(runId: string, mode: LockMode, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const locks = lockManager();
    if (!locks) {
      resolve(() => undefined);
      return;
    }
    const held = locks.request(
      `${PREFIX}${runId}`,
      { mode, signal },
      () => new Promise<void>((release) => resolve(release)),
    );
    held.then(tellRunsChanged, reject);
  });
}

/** Becomes the only writer of a run until the returned function is called, or rejects 'run-elsewhere'. */
export async function lockRun(runId: string): Promise<() => void> {
  const patience = AbortSignal.timeout(PATIENCE);
  const release = await request(runId, 'exclusive', patience).catch((error: unknown) => {
    throw patience.aborted ? runElsewhere(runId) : error;
  });
  tellRunsChanged();
  return release;
}

/** Ids of the runs that some tab is running, this one's included. */
export async function runsAtHand(): Promise<string[]> {
  const { held = [] } = (await lockManager()?.query()) ?? {};
  const names = held.filter(({ mode }) => mode === 'exclusive').map(({ name = '' }) => name);
  const ours = names.filter((name) => name.startsWith(PREFIX));
  return ours.map((name) => name.slice(PREFIX.length));
}

/** Resolves when no tab runs the run any more; never where that cannot be known. */
export async function whenFree(runId: string, signal: AbortSignal): Promise<void> {
  if (!lockManager()) return new Promise(() => undefined);
  const release = await request(runId, 'shared', signal);
  release();
}
