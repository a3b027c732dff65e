/** The README.md of an exported policy, as Hugging Face shows it. */
import type { RunRecord } from '../../src/storage/runStore.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { taskOf } from '../../src/tasks/index.ts';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

const plain = (text: string): string => text.replaceAll(/[\s|`]+/g, ' ').trim();

/** Held-out accuracies at the first and the last evaluation up to `step`. */
function accuracies(rows: readonly StepMetrics[]): string[] {
  const evaluated = rows.filter(({ values }) => 'eval_greedy' in values);
  const [first] = evaluated;
  const last = evaluated.at(-1);
  if (!first || !last) return [];
  const keys = ['eval_greedy', 'eval_pass@1'].filter((key) => key in last.values);
  return [
    '',
    `| held-out accuracy | step ${String(first.step)} | step ${String(last.step)} |`,
    '| --- | --- | --- |',
    ...keys.map((key) => {
      const shown = [first, last].map(({ values }) => percent(values[key] ?? NaN));
      return `| ${key} | ${shown.join(' | ')} |`;
    }),
  ];
}

export function modelCard(run: RunRecord, rows: readonly StepMetrics[], step: number): string {
  const { config } = run;
  const until = rows.filter((row) => row.step <= step);
  return [
    '---',
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags: [reinforcement-learning, rft-playground]',
    '---',
    `# ${plain(run.name)}`,
    '',
    `A Llama-style character model, tuned in a browser tab with RFT Playground: ${String(step)} of ` +
      `${String(config.maxSteps)} steps of method \`${config.method}\` on the task ` +
      `“${plain(taskOf(config).title)}”, from the base policy \`${config.policy}\`, seed ` +
      `${String(config.seed)}, on ${run.backend.backend} (${plain(run.backend.device)}).`,
    ...accuracies(until),
    '',
    '```python',
    'from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast',
    "model = AutoModelForCausalLM.from_pretrained('.')",
    "tokenizer = PreTrainedTokenizerFast(tokenizer_file='tokenizer.json')",
    '```',
    '',
    `SHA-256 of the base policy’s weights: \`${run.policyHash}\`.`,
    '',
  ].join('\n');
}
