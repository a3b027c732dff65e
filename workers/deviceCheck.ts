/**
 * Runs the self-test of the fused ops (src/rft/selfTest.ts) once per device, version of the code
 * and architecture of a policy, remembers what failed, and leaves the failing kernels out: their
 * compositions serve then, more slowly, and the page says so.
 */
import type { BackendChoice } from '../models/backend.ts';
import type { DecoderConfig } from '../models/decoderConfig.ts';
import { CodedError } from '../models/errors.ts';
import { leaveOutKernels } from '../models/ops/hasKernel.ts';
import { failingOps, fusedOps, type FusedOp } from '../src/rft/selfTest.ts';
import type { DeviceCheckStore } from '../src/storage/runStore.ts';

function noticeOf(failing: readonly FusedOp[]): string {
  const names = failing.map(({ name }) => name).join(', ');
  return (
    `This GPU gave other numbers than the reference for: ${names}. ` +
    'The general path is used there instead, more slowly.'
  );
}

/**
 * What a verdict holds for: the adapter, the browser (and with it, mostly, the driver), the built
 * script, whose name has its hash in it, the shaders, and every size that they are compiled for.
 */
function keyOf({ device }: BackendChoice, config: DecoderConfig, kernels: string): string {
  const { navigator, location } = globalThis as Partial<typeof globalThis>;
  const place = [navigator?.userAgent ?? 'no browser', location?.pathname ?? 'no script'];
  return [device, ...place, kernels, JSON.stringify({ ...config, numHiddenLayers: 1 })].join(' | ');
}

/** What the check needs of the trainer. */
export interface CheckHost {
  store: DeviceCheckStore;
  /** Throws where the device has had trouble: what was found out since is void. */
  checkTrouble: () => Promise<void>;
  /** Something that the user is to know and that stops nothing. */
  warn: (error: CodedError) => void;
}

async function remember(host: CheckHost, key: string, names: readonly string[]): Promise<void> {
  try {
    await host.store.saveDeviceCheck(key, names);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const message =
      'The check of this GPU could not be stored and will be made again the next time.';
    host.warn(new CodedError('check-not-stored', message, error.message));
  }
}

/** The backend, with a notice where kernels had to be left out. */
export async function checkDevice(
  choice: BackendChoice,
  config: DecoderConfig,
  host: CheckHost,
  ops: readonly FusedOp[] = fusedOps,
): Promise<BackendChoice> {
  leaveOutKernels([]);
  if (choice.backend !== 'webgpu') return choice;
  const [{ guarded }, { kernelVersion }] = await Promise.all([
    import('../models/webgpu/guard.ts'),
    import('../models/webgpu/version.ts'),
  ]);
  const key = keyOf(choice, config, kernelVersion());
  const known = await host.store.deviceCheck(key);
  const names = known ?? (await failingOps(config, guarded, ops)).map(({ name }) => name);
  if (!known) {
    await host.checkTrouble();
    await remember(host, key, names);
  }
  const failing = ops.filter(({ name }) => names.includes(name));
  leaveOutKernels(failing.flatMap(({ kernels }) => kernels));
  return failing.length === 0 ? choice : { ...choice, notice: noticeOf(failing) };
}
