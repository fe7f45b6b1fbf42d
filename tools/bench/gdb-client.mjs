// gdb's side of the remote protocol, just enough to time a server.
// @ts-check
import { once } from "node:events";
import { connect } from "node:net";

export class GdbClient {
  #socket;
  #received = "";
  #news = () => {};

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#received += bytes.toString("latin1");
      this.#news();
    });
  }

  /** Tries until the server is up. @param {number} port */
  static async connect(port) {
    for (let tries = 0; ; tries++) {
      const socket = connect(port, "127.0.0.1");
      try {
        await once(socket, "connect");
        return new GdbClient(socket);
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** @param {string} packet */
  send(packet) {
    const sum = [...packet].reduce((total, character) => (total + character.charCodeAt(0)) & 255, 0);
    this.#socket.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`, "latin1");
  }

  /** The next reply's content; output of a monitor command in between is left out. */
  async reply() {
    for (;;) {
      const found = /\$([^#]*)#../.exec(this.#received);
      if (found) {
        this.#received = this.#received.slice(found.index + found[0].length);
        this.#socket.write("+");
        if (!/^O[0-9a-f]/.test(found[1] ?? "")) return found[1] ?? "";
      } else await new Promise((resolve) => (this.#news = () => resolve(undefined)));
    }
  }

  /** @param {string} packet */
  async ask(packet) {
    this.send(packet);
    return this.reply();
  }

  /** @param {string} command */
  monitor(command) {
    return this.ask(`qRcmd,${Buffer.from(command).toString("hex")}`);
  }

  /** Ctrl-C. */
  interrupt() {
    this.#socket.write("\x03");
  }

  close() {
    this.#socket.destroy();
  }
}

/** Milliseconds. @param {() => Promise<unknown>} work */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
