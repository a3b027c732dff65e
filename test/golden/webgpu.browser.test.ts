/** The golden policies and losses on WebGPU, in real Chromium. */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import { expectCase, type LossCase } from './lossChecks.ts';
import type { Expected, GoldenFolder } from './policyChecks.ts';
import { policyGolden } from './policyGolden.ts';

async function fetchGolden(path: string): Promise<Response> {
  const response = await fetch(`${inject('goldensUrl')}${path}`);
  if (!response.ok) throw new Error(`no fixture ${path}`);
  return response;
}

const fetchJson = async (path: string): Promise<unknown> => (await fetchGolden(path)).json();

async function fetchBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchGolden(path)).arrayBuffer());
}

async function readFolder(name: string): Promise<GoldenFolder> {
  const at = `policies/${name}`;
  const [config, expected, model, grads, after3] = await Promise.all([
    fetchJson(`${at}/config.json`),
    fetchJson(`${at}/expected.json`),
    fetchBytes(`${at}/model.safetensors`),
    fetchBytes(`${at}/grads.safetensors`),
    fetchBytes(`${at}/after_3_adamw_steps.safetensors`),
  ]);
  return { name, config, expected: expected as Expected, model, grads, after3 };
}

const folders = await Promise.all(inject('goldenPolicies').map(readFolder));
const { cases } = (await fetchJson('policy_losses.json')) as { cases: LossCase[] };

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

  it.each(cases)('loss: $name', expectCase);
});
