/**
 * What is wrong with a run, most important first: every rule over the rows so far. A finding stays
 * for a few steps after its evidence has gone below the bar, so that a sentence can be read and
 * does not flicker; a change of the recipe ends it at once. Pure: the same rows, the same findings.
 */
import { changeableFields } from '../../rft/changeable.ts';
import type { RunConfig } from '../../rft/configTable.ts';
import type { StepMetrics } from '../protocol.ts';
import type { Diagnosis, DiagnosisId, Remedy, Rule, Suggestion } from './diagnosis.ts';
import { evidenceOf, WINDOW, type Evidence } from './evidence.ts';
import { policyRules } from './policyRules.ts';
import { rateRules } from './rateRules.ts';
import { signalRules } from './signalRules.ts';
import { truthRules } from './truthRules.ts';

/** Steps that a finding outlasts its evidence by. */
const HOLD = 5;

/** What makes others pointless comes first; what a run may live with comes last. */
const ORDER: readonly DiagnosisId[] = [
  'rewardErrors',
  'rewardConstant',
  'rateTooHigh',
  'lengthUp',
  'lengthDown',
  'truncated',
  'noSpread',
  'formatOnly',
  'rewardNotTruth',
  'klRunaway',
  'entropyBlowUp',
  'entropyCollapse',
  'parting',
  'byHeart',
  'rateTooLow',
];

const place = ({ id }: Rule): number => ORDER.indexOf(id);

/** The one table of rules, most important first. */
export const rules: readonly Rule[] = [
  ...signalRules,
  ...rateRules,
  ...policyRules,
  ...truthRules,
].sort((a, b) => place(a) - place(b));

const isFor = ({ methods, applies }: Rule, config: RunConfig): boolean =>
  methods.includes(config.method) && (applies?.(config) ?? true);

/** What the rules look at in a run with this recipe; nothing in a control run. */
export const watchedIn = (recipe: RunConfig): string[] =>
  recipe.shuffleRewards
    ? []
    : [...new Set(rules.filter((rule) => isFor(rule, recipe)).map(({ watches }) => watches))];

const canChangeLive = (changes: Partial<RunConfig>): boolean =>
  Object.keys(changes).every((name) => (changeableFields as readonly string[]).includes(name));

const asRemedy = ({ label, changes, fresh }: Suggestion): Remedy => ({
  label,
  changes,
  live: fresh !== true && canChangeLive(changes),
});

/** The evidence at the last step and at those just before it, back to the last change. */
function recentEvidence(rows: readonly StepMetrics[], recipe: RunConfig): Evidence[] {
  const now = evidenceOf(rows, recipe);
  const earlier = Math.min(HOLD, now.since.length - 1, rows.length - 1);
  const before = Array.from({ length: Math.max(0, earlier) }, (_, i) =>
    evidenceOf(rows.slice(0, rows.length - 1 - i), recipe),
  );
  return [now, ...before];
}

/** The first step under new settings, while there are too few steps to judge them by; or null. */
export function settlingSince(rows: readonly StepMetrics[], recipe: RunConfig): number | null {
  const { since, settled } = evidenceOf(rows, recipe);
  const from = settled(changeableFields);
  return from > 1 && since.length < WINDOW ? from : null;
}

/** The newest evidence that a rule still goes by. */
function found(rule: Rule, evidences: readonly Evidence[]): string | null {
  for (const evidence of evidences) {
    const sentence = rule.find(evidence);
    if (sentence !== null) return sentence;
  }
  return null;
}

/**
 * Diagnoses of a run with this recipe after these rows. What follows from another finding is left
 * out; a control run with shuffled rewards is not to learn anything, so nothing is wrong with it.
 */
export function diagnose(rows: readonly StepMetrics[], recipe: RunConfig): Diagnosis[] {
  if (recipe.shuffleRewards || rows.length === 0) return [];
  const evidences = recentEvidence(rows, recipe);
  const { config } = evidences[0]!;
  const findings = rules.flatMap((rule) => {
    const evidence = isFor(rule, config) ? found(rule, evidences) : null;
    return evidence === null ? [] : [{ rule, evidence }];
  });
  const explained = new Set(findings.flatMap(({ rule }) => rule.explains));
  return findings
    .filter(({ rule }) => !explained.has(rule.id))
    .map(({ rule: { id, name, meaning, remedy }, evidence }) => {
      const suggestion = remedy(config);
      return { id, name, evidence, meaning, remedy: suggestion && asRemedy(suggestion) };
    });
}
