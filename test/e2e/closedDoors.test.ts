/**
 * What the page refuses to do, tried in the page itself: code out of text, HTML out of text, other
 * hosts. And that a whole visit, reward code included, asks nobody but its own host for anything.
 */
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, openPage, press, tiny, waitForEnd } from './lab.ts';

const REFUSED = /Content Security Policy|violates|TrustedScript|TrustedHTML|WebSocket connection/;

test('no code from text, no HTML from text, no other host', async () => {
  const visitor = await visit(inject('appUrl'), { webgpu: false, allow: REFUSED });
  const refusals = await visitor.page.evaluate(async () => {
    // What the browser's tools evaluate may use eval, but only before its first pause.
    await new Promise((resolve) => setTimeout(resolve));
    const attempts: Record<string, () => unknown> = {
      eval: () => Reflect.apply(Reflect.get(globalThis, 'eval'), null, ['1']) as unknown,
      function: () => Reflect.construct(Function, ['return 1']),
      html: () => (document.createElement('div').innerHTML = '<b>bold</b>'),
      'script address': () => (document.createElement('script').src = 'https://example.com/x.js'),
      worker: () => new Worker('https://example.com/x.js'),
      fetch: () => fetch('https://example.com/'),
      picture: () =>
        new Promise((resolve, reject) => {
          document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
            reject(new EvalError(effectiveDirective)),
          );
          new Image().src = 'https://example.com/x.png';
          setTimeout(() => resolve(null), 2000);
        }),
      'inline script': () => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.ran = true';
        document.head.append(script);
        if (!('ran' in globalThis)) throw new EvalError('it did not run');
      },
    };
    const told: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        await attempt();
        told[name] = 'done';
      } catch (error) {
        told[name] = (error as Error).name;
      }
    }
    return told;
  });
  expect(refusals).toEqual({
    ...{ eval: 'EvalError', function: 'EvalError' },
    ...{ html: 'TypeError', 'script address': 'TypeError', worker: 'TypeError' },
    ...{ fetch: 'TypeError', picture: 'EvalError', 'inline script': 'TypeError' },
  });
  await visitor.close();
});

test('workers are held to the same by a host that sends the policy', async () => {
  const visitor = await visit(linkTo(tiny), { webgpu: false, allow: REFUSED });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForEnd(page);
  const trainer = page.workers().find((one) => one.url().includes('trainer'));
  const refusals = await trainer?.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve)); // as above
    const attempts: Record<string, () => unknown> = {
      eval: () => Reflect.apply(Reflect.get(globalThis, 'eval'), null, ['1']) as unknown,
      function: () => Reflect.construct(Function, ['return 1']),
      fetch: () => fetch('https://example.com/'),
      'own host': () => fetch('./favicon.svg'),
    };
    const told: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        await attempt();
        told[name] = 'done';
      } catch (error) {
        told[name] = (error as Error).name;
      }
    }
    return told;
  });
  expect(refusals).toEqual({
    ...{ eval: 'EvalError', function: 'EvalError', fetch: 'TypeError', 'own host': 'done' },
  });
  await visitor.close();
});

test('a whole visit asks no other host for anything', async () => {
  const visitor = await visit('about:blank', { webgpu: false });
  const { page } = visitor;
  const asked: string[] = [];
  page.context().on('request', (request) => asked.push(request.url()));
  const code = 'function reward({ answer }) { return answer === "" ? 0 : 1; }';
  const rewards = [{ kind: 'code', name: 'said', source: code, range: [0, 1] }] as const;
  await page.goto(linkTo({ ...tiny, maxSteps: 2, evalSteps: 2, rewards, rewardWeights: [1] }));
  await press(page, 'Run');
  await press(page, 'Run this code');
  await waitForEnd(page);
  for (const id of ['compare', 'try', 'runs', 'learn', 'step', 'when', 'chains'] as const) {
    await openPage(page, id);
  }
  const home = new URL(inject('appUrl')).origin;
  const foreign = asked.filter((url) => new URL(url).origin !== home && !url.startsWith('data:'));
  expect(asked.length).toBeGreaterThan(10);
  expect(foreign.filter((url) => !url.startsWith(`blob:${home}`))).toEqual([]);
  await visitor.close();
});

test('what a user typed is shown as text', async () => {
  const name = '<img src=x onerror="globalThis.ran=true">';
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 1, evalSteps: 1 }), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForEnd(page);
  await page.getByRole('link', { name: /^Runs/ }).click();
  await page.getByRole('button', { name: /^Rename/ }).click();
  await page.getByLabel(/^New name of/).fill(name);
  await page.keyboard.press('Enter');
  const shown = page.getByTestId('runs').getByText(name, { exact: true }).first();
  await shown.waitFor();
  await page.reload();
  await shown.waitFor();
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
  await visitor.close();
});
