import type { Notice, View } from "../api/index.ts";
import { formatPosition } from "./format.ts";
import type { Model } from "./model.ts";

/** Where someone may be: at a position, or at the live end of a machine that runs. */
export type Place = number | "live";

/** What an entry of the browser's history says. It outlives the page. */
interface Entry {
  readonly history: string;
  /** The recording's name then. */
  readonly name: string | undefined;
  readonly place: Place;
  /** How many of ours are before it. */
  readonly index: number;
  /** The jump that it was made for came to nothing: it is where the one before it is. */
  readonly vain: boolean;
}

/** What the page's address asks for; of which history, where that is known. */
interface Wanted {
  readonly place: Place;
  readonly history: string | undefined;
}

export interface JumpActions {
  /** Goes to a place without a jump of its own. */
  travel(place: Place): void;
  say(notice: Notice): void;
  /** What was said is over. */
  unsay(): void;
}

/** Between the machine's rest and the entry that says where: browsers refuse many entries in a short time. */
const restMs = 250;

/**
 * The page's address and the browser's Back: each jump makes an entry, steps change the last one. An entry leads to its
 * instant as long as its history is the one shown.
 */
export class Jumps {
  /** Jumps made so far. */
  made = 0;
  private browser: History | undefined;
  /** The browser's entry, when it is of the history shown, and the one that the last jump left. */
  private entry: Entry | undefined;
  private left: Entry | undefined;
  private index = 0;
  private history = "";
  /** For the history that is shown next. */
  private wanted: Wanted | undefined;
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model,
    private readonly actions: JumpActions,
  ) {}

  /** Before this, nothing is written. */
  start(browser: History): void {
    this.browser = browser;
    const entry = entryOf(browser.state);
    this.index = entry?.index ?? 0;
    this.wanted = entry ?? this.readAddress();
    addEventListener("popstate", (event) => this.onPop(event.state));
  }

  /** The machine's latest word. */
  follow(): void {
    const { view } = this.model;
    if (view.history !== this.history) this.begin(view);
    else if (this.differs()) this.rest ??= setTimeout(() => this.rested(), restMs);
  }

  /** What came before was of another history, as is what the address names unless a recording has been opened. */
  private begin(view: View): void {
    const { wanted } = this;
    this.history = view.history;
    this.entry = this.left = undefined;
    if (view.mode === "none") return;
    this.wanted = undefined;
    this.write("replaceState", this.here());
    if (wanted === undefined) return;
    const { place, history } = wanted;
    if (history !== undefined && history !== view.history) return;
    if (view.mode === "play") this.obey(place);
    else if (history === undefined && place !== "live")
      this.say(`The address names position ${formatPosition(place)} of a recording; this machine has begun at 0`);
  }

  private obey(place: Place): void {
    const { mode, end } = this.model.view;
    // The live end that a recording had when it was made.
    if (place === "live" && mode === "play") return;
    const beyond = place !== "live" && place > end;
    if (beyond) {
      const what = mode === "play" ? "the end of this recording" : "what is recorded so far";
      this.say(`Position ${formatPosition(place)} is beyond ${what}: ${formatPosition(end)}`, "warning");
    }
    const there = !beyond ? place : mode === "play" ? end : this.here();
    this.write("replaceState", there);
    if (there !== this.here()) this.actions.travel(there);
  }

  /** Where the user is, or is on the way to. */
  here(): Place {
    const { view, shown } = this.model;
    const live = view.mode !== "play" && view.motion === "run" && shown === view.end;
    return live ? "live" : shown;
  }

  /**
   * Before a jump: makes an entry, for where it goes or, as long as that is not known, for where it begins. `from`: where
   * the user was, if not here. False when there is none.
   */
  jump(to?: Place, from: Place = this.here()): boolean {
    if (to === from || this.model.view.mode === "none") return false;
    this.actions.unsay();
    let made: boolean;
    if (this.entry?.vain === true) made = this.write("replaceState", to ?? from);
    else {
      // The browser may be at an entry of another history, which stays.
      this.write(this.entry === undefined ? "pushState" : "replaceState", from);
      this.left = this.entry;
      made = this.write("pushState", to ?? from);
    }
    if (made) this.made++;
    return made;
  }

  /**
   * A jump to where only the machine will know. When it rejects or `came` to nothing, all is as before: the next one takes
   * its entry, and Back passes it.
   */
  async leap<T>(move: () => Promise<T>, came: (answer: T) => boolean = () => true): Promise<T> {
    const number = this.jump() ? this.made : undefined;
    let arrived = false;
    try {
      const answer = await move();
      arrived = came(answer);
      return answer;
    } finally {
      if (!arrived && number === this.made && this.left) this.write("replaceState", this.left.place, true);
    }
  }

  /** Where Back leads, when the last thing done was a jump. */
  get back(): Place | undefined {
    const { entry, left } = this;
    return entry !== undefined && left?.index === entry.index - 1 ? left.place : undefined;
  }
  goBack(): void {
    this.browser?.back();
  }

  /** Undoes the jumps made since there were `made`. */
  undoSince(made: number): void {
    if (this.made > made) this.browser?.go(made - this.made);
  }

  private differs(): boolean {
    const { view, cursor, dragging, question } = this.model;
    const here = this.here();
    const rests = (view.motion === "none" || here === "live") && cursor === undefined && !dragging && !question;
    return rests && this.entry !== undefined && this.entry.place !== here;
  }
  private rested(): void {
    this.rest = undefined;
    if (this.differs()) this.write("replaceState", this.here());
  }

  private onPop(state: unknown): void {
    const { view } = this.model;
    const { entry: before } = this;
    const entry = entryOf(state);
    this.left = undefined;
    if (entry === undefined) {
      // An address was typed, or a link of it followed.
      this.index++;
      const wanted = this.readAddress();
      if (view.mode === "none") this.wanted = wanted;
      else if (wanted !== undefined) this.obey(wanted.place);
      return;
    }
    const { index } = this;
    this.index = entry.index;
    if (view.mode === "none") {
      this.wanted = entry;
      return;
    }
    if (entry.history !== view.history) {
      this.entry = undefined;
      const where = entry.place === "live" ? "The live end" : `Position ${formatPosition(entry.place)}`;
      return this.say(`${where} is of another history: ${entry.name ?? "one that was not kept"}`);
    }
    this.entry = entry;
    if (before?.vain === true && index === entry.index + 1 && before.place === entry.place) return this.goBack();
    this.actions.travel(entry.place);
  }

  /** False when the browser refuses, as Safari does when there were too many: then Back misses one. */
  private write(how: "pushState" | "replaceState", place: Place, vain = false): boolean {
    const { browser, model } = this;
    if (browser === undefined) return false;
    clearTimeout(this.rest);
    this.rest = undefined;
    const { history, recording } = model.view;
    const index = how === "pushState" ? this.index + 1 : this.index;
    const entry: Entry = { history, name: recording?.name, place, index, vain };
    try {
      browser[how]({ hindsight: entry }, "", place === "live" ? location.pathname + location.search : `#at=${place}`);
    } catch {
      return false;
    }
    this.entry = entry;
    this.index = index;
    return true;
  }

  private say(text: string, level: Notice["level"] = "info"): void {
    this.actions.say({ level, text, cause: "address" });
  }

  /** `#at=812345678`, also as the page writes positions. */
  private readAddress(): Wanted | undefined {
    const value = new URLSearchParams(location.hash.slice(1)).get("at");
    if (value === null) return undefined;
    const digits = value.replaceAll(/[,_\s]/g, "");
    const place = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    if (Number.isSafeInteger(place)) return { place, history: undefined };
    this.say(`#at=${value} names no position`, "warning");
    return undefined;
  }
}

function entryOf(state: unknown): Entry | undefined {
  return (state as { readonly hindsight?: Entry } | null)?.hindsight;
}
