import { describe, expect, it } from "vitest";
import { Pl011 } from "./pl011.ts";
import { ByteReader, ByteWriter } from "../../../base/index.ts";
import {
  DR_BE,
  FR_RXFE,
  FR_RXFF,
  FR_TXFE,
  INT_BE,
  INT_RT,
  INT_RX,
  INT_TX,
  LCR_FEN,
  Offset,
  RSR_BE,
} from "./registers.ts";

function build() {
  const sent: number[] = [];
  const wire = { level: false };
  const uart = new Pl011({ set: (level) => (wire.level = level) }, (bytes) => void sent.push(...bytes));
  return { sent, wire, uart };
}

describe("Pl011", () => {
  it("sends at once and raises the transmit interrupt until it is cleared", () => {
    const { sent, wire, uart } = build();
    uart.write(Offset.IMSC, 4, INT_TX);
    expect(wire.level).toBe(false);
    uart.write(Offset.DR, 4, 0x141);
    uart.write(Offset.DR, 1, 0x42);
    expect(sent).toEqual([0x41, 0x42]);
    expect(wire.level).toBe(true);
    uart.write(Offset.ICR, 4, INT_TX);
    expect(wire.level).toBe(false);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFE);
  });

  it("asks the host for nothing before someone listens: a driver that starts throws away what came before", () => {
    const asked = (uart: Pl011): number => uart.room();
    const { uart } = build();
    // As a kernel's early console sends.
    for (let i = 0; i < 100; i++) {
      for (let looks = 0; looks < 3; looks++) uart.read(Offset.FR, 4);
      uart.write(Offset.DR, 4, 0x41);
    }
    expect(asked(uart)).toBe(0);
    for (const interrupt of [INT_RX, INT_RT]) {
      uart.write(Offset.IMSC, 4, interrupt);
      expect(asked(uart)).toBe(1);
      uart.write(Offset.IMSC, 4, 0);
    }
    // As a boot loader waits for a key.
    for (let i = 0; i < 100; i++) uart.read(Offset.FR, 4);
    expect(asked(uart)).toBe(1);
    uart.write(Offset.DR, 4, 0x41);
    expect(asked(uart)).toBe(0);
    uart.read(Offset.DR, 4);
    expect(asked(uart)).toBe(1);
    uart.reset();
    expect(asked(uart)).toBe(0);
  });

  it("keeps 16 bytes with FIFOs and one without", () => {
    const { uart } = build();
    uart.write(Offset.IMSC, 4, INT_RX);
    expect(uart.room()).toBe(1);
    uart.receive(Uint8Array.of(1, 2));
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFF);
    expect(uart.read(Offset.DR, 4)).toBe(1);
    expect(uart.read(Offset.DR, 4)).toBe(0);
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.receive(Uint8Array.from({ length: 20 }, (_, i) => i));
    expect(uart.room()).toBe(0);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFF);
    for (let i = 0; i < 16; i++) expect(uart.read(Offset.DR, 4)).toBe(i);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFE);
  });

  it("holds the receive interrupt until the FIFO is empty", () => {
    const { wire, uart } = build();
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.write(Offset.IMSC, 4, INT_RX);
    uart.receive(Uint8Array.of(1, 2));
    expect(wire.level).toBe(true);
    uart.read(Offset.DR, 4);
    expect(wire.level).toBe(true);
    uart.read(Offset.DR, 4);
    expect(wire.level).toBe(false);
    expect(uart.read(Offset.MIS, 4)).toBe(0);
  });

  it("receives a BREAK in its place among the characters, with its flag, status and interrupt", () => {
    const { wire, uart } = build();
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.write(Offset.IMSC, 4, INT_BE);
    uart.receive(Uint8Array.of(1));
    expect(wire.level).toBe(false);
    uart.receiveBreak();
    uart.receive(Uint8Array.of(2));
    expect(wire.level).toBe(true);
    expect(uart.read(Offset.RIS, 4)).toBe(INT_RX | INT_BE);
    uart.write(Offset.ICR, 4, INT_BE);
    expect(wire.level).toBe(false);
    const read = (): number[] => [uart.read(Offset.DR, 4), uart.read(Offset.RSR, 4)];
    expect(read()).toEqual([1, 0]);
    expect(read()).toEqual([DR_BE, RSR_BE]);
    expect(read()).toEqual([2, 0]);
  });

  it("forgets the status of a BREAK when it is written to, and a BREAK for which there is no room", () => {
    const { uart } = build();
    uart.receiveBreak();
    uart.receiveBreak();
    expect(uart.read(Offset.DR, 4)).toBe(DR_BE);
    uart.write(Offset.RSR, 4, 0);
    expect(uart.read(Offset.RSR, 4)).toBe(0);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFE);
  });

  it("saves BREAKs, and without any the bytes that it saved before there were any", () => {
    const save = (uart: Pl011): Uint8Array<ArrayBuffer> => {
      const to = new ByteWriter();
      uart.save(to);
      return to.finish();
    };
    const { uart } = build();
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.receive(Uint8Array.of(0x41, 0));
    // The FIFO, nine registers.
    const registers = [0, 0, 0, LCR_FEN, 0x300, 0x12, 0, INT_RX, 0];
    const old = new ByteWriter().blob(Uint8Array.of(0x41, 0));
    for (const register of registers) old.u32(register);
    expect(save(uart)).toEqual(old.finish());

    const fill = (to: Pl011): Pl011 => {
      for (let place = 2; place < 16; place++) to.receiveBreak();
      return to;
    };
    const again = build().uart;
    again.load(new ByteReader(save(fill(uart))));
    expect(save(again)).toEqual(save(uart));
    const all = (from: Pl011): number[] => Array.from({ length: 16 }, () => from.read(Offset.DR, 4));
    expect(all(again)).toEqual([0x41, 0, ...Array.from({ length: 14 }, () => DR_BE)]);
    again.load(new ByteReader(save(again)));
    expect(again.read(Offset.RSR, 4)).toBe(RSR_BE);
  });

  it("empties the FIFO when it is switched", () => {
    const { uart } = build();
    uart.write(Offset.IMSC, 4, INT_RX);
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.receive(Uint8Array.of(1, 2));
    uart.write(Offset.LCR_H, 4, 0x60);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFE);
    expect(uart.room()).toBe(1);
  });
});
