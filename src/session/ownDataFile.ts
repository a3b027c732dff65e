/**
 * From pasted text or a file to a table of records: CSV, TSV, JSON Lines, or a JSON array. Every
 * record keeps its place: one that cannot be read is a record with a problem, never left out, so
 * that row numbers are those the user sees. Which columns mean what is chosen afterwards
 * (`rowsOf`); what the tasks can read is judged in src/tasks/ownData.ts. Pure; never throws.
 */
import type { ParseStepResult } from 'papaparse';
import type { OwnRow } from '../tasks/task.ts';

export type TableFormat = 'CSV' | 'TSV' | 'JSON Lines' | 'JSON';

export interface TableRecord {
  /** Line of the text on which it starts, from 1; an item's place in a JSON array. */
  line: number;
  cells: readonly string[];
  /** Why it could not be read; then its cells are not to be trusted. */
  problem?: string;
}

export interface Table {
  format: TableFormat;
  /** Column names; numbered ones where the text has none. */
  columns: readonly string[];
  /** True when the first record of a CSV or TSV was taken as column names. */
  header: boolean;
  records: readonly TableRecord[];
}

export type ReadTable = { table: Table; problem: null } | { table: null; problem: string };

/** Places of the columns; null for none. */
export interface ColumnMap {
  prompt: number | null;
  answer: number | null;
  chain: number | null;
}

export type ColumnRole = keyof ColumnMap;

/** More than a thousand rows of full cells; anything longer is some other file. */
export const MAX_TEXT = 1_000_000;
/** Twenty times what a run takes. Reading a text of nothing but line breaks must not take seconds. */
const MOST_RECORDS = 20_000;
/** Columns that are looked at; the work is rows times columns, so a hostile text must not set both. */
const MOST_COLUMNS = 64;

const NAMES: Record<ColumnRole, readonly string[]> = {
  prompt: ['prompt', 'question', 'input'],
  answer: ['answer', 'label', 'output', 'target', 'completion'],
  chain: ['chain', 'thinking', 'reasoning', 'rationale'],
};

const plain = (name: string): string => name.trim().toLowerCase();
const knownNames = new Set(Object.values(NAMES).flat());
const isName = (cell: string): boolean => knownNames.has(plain(cell));

/** The columns by their names; prompt and answer by their places where no name is known. */
export function guessColumns(columns: readonly string[]): ColumnMap {
  const at = (role: ColumnRole): number | null => {
    const found = NAMES[role].map((name) => columns.findIndex((column) => plain(column) === name));
    return found.find((place) => place >= 0) ?? null;
  };
  const map = { prompt: at('prompt'), answer: at('answer'), chain: at('chain') };
  const taken = new Set(Object.values(map));
  const free = columns.map((_, i) => i).filter((i) => !taken.has(i));
  map.prompt ??= free.shift() ?? null;
  map.answer ??= free.shift() ?? null;
  return map;
}

/** One row a record; an unreadable one is an empty row, which no run accepts. */
export function rowsOf({ records }: Table, map: ColumnMap): OwnRow[] {
  return records.map(({ cells, problem }): OwnRow => {
    const cell = (role: ColumnRole): string => cells[map[role] ?? -1] ?? '';
    if (problem !== undefined) return ['', ''];
    const chain = cell('chain');
    return chain === ''
      ? [cell('prompt'), cell('answer')]
      : [cell('prompt'), cell('answer'), chain];
  });
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `column ${i + 1}`);

/** A JSON value as a cell; null when it is no single value. */
function jsonCell(value: unknown): string | null {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

interface JsonItem {
  line: number;
  /** By column name; null with a problem. */
  fields: ReadonlyMap<string, unknown> | null;
  problem?: string;
}

/** An object by its keys, a list by its places. Own keys only, so `__proto__` is a name like any. */
function jsonItem(line: number, value: unknown): JsonItem {
  if (Array.isArray(value)) {
    return { line, fields: new Map(numbered(value.length).map((name, i) => [name, value[i]])) };
  }
  if (typeof value === 'object' && value !== null) {
    return { line, fields: new Map(Object.entries(value)) };
  }
  return { line, fields: null, problem: 'This is no object like {"prompt": …, "answer": …}.' };
}

function jsonTable(format: TableFormat, items: readonly JsonItem[]): Table {
  const names = new Set<string>();
  for (const { fields } of items) {
    for (const name of fields?.keys() ?? []) if (names.size < MOST_COLUMNS) names.add(name);
  }
  const columns = [...names];
  const records = items.map(({ line, fields, problem }): TableRecord => {
    if (fields === null) return { line, cells: [], problem: problem ?? '' };
    const cells = columns.map((name) => jsonCell(fields.get(name)));
    const wrong = columns.filter((_, i) => cells[i] === null);
    const all = cells.map((cell) => cell ?? '');
    if (wrong.length === 0) return { line, cells: all };
    return { line, cells: all, problem: `“${wrong.join('”, “')}” is neither a text nor a number.` };
  });
  return { format, columns, header: true, records };
}

function parsed(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null; // told as the record's or the text's problem
  }
}

const tooMany = (what: string): ReadTable => ({
  table: null,
  problem: `The text has more than ${MOST_RECORDS.toLocaleString('en')} ${what}; that many are not read.`,
});

