/**
 * Reward code from elsewhere (a link, an imported run) is shown and asked about before it runs for
 * the first time in this browser. What was typed in this page needs no asking. The answer is kept
 * by the code's SHA-256. Consent or not, code runs in the sandbox and nowhere else.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { CodedError } from '../../models/errors.ts';
import type { CodeProgram } from '../graders/codeReward.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { isCodeReward } from '../rft/rewardSpec.ts';
import { recalledJson, remember } from './remembered.ts';

const KEY = 'rft-allowed-code';
/** Answers that are kept. */
const MOST = 500;

const keptAnswers = v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)));

const hashOf = (source: string): string => bytesToHex(sha256(utf8ToBytes(source)));

/** Where it is anything else, it is asked again. */
function recall(): string[] {
  const read = v.safeParse(keptAnswers, recalledJson(KEY));
  return read.success ? read.output : [];
}

/** Every reward in code that a run with this recipe comes to, each text once. */
export function codeOf(config: RunConfig): CodeProgram[] {
  const specs = [config.rewards, ...config.changes.map(({ rewards }) => rewards ?? [])].flat();
  const programs = specs.filter(isCodeReward);
  return programs.filter(({ source }, i) => programs.findIndex((p) => p.source === source) === i);
}

export class CodeConsent {
  /** What is asked about now; null: nothing. */
  asked = $state.raw<readonly CodeProgram[] | null>(null);
  #then: (() => void) | null = null;
  /** Texts that came from elsewhere since the page was opened. */
  #foreign: readonly string[] = [];
  #allowed: readonly string[] = recall();

  /** A recipe that was not made in this page. */
  meet(config: RunConfig): void {
    this.#foreign = [...this.#foreign, ...codeOf(config).map(({ source }) => source)];
  }

  /** Throws CodedError 'code-not-allowed' for code that has not been agreed to yet. */
  require(source: string): void {
    if (this.#isOpen(source)) {
      throw new CodedError(
        'code-not-allowed',
        'This code came with a recipe from elsewhere and has not run yet: you are asked first.',
      );
    }
  }

  /** Does `then` at once where nothing is to be asked; else after a yes, and never after a no. */
  before(config: RunConfig, then: () => void): void {
    const programs = codeOf(config);
    const open = programs.filter(({ source }) => this.#isOpen(source));
    if (open.length > 0) {
      this.asked = open;
      this.#then = then;
      return;
    }
    this.#allow(programs); // made here: coming back as a stored run it is known
    then();
  }

  answer(yes: boolean): void {
    const then = this.#then;
    const programs = this.asked ?? [];
    this.asked = null;
    this.#then = null;
    if (!yes) return;
    this.#allow(programs);
    then?.();
  }

  #isOpen(source: string): boolean {
    return this.#foreign.includes(source) && !this.#allowed.includes(hashOf(source));
  }

  #allow(programs: readonly CodeProgram[]): void {
    const hashes = programs.map(({ source }) => hashOf(source));
    const fresh = hashes.filter((hash) => !this.#allowed.includes(hash));
    if (fresh.length === 0) return;
    this.#allowed = [...this.#allowed, ...fresh].slice(-MOST);
    remember(KEY, JSON.stringify(this.#allowed));
  }
}
