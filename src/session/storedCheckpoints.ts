/** A stored run's checkpoints, newest first, without their bytes. */
import { openStore } from '../storage/runStore.ts';
import type { CheckpointInfo } from './protocol.ts';

/** Rejects as the store does. */
export async function storedCheckpoints(runId: string): Promise<readonly CheckpointInfo[]> {
  const store = await openStore();
  try {
    return await store.listCheckpoints(runId);
  } finally {
    store.close();
  }
}