function readJsonLines(text: string): ReadTable {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.length > MOST_RECORDS) return tooMany('lines');
  const items = lines.flatMap((line, i): JsonItem[] => {
    if (line.trim() === '') return [];
    const json = parsed(line);
    if (json) return [jsonItem(i + 1, json.value)];
    return [{ line: i + 1, fields: null, problem: 'This line is no complete JSON.' }];
  });
  return { table: jsonTable('JSON Lines', items), problem: null };
}

/** True for JSON Lines of lists: `["3+4|", "7"]` on the first line, another one below. */
function isListALine(text: string): boolean {
  const [first = '', ...others] = text.trim().split(/\r\n|\r|\n/);
  return others.length > 0 && parsed(first) !== null;
}

function readJson(text: string): ReadTable {
  const json = parsed(text);
  if (!json || !Array.isArray(json.value)) {
    const problem = 'The text starts like a JSON list, but it cannot be read as one.';
    return { table: null, problem };
  }
  if (json.value.length > MOST_RECORDS) return tooMany('items');
  const items = json.value.map((value: unknown, i) => jsonItem(i + 1, value));
  return { table: jsonTable('JSON', items), problem: null };
}

/** Tab, else semicolon where the first line has no comma, else comma. */
function delimiterOf(text: string): string {
  const first = text.split(/\r|\n/, 1)[0] ?? '';
  if (first.includes('\t')) return '\t';
  return first.includes(';') && !first.includes(',') ? ';' : ',';
}

interface SeparatedRecord {
  line: number;
  cells: string[];
  problem?: string;
}

const quoteProblem = 'A quotation mark is not closed, or has text behind it.';

/** Papa Parse record by record, with the line on which each one starts; one more than is read. */
async function separatedRecords(text: string, delimiter: string): Promise<SeparatedRecord[]> {
  const { default: Papa } = await import('papaparse');
  const records: SeparatedRecord[] = [];
  let line = 1;
  let from = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    step: ({ data: cells, errors, meta }: ParseStepResult<string[]>, parser) => {
      const source = text.slice(from, meta.cursor);
      const empty = cells.length === 1 && cells[0]?.trim() === '';
      const problem = errors.length > 0 ? { problem: quoteProblem } : {};
      if (!empty) records.push({ line, cells, ...problem });
      line += source.match(/\r\n|\r|\n/g)?.length ?? 0;
      from = meta.cursor;
      if (records.length > MOST_RECORDS) parser.abort();
    },
  });
  return records;
}

async function readSeparated(text: string, header: boolean | undefined): Promise<ReadTable> {
  const delimiter = delimiterOf(text);
  const all = await separatedRecords(text, delimiter);
  if (all.length > MOST_RECORDS) return tooMany('rows');
  const first = all[0]?.cells ?? [];
  if (first.length > MOST_COLUMNS) {
    const problem = `There are ${first.length.toLocaleString('en')} columns; at most ${MOST_COLUMNS} are read.`;
    return { table: null, problem };
  }
  const hasHeader = header ?? first.some(isName);
  const records = hasHeader ? all.slice(1) : all;
  const width = first.length;
  if (width < 2) {
    const problem =
      'There is only one column. Put a comma or a tab between a prompt and its answer.';
    return { table: null, problem };
  }
  const ragged = ({ cells }: SeparatedRecord): string | undefined => {
    if (cells.length <= width) return undefined;
    return `This row has ${cells.length} cells, the first one ${width}. Put a cell that holds a ${
      delimiter === '\t' ? 'tab' : delimiter === ',' ? 'comma' : 'semicolon'
    } in double quotes.`;
  };
  const table: Table = {
    format: delimiter === '\t' ? 'TSV' : 'CSV',
    columns: hasHeader ? first : numbered(width),
    header: hasHeader,
    records: records.map((record) => {
      const problem = record.problem ?? ragged(record);
      return { line: record.line, cells: record.cells, ...(problem ? { problem } : {}) };
    }),
  };
  return { table, problem: null };
}

/**
 * Reads a table in whatever format it is. `header` says whether a CSV or TSV starts with column
 * names; left out, it does when a name is a known one.
 */
export async function readTable(source: string, header?: boolean): Promise<ReadTable> {
  const text = source.replace(/^\uFEFF/, '');
  const start = text.trimStart().charAt(0);
  if (start === '') return { table: null, problem: 'There is nothing to read yet.' };
  if (text.length > MAX_TEXT) {
    const problem = `The text has ${text.length.toLocaleString('en')} characters; at most ${MAX_TEXT.toLocaleString('en')} are read.`;
    return { table: null, problem };
  }
  // No cell holds a square bracket, but a prompt may start with a curly one: `{"` is JSON's.
  if (start === '[' && !isListALine(text)) return readJson(text);
  if (start === '[' || /^\s*\{\s*["}]/.test(text)) {
    return readJsonLines(text);
  }
  return readSeparated(text, header);
}

/** A cell for a tab-separated text. */
const quoted = (cell: string): string =>
  /["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** Rows as a tab-separated text with column names; `readTable` gives the same rows back. */
export function tableText(rows: readonly OwnRow[]): string {
  const hasChain = rows.some(([, , chain = '']) => chain !== '');
  const names = hasChain ? ['prompt', 'answer', 'chain'] : ['prompt', 'answer'];
  const lines = rows.map(([prompt, answer, chain = '']) =>
    (hasChain ? [prompt, answer, chain] : [prompt, answer]).map(quoted).join('\t'),
  );
  return [names.join('\t'), ...lines, ''].join('\n');
}
