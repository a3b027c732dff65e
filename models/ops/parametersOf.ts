/** How a kernel's inputs name a policy's parameters: p0, p1, … in the order of `parameterShapes`. */
import type { NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

export function namedParameters(tensors: Iterable<Tensor>): NamedTensorMap {
  return Object.fromEntries([...tensors].map((tensor, i) => [`p${String(i)}`, tensor]));
}

/** The parameters among a kernel's inputs, in order. */
export function parametersOf(inputs: Record<string, TensorInfo>): TensorInfo[] {
  const list: TensorInfo[] = [];
  for (let i = 0; ; i++) {
    const tensor = inputs[`p${String(i)}`];
    if (!tensor) return list;
    list.push(tensor);
  }
}
