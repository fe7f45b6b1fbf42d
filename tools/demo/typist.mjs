// Types at the guest's console as a person would: reads the prompt, types key by key, watches each one appear.
// @ts-check

/** @typedef {Pick<import("../../build/src/timetravel/index.js").TravelSession, "onOutput" | "send">} TravelSession */

const consolePort = 0;
/** What the shell's line editor sends beside text. */
const escapes = /\x1b\[[0-9;?]*[A-Za-z]/g;

export class Typist {
  /** Console output since the last thing that was waited for. */
  #unread = "";
  /** @type {{ pattern: RegExp, resolve: () => void } | undefined} */
  #waiting;
  #decoder = new TextDecoder();
  #session;

  /** @param {TravelSession} session */
  constructor(session) {
    this.#session = session;
    session.onOutput((port, bytes) => {
      if (port !== consolePort) return;
      this.#unread += this.#decoder.decode(bytes, { stream: true });
      this.#look();
    });
  }

  /** Resolves when the console shows what is wanted. @param {RegExp} pattern @returns {Promise<void>} */
  sees(pattern) {
    return new Promise((resolve) => {
      this.#waiting = { pattern, resolve };
      this.#look();
    });
  }

  /** One line and Enter, at the shell's prompt. @param {string} line */
  async types(line) {
    await this.sees(/# $/);
    for (const key of line) {
      this.#send(key);
      await this.sees(new RegExp(key.replace(/\W/, "\\$&")));
    }
    this.#send("\n");
  }

  /** @param {string} text */
  #send(text) {
    this.#session.send(consolePort, new TextEncoder().encode(text));
  }

  #look() {
    if (this.#waiting === undefined) return;
    const text = this.#unread.replace(escapes, "");
    const found = this.#waiting.pattern.exec(text);
    if (found === null) return;
    this.#unread = text.slice(found.index + found[0].length);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve();
  }
}
