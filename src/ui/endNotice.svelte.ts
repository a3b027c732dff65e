/**
 * The system's own notification at the end of a run or race, for whoever asked for it and is looking
 * elsewhere by then; the Lab and the race share the one wish. Asked for anew on every visit:
 * permission may be kept, the wish is not.
 */
export class EndNotice {
  readonly supported = 'Notification' in globalThis;
  wanted = $state(false);
  /** Why it cannot be had, once it was asked for. */
  problem = $state<string | null>(null);

  /** Asks for permission where it is not known yet; must be called from a press. */
  async toggle(): Promise<void> {
    this.wanted = !this.wanted;
    if (!this.wanted) return;
    const answer = await Notification.requestPermission();
    this.wanted = answer === 'granted';
    this.problem = this.wanted ? null : 'The browser does not allow it.';
  }

  /** Says it, if it was asked for and the page is out of sight. */
  say(title: string, body: string): void {
    if (!this.wanted || document.visibilityState === 'visible') return;
    try {
      new Notification(title, { body, tag: 'run' });
    } catch {
      this.problem = 'This browser shows notifications of installed pages only.';
    }
  }
}

export const endNotice = new EndNotice();
