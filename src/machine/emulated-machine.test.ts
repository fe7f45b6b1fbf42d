import { beforeAll, describe, expect, it } from "vitest";
import { type ByteReader, type ByteWriter, UserError } from "../base/index.ts";
import { buildInterpreter } from "../engine/interpreter/interpreter.ts";
import { asm, toy, toyState, TRAP_VECTOR } from "../engine/testing/toy-guest.ts";
import { Bus, type Door, type IdleEnd, type Input } from "../hardware/index.ts";
import { EmulatedMachine } from "./emulated-machine.ts";
import type { GuestDebug } from "./guest-debug.ts";
import type { HitPolicy } from "./machine.ts";

const DEVICE = 0x100_0000;
const RAM_BYTES = 1 << 20;
const ignore: HitPolicy = { kind: "ignore" };

let interpreter: WebAssembly.Module;
beforeAll(() => {
  interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(toy, { optimize: false }).wasm));
});

/** A door with given inputs and answers to idling. */
class TestDoor implements Door {
  inputs: { position: number; input: Input }[] = [];
  idles: { position: number; nowNs: number; deadlineNs: number | undefined }[] = [];
  idleEnd: IdleEnd = { kind: "wait" };
  entropy(_position: number, length: number): Uint8Array {
    return new Uint8Array(length);
  }
  realTime(): number {
    return 0;
  }
  nextInput(): number {
    return this.inputs[0]?.position ?? Infinity;
  }
  takeInputs(position: number): readonly Input[] {
    const count = this.inputs.findIndex((known) => known.position !== position);
    return this.inputs.splice(0, count < 0 ? this.inputs.length : count).map(({ input }) => input);
  }
  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    this.idles.push({ position, nowNs, deadlineNs });
    return this.idleEnd;
  }
}

/** One device: +0 sets an alarm so many ns from now, which where it `bites` asks for a reset, +4 lowers the line, +8 asks the board for what its value says. */
function build(
  program: readonly number[],
  { reboot = true, bites = false, watchpoints = "before" as "before" | "after" } = {},
) {
  const door = new TestDoor();
  const board = { received: [] as number[], powerOns: [] as string[] };
  let alarmNs: number | undefined;
  const machine: EmulatedMachine = new EmulatedMachine({
    configuration: {
      board: "toy",
      cpu: "toy",
      ramBytes: RAM_BYTES,
      shift: 0,
      append: "",
      reboot,
      randomness: false,
      semantics: 1,
    },
    guest: toy,
    interpreter,
    memory: [{ name: "ram", bytes: RAM_BYTES }],
    door,
    board(subject) {
      const { clock, cpu } = subject;
      const timer = {
        expire() {
          alarmNs = undefined;
          if (bites) subject.request("reset");
          else cpu.interruptLine = true;
        },
      };
      const setAlarm = (ns: number | undefined): void => {
        alarmNs = ns;
        clock.setDeadline(timer, ns);
      };
      const bus = new Bus();
      bus.mapMemory(0, cpu.block("ram"));
      bus.map(DEVICE, 0x1000, {
        name: "toy",
        read: () => board.received.shift() ?? 0,
        write(offset, _size, value) {
          if (offset === 0) setAlarm(clock.nowNs() + value);
          else if (offset === 4) cpu.interruptLine = false;
          else subject.request(value === 0 ? "wait" : value === 1 ? "shutdown" : "reset");
        },
      });
      const device = {
        name: "toy",
        save: (to: ByteWriter) => void to.bool(cpu.interruptLine).safe(alarmNs ?? 0),
        load(from: ByteReader) {
          cpu.interruptLine = from.bool();
          setAlarm(from.safe() || undefined);
        },
        reset: () => setAlarm(undefined),
        info: () => [{ name: "toy", lines: [`alarmNs = ${alarmNs}`] }],
      };
      return {
        bus,
        devices: [device],
        ports: [
          {
            framing: "stream",
            room: () => 4,
            receive: (bytes) => void board.received.push(...bytes),
            receiveBreak: () => void board.received.push(-1),
          },
        ],
        powerOn(_door, position, cold, write) {
          device.reset();
          board.powerOns.push(`${cold ? "cold" : "warm"} at ${position}`);
          cpu.physical.writeRam(0, new Uint8Array(new Uint32Array(program.map((word) => word >>> 0)).buffer));
          // A trap handler that lowers the line, then counts in r6.
          cpu.physical.writeRam(
            Number(TRAP_VECTOR),
            new Uint8Array(new Uint32Array([asm.store(0, 7, 2, 4), asm.add(6, 6, 5), asm.bnz(5, -1)]).buffer),
          );
          write(toyState.pc, 0n);
          write(toyState.r, BigInt(DEVICE), 7);
          write(toyState.r, 1n, 5);
        },
      };
    },
    guestHost: () => ({}),
    debug: (subject) =>
      ({
        watchpoints,
        registers: Array.from({ length: 8 }, (_, number) => ({
          name: `r${number}`,
          number,
          bits: 64,
          group: "general",
        })),
        systemRegisters: [],
        translate: (address: bigint) => subject.cpu.translate(address),
        writeRegister: (number: number, bytes: Uint8Array) =>
          subject.cpu.writeState(toyState.r, BigInt(bytes[0]!), number),
      }) as unknown as GuestDebug & { writeRegister(number: number, bytes: Uint8Array): void },
  });
  const r = (n: number): bigint => machine.cpu.readState(toyState.r, n);
  return { machine, door, board, r };
}

