/**
 * The tfjs kernel 'Rollout' for WebGPU (see ../rollout.ts): a whole rollout of prepared dispatches,
 * in one of two ways (rolloutWay.ts), with nothing read back on the way. Prompts less their last
 * token are run once for each different one and shared; every token then reads one token of each
 * row and draws the next, on the GPU. Ended rows leave the list of live rows, and when all have,
 * what is left to do costs next to nothing. A row's results never depend on the other rows.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import { parameterShapes } from '../parameters.ts';
import type { RolloutRequest } from '../rollout.ts';
import type { Plan } from './plan.ts';
import { runOf, tablesOf } from './rolloutTables.ts';
import { wholeOf } from './rolloutWay.ts';
import { copyPrefixes } from './rolloutWhole.ts';
import { prepareRollout } from './rolloutWorkspace.ts';
import { gather } from './theta.ts';
import { bufferOf, emptyTensor, encoderOf, submit, type TfjsGpu } from './tfjsGpu.ts';

/**
 * Tokens between two submissions: the GPU begins early, and no submission is long. A multiple of
 * the tokens that a plan of the whole way does.
 */
const tokensPerSubmit = 16;

/** Puts the parameters and as many rows of the rotary tables as are needed into theta. */
function putModel(
  gpu: TfjsGpu,
  inputs: Record<string, TensorInfo>,
  config: DecoderConfig,
  ropePositions: number,
  theta: GPUBuffer,
): void {
  const names = [...parameterShapes(config).keys()];
  const cut = (table: TensorInfo): TensorInfo => ({
    ...table,
    shape: [ropePositions, config.headDim],
  });
  const parameters = names.map((name) => inputs[name]!);
  gather(gpu, [...parameters, cut(inputs['cos']!), cut(inputs['sin']!)], theta);
}

/** Encodes a plan `times` times over in one pass. */
function encode(gpu: TfjsGpu, plan: Plan, times: number): void {
  const pass = encoderOf(gpu).beginComputePass();
  for (let i = 0; i < times; i++) plan.encode(pass);
  pass.end();
}

/** Parameters and the rotary tables `cos` and `sin` -> record [T, 3, B]: token, logp, entropy. */
export function rollout(
  inputs: Record<string, TensorInfo>,
  gpu: TfjsGpu,
  { config, request }: { config: DecoderConfig; request: RolloutRequest },
): TensorInfo {
  const { promptIds, maxNewTokens } = request;
  const shape = [maxNewTokens, 3, promptIds.length];
  const recordWords = maxNewTokens * 3 * promptIds.length;
  const tables = tablesOf(request);
  const extent = {
    rows: promptIds.length,
    prefixTokens: tables.prefixTokens,
    columns: tables.columns,
    positions: Math.max(...promptIds.map((ids) => ids.length)) + maxNewTokens,
    recordWords,
  };
  submit(gpu); // What is written to our buffers below comes after whatever still uses them.
  const { device } = gpu;
  const whole = wholeOf(device, config, extent);
  const prepared = prepareRollout(gpu, config, extent, whole);
  const { buffers, cache, plans, tokens, ropePositions } = prepared;
  const { theta, record, rows, run } = buffers.token;
  device.queue.writeBuffer(rows, 0, tables.rows);
  device.queue.writeBuffer(run, 0, runOf(request, { ...extent, stride: tokens }));
  putModel(gpu, inputs, config, ropePositions, theta);
  const recordBytes = recordWords * Float32Array.BYTES_PER_ELEMENT;
  encoderOf(gpu).clearBuffer(record, 0, recordBytes);
  if (tables.prefixTokens > 0) {
    device.queue.writeBuffer(buffers.prefix.rows, 0, tables.prefixRows);
    const prefixRun = runOf(request, { ...extent, rows: tables.prefixTokens, stride: 1 });
    device.queue.writeBuffer(buffers.prefix.run, 0, prefixRun);
    encode(gpu, plans.prefix, 1);
    if (cache) copyPrefixes(encoderOf(gpu), config, buffers.token, cache, extent);
  }
  for (let t = 0; t < maxNewTokens; t += tokensPerSubmit) {
    const times = Math.min(tokensPerSubmit, maxNewTokens - t) / tokens;
    encode(gpu, plans.token, Math.ceil(times));
    if (t + tokensPerSubmit < maxNewTokens) submit(gpu);
  }
  const output = emptyTensor(gpu, shape);
  const to = bufferOf(gpu, output);
  encoderOf(gpu).copyBufferToBuffer(record, 0, to, 0, recordBytes);
  return output;
}
