/**
 * 2,000 inputs over the readers of what strangers hand in. None may throw what has no words, hang,
 * take much memory, or give back something else than it accepted. The bench does the same with
 * 100,000 (`npm run bench -- fuzz`).
 */
import { afterAll, expect, test } from 'vitest';
import { drive } from './fuzz/drive.ts';
import { fileTargets } from './fuzz/fileTargets.ts';
import { textTargets } from './fuzz/textTargets.ts';
import { watchdog } from './fuzz/watchdog.ts';

const EACH = 400;
/** An input and what it was made of, with what the engine has not yet cleared away. */
const MEMORY = 256 * 2 ** 20;
const dog = watchdog(30);

afterAll(() => dog.stop());

test.each([...textTargets, ...fileTargets].map((target) => [target.name, target] as const))(
  '%s',
  async (_, target) => {
    const figures = await drive(target, 1, [0, EACH], (index) => dog.beat(index));
    // Mutations must neither be refused at the door nor all be harmless.
    expect(figures.accepted).toBeGreaterThan(EACH / 100);
    expect(figures.accepted).toBeLessThan(EACH * 0.9);
    expect(figures.mostBytes).toBeLessThan(MEMORY);
  },
);
