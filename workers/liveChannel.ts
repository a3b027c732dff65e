/**
 * Lets other tabs watch the run at hand: once somebody has asked over the run's channel, what has
 * been told so far is told there again, and everything from then on. Nobody is asked for anything:
 * a watcher cannot steer. Without a watcher nothing is sent.
 */
import type {
  LiveMessage,
  RolloutView,
  StepMetrics,
  TrainerEvent,
  TrainerState,
} from '../src/session/protocol.ts';
import { channelOf } from '../src/storage/runTabs.ts';

type EventOf<T extends TrainerEvent['type']> = Extract<TrainerEvent, { type: T }>;

/** While in one of these there is no run to watch. */
const AT_REST = new Set<TrainerState>(['idle', 'failed']);

/** What a watcher who comes late is told first. */
class Story {
  #backend: EventOf<'backend'> | null = null;
  #run: EventOf<'run'> | null = null;
  #rows: StepMetrics[] = [];
  #rollout: RolloutView | null = null;
  state: TrainerState = 'idle';

  add(event: TrainerEvent): void {
    if (event.type === 'backend') this.#backend = event;
    if (event.type === 'run') this.#run = event;
    if (event.type === 'state') this.state = event.state;
    if (event.type === 'rollout') this.#rollout = event.rollout;
    if (event.type !== 'metrics') return;
    if (event.history) this.#rollout = null;
    this.#rows = event.history ? [...event.rows] : [...this.#rows, ...event.rows];
  }

  events(): TrainerEvent[] {
    const told: (TrainerEvent | null)[] = [
      this.#backend,
      this.#run,
      { type: 'metrics', rows: this.#rows, history: true },
      this.#rollout && { type: 'rollout', rollout: this.#rollout },
      { type: 'state', state: this.state },
    ];
    return told.filter((event) => event !== null);
  }
}

/** Takes every event of one trainer. */
export function createLiveChannel(): (event: TrainerEvent) => void {
  const story = new Story();
  let runId: string | null = null;
  let channel: BroadcastChannel | null = null;
  let watched = false;

  const send = (event: TrainerEvent): void =>
    channel?.postMessage({ type: 'event', event } satisfies LiveMessage);

  function openFor(id: string): void {
    channel?.close();
    runId = id;
    watched = false;
    channel = channelOf(id);
    channel.onmessage = ({ data }: MessageEvent<LiveMessage>) => {
      if (data.type !== 'watch' || AT_REST.has(story.state)) return;
      watched = true;
      story.events().forEach(send);
    };
  }

  return (event) => {
    story.add(event);
    if (event.type === 'run' && event.run.id !== runId) openFor(event.run.id);
    if (watched) send(event);
  };
}
