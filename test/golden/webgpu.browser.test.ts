/** The golden policies and losses on WebGPU, in real Chromium. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import losses from './fixtures/policy_losses.json';
import { evaluateCase, isOffered, type LossCase } from './lossChecks.ts';
import type { Expected, GoldenFolder } from './policyChecks.ts';
import { policyGolden } from './policyGolden.ts';

const json = import.meta.glob<unknown>('./fixtures/policies/*/*.json', {
  eager: true,
  import: 'default',
});
const urls = import.meta.glob<string>('./fixtures/policies/*/*.safetensors', {
  eager: true,
  query: '?url',
  import: 'default',
});

async function fetchBytes(path: string): Promise<Uint8Array> {
  const url = urls[path];
  if (url === undefined) throw new Error(`no fixture ${path}`);
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

async function readFolder(name: string): Promise<GoldenFolder> {
  const at = `./fixtures/policies/${name}`;
  const [model, grads, after3] = await Promise.all(
    ['model', 'grads', 'after_3_adamw_steps'].map((file) =>
      fetchBytes(`${at}/${file}.safetensors`),
    ),
  );
  return {
    name,
    config: json[`${at}/config.json`],
    expected: json[`${at}/expected.json`] as Expected,
    model: model!,
    grads: grads!,
    after3: after3!,
  };
}

const names = Object.keys(json)
  .filter((path) => path.endsWith('/expected.json'))
  .map((path) => path.split('/').at(-2));
const folders = await Promise.all(names.map(readFolder));

beforeAll(async () => {
  await startBackend('webgpu', {
    wasmPaths: {},
    onTrouble: (error) => {
      throw error;
    },
  });
});

describe('webgpu', () => {
  it('finds fixtures', () => {
    expect(folders.length).toBeGreaterThan(0);
  });
  folders.forEach(policyGolden);

  it.each((losses.cases as LossCase[]).filter(isOffered))('loss: $name', async (one) => {
    const { loss, gradient } = await evaluateCase(one);
    const wanted = one.expected.grad_logps.flat();
    const largest = Math.max(...wanted.map(Math.abs));
    expect(Math.abs(loss - one.expected.loss)).toBeLessThan(
      1e-5 * Math.max(Math.abs(one.expected.loss), 1e-2),
    );
    wanted.forEach((g, i) => {
      expect(Math.abs((gradient[i] ?? NaN) - g)).toBeLessThan(1e-5 * Math.max(largest, 1e-2));
    });
  });
});
