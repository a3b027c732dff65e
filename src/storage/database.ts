/**
 * Opening the IndexedDB database, its layout, and one way in for reading and for writing, so that
 * every failure of the browser's storage leaves here as a CodedError in words. It knows nothing of
 * checkpoints' contents. A write is one transaction: all of it happens, or nothing does.
 */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { CodedError } from '../../models/errors.ts';
import type { OwnRow } from '../rft/configTable.ts';
import type { RunInfo, StepMetrics } from '../session/protocol.ts';
import type { CheckpointHeader } from './checkpointRecord.ts';

/** A run, with the base policy that it is tied to. */
export interface RunRecord extends RunInfo {
  /** SHA-256 of the base policy's model.safetensors, hex. */
  policyHash: string;
}

export interface StoredRun extends RunRecord {
  schemaVersion: number;
  /** Which store last created or claimed it: no other may add to it. Runs of older versions: none. */
  writer?: string;
}

interface Schema extends DBSchema {
  runs: { key: string; value: StoredRun };
  metrics: { key: [runId: string, step: number]; value: StepMetrics & { runId: string } };
  checkpoints: { key: string; value: CheckpointHeader; indexes: { runId: string } };
  /** Apart from the headers, so that a list never loads megabytes; keyed by checkpoint id. */
  checkpointBytes: { key: string; value: Uint8Array };
  /** Names of the fused ops that failed their self-test, by device and version of the kernels. */
  deviceChecks: { key: string; value: string[] };
  /** The user's own tables by their fingerprint. */
  tables: { key: string; value: OwnTable };
  /** What came with imported runs, by their ids. */
  rollouts: { key: string; value: PackedRollouts };
}

/** The completions that a file held of a run, as they were in it: kept for the run's next file. */
export interface PackedRollouts {
  /** JSON Lines, gzip. */
  packed: Uint8Array;
  /** Steps whose completions are in it. */
  steps: number;
  note: string;
}

/** Rows of the user's own data, as they were last used. */
export interface OwnTable {
  /** See rowsHash.ts. */
  hash: string;
  rows: readonly OwnRow[];
  /** Milliseconds since 1970. */
  usedAt: number;
}

const TABLES = [
  'runs',
  'metrics',
  'checkpoints',
  'checkpointBytes',
  'deviceChecks',
  'tables',
  'rollouts',
] as const;
type Table = (typeof TABLES)[number];

type Database = IDBPDatabase<Schema>;
export type Writing = IDBPTransaction<Schema, Table[], 'readwrite'>;

const VERSION = 4;

/** Version -> what brings the database from the version before to it. */
const upgrades: Readonly<Record<number, (database: Database) => void>> = {
  1: (database) => {
    database.createObjectStore('runs', { keyPath: 'id' });
    database.createObjectStore('metrics', { keyPath: ['runId', 'step'] });
    database.createObjectStore('checkpoints', { keyPath: 'id' }).createIndex('runId', 'runId');
    database.createObjectStore('checkpointBytes');
  },
  2: (database) => {
    database.createObjectStore('deviceChecks');
  },
  3: (database) => {
    database.createObjectStore('tables', { keyPath: 'hash' });
  },
  4: (database) => {
    database.createObjectStore('rollouts');
  },
};

export const newerSchema = (detail: string): CodedError =>
  new CodedError(
    'newer-schema',
    'The stored runs were written by a newer version of this page. Nothing was changed. ' +
      'Reload the page to get the newer version.',
    detail,
  );

const storageFull = (detail: string): CodedError =>
  new CodedError(
    'storage-full',
    'The browser has no room left, so nothing more was saved. Everything saved before is kept. ' +
      'Make room under Runs, then go on.',
    detail,
  );

const storageUnavailable = (detail: string): CodedError =>
  new CodedError(
    'storage-unavailable',
    'The browser’s storage cannot be used now, so runs can be neither saved nor loaded. What was ' +
      'saved before is kept. A private window or a blocked site can be the cause: allow the site ' +
      'to store data, then reload.',
    detail,
  );

/** What the browser calls a failure -> what the user is told. Others are bugs and stay as they are. */
const failures: Readonly<Record<string, (detail: string) => CodedError>> = {
  QuotaExceededError: storageFull,
  VersionError: newerSchema,
  AbortError: storageUnavailable,
  InvalidStateError: storageUnavailable, // the connection was closed
  NotFoundError: storageUnavailable,
  SecurityError: storageUnavailable,
  TimeoutError: storageUnavailable,
  UnknownError: storageUnavailable, // the disk failed
};

function asStorageError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  return failures[error.name]?.(`${error.name}: ${error.message}`) ?? error;
}

