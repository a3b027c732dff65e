/** Tables from text: what is recognised, that every record keeps its place, and what is said. */
import { describe, expect, it } from 'vitest';
import {
  guessColumns,
  MAX_TEXT,
  readTable,
  rowsOf,
  tableText,
  type Table,
} from '../../src/session/ownDataFile.ts';

async function read(text: string, header?: boolean): Promise<Table> {
  const { table, problem } = await readTable(text, header);
  if (!table) throw new Error(problem);
  return table;
}

const rows = async (text: string, header?: boolean) => {
  const table = await read(text, header);
  return rowsOf(table, guessColumns(table.columns));
};

const problems = ({ records }: Table) =>
  records.flatMap(({ line, problem }) => (problem === undefined ? [] : [{ line, problem }]));

describe('CSV and TSV', () => {
  it.each([
    ['commas', 'prompt,answer\n3+4|,7\n5-1|,4\n', 'CSV'],
    ['tabs', 'prompt\tanswer\n3+4|\t7\n5-1|\t4', 'TSV'],
    ['semicolons', 'prompt;answer\n3+4|;7\n5-1|;4', 'CSV'],
    ['CRLF', 'prompt,answer\r\n3+4|,7\r\n5-1|,4\r\n', 'CSV'],
    ['a byte order mark', '\uFEFFprompt,answer\n3+4|,7\n5-1|,4', 'CSV'],
    ['blank lines', 'prompt,answer\n\n3+4|,7\n\n5-1|,4\n\n', 'CSV'],
    ['other names', 'Question, Label \n3+4|,7\n5-1|,4', 'CSV'],
    ['columns the other way round', 'answer,note,prompt\n7,x,3+4|\n4,y,5-1|', 'CSV'],
    ['no column names', '3+4|,7\n5-1|,4', 'CSV'],
  ])('%s', async (_, text, format) => {
    expect((await read(text)).format).toBe(format);
    expect(await rows(text)).toEqual([
      ['3+4|', '7'],
      ['5-1|', '4'],
    ]);
  });

  it('reads quotes, and knows the line a record starts on', async () => {
    const table = await read('prompt,answer,chain\n"C7,18:22|",8,"7+1""\n=8"\n3+4|,7,\n');
    expect(rowsOf(table, guessColumns(table.columns))).toEqual([
      ['C7,18:22|', '8', '7+1"\n=8'],
      ['3+4|', '7'],
    ]);
    expect(table.records.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('keeps the place of a row with too many cells, and says why', async () => {
    const table = await read('prompt,answer\n3,4|,7\n5-1|,4');
    expect(problems(table)).toEqual([
      { line: 2, problem: expect.stringContaining('3 cells') as string },
    ]);
    expect(rowsOf(table, guessColumns(table.columns))).toEqual([
      ['', ''],
      ['5-1|', '4'],
    ]);
  });

  it('fills a short row with empty cells, which ownData.ts refuses', async () => {
    expect(await rows('prompt,answer\n3+4|\n')).toEqual([['3+4|', '']]);
  });

  it('says that a quotation mark is open', async () => {
    expect(problems(await read('prompt,answer\n3+4|,7\n"5-1|,4'))).toEqual([
      { line: 3, problem: expect.stringContaining('quotation mark') as string },
    ]);
  });

  it('takes the first row for names only when told or when it knows one', async () => {
    expect(await rows('a,b\n3+4|,7', true)).toEqual([['3+4|', '7']]);
    expect(await rows('prompt,answer\n3+4|,7', false)).toHaveLength(2);
  });

  it.each([['prompt\n3+4|\n'], ['hello']])('needs two columns: %j', async (text) => {
    expect(await readTable(text)).toEqual({
      table: null,
      problem: expect.stringContaining('only one column') as string,
    });
  });
});

describe('JSON', () => {
  it('reads lines of objects; numbers become texts', async () => {
    const text = '{"prompt":"3+4|","completion":7}\n\n{"prompt":"5-1|","completion":"4"}\r\n';
    expect((await read(text)).format).toBe('JSON Lines');
    expect(await rows(text)).toEqual([
      ['3+4|', '7'],
      ['5-1|', '4'],
    ]);
  });

  it('keeps the place of a broken line', async () => {
    const table = await read('{"prompt":"3+4|","answer":"7"}\n{"prompt":"5-1\n7\n');
    expect(problems(table).map(({ line }) => line)).toEqual([2, 3]);
    expect(rowsOf(table, guessColumns(table.columns))).toEqual([
      ['3+4|', '7'],
      ['', ''],
      ['', ''],
    ]);
  });

  it('reads a list of objects, a list of lists, and lines of lists', async () => {
    const expected = [
      ['3+4|', '7'],
      ['5-1|', '4'],
    ];
    const objects = '[\n {"input":"3+4|","output":"7"},\n {"output":"4","input":"5-1|"}\n]';
    expect((await read(objects)).format).toBe('JSON');
    expect(await rows(objects)).toEqual(expected);
    expect(await rows('[["3+4|","7"],["5-1|",4]]')).toEqual(expected);
    expect(await rows('["3+4|","7"]\n["5-1|","4"]')).toEqual(expected);
  });

  it('refuses a list that is cut short, and cells that are no single value', async () => {
    expect((await readTable('[{"prompt":"3+4|"},')).problem).toContain('JSON list');
    const [first] = problems(await read('{"prompt":{"a":1},"answer":"7"}'));
    expect(first?.problem).toContain('“prompt”');
  });

  it('takes __proto__ for a name like any other', async () => {
    const table = await read('{"__proto__":{"prompt":"x"},"answer":"7","constructor":"5"}');
    expect(table.columns).toEqual(['__proto__', 'answer', 'constructor']);
    expect(({} as Record<string, unknown>)['prompt']).toBeUndefined();
    expect(problems(table)).toHaveLength(1);
    expect(await rows('__proto__,answer\n3+4|,7')).toEqual([['3+4|', '7']]);
  });
});

it('has a sentence for nothing and for too much', async () => {
  expect((await readTable('\uFEFF \n')).problem).toContain('nothing to read');
  expect((await readTable(`a,b\n${'x'.repeat(MAX_TEXT)}`)).problem).toContain('1,000,000');
});

it.each([
  ['line breaks that look like JSON Lines', '{"\n'.repeat(30_000), '20,000 lines'],
  ['items', `[${'[1,2],'.repeat(30_000)}[1,2]]`, '20,000 items'],
  ['rows', 'a,b\n'.repeat(30_000), '20,000 rows'],
  ['columns', ','.repeat(100_000), '100,001 columns'],
])('refuses very many %s before it takes long', async (_, text, words) => {
  expect((await readTable(text)).problem).toContain(words);
});

it('writes rows as a text that it reads as the same rows', async () => {
  const table = [
    ['3+4|', '7', '3+4=7'],
    ['a "b"\tc\nd', ', ;'],
  ] as const;
  expect(await rows(tableText(table))).toEqual(table);
});
