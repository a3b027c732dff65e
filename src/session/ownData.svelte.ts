/**
 * The user's own table as it stands in its panel: the text, how it was read, which column means
 * what, and what is wrong row by row. The text is theirs and is never changed or dropped here; the
 * rows made from it go into the recipe, which decides whether they can be trained on.
 */
import { configTable } from '../rft/configTable.ts';
import { rowProblems } from '../tasks/ownData.ts';
import type { OwnRow } from '../tasks/task.ts';
import { exampleRows } from './ownDataExample.ts';
import {
  guessColumns,
  MAX_TEXT,
  readTable,
  rowsOf,
  tableText,
  type ColumnMap,
  type ColumnRole,
  type ReadTable,
  type Table,
} from './ownDataFile.ts';
import { rowsHash } from '../rft/rowsHash.ts';
import { openStore, type TableStore } from '../storage/runStore.ts';
import type { Recipe } from './recipe.svelte.ts';

/** Milliseconds without a further edit after which a table is kept. */
const SETTLED = 500;

export type { OwnRow };

const { maxRows, maxCharacters } = configTable.rows;

export interface RowRemark {
  /** Place among the rows, from 1. */
  row: number;
  /** Line of the text; null where rows did not come from one. */
  line: number | null;
  message: string;
}

function tooLong(row: OwnRow): string | undefined {
  const at = row.findIndex((cell = '') => cell.length > maxCharacters);
  if (at < 0) return undefined;
  const name = ['prompt', 'answer', 'chain'][at];
  return `The ${name} has ${row[at]?.length} characters; at most ${maxCharacters} are allowed.`;
}

export class OwnData {
  readonly #recipe: Recipe;
  text = $state('');
  table = $state.raw<Table | null>(null);
  /** Why the text could not be read as a table; null when it could, and before there is one. */
  problem = $state<string | null>(null);
  map = $state.raw<ColumnMap>({ prompt: null, answer: null, chain: null });
  /** Counts readings, so that an older one that ends later is dropped. */
  #reading = 0;
  /** Whether the first row holds column names, where the user has said so. */
  #header: boolean | undefined;

  readonly rows = $derived<readonly OwnRow[]>(this.table ? rowsOf(this.table, this.map) : []);
  readonly remarks = $derived.by((): RowRemark[] => {
    const messages: (string | undefined)[] = [];
    for (const { row, message } of rowProblems(this.rows)) messages[row] = message;
    return this.rows.flatMap((cells, i): RowRemark[] => {
      const record = this.table?.records[i];
      const message = record?.problem ?? tooLong(cells) ?? messages[i + 1];
      return message === undefined ? [] : [{ row: i + 1, line: record?.line ?? null, message }];
    });
  });
  readonly tooMany = $derived(Math.max(0, this.rows.length - maxRows));

  readonly #openTables: () => Promise<TableStore>;
  #store: Promise<TableStore> | null = null;
  /** The table that was kept last of those being edited. */
  #draft: string | null = null;
  /** Tables that a link names, by their hashes: an edit does not take their place. */
  readonly #named: string[] = [];

  constructor(recipe: Recipe, openTables: () => Promise<TableStore> = openStore) {
    this.#recipe = recipe;
    this.#openTables = openTables;
  }

  /** Reads a text that is being typed or edited; what was chosen for its columns stays. */
  async take(text: string): Promise<void> {
    this.text = text;
    const reading = ++this.#reading;
    const { table, problem } = await this.#read(text);
    if (reading !== this.#reading) return;
    const sameColumns = table !== null && String(table.columns) === String(this.table?.columns);
    this.problem = text.trim() === '' ? null : problem;
    this.table = table;
    if (table && !sameColumns) this.map = guessColumns(table.columns);
    this.#apply();
  }

  /** Reads another text: nothing of the earlier one's columns or rows is kept. */
  async replace(text: string): Promise<void> {
    this.table = null;
    this.#draft = null;
    this.#header = undefined;
    this.#apply();
    await this.take(text);
  }

  async takeFile(file: Blob & { name?: string }): Promise<void> {
    try {
      if (file.size > 4 * MAX_TEXT) throw new Error('it is far too long for a table of examples');
      await this.replace(await file.text());
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.problem = `${file.name ?? 'The file'} could not be read: ${detail}.`;
    }
  }

  /** Reads the same text again, its first row as column names or as data. */
  chooseHeader(header: boolean): Promise<void> {
    this.#header = header;
    return this.take(this.text);
  }

  chooseColumn(role: ColumnRole, place: number | null): void {
    this.map = { ...this.map, [role]: place };
    this.#apply();
  }

  useExample(): Promise<void> {
    return this.replace(tableText(exampleRows));
  }

  /**
   * Shows the rows that a link or a stored run brought; where a link only names them, those of the
   * same fingerprint that this browser knows.
   */
  async adopt(rows: readonly OwnRow[], hash = ''): Promise<void> {
    const known = hash === '' ? null : await this.#stored((store) => store.table(hash));
    const wanted = known?.rows ?? rows;
    if (hash !== '') this.#named.push(hash);
    this.name(wanted);
    if (wanted.length === 0 || JSON.stringify(wanted) === JSON.stringify(this.rows)) return;
    await this.replace(tableText(wanted));
  }

  /** A link names these rows: they stay in this browser while others are made from them. */
  name(rows: readonly OwnRow[]): void {
    if (rows.length > 0) this.#named.push(rowsHash(rows));
  }

  readonly #untouched = (): boolean => this.text === '';

  /** The table that was used last, where nothing stands in the panel yet. */
  async recall(): Promise<void> {
    if (!this.#untouched()) return;
    const newest = await this.#stored((store) => store.newestTable());
    if (!newest || !this.#untouched()) return;
    this.name(newest.rows);
    await this.replace(tableText(newest.rows));
  }

  /** The parser is loaded when it is first needed, which may fail. */
  async #read(text: string): Promise<ReadTable> {
    try {
      return await readTable(text, this.#header);
    } catch {
      const problem = 'The table reader could not be loaded. Check the connection and try again.';
      return { table: null, problem };
    }
  }

  #apply(): void {
    this.#recipe.set('rows', this.rows);
    const usable = this.rows.length > 0 && this.tooMany === 0 && this.remarks.length === 0;
    if (usable) void this.#keep(this.rows);
  }

  /** Kept once the table has stood still for a moment, in place of what it was before the edit. */
  async #keep(rows: readonly OwnRow[]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, SETTLED));
    if (rows !== this.rows) return;
    const hash = rowsHash(rows);
    const before = this.#draft;
    this.#draft = hash;
    const draft =
      before === null || before === hash || this.#named.includes(before) ? null : before;
    await this.#stored((store) => store.saveTable({ hash, rows, usedAt: Date.now() }, draft));
  }

  /** What storage says; null where it cannot be used, which the run list tells already. */
  async #stored<T>(ask: (store: TableStore) => Promise<T>): Promise<T | null> {
    try {
      this.#store ??= this.#openTables();
      return await ask(await this.#store);
    } catch {
      this.#store = null;
      return null;
    }
  }
}