/** What the store works through: the database, opened again where the browser closed it. */
export interface Connection {
  /** Rejects as the browser does, or with CodedError 'storage-unavailable' once it is closed. */
  database(): Promise<Database>;
  /** What was had by `ended` answers no more: the next request opens another. */
  renew(ended: Promise<Database>): void;
  close(): void;
}

function closeWhenOpen(opening: Promise<Database>): void {
  opening.then(
    (database) => database.close(),
    () => undefined, // whoever wanted it open was told
  );
}

/**
 * Opens the database. A connection that the browser ends (the site's data were cleared), or that
 * made way for a newer version in another tab, is opened anew by the next request. Rejects with
 * CodedError 'storage-unavailable' or 'newer-schema'.
 */
export async function connect(name: string): Promise<Connection> {
  if (!('indexedDB' in globalThis)) throw storageUnavailable('no indexedDB');
  let opened: Promise<Database> | null = null;
  let closed = false;
  const open = (): Promise<Database> =>
    openDB<Schema>(name, VERSION, {
      upgrade(database, oldVersion) {
        for (let version = oldVersion + 1; version <= VERSION; version++) {
          upgrades[version]?.(database);
        }
      },
      // A newer version in another tab wants to upgrade. Every version makes way like this, so
      // opening is never blocked; the next request here is told 'newer-schema'.
      blocking: (_held, _wanted, event) => {
        (event.target as IDBDatabase).close();
        opened = null;
      },
      terminated: () => (opened = null),
    });
  const connection: Connection = {
    database() {
      if (closed) return Promise.reject(storageUnavailable('this connection was closed'));
      opened ??= open().catch((error: unknown) => {
        opened = null; // what keeps it from opening may pass
        throw error;
      });
      return opened;
    },
    renew(ended) {
      if (opened === ended) opened = null;
      closeWhenOpen(ended);
    },
    close() {
      closed = true;
      if (opened) closeWhenOpen(opened);
    },
  };
  await steadily(connection, () => Promise.resolve());
  return connection;
}

/** How a request fails whose connection the browser has ended, as when the site's data are cleared. */
const isBrokenOff = (error: unknown): boolean =>
  error instanceof DOMException && ['AbortError', 'InvalidStateError'].includes(error.name);

/** Milliseconds before each further attempt: clearing a site's data takes a moment. */
const WAITS = [0, 50, 200, 800];

/** Makes a request; anew, through another connection, where the browser broke it off. */
async function steadily<T>(
  connection: Connection,
  request: (database: Database) => Promise<T>,
): Promise<T> {
  for (const wait of [...WAITS, null]) {
    const opening = connection.database();
    try {
      return await request(await opening);
    } catch (error) {
      if (wait === null || !isBrokenOff(error)) throw asStorageError(error);
      connection.renew(opening);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  throw new Error('internal: no attempt was made');
}

/** Runs one reading request. */
export const read = <T>(
  connection: Connection,
  request: (database: Database) => Promise<T>,
): Promise<T> => steadily(connection, request);

function abort(transaction: Writing): void {
  try {
    transaction.abort();
  } catch (error) {
    // It ended by itself, which is what was wanted.
    if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
  }
}

/**
 * Runs `work` in one transaction over all tables and waits until it is safely on disk. Whatever
 * fails, in `work` or in the browser, undoes everything. `work` may await nothing but requests of
 * the transaction; it runs a second time where the browser broke off the first.
 */
export const write = <T>(
  connection: Connection,
  work: (transaction: Writing) => Promise<T>,
): Promise<T> => steadily(connection, (database) => writeOnce(database, work));

async function writeOnce<T>(
  database: Database,
  work: (transaction: Writing) => Promise<T>,
): Promise<T> {
  const transaction = database.transaction([...TABLES], 'readwrite', { durability: 'strict' });
  const working = work(transaction).catch((error: unknown) => {
    abort(transaction);
    throw error;
  });
  const [worked, ended] = await Promise.allSettled([working, transaction.done]);
  if (worked.status === 'fulfilled' && ended.status === 'fulfilled') return worked.value;
  // One cause shows up as up to three errors, most of them a mere AbortError: take the telling one.
  const causes: unknown[] = [worked, ended].map((end) =>
    end.status === 'rejected' ? (end.reason as unknown) : null,
  );
  causes.push(transaction.error);
  const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';
  const cause = causes.find((error) => error instanceof Error && !isAbort(error)) as
    Error | undefined;
  throw cause ?? new DOMException('The transaction was aborted.', 'AbortError');
}

/**
 * Makes all requests at once. One that cannot even be made (a value that cannot be copied) rejects
 * like one that fails, so that none of the others is left without an owner.
 */
export async function all(requests: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(requests.map(async (request) => request()));
}
