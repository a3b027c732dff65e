/**
 * What a kernel keeps on a device from call to call: buffers by name, which only grow, and plans
 * made on them by key, which are dropped when a buffer had to be replaced. Everything is freed when
 * the learner that it was for goes (`releaseWorkspaces`).
 */
import { NamedBuffers } from './buffers.ts';
import type { Plan } from './plan.ts';
import { submit, type TfjsGpu } from './tfjsGpu.ts';

export class Workspace {
  readonly buffers: NamedBuffers;
  readonly #plans = new Map<string, Plan>();
  /** Of the buffers that the plans were made with. */
  #version = 0;

  constructor(device: GPUDevice) {
    this.buffers = new NamedBuffers(device);
  }

  /** Room for these buffers; see `NamedBuffers.reserve`. */
  reserve(gpu: TfjsGpu, words: ReadonlyMap<string, number>): void {
    this.buffers.reserve(words, () => submit(gpu));
    if (this.buffers.version === this.#version) return;
    this.#forgetPlans();
    this.#version = this.buffers.version;
  }

  /** The plan of this key, made where there is none. */
  plan(key: string, make: () => Plan): Plan {
    const plan = this.#plans.get(key) ?? make();
    this.#plans.set(key, plan);
    return plan;
  }

  destroy(): void {
    this.#forgetPlans();
    this.buffers.destroy();
  }

  #forgetPlans(): void {
    for (const plan of this.#plans.values()) plan.destroy();
    this.#plans.clear();
  }
}

const workspaces = new WeakMap<GPUDevice, Map<string, Workspace>>();

/** The workspace of this name on a device. */
export function workspaceOf(device: GPUDevice, name: string): Workspace {
  const known = workspaces.get(device) ?? new Map<string, Workspace>();
  workspaces.set(device, known);
  const workspace = known.get(name) ?? new Workspace(device);
  known.set(name, workspace);
  return workspace;
}

/** Frees all workspaces of the device, after what is recorded has been handed over. */
export function releaseWorkspaces(gpu: TfjsGpu): void {
  submit(gpu);
  for (const workspace of workspaces.get(gpu.device)?.values() ?? []) workspace.destroy();
  workspaces.delete(gpu.device);
}
