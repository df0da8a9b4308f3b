/** Goes through the steps of a replay, by hand or by itself. Pure: it shows through what it is given. */

/** @typedef {{after: (ms: number, act: () => void) => () => void}} Timers */

export class Player {
  /**
   * @param {number} count steps from 1
   * @param {(step: number, isPlaying: boolean) => void} show
   * @param {Timers} timers
   */
  constructor(count, show, timers) {
    this.count = count;
    this.show = show;
    this.timers = timers;
    this.step = 1;
    this.pace = 1;
    this.isPlaying = false;
    this.cancel = () => {};
  }

  /** By hand: whatever was playing stops. @param {number} step */
  go(step) {
    this.stop();
    this.step = Math.min(this.count, Math.max(1, Math.round(step) || 1));
    this.show(this.step, false);
  }

  /** @param {"first"|"back"|"on"|"last"} where */
  move(where) {
    this.go({ first: 1, back: this.step - 1, on: this.step + 1, last: this.count }[where]);
  }

  /** Plays on from here, from the end once more from the first; or pauses. */
  toggle() {
    if (this.isPlaying) {
      this.go(this.step);
      return;
    }
    if (this.step >= this.count) {
      this.step = 1;
    }
    this.isPlaying = this.count > 1;
    this.show(this.step, this.isPlaying);
    this.wait();
  }

  /** @param {number} pace steps a second */
  setPace(pace) {
    this.pace = pace;
    this.wait();
  }

  stop() {
    this.isPlaying = false;
    this.cancel();
  }

  wait() {
    this.cancel();
    if (this.isPlaying) {
      this.cancel = this.timers.after(1000 / this.pace, () => this.advance());
    }
  }

  advance() {
    this.step += 1;
    this.isPlaying = this.step < this.count;
    this.show(this.step, this.isPlaying);
    this.wait();
  }
}
