// Debian's Firefox ESR over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), as much of it as a benchmark needs:
// playwright-core asks for commands that this Firefox lacks.
// @ts-check
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

const program = "/usr/bin/firefox-esr";

export const firefoxExists = () => existsSync(program);

/** A browser with an empty profile. */
export class Firefox {
  #folder = mkdtempSync(join(tmpdir(), "hindsight-firefox-"));
  #process;
  /** @type {WebSocket | undefined} */
  #socket;
  #last = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  constructor() {
    this.#process = spawn(program, ["--headless", "--remote-debugging-port=0", "--profile", this.#folder], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, MOZ_HEADLESS_WIDTH: "1280", MOZ_HEADLESS_HEIGHT: "720" },
    });
  }

  async start() {
    const address = await this.#address();
    const socket = new WebSocket(`${address}/session`);
    this.#socket = socket;
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    socket.on("message", (text) => this.#take(JSON.parse(String(text))));
    await this.#send("session.new", { capabilities: {} });
  }

  /** @returns {Promise<string>} */
  #address() {
    return new Promise((resolve, reject) => {
      let seen = "";
      this.#process.stderr.on("data", (bytes) => {
        seen += bytes;
        const address = /WebDriver BiDi listening on (ws:\S+)/.exec(seen)?.[1];
        if (address !== undefined) resolve(address);
      });
      this.#process.once("error", reject);
      this.#process.once("exit", () => reject(new Error(`Firefox ended:\n${seen}`)));
    });
  }

  /** @param {{ id?: number, type?: string, result?: unknown, error?: string, message?: string }} answer */
  #take({ id, type, result, error, message }) {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (type === "error") waiting.reject(new Error(`${error}: ${message}`));
    else waiting.resolve(result);
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  #send(method, params) {
    const id = ++this.#last;
    this.#socket?.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** A new tab at an address, once it is loaded. @param {string} url @returns {Promise<string>} */
  async open(url) {
    const { context } = await this.#send("browsingContext.create", { type: "tab" });
    await this.#send("browsingContext.navigate", { context, url, wait: "interactive" });
    return context;
  }

  /** Awaits the promise that an expression gives in a tab. @param {string} tab @param {string} expression */
  async run(tab, expression) {
    const target = { context: tab };
    const { type, result, exceptionDetails } = await this.#send("script.evaluate", {
      ...{ expression, target, awaitPromise: true, userActivation: true },
    });
    if (type === "exception") throw new Error(exceptionDetails.text);
    return result.value;
  }

  /** @param {string} tab */
  async shut(tab) {
    await this.#send("browsingContext.close", { context: tab });
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#socket?.close();
    this.#process.kill();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
