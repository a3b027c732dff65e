/**
 * The starter templates of reward code: each parses, and scores what its line says it scores. They
 * are our own texts, so Node's vm may run them here; users' code runs in the sandbox alone.
 */
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codeLimits, type CodeInput } from '../../src/graders/codeReward.ts';
import { taskRecipe, type TaskId } from '../../src/rft/taskRecipes.ts';
import { codeSample } from '../../src/session/codeSample.ts';
import { codeTemplates } from '../../src/session/codeTemplates.ts';
import { tasks } from '../../src/tasks/index.ts';

const input: CodeInput = {
  prompt: 'C3,10,1:14|',
  completion: '<3+10=13+1=14>3+10+1',
  thinking: '3+10=13+1=14',
  answer: '3+10+1',
  example: { prompt: 'C3,10,1:14|', answer: '3+10+1', gold: '', numbers: [1, 3, 10], target: 14 },
  step: 7,
};

const withAnswer = (answer: string, gold: string, thinking = ''): CodeInput => ({
  ...input,
  answer,
  thinking,
  completion: `<${thinking}>${answer}`,
  example: { prompt: input.prompt, answer: gold },
});

function syntaxErrors(source: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(source, {
    reportDiagnostics: true,
    fileName: 'reward.js',
    compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2023 },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

function run(id: string, given: CodeInput | undefined): { score: unknown; logs: string[] } {
  const source = codeTemplates.find((one) => one.id === id)?.source ?? '';
  const logs: string[] = [];
  const console = { log: (...words: unknown[]) => logs.push(words.join(' ')) };
  const context = createContext({ console, given });
  const score: unknown = runInContext(`${source}\nreward(given)`, context);
  return { score, logs };
}

describe('code templates', () => {
  it.each(codeTemplates.map(({ id, source }) => [id, source]))('%s parses', (_, source) => {
    expect(syntaxErrors(source)).toEqual([]);
    expect(source.length).toBeLessThan(codeLimits.sourceLength);
  });

  it('a broken text would not parse', () => {
    expect(syntaxErrors('function reward( {')).not.toEqual([]);
  });

  it.each<[id: string, given: CodeInput, score: number | null]>([
    ['exact', input, 1],
    ['exact', withAnswer('3+1', '3+10+1'), 0],
    ['digits', withAnswer('127', '123'), 2 / 3],
    ['digits', withAnswer('12', '1234'), 0.5],
    ['digits', withAnswer('12', ''), null],
    ['shorter', withAnswer('7', '7'), 1],
    ['shorter', withAnswer('7', '7', 'x'.repeat(30)), 0.75],
    ['shorter', withAnswer('7', '7', 'x'.repeat(200)), 0.5],
    ['shorter', withAnswer('8', '7'), 0],
    ['format', withAnswer('-12', '', '3+4'), 1],
    ['format', withAnswer('1.5', '', '3+4'), 0],
    ['format', withAnswer('12', ''), 0],
    ['example', input, 1],
    ['example', { ...input, answer: '3+3+1' }, 2 / 3],
    ['example', withAnswer('3', '3'), null],
    ['logs', withAnswer('14', '14'), 1],
    ['logs', withAnswer('12', '14'), 1 / 3],
    ['logs', withAnswer('', '14'), 0],
    ['logs', withAnswer('x', '14'), 0],
  ])('%s scores as it says', (id, given, score) => {
    expect(run(id, given).score).toBe(score);
  });

  it('logs near misses and nothing else', () => {
    expect(run('logs', withAnswer('13', '14')).logs).toEqual(['step 7 C3,10,1:14|13 but 14']);
    expect(run('logs', withAnswer('12', '14')).logs).toEqual([]);
  });
});

describe('codeSample', () => {
  it.each(tasks.map(({ id }) => id as TaskId))('is what %s’s gold answer is paid for', (id) => {
    const sample = codeSample(taskRecipe(id));
    expect(run('exact', sample).score).toBe(1);
    expect(sample?.completion).toContain(sample?.thinking);
  });

  it('is none without rows', () => {
    expect(codeSample(taskRecipe('own'))).toBeUndefined();
  });
});
