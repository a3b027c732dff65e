/** The whole journey on WebGPU (in software here, see chromium.mjs), with a very small run. */
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  heldOut,
  linkTo,
  pause,
  press,
  readMetrics,
  share,
  tinyWebGpu,
  waitForEnd,
  waitForStep,
} from './lab.ts';

/** Each page load compiles its shaders anew. */
const SHADERS = 15 * 60_000;

test(
  'run, pause, reload, resume; the shared link gives a fresh profile the same',
  async () => {
    const visitor = await visit(linkTo(tinyWebGpu));
    const { page } = visitor;
    await press(page, 'Run');
    await waitForStep(page, 2);
    expect(await page.getByTestId('device').textContent()).toContain('WebGPU');
    await pause(page);
    const paused = await waitForStep(page, 2);
    await page.reload();
    await banner(page, `stopped at step ${paused} of 4`);
    await press(page, 'Resume');
    await waitForEnd(page);
    const resumed = await readMetrics(page);
    expect(resumed.map(({ step }) => step)).toEqual(['0', '1', '2', '3', '4']);
    for (const row of resumed.slice(1)) expect(Number(row['reward'])).toBeGreaterThanOrEqual(0);
    expect(await heldOut(page, 'eval-now')).not.toBeNull();
    const shared = await share(page);
    await visitor.close();

    const friend = await visit(shared);
    await press(friend.page, 'Run');
    await waitForEnd(friend.page);
    expect(await readMetrics(friend.page)).toStrictEqual(resumed);
    await friend.close();
  },
  SHADERS,
);
