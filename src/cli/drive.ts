import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf, UserError } from "../base/index.ts";
import { checkQcow2, QCOW2_HEADER_BYTES } from "./qcow2.ts";
import { parseList } from "./values.ts";

/** `-drive`: an image that QEMU's record/replay would put its snapshots into. Here they stand in the recording. */
export interface Drive {
  readonly file: string;
  /** undefined: by what the file's first bytes are. */
  readonly format: "qcow2" | "raw" | undefined;
}

const known = ["file", "if", "id", "format", "snapshot", "cache", "aio", "media", "index", "readonly", "read-only"];

export function parseDrive(text: string): Drive {
  const { properties } = parseList(text, known);
  const format = properties.get("format");
  if (properties.get("if") !== "none") throw new UserError("disks are not available yet; only if=none is accepted");
  if (format !== undefined && format !== "qcow2" && format !== "raw")
    throw new UserError(`unknown driver '${format}': qcow2 or raw`);
  const file = properties.get("file");
  if (file === undefined || file === "") throw new UserError("parameter 'file' is missing");
  return { file, format };
}

/** Throws a UserError when the image could not be one. */
export function checkDrive({ file, format }: Drive): void {
  const wrong = (why: string): UserError => new UserError(`-drive file=${file}: ${why}`);
  try {
    const fd = openSync(file, "r");
    try {
      const { size } = fstatSync(fd);
      const header = new Uint8Array(QCOW2_HEADER_BYTES);
      const length = readSync(fd, header, 0, header.length, 0);
      const bytes = header.subarray(0, length);
      const magic = String.fromCharCode(...bytes.subarray(0, 4)) === "QFI\xfb";
      if (format === "qcow2" || (format === undefined && magic)) checkQcow2(bytes, size);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof UserError) throw wrong(error.message);
    throw wrong(`could not open it: ${messageOf(error)}`);
  }
}
