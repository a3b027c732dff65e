/**
 * The dispatches of a training pass, forward and backward, in order: the same network as
 * ../decoder.ts for plain llama decoders, from token ids to log-probabilities and from their
 * gradients to the flat gradient of all parameters. 8 dispatches a layer forward, 14 backward.
 */
import { headWidths } from './passBuffers.ts';
import type { Step } from './plan.ts';
import { piecesOf, type PassShape } from './trainingPieces.ts';

/** A layer's parameters by their last names. */
const layerAt = (layer: number) => (name: string) => `model.layers.${String(layer)}.${name}`;

/** From `ids` and `targets` to `logps` and, where the shape asks for them, `entropies`. */
export function forwardSteps(shape: PassShape): Step[] {
  const { config } = shape;
  const { hiddenSize: d, intermediateSize: f, numHiddenLayers: layers, vocabSize } = config;
  const { q, qkv } = headWidths(config);
  const make = piecesOf(shape);
  const steps = [make.embed()];
  for (let layer = 0; layer < layers; layer++) {
    const of = layerAt(layer);
    const own = (name: string): string => `${name}${String(layer)}`;
    const next = layer + 1 < layers ? `x${String(layer + 1)}` : 'last';
    steps.push(
      make.norm(of('input_layernorm'), own('x'), own('h'), own('scale')),
      make.linear(of('self_attn.q_proj'), [d, qkv], own('h'), own('qkv')),
      make.rope(own('qkv')),
      make.attention(own('qkv'), own('out'), own('logSums')),
      make.linear(of('self_attn.o_proj'), [q, d], own('out'), own('middle'), own('x')),
      make.norm(of('post_attention_layernorm'), own('middle'), own('middleH'), own('middleScale')),
      make.gateUp(of('mlp.gate_proj'), own('middleH'), own('pre'), own('a')),
      make.linear(of('mlp.down_proj'), [f, d], own('a'), next, own('middle')),
    );
  }
  steps.push(
    make.norm('model.norm', 'last', 'lastH', 'lastScale'),
    make.linear(make.head, [d, vocabSize], 'lastH', 'logits'),
    make.logps(),
    ...(shape.entropies ? [make.entropies()] : []),
  );
  return steps;
}

/**
 * From `dLogps`, where the shape asks for it `dEntropies`, and what the forward pass left, to the
 * flat `gradient`. `dx` must hold zeros; the logits are overwritten.
 */
export function backwardSteps(shape: PassShape): Step[] {
  const { config } = shape;
  const { hiddenSize: d, intermediateSize: f, numHiddenLayers: layers, vocabSize } = config;
  const { q, qkv } = headWidths(config);
  const make = piecesOf(shape);
  const steps = [
    make.logpsBackward(),
    make.weight(make.head, [d, vocabSize], 'logits', 'lastH'),
    make.input(make.head, [vocabSize, d], 'logits', 'dh'),
    ...make.normBackward('model.norm', 'last', 'lastScale'),
  ];
  for (let layer = layers - 1; layer >= 0; layer--) {
    const of = layerAt(layer);
    const own = (name: string): string => `${name}${String(layer)}`;
    steps.push(
      make.weight(of('mlp.down_proj'), [f, d], 'dx', own('a')),
      make.input(of('mlp.down_proj'), [d, f], 'dx', 'dpre', own('pre')),
      make.weight(of('mlp.gate_proj'), [d, 2 * f], 'dpre', own('middleH')),
      make.input(of('mlp.gate_proj'), [2 * f, d], 'dpre', 'dh'),
      ...make.normBackward(of('post_attention_layernorm'), own('middle'), own('middleScale')),
      make.weight(of('self_attn.o_proj'), [q, d], 'dx', own('out')),
      make.input(of('self_attn.o_proj'), [d, q], 'dx', 'dout'),
      ...make.attentionBackward(own('qkv'), own('out'), own('logSums')),
      make.weight(of('self_attn.q_proj'), [d, qkv], 'dqkv', own('h')),
      make.input(of('self_attn.q_proj'), [qkv, d], 'dqkv', 'dh'),
      ...make.normBackward(of('input_layernorm'), own('x'), own('scale')),
    );
  }
  steps.push(make.embedGradient(), make.reduceShares());
  return steps;
}
