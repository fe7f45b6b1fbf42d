import type { Door } from "../hardware/index.ts";
import { toyInterpreter } from "../engine/testing/toy-cpu.ts";
import { FakeMachine } from "./testing/fake-machine.ts";
import { machineContract } from "./testing/machine-contract.ts";
import { machine } from "./testing/sessions.ts";
import { toyMachine } from "./testing/toy-machine.ts";

const typed = { kind: "arrival", port: 0, bytes: Uint8Array.of(65, 66, 67) } as const;

const { configuration } = machine();
const fake = (door: Door): FakeMachine => {
  const subject = new FakeMachine(configuration, door);
  subject.powerOn();
  return subject;
};
machineContract("the fake", { make: fake, ram: 0, typed });

const interpreter = toyInterpreter();
machineContract("a toy board", { make: (door) => toyMachine(interpreter, door), ram: 0x4000, typed });
