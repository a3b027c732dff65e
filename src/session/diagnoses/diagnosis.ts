/**
 * What a diagnosis is, and what a rule that finds one is. A rule looks at metrics and settings
 * alone: it sees no token and computes nothing that is trained on, so it can be wrong, and says
 * what it saw rather than what must be so. Types only.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import type { Evidence } from './evidence.ts';

export type DiagnosisId =
  | 'rewardErrors'
  | 'rewardConstant'
  | 'truncated'
  | 'rateTooHigh'
  | 'noSpread'
  | 'formatOnly'
  | 'rewardNotTruth'
  | 'lengthUp'
  | 'lengthDown'
  | 'entropyCollapse'
  | 'entropyBlowUp'
  | 'klRunaway'
  | 'parting'
  | 'byHeart'
  | 'rateTooLow';

/** What usually helps: settings to change, and the words for the button. */
export interface Suggestion {
  /** "sample 16 per prompt instead of 8" */
  label: string;
  changes: Partial<RunConfig>;
  /** The damage is done: only a run from the base policy is helped, even where it could be changed. */
  fresh?: true;
}

export interface Remedy {
  label: string;
  changes: Partial<RunConfig>;
  /** Can take effect at the next step of the run at hand; else it is for a new run. */
  live: boolean;
}

export interface Diagnosis {
  id: DiagnosisId;
  name: string;
  /** A sentence with the numbers that were seen. */
  evidence: string;
  /** What that means, for somebody who has never seen it. */
  meaning: string;
  /** Null where the settings leave nothing to try. */
  remedy: Remedy | null;
}

export interface Rule {
  id: DiagnosisId;
  name: string;
  meaning: string;
  methods: readonly RunConfig['method'][];
  /** What it looks at, in a word or two; rules that look at the same say the same. */
  watches: string;
  /** Whether a recipe of these methods has what it looks at; absent: always. */
  applies?: (config: RunConfig) => boolean;
  /** Other findings that follow from this one and need not be told beside it. */
  explains: readonly DiagnosisId[];
  /** The evidence in a sentence; null: nothing to see, or not enough to go by. */
  find: (evidence: Evidence) => string | null;
  /** For the settings in force; null where there is nothing to try. */
  remedy: (config: RunConfig) => Suggestion | null;
}