const loop = [asm.add(6, 6, 5), asm.bnz(5, -1)];
const alarm = (ns: number): number[] => [asm.li(1, ns), asm.store(1, 7, 2)];

describe("run", () => {
  it("ends exactly where it is told, and does nothing when it is there", () => {
    const { machine, r } = build(loop);
    expect(machine.run(7, ignore)).toEqual({ kind: "position" });
    expect([machine.position, r(6)]).toEqual([7, 4n]);
    expect(machine.run(7, ignore)).toEqual({ kind: "position" });
    expect(machine.position).toBe(7);
  });

  it("expires a timer at its position, however that was reached, and enters the interrupt as a step of its own", () => {
    const program = [...alarm(10), asm.enable(), ...loop];
    const whole = build(program);
    const events: string[] = [];
    whole.machine.onEvent = (event, position) => events.push(`${event} ${position}`);
    whole.machine.run(30, ignore);
    expect(events).toEqual(["interrupt 11"]);
    const pieces = build(program);
    for (let position = 1; position <= 30; position++) pieces.machine.run(position, ignore);
    expect(pieces.machine.save()).toEqual(whole.machine.save());
    const saved = build(program);
    saved.machine.run(11, ignore);
    const state = saved.machine.save();
    const again = build(program);
    again.machine.load(state, 11);
    again.machine.run(30, ignore);
    expect(again.machine.save()).toEqual(whole.machine.save());
  });

  it("gives inputs in the step from their position, not before", () => {
    const { machine, door, board } = build(loop);
    door.inputs = [
      { position: 5, input: { kind: "arrival", port: 0, bytes: Uint8Array.of(9) } },
      { position: 5, input: { kind: "break", port: 0 } },
      { position: 5, input: { kind: "arrival", port: 0, bytes: Uint8Array.of(8) } },
    ];
    machine.run(5, ignore);
    expect(board.received).toEqual([]);
    machine.run(6, ignore);
    expect(board.received).toEqual([9, -1, 8]);
    expect(machine.position).toBe(6);
  });
});

