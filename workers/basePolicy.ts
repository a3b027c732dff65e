/** The base policy a run starts from: a Hugging Face folder's bytes, or fresh random weights. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { readPolicyFolder, writePolicyFolder } from '../models/policyFolder.ts';
import { freshPolicy } from './freshPolicy.ts';
import { policyTable } from '../src/rft/policyTable.ts';
import type { BasePolicy } from './activeRun.ts';

/** Seed of the untrained policies' weights: the same in every run, so that runs can be compared. */
const untrainedSeed = 7;

/** The untrained policy called `name`, made here and now; null for one that has to be loaded. */
export function untrainedPolicy(name: string): BasePolicy | null {
  const info = Object.entries(policyTable).find(([key]) => key === name)?.[1];
  if (!info || info.pretrainedFor.length > 0) return null;
  const folder = freshPolicy(info.shape, untrainedSeed);
  const { 'model.safetensors': weights } = writePolicyFolder(folder);
  return { folder, hash: bytesToHex(sha256(weights)) };
}

export function readBasePolicy(files: Parameters<typeof readPolicyFolder>[0]): BasePolicy {
  return {
    folder: readPolicyFolder(files),
    hash: bytesToHex(sha256(files['model.safetensors'])),
  };
}
