// v86 as a command: a PC with 256 MB that boots Debian's 32-bit kernel, its serial console on stdin and stdout.
// @ts-check
import { fileURLToPath } from "node:url";
import { V86 } from "v86";
import { pcGuest } from "../guest/i386.mjs";

const files = pcGuest();
const pc = new V86({
  wasm_path: fileURLToPath(new URL("v86.wasm", import.meta.resolve("v86"))),
  memory_size: 256 << 20,
  bios: { url: files.bios },
  vga_bios: { url: files.vgaBios },
  bzimage: { url: files.kernel },
  initrd: { url: files.initrd },
  // The last two: as v86's own pages boot Linux.
  cmdline: "console=ttyS0 nokaslr panic=-1 tsc=reliable mitigations=off",
  autostart: true,
  disable_speaker: true,
});
pc.add_listener("serial0-output-byte", (byte) => process.stdout.write(Uint8Array.of(byte)));
process.stdin.on("data", (bytes) => pc.serial_send_bytes(0, bytes));
process.stdin.on("end", () => process.exit());
