/** Every golden policy on tfjs' CPU and WASM backends in Node. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { policyFolders } from './goldenFiles.ts';
import { policyGolden } from './policyGolden.ts';

const folders = policyFolders();

it('finds fixtures', () => {
  expect(folders.length).toBeGreaterThan(0);
});

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });
  folders.forEach(policyGolden);
});
