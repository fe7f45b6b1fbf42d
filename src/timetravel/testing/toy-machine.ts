import type { ByteReader, ByteWriter } from "../../base/index.ts";
import { asm, toy, toyState } from "../../engine/testing/toy-guest.ts";
import { Bus, type Door } from "../../hardware/index.ts";
import { EmulatedMachine, type GuestDebug } from "../../machine/index.ts";

type Debug = GuestDebug & { writeRegister(number: number, bytes: Uint8Array): void };

const DEVICE = 0x100_0000;
const DATA = 0x4000;
/** Registers of the device: an alarm in so many ns, the line that it raises, what was typed, what is printed. */
const [ALARM, LINE, TYPED, PRINT] = [0, 4, 8, 12];
const fifoBytes = 8;

/** Counts in RAM, adds what is typed, prints, and idles for a moment, for ever. */
const loop = [
  asm.add(6, 6, 5),
  asm.load(1, 7, 2, TYPED),
  asm.add(6, 6, 1),
  asm.store(6, 3, 3),
  asm.load(2, 3, 3, 8),
  asm.add(2, 2, 6),
  asm.store(2, 3, 3, 8),
  asm.store(6, 7, 2, PRINT),
  asm.li(1, 500),
  asm.store(1, 7, 2, ALARM),
  asm.wait(),
  asm.store(1, 7, 2, LINE),
];
const program = [asm.li(3, DATA), ...loop, asm.bnz(5, -loop.length)];

/** The toy guest on a board with 1 MB of RAM and one device: the smallest machine of real parts. */
export function toyMachine(interpreter: WebAssembly.Module, door: Door): EmulatedMachine {
  const typed: number[] = [];
  let alarmNs: number | undefined;
  const configuration = {
    ...{ board: "toy", cpu: "toy", ramBytes: 1 << 20, shift: 1, append: "" },
    ...{ reboot: true, randomness: false, semantics: 1 },
  };
  return new EmulatedMachine({
    ...{ configuration, guest: toy, interpreter, memory: [{ name: "ram", bytes: configuration.ramBytes }], door },
    board(machine) {
      const { clock, cpu } = machine;
      const timer = {
        expire() {
          alarmNs = undefined;
          cpu.interruptLine = true;
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
        read: () => typed.shift() ?? 0,
        write(offset, _size, value) {
          if (offset === ALARM) setAlarm(clock.nowNs() + value);
          else if (offset === LINE) cpu.interruptLine = false;
          else machine.onOutput?.(0, Uint8Array.of(value), machine.position);
        },
      });
      const device = {
        name: "toy",
        save(to: ByteWriter) {
          to.bool(cpu.interruptLine)
            .safe(alarmNs ?? 0)
            .blob(Uint8Array.from(typed));
        },
        load(from: ByteReader) {
          cpu.interruptLine = from.bool();
          setAlarm(from.safe() || undefined);
          typed.splice(0, typed.length, ...from.blob());
        },
        reset() {
          typed.length = 0;
          cpu.interruptLine = false;
          setAlarm(undefined);
        },
        info: () => [],
      };
      return {
        bus,
        devices: [device],
        ports: [
          {
            framing: "stream",
            room: () => fifoBytes - typed.length,
            receive: (bytes) => void typed.push(...bytes),
            receiveBreak: () => void typed.push(0),
          },
        ],
        powerOn(_door, _position, _cold, write) {
          device.reset();
          cpu.physical.writeRam(0, new Uint8Array(new Uint32Array(program.map((word) => word >>> 0)).buffer));
          write(toyState.pc, 0n);
          write(toyState.r, BigInt(DEVICE), 7);
          write(toyState.r, 1n, 5);
        },
      };
    },
    guestHost: () => ({}),
    debug: ({ cpu }) => {
      const translate = (address: bigint): number | undefined => cpu.translate(address);
      return { registers: [], systemRegisters: [], writeRegister: () => {}, translate } as unknown as Debug;
    },
  });
}
