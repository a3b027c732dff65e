/**
 * What is stored beside the runs: which fused operations a device got wrong, and the user's own
 * tables. Of these too, every failure is a CodedError.
 */
import { all, read, write, type Connection, type OwnTable } from './database.ts';

/** What was found out about a device, by a key that names it. */
export interface DeviceCheckStore {
  /** Names of the fused ops that failed; null where the device has not been looked at. */
  deviceCheck(key: string): Promise<string[] | null>;
  saveDeviceCheck(key: string, failing: readonly string[]): Promise<void>;
}

/** The user's own tables. */
export interface TableStore {
  /**
   * Keeps the newest of them; an older use of the same table is replaced, and so is the one of the
   * hash `draft`, of which this one is an edit.
   */
  saveTable(table: OwnTable, draft: string | null): Promise<void>;
  table(hash: string): Promise<OwnTable | null>;
  newestTable(): Promise<OwnTable | null>;
}

/** Tables that are kept, of at most a thousand rows each: some ten KB usually, seldom a few hundred. */
const MOST_TABLES = 64;

const newestFirst = (tables: readonly OwnTable[]): OwnTable[] =>
  tables.toSorted((a, b) => b.usedAt - a.usedAt);

function saveTable(connection: Connection, table: OwnTable, draft: string | null): Promise<void> {
  return write(connection, async (transaction) => {
    const tables = transaction.objectStore('tables');
    if (draft !== null) await tables.delete(draft);
    await tables.put(table);
    const old = newestFirst(await tables.getAll()).slice(MOST_TABLES);
    await all(
      old.map(
        ({ hash }) =>
          () =>
            tables.delete(hash),
      ),
    );
  });
}

export const deviceCheckStore = (connection: Connection): DeviceCheckStore => ({
  deviceCheck: async (key) =>
    (await read(connection, (database) => database.get('deviceChecks', key))) ?? null,
  saveDeviceCheck: (key, failing) =>
    write(connection, async (transaction) => {
      await transaction.objectStore('deviceChecks').put([...failing], key);
    }),
});

export const tableStore = (connection: Connection): TableStore => ({
  saveTable: (table, draft) => saveTable(connection, table, draft),
  table: async (hash) =>
    (await read(connection, (database) => database.get('tables', hash))) ?? null,
  async newestTable() {
    const tables = await read(connection, (database) => database.getAll('tables'));
    return newestFirst(tables)[0] ?? null;
  },
});
