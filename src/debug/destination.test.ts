import { describe, expect, it } from "vitest";
import { parseDestination, positionOf, search } from "./destination.ts";
import { SymbolTable } from "./symbols/table.ts";
import { DebugTarget } from "./target.ts";
import { CODE, COUNTER, FakeSession } from "./testing/fake-session.ts";
import { FakeHost } from "./testing/gdb-client.ts";

describe("a destination", () => {
  it.each([
    ["812345678", 812_345_678],
    ["812,345,678", 812_345_678],
    [" 812 345 678 ", 812_345_678],
    ["812_345_678", 812_345_678],
    ["0x10", 16],
    ["0", 0],
  ])("%s is a position", (text, position) => {
    expect(parseDestination(text)).toEqual({ kind: "position", position });
  });

  it.each([
    ["0.5s", 500_000_000],
    ["20ms", 20_000_000],
    ["300us", 300_000],
    ["300 µs", 300_000],
    ["40ns", 40],
    ["0.812346 s", 812_346_000],
    ["1:03.204", 63_204_000_000],
  ])("%s is a virtual time", (text, ns) => {
    expect(parseDestination(text)).toEqual({ kind: "time", ns });
  });

  it("is a line of the kernel's log: never a position with its dot left out", () => {
    for (const text of ["1.2892", "[    1.289200]", "[    1.289200] PCI: CLS 0 bytes, default 64"])
      expect(parseDestination(text)).toMatchObject({ kind: "log-time", us: 1_289_200 });
  });

  it("is a symbol, or an address that is too large for a position", () => {
    expect(parseDestination("start_kernel")).toEqual({ kind: "symbol", name: "start_kernel", offset: 0n });
    expect(parseDestination("start_kernel+0x1c")).toEqual({ kind: "symbol", name: "start_kernel", offset: 28n });
    expect(parseDestination("panic - 4")).toEqual({ kind: "symbol", name: "panic", offset: -4n });
    expect(parseDestination("0xffff8000093909e0")).toEqual({ kind: "address", address: 0xffff8000093909e0n });
    expect(parseDestination("end")).toEqual({ kind: "end" });
    expect(parseDestination("+1,000")).toEqual({ kind: "distance", steps: 1000 });
  });

  it.each(["", "12,5", "1,2892", "1.289.200", "12 34", "-", "0x", "a b", "5 parsecs", "1;2", "[x]"])(
    "%j is none, and that is said",
    (text) => {
      expect(() => parseDestination(text)).toThrow(/is not a position, a time \(0.5s\)/);
    },
  );
  it("is nothing that overflows", () => {
    expect(() => parseDestination("99999999999999999999")).toThrow("a position is too large");
    expect(() => parseDestination("99999999999s")).toThrow("too long a time");
    expect(() => parseDestination("0x11111111111111111")).toThrow();
  });
});

describe("a line of the kernel's log", () => {
  const log = "Booting\r\n[    0.000000] Linux\r\n[    1.289200] PCI\r\n[   12.500000][    T1] init\r\n";
  const at = (text: string, printed = log): number => {
    const session = new FakeSession();
    session.printed = printed;
    return positionOf(session, parseDestination(text))!;
  };
  /** Where it was complete, as a click on the line goes there. */
  const endOf = (line: string): number => log.indexOf("\n", log.indexOf(line)) + 1;

  it("is the first that has the time or a later one", () => {
    expect(at("1.2892")).toBe(endOf("PCI"));
    expect(at("1.2893")).toBe(endOf("init"));
    expect(at("0.0")).toBe(endOf("Linux"));
    expect(at("[   12.500000][    T1] init")).toBe(endOf("init"));
  });
  it("is missing with a word of where the log ends", () => {
    expect(() => at("13.0")).toThrow("the kernel's log ends at 12.500000; for virtual time, write '13.0s'");
    expect(() => at("1.0", "~ # ")).toThrow(
      "the console shows no line with a kernel's time; for virtual time, write '1.0s'",
    );
  });
});

it("looks for a line of the log in what is not indexed yet, too", async () => {
  class Unindexed extends FakeSession {
    known = 10;
    override get indexedTo(): number {
      return this.known;
    }
    override async index(): Promise<boolean> {
      this.known = this.end;
      this.printed = "[    0.000000] Linux\r\n[    1.289200] PCI\r\n";
      return true;
    }
  }
  const session = new Unindexed();
  const destination = parseDestination("1.2892");
  expect(positionOf(session, destination)).toBeUndefined();
  expect(await search(new DebugTarget(session, new FakeHost()), destination)).toBe(true);
  expect(session.position).toBe(session.printed.length);
  expect(() => positionOf(session, parseDestination("2.0"))).toThrow("the kernel's log ends at 1.289200");
});

describe("the search for a symbol", () => {
  /** "tick" is executed at positions 2, 10, 18, …; "never" nowhere. */
  class Target extends DebugTarget {
    override symbols(): SymbolTable {
      return new SymbolTable(CODE, Uint32Array.of(8, 0x100), ["tick", "never"], "TT");
    }
  }
  const setUp = () => {
    const session = new FakeSession(100);
    const target = new Target(session, new FakeHost());
    return { session, target, goTo: (text: string) => search(target, parseDestination(text)) };
  };

  it("goes to the last execution before here, else to the next", async () => {
    const { session, goTo } = setUp();
    session.position = 50;
    expect(await goTo("tick")).toBe(true);
    expect(session.position).toBe(42);
    expect(await goTo("tick")).toBe(true);
    expect(session.position).toBe(34);
    session.position = 1;
    expect(await goTo("tick")).toBe(true);
    expect(session.position).toBe(2);
  });

  it("passes the user's own points, and leaves them in force", async () => {
    const { session, target, goTo } = setUp();
    const owner = target.hits.owner();
    owner.addBreakpoint(CODE + 16n);
    owner.addWatchpoint({ kind: "write", address: COUNTER, length: 8 });
    session.position = 50;
    await goTo("tick");
    expect(session.position).toBe(42);
    await session.run();
    expect(session.position).toBe(43);
    owner.removeWatchpoint({ kind: "write", address: COUNTER, length: 8 });
    await session.run();
    expect(session.position).toBe(44);
  });

  it("comes back from in vain, and says so", async () => {
    const { session, goTo } = setUp();
    session.position = 50;
    await expect(goTo("never")).rejects.toThrow("never is executed neither before nor after here");
    expect(session.position).toBe(50);
    await expect(goTo("start_kernal")).rejects.toThrow("'start_kernal' is none of the kernel's own symbols");
  });
});
