/** The dedicated worker: exposes the trainer through comlink, with every error sent as data. */
import * as comlink from 'comlink';
import type { StepOptions, TrainerApi } from '../src/session/protocol.ts';
import { holdLife } from '../src/storage/lifeLock.ts';
import { createBrowserHost } from './browserHost.ts';
import { asData } from './failure.ts';
import { createLiveChannel } from './liveChannel.ts';
import { createTrainer } from './trainer.ts';

const trainer = createTrainer(createBrowserHost());
const tellWatchers = createLiveChannel();
const life = holdLife();

const api: TrainerApi = {
  open: asData(async (listener) => {
    await trainer.open((event) => {
      listener(event);
      tellWatchers(event);
    });
    return life;
  }),
  start: asData((config) => trainer.start(config)),
  startPaused: asData((config) => trainer.startPaused(config)),
  resume: asData((runId, options) => trainer.resume(runId, options)),
  pause: asData(() => trainer.pause()),
  proceed: asData(() => trainer.proceed()),
  fork: asData((runId, checkpointId, config) => trainer.fork(runId, checkpointId, config)),
  tell: asData((what) => trainer.tell(what)),
  step: asData((options?: StepOptions) => trainer.step(options)),
  stop: asData(() => trainer.stop()),
  change: asData((values) => trainer.change(values)),
  dryRun: asData((config, own) => trainer.dryRun(config, own)),
  measure: asData((config) => trainer.measure(config)),
  ask: asData((request) => trainer.ask(request)),
  checkReward: asData((program) => trainer.checkReward(program)),
};

comlink.expose(api);
