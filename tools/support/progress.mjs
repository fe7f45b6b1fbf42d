// One line on stderr that says what takes long, and how far it is.
// @ts-check

/** Shares at which a line is written where lines cannot be rewritten. */
const milestones = 4;

export class Progress {
  #task;
  #start = performance.now();
  #shown = -1;

  /** @param {string} task such as "recording the demo" */
  constructor(task) {
    this.#task = task;
    this.update(0);
  }

  /** @param {number} share of the whole, from 0 to 1 @param {string} [detail] */
  update(share, detail) {
    const percent = Math.min(99, Math.floor(share * 100));
    const shown = process.stderr.isTTY ? percent : Math.floor((percent / 100) * milestones);
    if (shown <= this.#shown) return;
    this.#shown = shown;
    this.#write(`${percent}%${detail === undefined ? "" : `, ${detail}`}`, !process.stderr.isTTY);
  }

  /** @param {string} [detail] */
  done(detail) {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(1);
    this.#write(`done in ${seconds} s${detail === undefined ? "" : `, ${detail}`}`, true);
  }

  /** Leaves the line as it is, so that a message can follow. */
  abandon() {
    if (process.stderr.isTTY) process.stderr.write("\n");
  }

  /** @param {string} text @param {boolean} last */
  #write(text, last) {
    const line = `${this.#task}: ${text}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}${last ? "\n" : ""}` : `${line}\n`);
  }
}
