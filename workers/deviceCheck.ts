/**
 * Runs the self-test of the fused ops (src/rft/selfTest.ts) once per device, version of the
 * kernels and heads of a policy, remembers what failed, and leaves the failing kernels out: their
 * compositions serve then, more slowly, and the page says so.
 */
import type { BackendChoice } from '../models/backend.ts';
import type { DecoderConfig } from '../models/decoderConfig.ts';
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

/** The backend, with a notice where kernels had to be left out. */
export async function checkDevice(
  choice: BackendChoice,
  config: DecoderConfig,
  store: DeviceCheckStore,
  ops: readonly FusedOp[] = fusedOps,
): Promise<BackendChoice> {
  leaveOutKernels([]);
  if (choice.backend !== 'webgpu') return choice;
  const [{ guarded }, { kernelVersion }] = await Promise.all([
    import('../models/webgpu/guard.ts'),
    import('../models/webgpu/version.ts'),
  ]);
  const { numAttentionHeads, numKeyValueHeads, headDim, modelType } = config;
  const heads = [modelType, numAttentionHeads, numKeyValueHeads, headDim].join('/');
  const key = [choice.device, kernelVersion(), heads].join(' | ');
  const known = await store.deviceCheck(key);
  const names = known ?? (await failingOps(config, guarded, ops)).map(({ name }) => name);
  if (!known) await store.saveDeviceCheck(key, names);
  const failing = ops.filter(({ name }) => names.includes(name));
  leaveOutKernels(failing.flatMap(({ kernels }) => kernels));
  return failing.length === 0 ? choice : { ...choice, notice: noticeOf(failing) };
}
