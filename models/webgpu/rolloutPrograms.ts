/** The WGSL programs of a rollout, with the text that several of them share before their own. */
import attendCode from './kernels/decodeAttend.wgsl?raw';
import attentionCode from './kernels/decodeAttention.wgsl?raw';
import compactCode from './kernels/decodeCompact.wgsl?raw';
import drawCode from './kernels/decodeDraw.wgsl?raw';
import gateUpCode from './kernels/decodeGateUp.wgsl?raw';
import headCode from './kernels/decodeHead.wgsl?raw';
import normedCode from './kernels/decodeNormed.wgsl?raw';
import pickCode from './kernels/decodePick.wgsl?raw';
import projectCode from './kernels/decodeProject.wgsl?raw';
import qkvCode from './kernels/decodeQkv.wgsl?raw';
import rowsCode from './kernels/decodeRows.wgsl?raw';
import turnCode from './kernels/decodeTurn.wgsl?raw';
import wholeCode from './kernels/decodeWhole.wgsl?raw';
import type { Program } from './program.ts';

const tiled = [8, 4, 1] as const;
const flat = [64, 1, 1] as const;

function program(name: string, workgroup: Program['workgroup'], ...parts: string[]): Program {
  return { name, workgroup, code: [rowsCode, ...parts].join('\n') };
}

export const compact = program('decodeCompact', flat, compactCode);
export const qkv = program('decodeQkv', tiled, normedCode, turnCode, qkvCode);
export const attention = program('decodeAttention', tiled, attendCode, attentionCode);
export const project = program('decodeProject', tiled, projectCode);
export const gateUp = program('decodeGateUp', tiled, normedCode, gateUpCode);
export const head = program('decodeHead', tiled, normedCode, headCode);
export const pick = program('decodePick', flat, drawCode, pickCode);
/** Its workgroup has as many lanes as the constant LANES says. */
export const whole = program(
  'decodeWhole',
  [1, 1, 1],
  normedCode,
  turnCode,
  attendCode,
  drawCode,
  wholeCode,
);
