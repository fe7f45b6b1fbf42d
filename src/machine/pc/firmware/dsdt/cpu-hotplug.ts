import {
  acquire,
  type Aml,
  arg,
  both,
  buffer,
  call,
  debug,
  dereference,
  device,
  eisaId,
  equal,
  field,
  FieldAccess,
  give,
  increment,
  index,
  io,
  leaveLoop,
  less,
  local,
  loopWhile,
  method,
  mutex,
  named,
  notify,
  operationRegion,
  otherwise,
  pack,
  processor,
  release,
  resources,
  scope,
  serialized,
  Space,
  store,
  text,
  when,
} from "../aml/index.ts";
import type { Bytes } from "../bytes.ts";

const CPUS = 1;
const PORTS = { BASE: 0xaf00, LENGTH: 12 } as const;
/** Commands: the next CPU with an event; what `_OST` says, in two words. */
const Command = { NEXT: 0, EVENT: 1, STATUS: 2 } as const;
const DEVICE_CHECK = 1;
const EJECT_REQUEST = 3;
const ENABLED = 0x0f;
const CONTROLLER = "\\_SB.PCI0.PRES";
const LOCK = `${CONTROLLER}.CPLK`;
const register = (name: string): string => `${CONTROLLER}.${name}`;

/** QEMU's CPU hot plug (docs/specs/acpi_cpu_hotplug): a controller's registers, and the CPUs, of which the first is `madtEntry`. */
export function cpuHotplug(madtEntry: Bytes): Aml[] {
  const scan = method("\\_GPE._E02", 0, call("\\_SB.CPUS.CSCN"));
  return [scope("_SB", controller(), cpus(madtEntry)), scan];
}

function controller(): Aml {
  return device(
    CONTROLLER,
    named("_HID", eisaId("PNP0A06")),
    named("_UID", text("CPU Hotplug resources")),
    mutex("CPLK"),
    named("_CRS", resources(io(PORTS.BASE, 1, PORTS.LENGTH))),
    operationRegion("PRST", Space.IO, PORTS.BASE, PORTS.LENGTH),
    field(
      "PRST",
      FieldAccess.BYTE | FieldAccess.WRITE_AS_ZEROS,
      [undefined, 32],
      ["CPEN", 1],
      ["CINS", 1],
      ["CRMV", 1],
      ["CEJ0", 1],
      ["CEJF", 1],
      [undefined, 3],
      ["CCMD", 8],
    ),
    field("PRST", FieldAccess.DWORD, ["CSEL", 32], [undefined, 32], ["CDAT", 32]),
    // The first write makes the controller leave its older form.
    serialized("_INI", 0, store(0, "CSEL")),
  );
}

function cpus(madtEntry: Bytes): Aml {
  return device(
    "\\_SB.CPUS",
    named("_HID", text("ACPI0010")),
    named("_CID", eisaId("PNP0A05")),
    method("CTFY", 2, when(equal(arg(0), 0), notify("C000", arg(1)))),
    state(),
    locked("CEJ0", 1, store(arg(0), register("CSEL")), store(1, register("CEJ0"))),
    scanForEvents(),
    locked(
      "COST",
      4,
      store(arg(0), register("CSEL")),
      store(Command.EVENT, register("CCMD")),
      store(arg(1), register("CDAT")),
      store(Command.STATUS, register("CCMD")),
      store(arg(2), register("CDAT")),
    ),
    processor(
      "C000",
      0,
      serialized("_STA", 0, give(call("CSTA", 0))),
      named("_MAT", buffer(madtEntry)),
      serialized("_OST", 3, call("COST", 0, arg(0), arg(1), arg(2))),
    ),
  );
}

function locked(name: string, args: number, ...terms: readonly Aml[]): Aml {
  return serialized(name, args, acquire(LOCK), ...terms, release(LOCK));
}

/** `CSTA (cpu)`: its `_STA`. */
function state(): Aml {
  const answer = local(0);
  return serialized(
    "CSTA",
    1,
    acquire(LOCK),
    store(arg(0), register("CSEL")),
    store(0, answer),
    when(equal(register("CPEN"), 1), store(ENABLED, answer)),
    release(LOCK),
    give(answer),
  );
}

/** `CSCN`: tells of CPUs that came, of up to 255 at a time so that all are known before any is told of, and of those that are to go. */
function scanForEvents(): Aml {
  const [found, count, told, cpu, again] = [local(0), local(1), local(2), local(3), local(4)];
  const BATCH = 255;
  const collect = [
    store(0, found),
    store(cpu, register("CSEL")),
    store(Command.NEXT, register("CCMD")),
    // None is left: the search began anew.
    when(less(register("CDAT"), cpu), leaveLoop),
    when(equal(count, BATCH), store(1, again), leaveLoop),
    store(register("CDAT"), cpu),
    when(equal(register("CINS"), 1), store(cpu, index("CNEW", count)), increment(count), store(1, found)),
    otherwise(
      when(equal(register("CRMV"), 1), call("CTFY", cpu, EJECT_REQUEST), store(1, register("CRMV")), store(1, found)),
    ),
    increment(cpu),
  ];
  const tell = [
    store(dereference(index("CNEW", told)), cpu),
    call("CTFY", cpu, DEVICE_CHECK),
    store(cpu, debug),
    store(cpu, register("CSEL")),
    store(1, register("CINS")),
    increment(told),
  ];
  return locked(
    "CSCN",
    0,
    named("CNEW", pack([], BATCH)),
    store(0, cpu),
    store(1, again),
    loopWhile(
      equal(again, 1),
      store(0, again),
      store(1, found),
      store(0, count),
      loopWhile(both(equal(found, 1), less(cpu, CPUS)), ...collect),
      store(0, told),
      loopWhile(less(told, count), ...tell),
    ),
  );
}