describe("host edits", () => {
  it("are steps of their own, after the other inputs of their position", () => {
    const { machine, door, board, r } = build(loop);
    door.inputs = [
      { position: 4, input: { kind: "arrival", port: 0, bytes: Uint8Array.of(1) } },
      { position: 4, input: { kind: "write-register", register: 6, bytes: Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0) } },
      { position: 5, input: { kind: "write-memory", physicalAddress: 0x5000, bytes: Uint8Array.of(7) } },
    ];
    machine.run(5, ignore);
    expect([r(6), board.received, machine.readPhysical(0x5000, 1)![0]]).toEqual([100n, [1], 0]);
    machine.run(6, ignore);
    expect([machine.position, machine.readPhysical(0x5000, 1)![0]]).toEqual([6, 7]);
    expect(machine.run(9, ignore)).toEqual({ kind: "position" });
  });

  it("of a damaged recording are refused in one line", () => {
    const { machine } = build(loop);
    const bytes = Uint8Array.of(1);
    expect(() => machine.applyEdit({ kind: "write-memory", physicalAddress: RAM_BYTES, bytes })).toThrow(UserError);
    expect(() => machine.applyEdit({ kind: "write-memory", physicalAddress: 2 ** 52, bytes })).toThrow(UserError);
    expect(() => machine.applyEdit({ kind: "write-register", register: 99, bytes })).toThrow(UserError);
    expect(() => machine.applyEdit({ kind: "write-register", register: 1, bytes })).toThrow(UserError);
    expect(() => machine.applyEdit({ kind: "read-port", port: 1, size: 1 })).toThrow("which this machine has not");
    expect(() => machine.applyEdit({ kind: "write-port", port: 1, size: 1, value: 0 })).toThrow(UserError);
    expect(machine.ioPorts).toBeUndefined();
    expect(machine.position).toBe(0);
  });

  it("end the machine", () => {
    const { machine } = build(loop);
    machine.applyEdit({ kind: "quit" });
    expect(machine.run(10, ignore)).toEqual({ kind: "shutdown", reason: "host-quit" });
    expect(machine.position).toBe(1);
  });
});

describe("idling", () => {
  const program = [...alarm(1000), asm.wait(), ...loop];

  it("jumps to the deadline when the door says so", () => {
    const { machine, door, r } = build(program);
    door.idleEnd = { kind: "deadline" };
    machine.run(3, ignore);
    expect([machine.position, machine.nowNs]).toEqual([3, 1001]);
    machine.run(5, ignore);
    expect([door.idles, r(6)]).toEqual([[{ position: 3, nowNs: 3, deadlineNs: 1001 }], 1n]);
  });

  it("waits for the host, and ends where that says", () => {
    const { machine } = build(program);
    expect(machine.run(10, ignore)).toEqual({ kind: "idle", deadlineNs: 1001 });
    expect(() => machine.save()).toThrow(/no state inside an idle/);
    expect(() => machine.endIdle(1002)).toThrow(/cannot end/);
    expect(() => machine.endIdle(2)).toThrow(/cannot end/);
    machine.endIdle(500);
    expect([machine.position, machine.nowNs]).toEqual([3, 500]);
    expect(machine.run(10, ignore)).toEqual({ kind: "position" });
    expect(() => machine.endIdle(600)).toThrow(/no idle/);
  });

  it("does not begin with an interrupt pending, masked or not", () => {
    const { machine, door } = build([...alarm(0), asm.wait(), ...loop]);
    expect(machine.run(10, ignore)).toEqual({ kind: "position" });
    expect(door.idles).toEqual([]);
  });

  it("is what the board may ask for too", () => {
    const { machine } = build([asm.li(1, 0), asm.store(1, 7, 2, 8), ...loop]);
    expect(machine.run(10, ignore)).toEqual({ kind: "idle", deadlineNs: undefined });
    expect(machine.position).toBe(2);
  });
});

describe("the guest's end", () => {
  it("stops it for good, also after a restore", () => {
    const { machine } = build([asm.li(1, 1), asm.store(1, 7, 2, 8), ...loop]);
    expect(machine.run(100, ignore)).toEqual({ kind: "shutdown", reason: "guest-shutdown" });
    expect(machine.position).toBe(2);
    const state = machine.save();
    machine.powerOn();
    machine.load(state, 2);
    expect(machine.run(100, ignore)).toEqual({ kind: "shutdown", reason: "guest-shutdown" });
  });

  const program = [asm.li(1, 2), asm.store(1, 7, 2, 8), ...loop];

  it("is not a reset, which starts over and keeps RAM and the position", () => {
    const { machine, board, r } = build(program);
    machine.cpu.physical.writeRam(0x5000, Uint8Array.of(7));
    const events: string[] = [];
    machine.onEvent = (event, position) => events.push(`${event} ${position}`);
    machine.run(2, ignore);
    expect(events).toEqual(["reset 2"]);
    expect(board.powerOns).toEqual(["cold at 0", "warm at 2"]);
    expect([machine.pc, r(1), machine.readPhysical(0x5000, 1)![0]]).toEqual([0n, 0n, 7]);
    machine.powerOn();
    expect([machine.position, machine.readPhysical(0x5000, 1)![0]]).toEqual([0, 0]);
  });

  it("is not a reset that a timer asks for: the state at its position is the one behind the reset", () => {
    const biting = [...alarm(10), ...loop];
    const { machine, board } = build(biting, { bites: true });
    expect(machine.run(11, ignore)).toEqual({ kind: "position" });
    expect([machine.position, machine.pc, board.powerOns]).toEqual([11, 0n, ["cold at 0", "warm at 11"]]);
    const idle = build([...alarm(10), asm.wait(), ...loop], { bites: true });
    expect(idle.machine.run(20, ignore)).toEqual({ kind: "idle", deadlineNs: 11 });
    idle.machine.endIdle(11);
    expect([idle.machine.position, idle.machine.pc, idle.board.powerOns[1]]).toEqual([3, 0n, "warm at 3"]);
    const last = build(biting, { bites: true, reboot: false });
    expect(last.machine.run(11, ignore)).toEqual({ kind: "shutdown", reason: "guest-reset" });
    expect(last.machine.position).toBe(11);
  });

  it("is a reset where the configuration says so", () => {
    const { machine } = build(program, { reboot: false });
    expect(machine.run(100, ignore)).toEqual({ kind: "shutdown", reason: "guest-reset" });
  });
});

