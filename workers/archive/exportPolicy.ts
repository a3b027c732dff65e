/** The policy of one checkpoint in Hugging Face layout, and alone as model.safetensors. */
import { CodedError } from '../../models/errors.ts';
import { writePolicyFolder } from '../../models/policyFolder.ts';
import { parseSafetensors } from '../../models/safetensors.ts';
import { parameterShapes } from '../../models/parameters.ts';
import type { BasePolicy } from '../activeRun.ts';
import type { WholeRun } from '../../src/storage/wholeRun.ts';
import { modelCard } from './modelCard.ts';
import type { Piece } from './zipWriter.ts';

export type PolicyFile = 'config.json' | 'tokenizer.json' | 'model.safetensors' | 'README.md';

/** The policy's files, in the order in which they are written. */
export function policyFiles(
  { run, rows }: WholeRun,
  step: number,
  tensors: Uint8Array,
  base: BasePolicy,
): [PolicyFile, Piece][] {
  if (base.hash !== run.policyHash) {
    throw new CodedError(
      'other-base',
      'This run started from another version of its base policy, so its policy cannot be put ' +
        'together here. The run itself is kept as it is.',
      `run ${run.policyHash}, here ${base.hash}`,
    );
  }
  const all = parseSafetensors(tensors).tensors;
  const names = new Set(parameterShapes(base.folder.config).keys());
  const own = new Map([...all].filter(([name]) => names.has(name)));
  const files = writePolicyFolder({ ...base.folder, tensors: own });
  const card = new TextEncoder().encode(modelCard(run, rows, step));
  return [
    ['README.md', card],
    ['config.json', files['config.json'] as Piece],
    ['tokenizer.json', files['tokenizer.json'] as Piece],
    ['model.safetensors', files['model.safetensors'] as Piece],
  ];
}
