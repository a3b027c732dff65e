/** Answers of a base policy or of a run's checkpoint, for people to compare; nothing is learnt. */
import type { AskedRow } from '../src/rft/asked.ts';
import { freeWorkspaces } from '../models/backend.ts';
import { createPolicy, disposePolicy } from '../models/policy.ts';
import { parseSafetensors } from '../models/safetensors.ts';
import { createTokenizer } from '../models/tokenizer.ts';
import { askPolicy } from '../src/rft/ask.ts';
import type { AskRequest } from '../src/session/protocol.ts';
import type { BasePolicy, TrainerStore } from './activeRun.ts';

export async function ask(
  base: BasePolicy,
  store: TrainerStore,
  { who, prompts, maxNewTokens, sample }: AskRequest,
): Promise<AskedRow[]> {
  const { config, tensors: ofBase, tokenizerJson } = base.folder;
  const tensors =
    who.runId === null
      ? ofBase
      : parseSafetensors(
          (await store.loadCheckpoint(who.runId, who.checkpointId)).checkpoint.tensors,
        ).tensors;
  const policy = createPolicy(config, tensors);
  try {
    const tokenizer = createTokenizer(tokenizerJson, config);
    return await askPolicy(policy, tokenizer, prompts, { maxNewTokens, sample });
  } finally {
    disposePolicy(policy);
    freeWorkspaces();
  }
}
