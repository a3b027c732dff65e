/** Reads golden fixtures in Node: from $GOLDENS, else from the copy beside this file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { Expected, GoldenFolder } from './policyChecks.ts';

const root = resolve(process.env['GOLDENS'] ?? join(import.meta.dirname, 'fixtures'));

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the file's shape
export function goldenJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as T;
}

/** Every policy folder there is, in order of name. */
export function policyFolders(): GoldenFolder[] {
  const folder = join(root, 'policies');
  const bytes = (name: string, file: string): Uint8Array =>
    new Uint8Array(readFileSync(join(folder, name, file)));
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'expected.json')))
    .sort()
    .map((name) => ({
      name,
      config: goldenJson(join('policies', name, 'config.json')),
      expected: goldenJson<Expected>(join('policies', name, 'expected.json')),
      model: bytes(name, 'model.safetensors'),
      grads: bytes(name, 'grads.safetensors'),
      after3: bytes(name, 'after_3_adamw_steps.safetensors'),
    }));
}
