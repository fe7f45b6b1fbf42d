import { describe, expect, it } from "vitest";
import { Pl011 } from "./pl011.ts";
import { FR_RXFE, FR_RXFF, FR_TXFE, INT_RX, INT_TX, LCR_FEN, Offset } from "./registers.ts";

function build() {
  const sent: number[] = [];
  const wire = { level: false };
  const uart = new Pl011({ set: (level) => (wire.level = level) }, (byte) => void sent.push(byte));
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

  it("keeps 16 bytes with FIFOs and one without", () => {
    const { uart } = build();
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

  it("empties the FIFO when it is switched", () => {
    const { uart } = build();
    uart.write(Offset.LCR_H, 4, LCR_FEN);
    uart.receive(Uint8Array.of(1, 2));
    uart.write(Offset.LCR_H, 4, 0x60);
    expect(uart.read(Offset.FR, 4)).toBe(FR_TXFE | FR_RXFE);
    expect(uart.room()).toBe(1);
  });
});
