import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../../base/index.ts";
import { Gicv2 } from "./gicv2.ts";
import { CpuInterface as C, Distributor as D } from "./registers.ts";

/** Set up as Linux does: everything enabled at priority 0xa0. */
function build() {
  const wire = { level: false };
  const gic = new Gicv2({ set: (level) => (wire.level = level) });
  const { distributor, cpuInterface } = gic;
  for (let id = 0; id < 288; id += 4) distributor.write(D.IPRIORITYR + id, 4, 0xa0a0a0a0);
  for (let word = 0; word < 9; word++) distributor.write(D.ISENABLER + 4 * word, 4, 0xffff_ffff);
  distributor.write(D.CTLR, 4, 1);
  cpuInterface.write(C.PMR, 4, 0xf0);
  cpuInterface.write(C.CTLR, 4, 1);
  return { gic, wire, distributor, cpuInterface };
}

describe("Gicv2", () => {
  it("signals a level interrupt until it is taken, and again while the wire stays", () => {
    const { gic, wire, cpuInterface } = build();
    gic.setInput(33, true);
    expect(wire.level).toBe(true);
    expect(cpuInterface.read(C.IAR, 4)).toBe(33);
    expect(wire.level).toBe(false);
    expect(cpuInterface.read(C.IAR, 4)).toBe(1023);
    expect(cpuInterface.read(C.RPR, 4)).toBe(0xa0);
    cpuInterface.write(C.EOIR, 4, 33);
    expect(wire.level).toBe(true);
    gic.setInput(33, false);
    expect(wire.level).toBe(false);
    expect(cpuInterface.read(C.IAR, 4)).toBe(1023);
  });

  it("latches an edge", () => {
    const { gic, wire, distributor, cpuInterface } = build();
    distributor.write(D.ICFGR + 4 * 3, 4, 0x2);
    gic.input(48).set(true);
    gic.input(48).set(false);
    expect(wire.level).toBe(true);
    expect(cpuInterface.read(C.IAR, 4)).toBe(48);
    cpuInterface.write(C.EOIR, 4, 48);
    expect(wire.level).toBe(false);
  });

  it("lets a more urgent interrupt preempt, and drops back", () => {
    const { gic, wire, distributor, cpuInterface } = build();
    distributor.write(D.IPRIORITYR + 40, 1, 0x40);
    gic.setInput(33, true);
    expect(cpuInterface.read(C.IAR, 4)).toBe(33);
    gic.setInput(34, true);
    expect(wire.level).toBe(false);
    gic.setInput(40, true);
    expect(wire.level).toBe(true);
    expect(cpuInterface.read(C.IAR, 4)).toBe(40);
    expect(cpuInterface.read(C.RPR, 4)).toBe(0x40);
    gic.setInput(40, false);
    cpuInterface.write(C.EOIR, 4, 40);
    expect(cpuInterface.read(C.RPR, 4)).toBe(0xa0);
    expect(wire.level).toBe(false);
    cpuInterface.write(C.EOIR, 4, 33);
    expect(wire.level).toBe(true);
  });

  it("splits priority drop and deactivation with EOImode", () => {
    const { gic, wire, cpuInterface } = build();
    cpuInterface.write(C.CTLR, 4, 0x201);
    gic.setInput(33, true);
    cpuInterface.read(C.IAR, 4);
    cpuInterface.write(C.EOIR, 4, 33);
    expect(cpuInterface.read(C.RPR, 4)).toBe(0xff);
    expect(wire.level).toBe(false);
    cpuInterface.write(C.DIR, 4, 33);
    expect(wire.level).toBe(true);
  });

  it("sends software interrupts to itself", () => {
    const { wire, distributor, cpuInterface } = build();
    distributor.write(D.SGIR, 4, 0x0001_0003);
    expect(wire.level).toBe(true);
    expect(cpuInterface.read(C.IAR, 4)).toBe(3);
    cpuInterface.write(C.EOIR, 4, 3);
    distributor.write(D.SGIR, 4, 0x0002_0003);
    expect(wire.level).toBe(false);
  });

  it("drives its output again after a load", () => {
    const { gic } = build();
    gic.setInput(27, true);
    const to = new ByteWriter();
    gic.save(to);
    const wire = { level: false };
    const other = new Gicv2({ set: (level) => (wire.level = level) });
    other.load(new ByteReader(to.finish()));
    expect(wire.level).toBe(true);
    expect(other.cpuInterface.read(C.IAR, 4)).toBe(27);
  });
});
