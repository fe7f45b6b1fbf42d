/** Extended display identification data (VESA E-EDID 1.4) of the display that QEMU makes up: 1280 by 800. */

const BLOCK_BYTES = 128;
const HEADER = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
/** "RHT" in letters of five bits; product 1234h, no serial number; week 42 of 2014; version 1.4. */
const IDENTITY = [0x49, 0x14, 0x34, 0x12, 0, 0, 0, 0, 42, 2014 - 1990, 1, 4];
/** Digital, 8 bits a colour, DisplayPort; 32 by 20 cm; gamma 2.2; sRGB, with a preferred timing. */
const DISPLAY = [0xa5, 32, 20, 0x78, 6];
const CHROMATICITY = [0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54];
/** 640 by 480, 800 by 600 and 1024 by 768. */
const ESTABLISHED = [0x21, 0x08, 0];
/** (width / 8 - 31, aspect ratio), at 60 Hz. */
const STANDARD = [0xe1, 0xc0, 0xd1, 0xc0, 0xd1, 0, 0xa9, 0x40, 0xb3, 0, 0x95, 0, 0x81, 0x80, 0x81, 0x40];

const little = (value: number): number[] => [value & 0xff, value >> 8];
const halves = (a: number, b: number): number[] => [a & 0xff, b & 0xff, ((a >> 8) << 4) | (b >> 8)];

/** At 75 Hz. */
const PREFERRED = ((): number[] => {
  const [width, blankWidth, height, blankHeight] = [1280, 448, 800, 28];
  const [front, sync] = [320, 38];
  return [
    ...[...little(10730), ...halves(width, blankWidth), ...halves(height, blankHeight)],
    // Vertical: 4 lines, then 4 of sync. The display is 325 by 203 mm.
    ...[front & 0xff, sync, 0x44, (front >> 8) << 6, 325 & 0xff, 203, 0x10, 0, 0, 0x18],
  ];
})();

const FILLER = [0x0a, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20];
const descriptor = (type: number, ...content: number[]): number[] => {
  const bytes = [0, 0, 0, type, 0, ...content];
  return [...bytes, ...Array<number>(18 - bytes.length).fill(0)];
};
const NAME = Array.from("QEMU Monitor\n", (letter) => letter.charCodeAt(0));
const DUMMY = 0x10;

const BASE = [
  ...[...HEADER, ...IDENTITY, ...DISPLAY, ...CHROMATICITY, ...ESTABLISHED, ...STANDARD, ...PREFERRED],
  // More established timings.
  ...descriptor(0xf7, 0x0a, 0, 0x40, 0x82, 0, 0x28, 0x20),
  // 50 to 125 Hz, 30 to 160 kHz, at most 2550 MHz.
  ...descriptor(0xfd, 50, 125, 30, 160, 255, 1, ...FILLER),
  ...[...descriptor(0xfc, ...NAME), 1],
];
/** CEA-861: a video block of six modes. */
const EXTENSION = [
  ...[2, 3, 11, 0, 0x46, 0x7d, 0x65, 0x60, 0x59, 0x1f, 0x61],
  ...Array.from({ length: 6 }, () => descriptor(DUMMY)).flat(),
];

/** Its sum is 0 modulo 256. */
function block(content: readonly number[]): number[] {
  const bytes = [...content, ...Array<number>(BLOCK_BYTES - 1 - content.length).fill(0)];
  return [...bytes, -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff];
}

export const EDID: readonly number[] = [...block(BASE), ...block(EXTENSION)];
