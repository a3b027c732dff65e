/** What crosses between client.ts and reward.worker.ts. */
import type { RewardRunner } from '../../src/graders/codeReward.ts';

export interface RewardWorkerApi extends Pick<RewardRunner, 'check' | 'run'> {
  /** Answers once QuickJS is loaded; rejects when it cannot be. */
  ready(): Promise<void>;
}

/** Posted a few times a second while user code runs; comlink takes no notice of it. */
export const rewardBeat = 'reward-beat';
