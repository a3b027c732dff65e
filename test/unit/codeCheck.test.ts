/** Reward code checked while it is typed: not too often, and never by an answer out of date. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeLimits, type CodeError } from '../../src/graders/codeReward.ts';
import { CodeCheck, errorText } from '../../src/session/codeCheck.svelte.ts';

const wrong: CodeError = { kind: 'syntax', message: 'unexpected token', line: 3, column: 1 };

/** Answers after `delay`; texts with a `!` are wrong. */
function checker(delay: number) {
  const asked: string[] = [];
  const check = new CodeCheck(async ({ source }) => {
    asked.push(source);
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (source === 'crash') throw new Error('the sandbox stopped');
    return source.includes('!') ? wrong : null;
  });
  return { check, asked };
}

describe('CodeCheck', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks once the typing has paused', async () => {
    const { check, asked } = checker(0);
    for (const text of ['a', 'ab', 'ab!']) {
      check.take(text);
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(asked).toEqual([]);
    expect(check.pending).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual(['ab!']);
    expect(check.error).toEqual(wrong);
    expect(check.pending).toBe(false);
  });

  it('drops an answer about an older text', async () => {
    const { check } = checker(1000);
    check.take('old!', true);
    await vi.advanceTimersByTimeAsync(500);
    check.take('new');
    await vi.advanceTimersByTimeAsync(600);
    expect(check.error).toBeNull();
    expect(check.pending).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(check.pending).toBe(false);
    expect(check.error).toBeNull();
  });

  it('settles at once when asked to, about the newest text', async () => {
    const { check, asked } = checker(50);
    check.take('old', true);
    check.take('new!');
    const settled = check.settled();
    await vi.advanceTimersByTimeAsync(60);
    await settled;
    expect(asked).toEqual(['old', 'new!']);
    expect(check.error).toEqual(wrong);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toEqual(['old', 'new!']);
  });

  it('tells a check that failed from code that is wrong', async () => {
    const { check } = checker(0);
    check.take('crash', true);
    await vi.advanceTimersByTimeAsync(1);
    expect(check.error).toBeNull();
    expect(check.failure).toBe('the sandbox stopped');
    check.take('fine', true);
    await vi.advanceTimersByTimeAsync(1);
    expect(check.failure).toBeNull();
  });

  it('leaves too long a text to the parser', async () => {
    const { check, asked } = checker(0);
    check.take('x'.repeat(codeLimits.sourceLength + 1), true);
    await check.settled();
    expect(asked).toEqual([]);
    expect(check.pending).toBe(false);
  });

  it('writes an error in one line', () => {
    expect(errorText(wrong)).toBe('Line 3: unexpected token');
    expect(errorText({ ...wrong, line: null })).toBe('unexpected token');
  });
});
