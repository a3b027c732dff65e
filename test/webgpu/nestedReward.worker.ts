/** A worker that owns a reward worker, as the trainer's does. */
import * as comlink from 'comlink';
import { createRewardClient } from '../../workers/sandbox/client.ts';

const client = createRewardClient();
comlink.expose({ run: client.run.bind(client), check: client.check.bind(client) });
