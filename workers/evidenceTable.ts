/** The evidence as a Markdown table: a row for each way of fine-tuning, mean and spread over seeds. */
import type { RunConfig } from '../src/rft/configTable.ts';
import type { TaskId } from '../src/rft/taskRecipes.ts';
import { tasks } from '../src/tasks/index.ts';
import { armsOf, seeds } from './evidencePlan.ts';

/** One finished run. */
export interface Result {
  config: RunConfig;
  policyHash: string;
  /** `eval_*` of the base policy, and at the end. */
  before: Record<string, number>;
  after: Record<string, number>;
  numTokens: number;
  seconds: number;
  device: string;
  /** ISO date. */
  date: string;
}

/** By `task/arm/seed`. */
export type EvidenceFile = Record<string, Result>;

const columns = ['eval_greedy', 'eval_pass@1', 'eval_pass@8'] as const;

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

const percent = (value: number): string => String(Math.round(value * 100));

/** Mean in percent with the lowest and highest where the seeds differ: `96 (92–100)`. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const [low, high] = [percent(Math.min(...values)), percent(Math.max(...values))];
  const middle = percent(mean(values));
  return low === high ? middle : `${middle} (${low}–${high})`;
}

function row(label: string, results: readonly Record<string, number>[], more: string): string {
  const cells = columns.map((key) => spread(results.flatMap((one) => one[key] ?? [])));
  return `| ${[label, ...cells, more].join(' | ')} |`;
}

/** Which ways of fine-tuning beat the task's default RFT at pass@1; the first arm is that RFT. */
function verdict(arms: readonly { label: string; pass1: number }[]): string {
  const [rft, ...rivals] = arms;
  const better = rivals.filter(({ pass1 }) => pass1 > (rft?.pass1 ?? 0));
  if (!rft || better.length === 0) return 'Nothing else measured here does better than RFT.';
  const listed = better.map(({ label, pass1 }) => `${label} (${percent(pass1)} %)`).join(', ');
  return `RFT does not win here: better at pass@1 than its ${percent(rft.pass1)} % are ${listed}.`;
}

function taskTable(task: TaskId, title: string, evidence: EvidenceFile): string | null {
  const lines: string[] = [];
  const bases: Record<string, number>[] = [];
  const arms: { label: string; pass1: number }[] = [];
  for (const { id, label } of armsOf(task)) {
    const results = seeds.flatMap((seed) => evidence[`${task}/${id}/${seed}`] ?? []);
    if (results.length === 0) continue;
    bases.push(...results.map(({ before }) => before));
    arms.push({ label, pass1: mean(results.map(({ after }) => after['eval_pass@1'] ?? 0)) });
    const tokens = results.reduce((sum, { numTokens }) => sum + numTokens, 0) / results.length;
    const note = results.length < seeds.length ? `${label} (${results.length} of 3 seeds)` : label;
    lines.push(
      row(
        note,
        results.map(({ after }) => after),
        `${Math.round(tokens / 1000)}k`,
      ),
    );
  }
  if (lines.length === 0) return null;
  const head = `| ${title} | greedy, % | pass@1, % | pass@8, % | tokens |`;
  const table = [head, '| --- | --- | --- | --- | --- |', row('base', bases, ''), ...lines];
  return `${table.join('\n')}\n\n${verdict(arms)}`;
}

/** All tasks with at least one result. */
export function evidenceTable(evidence: EvidenceFile): string {
  return tasks
    .flatMap(({ id, title }) => taskTable(id as TaskId, title, evidence) ?? [])
    .join('\n\n');
}
