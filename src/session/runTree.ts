/**
 * The stored runs as a tree: a fork hangs under the run that it left, with where and by what change.
 * A run whose parent is not listed stands by itself. Pure.
 */
import { changeTexts } from './changeWords.ts';
import type { RunInfo } from './protocol.ts';

export interface RunNode {
  run: RunInfo;
  /** Where it comes from; null for a run of its own. */
  origin: string | null;
  children: readonly RunNode[];
}

const changeAt = ({ config }: RunInfo, step: number): string | null =>
  changeTexts(config).find((change) => change.step === step)?.text ?? null;

/** What the fork did otherwise than its parent, from its first step on. */
function changeOf(run: RunInfo, step: number, parent: RunInfo | undefined): string {
  const text = changeAt(run, step + 1);
  return text === null || (parent && changeAt(parent, step + 1) === text) ? 'no change' : text;
}

function originOf(run: RunInfo, known: ReadonlyMap<string, RunInfo>): string | null {
  if (!run.parent) return null;
  const { runId, step, name } = run.parent;
  const parent = known.get(runId);
  const title = parent?.name ?? name;
  const from = title === undefined ? 'a run' : `“${title}”`;
  const gone = parent ? '' : ', which was deleted';
  return `from step ${step} of ${from}${gone}: ${changeOf(run, step, parent)}`;
}

/** Roots in the order given; forks by where they left, then by when. */
export function runTree(runs: readonly RunInfo[]): RunNode[] {
  const known = new Map(runs.map((run) => [run.id, run]));
  const placed = new Set<string>();
  const nodeOf = (run: RunInfo): RunNode => {
    placed.add(run.id);
    const own = runs.filter(({ id, parent }) => parent?.runId === run.id && !placed.has(id));
    const ordered = own.sort(
      (a, b) => a.parent!.step - b.parent!.step || a.createdAt - b.createdAt,
    );
    return { run, origin: originOf(run, known), children: ordered.map(nodeOf) };
  };
  const roots = runs.filter(({ parent }) => !parent || !known.has(parent.runId));
  const tree = roots.map(nodeOf);
  // Runs that are one another's parents, which only a forged import could bring, are shown too.
  for (const run of runs) if (!placed.has(run.id)) tree.push(nodeOf(run));
  return tree;
}
