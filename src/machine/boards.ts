import { assert, type Disposable, printable, UserError } from "../base/index.ts";
import type { Door } from "../hardware/index.ts";
import type { BoardParts, BoardType } from "./board-type.ts";
import { checked, commonConfiguration } from "./configuration.ts";
import type { EmulatedMachine } from "./emulated-machine.ts";
import type { MachineConfiguration } from "./machine.ts";
import { pc } from "./pc/machine.ts";
import { virt } from "./virt/machine.ts";

/** `door` is needed by those that run the machine themselves: a session hands in its own before anything runs. */
export type MachineOptions = Omit<BoardParts, "door"> & { readonly door?: Door };

const closed: Door = {
  entropy: (_position, length) => new Uint8Array(length),
  realTime: () => 0,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "wait" }),
};

/** The machines that there are, by name. */
class Boards {
  private readonly known = new Map<string, BoardType>();

  /** Of a board of one's own; until it is disposed of. */
  register<C extends MachineConfiguration>(board: BoardType<C>): Disposable {
    assert(!this.known.has(board.name), `two boards are called ${board.name}`);
    assert(board.configuration.type === "strict_object", `${board.name} would leave out what it does not know`);
    this.known.set(board.name, board as unknown as BoardType);
    return { dispose: () => void this.known.delete(board.name) };
  }

  get all(): readonly BoardType[] {
    return [...this.known.values()];
  }

  /** Those of one of QEMU's programs; without a name, all. */
  of(system: string | undefined): readonly BoardType[] {
    return this.all.filter(({ systems }) => system === undefined || Object.hasOwn(systems, system));
  }

  find(name: string): BoardType | undefined {
    return this.known.get(name);
  }

  /** Throws a UserError for a machine that is not here. */
  named(name: string): BoardType {
    return this.find(name) ?? notHere(name, this.all);
  }

  /**
   * A configuration as a recording has it: what its board says it is. Of a board that is not here, what all have, so that one
   * can say what the recording is of. Throws a UserError for anything else.
   */
  readConfiguration(value: unknown, what: string): MachineConfiguration {
    const common = checked(commonConfiguration, value, what);
    const board = this.find(common.board);
    return board ? checked(board.configuration, value, what) : common;
  }

  /** A machine at power-on. Throws a UserError for one that is not here, and for what cannot be built or booted. */
  create({ door = closed, ...options }: MachineOptions): EmulatedMachine {
    const board = this.named(options.configuration.board);
    // Not the copy that the check gives: a header is known to be of this machine by having the same object.
    checked(board.configuration, options.configuration, `the ${board.name} machine's configuration`);
    for (const role of Object.keys(options.images))
      if (!Object.hasOwn(board.images, role)) throw new UserError(`the ${board.name} machine takes no ${role}`);
    return board.create({ ...options, door });
  }
}

/** A recording or a command line may call it anything. */
export function notHere(name: string, among: readonly BoardType[]): never {
  const there = among.map((board) => board.name).join(" or ");
  throw new UserError(`machine type '${printable(name, 32)}' is not available here; there is ${there}`);
}

export const boards = new Boards();
boards.register(virt);
boards.register(pc);
