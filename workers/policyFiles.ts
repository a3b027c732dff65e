/**
 * Files of the page's own host, by fetch with progress: the base policies, as the workers load
 * them. Paths are relative to the worker's script, so the app works from any folder of any host.
 */
import { CodedError } from '../models/errors.ts';
import { readBasePolicy, untrainedPolicy } from './basePolicy.ts';
import type { BasePolicy } from './activeRun.ts';
import type { ProgressListener } from './trainerDevice.ts';

/** Both in the source tree and in the built folder, policies lie beside this script's folder. */
const policyUrl = (name: string, file: string): URL =>
  new URL(`../policies/${name}/${file}`, self.location.href);

export async function fetchBytes(
  what: string,
  url: URL,
  onProgress: (loaded: number, total: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const failed = (detail: string): CodedError =>
    new CodedError(
      'download-failed',
      `The ${what} could not be loaded. Check the connection and press Run again.`,
      `${url.pathname}: ${detail}`,
    );
  const response = await fetch(url).catch((error: unknown) => {
    throw failed(String(error));
  });
  if (!response.ok || !response.body) throw failed(`HTTP ${String(response.status)}`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    loaded += value.length;
    onProgress(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  parts.reduce((offset, part) => {
    bytes.set(part, offset);
    return offset + part.length;
  }, 0);
  return bytes;
}

const policyWords = 'base policy';

const silent = (): void => undefined;

export async function loadPolicy(name: string, onProgress: ProgressListener): Promise<BasePolicy> {
  const untrained = untrainedPolicy(name);
  if (untrained) return untrained;
  const [config, tokenizer, model] = await Promise.all([
    fetchBytes(policyWords, policyUrl(name, 'config.json'), silent),
    fetchBytes(policyWords, policyUrl(name, 'tokenizer.json'), silent),
    fetchBytes(policyWords, policyUrl(name, 'model.safetensors'), (loaded, total) => {
      onProgress(policyWords, loaded, total);
    }),
  ]);
  return readBasePolicy({
    'config.json': config,
    'tokenizer.json': tokenizer,
    'model.safetensors': model,
  });
}
