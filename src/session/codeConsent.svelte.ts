/**
 * Reward code from elsewhere (a link, an imported run) is shown and asked about before it runs for
 * the first time in this browser. To check a text is to run it, so it is asked about before it is
 * opened in an editor, too: what is made of it there is the user's own. What was typed in this page
 * needs no asking. The answer is kept by the code's SHA-256; how lines end makes no other code, for
 * an editor rewrites that. Consent or not, code runs in the sandbox and nowhere else.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { CodedError } from '../../models/errors.ts';
import type { CodeProgram } from '../graders/codeReward.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { isCodeReward } from '../rft/rewardSpec.ts';
import type { RunInfo } from './protocol.ts';
import { recalledJson, remember } from './remembered.ts';

const KEY = 'rft-allowed-code';
/** Answers that are kept. */
const MOST = 500;

const keptAnswers = v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)));

const hashOf = (source: string): string =>
  bytesToHex(sha256(utf8ToBytes(source.replace(/\r\n?/g, '\n'))));

const hashesOf = (programs: readonly CodeProgram[]): string[] =>
  programs.map(({ source }) => hashOf(source));

/** Each once, in their order. */
const together = (...lists: (readonly string[])[]): string[] =>
  lists.flat().filter((hash, i, all) => all.indexOf(hash) === i);

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
  /** Hashes of texts that came from elsewhere since the page was opened. */
  #foreign: readonly string[] = [];
  /** Hashes that were agreed to in this page; those of other tabs are read when they are asked for. */
  #allowed: readonly string[] = [];

  /** A recipe that was not made in this page. */
  meet(config: RunConfig): void {
    this.#foreign = together(this.#foreign, hashesOf(codeOf(config)));
  }

  /** Stored runs. Those made in this browser have run here, so their code was agreed to or typed. */
  meetImported(runs: readonly RunInfo[]): void {
    for (const { imported, config } of runs) if (imported) this.meet(config);
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
    this.beforeCode(codeOf(config), then);
  }

  /** As `before`, for code on its own. */
  beforeCode(programs: readonly CodeProgram[], then: () => void): void {
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
    const hash = hashOf(source);
    return this.#foreign.includes(hash) && !together(this.#allowed, recall()).includes(hash);
  }

  #allow(programs: readonly CodeProgram[]): void {
    const known = recall();
    const hashes = hashesOf(programs);
    this.#allowed = together(this.#allowed, hashes);
    if (hashes.every((hash) => known.includes(hash))) return;
    remember(KEY, JSON.stringify(together(known, hashes).slice(-MOST)));
  }
}
