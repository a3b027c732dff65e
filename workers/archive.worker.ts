/**
 * The worker that packs and unpacks runs, so that the page never freezes; started for one piece of
 * work and ended after it. Ending it earlier cancels: storage is written in one transaction.
 */
import * as comlink from 'comlink';
import type { ArchiveApi } from '../src/session/archiveProtocol.ts';
import { openStore } from '../src/storage/runStore.ts';
import { blobSource } from './archive/byteSource.ts';
import { exportFile } from './archive/exportRun.ts';
import { importRun } from './archive/importRun.ts';
import { readRunArchive } from './archive/runArchive.ts';
import { asData } from './failure.ts';
import { newRunId } from './newRunId.ts';
import { loadPolicy } from './policyFiles.ts';

const who = 'The worker that reads and writes files';
const load = (name: string) => loadPolicy(name, () => undefined);

const api: ArchiveApi = {
  exportFile: asData(async (request, onProgress) => {
    const store = await openStore();
    return exportFile({ store, loadPolicy: load }, request, onProgress);
  }, who),
  importFile: asData(async (file, onProgress) => {
    const read = await readRunArchive(blobSource(file), load, onProgress);
    return importRun(await openStore(), read, newRunId);
  }, who),
};

comlink.expose(api);
