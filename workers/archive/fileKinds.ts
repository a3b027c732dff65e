/**
 * The files of a run's archive: their names, what each may be at most, and whether it is kept in
 * memory until the run is stored. Another name is no file of a run.
 */
import { limits } from './limits.ts';

export const names = {
  manifest: 'manifest.json',
  config: 'config.json',
  metrics: 'metrics.jsonl',
  metricsTable: 'metrics.csv',
  rollouts: 'rollouts.jsonl',
  receipt: 'receipt.json',
  policy: {
    config: 'policy/config.json',
    tokenizer: 'policy/tokenizer.json',
    weights: 'policy/model.safetensors',
    card: 'policy/README.md',
  },
  header: (step: number): string => `checkpoints/step-${String(step)}.json`,
  tensors: (step: number): string => `checkpoints/step-${String(step)}.safetensors`,
} as const;

export interface FileKind {
  name: RegExp;
  /** Bytes, unpacked. */
  most: number;
  held: boolean;
  optional: boolean;
}

const exactly = (name: string): RegExp => new RegExp(`^${name.replaceAll('.', '\\.')}$`);

const kind = (name: string | RegExp, most: number, more: Partial<FileKind> = {}): FileKind => ({
  name: typeof name === 'string' ? exactly(name) : name,
  most,
  held: true,
  optional: false,
  ...more,
});

const unread = { held: false, optional: true };

export const fileKinds: readonly FileKind[] = [
  kind(names.manifest, limits.text),
  kind(names.config, limits.text),
  kind(names.metrics, limits.metrics),
  kind(names.metricsTable, limits.metrics, unread),
  kind(names.rollouts, limits.rollouts, unread),
  kind(names.receipt, limits.text, { optional: true }),
  kind(names.policy.config, limits.text),
  kind(names.policy.tokenizer, limits.text),
  kind(names.policy.weights, limits.tensorFile),
  kind(names.policy.card, limits.text, unread),
  kind(/^checkpoints\/step-(0|[1-9]\d{0,5})\.json$/, limits.text),
  kind(/^checkpoints\/step-(0|[1-9]\d{0,5})\.safetensors$/, limits.tensorFile),
];

export const kindOf = (name: string): FileKind | undefined =>
  fileKinds.find((one) => one.name.test(name));
