/** A Hugging Face folder's bytes as the base policy a run starts from. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { readPolicyFolder } from '../models/policyFolder.ts';
import type { BasePolicy } from './runLoop.ts';

export function readBasePolicy(files: Parameters<typeof readPolicyFolder>[0]): BasePolicy {
  return {
    folder: readPolicyFolder(files),
    hash: bytesToHex(sha256(files['model.safetensors'])),
  };
}
