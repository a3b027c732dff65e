/**
 * Takes the place of the package 'webgpu' in the carried bundle: the native addon from DAWN (the
 * addon's own path, or the folder of the package), else from dawn.node beside the bundle.
 */
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type * as Dawn from 'webgpu';

function addonPath(): string {
  const named = process.env.DAWN;
  if (named === undefined) return join(dirname(resolve(process.argv[1]!)), 'dawn.node');
  if (!statSync(named).isDirectory()) return resolve(named);
  return resolve(named, 'dist', `${process.platform}-${process.arch}`, 'dawn.node');
}

const path = addonPath();
export const { create, globals } = createRequire(path)(path) as typeof Dawn;