describe("a saved state", () => {
  it("is refused when it is damaged", () => {
    const { machine } = build(loop);
    const state = machine.save();
    expect(() => machine.load(state.subarray(0, state.length - 1), 0)).toThrow(UserError);
    expect(() => machine.load(Uint8Array.of(...state, 0), 0)).toThrow(UserError);
    const stopped = state.slice();
    stopped[toy.state.savedBytes + 8] = 9;
    expect(() => machine.load(stopped, 0)).toThrow(UserError);
  });

  it("reaches debuggers device by device", () => {
    expect(build(loop).machine.deviceInfo()).toEqual([{ name: "toy", lines: ["alarmNs = undefined"] }]);
  });

  it("reads virtual memory page by page", () => {
    const { machine } = build(loop);
    machine.cpu.physical.writeRam(0x4ffe, Uint8Array.of(1, 2, 3, 4));
    expect([...machine.readVirtual(0x4ffen, 4)!]).toEqual([1, 2, 3, 4]);
    expect(machine.readVirtual(BigInt(RAM_BYTES) - 2n, 4)).toBeUndefined();
  });
});

describe("watchpoints", () => {
  const program = [asm.li(1, 0x200), asm.store(1, 1, 3), asm.store(1, 1, 3), ...loop];
  const watched = { kind: "write", address: 0x200n, length: 8 } as const;
  const hit = { watchpoint: watched, address: 0x200n, access: "write" };
  const stop: HitPolicy = { kind: "stop", told: [] };
  const written = (machine: EmulatedMachine): number => machine.readPhysical(0x200, 2)![1]!;

  it("stop before the access, where the guest's do", () => {
    const { machine } = build(program);
    machine.setWatchpoints([watched]);
    expect(machine.run(100, stop)).toEqual({ kind: "watchpoint", hit });
    expect([machine.position, machine.pc, written(machine)]).toEqual([1, 4n, 0]);
    expect(machine.run(100, { kind: "stop", told: ["watchpoint"] })).toEqual({ kind: "watchpoint", hit });
    expect(machine.position).toBe(2);
  });

  it("stop after it, where the guest's do: once for each access", () => {
    const { machine } = build(program, { watchpoints: "after" });
    machine.setWatchpoints([watched]);
    machine.setBreakpoints(new Set([8n]));
    expect(machine.run(100, stop)).toEqual({ kind: "watchpoint", hit });
    expect([machine.position, machine.pc, written(machine)]).toEqual([2, 8n, 2]);
    expect(machine.run(100, { kind: "stop", told: ["breakpoint"] })).toEqual({ kind: "watchpoint", hit });
    expect([machine.position, machine.pc]).toEqual([3, 12n]);
    expect(machine.run(100, stop)).toEqual({ kind: "position" });
  });

  it("report, looking back, where the access begins in either case", () => {
    for (const watchpoints of ["before", "after"] as const) {
      const { machine } = build(program, { watchpoints });
      machine.setWatchpoints([watched]);
      const found: number[] = [];
      machine.run(10, { kind: "collect", onHit: (position) => found.push(position) });
      expect(found).toEqual([1, 2]);
    }
  });
});
