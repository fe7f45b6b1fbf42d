import { sha256Hex, UserError } from "../../base/index.ts";
import type { Images, MachineConfiguration } from "../../machine/index.ts";

export type ImageRole = keyof Images;

export interface ImageReference {
  readonly role: ImageRole;
  /** File name as the user gave it, for messages. */
  readonly name: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What stands at the head of a recording: all that a machine at power-on depends on, but for the entropy in the log. */
export interface LogHeader {
  readonly configuration: MachineConfiguration;
  readonly images: readonly ImageReference[];
  /** Milliseconds since 1970, as the caller says. */
  readonly created: number;
  /** Hindsight's version that recorded. */
  readonly version: string;
  /** The recording that this one has its past from. */
  readonly parent?: ParentReference;
}

/** A branch stands alone: its parent is named for people, and is not needed to replay it. */
export interface ParentReference {
  readonly name: string;
  /** Up to here the two are the same. */
  readonly position: number;
  /** Of the parent's file as it was then: so many bytes, and their SHA-256. */
  readonly bytes: number;
  readonly sha256: string;
  /** It was being recorded, and ends there; false: a replay of it was left. Recordings made before do not say it. */
  readonly left?: boolean;
}

/** SHA-256 as 64 hex digits; hosts have faster ones than ours. */
export type Digest = (bytes: Uint8Array) => string;

export function describeImage(
  role: ImageRole,
  name: string,
  bytes: Uint8Array,
  digest: Digest = sha256Hex,
): ImageReference {
  return { role, name, bytes: bytes.length, sha256: digest(bytes) };
}

/** Throws a UserError when an image that the recording was made with is missing or another one. */
export function checkImages(header: LogHeader, images: Images, digest: Digest = sha256Hex): void {
  for (const wanted of header.images) {
    const image = images[wanted.role];
    const what = `the ${wanted.role} image '${wanted.name}' (${wanted.bytes} bytes, SHA-256 ${wanted.sha256.slice(0, 16)}…)`;
    if (!image) throw new UserError(`this recording needs ${what}`);
    if (image.length !== wanted.bytes || digest(image) !== wanted.sha256)
      throw new UserError(`this recording was made with ${what}; the given one differs`);
  }
  for (const role of Object.keys(images) as ImageRole[])
    if (images[role] && !header.images.some((wanted) => wanted.role === role))
      throw new UserError(`this recording was made without ${role}`);
}

export function encodeHeader(header: LogHeader): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(header));
}

export function decodeHeader(bytes: Uint8Array): LogHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError("the recording's header is not readable");
  }
  const header = record(value, "header");
  const configuration = record(header["configuration"], "configuration");
  const images = header["images"];
  if (!Array.isArray(images)) throw new UserError("the recording's header lacks images");
  return {
    configuration: {
      board: text(configuration, "board"),
      cpu: text(configuration, "cpu"),
      ramBytes: number(configuration, "ramBytes"),
      shift: number(configuration, "shift"),
      append: text(configuration, "append"),
      reboot: flag(configuration, "reboot"),
      randomness: flag(configuration, "randomness"),
      semantics: number(configuration, "semantics"),
    },
    images: images.map((item: unknown) => {
      const image = record(item, "image");
      const role = text(image, "role");
      if (!isRole(role)) throw new UserError(`the recording's header names an unknown image role '${role}'`);
      return { role, name: text(image, "name"), bytes: number(image, "bytes"), sha256: text(image, "sha256") };
    }),
    created: number(header, "created"),
    version: text(header, "version"),
    ...(header["parent"] !== undefined && { parent: decodeParent(record(header["parent"], "parent")) }),
  };
}

function decodeParent(parent: Fields): ParentReference {
  return {
    name: text(parent, "name"),
    position: number(parent, "position"),
    bytes: number(parent, "bytes"),
    sha256: text(parent, "sha256"),
    ...(parent["left"] !== undefined && { left: flag(parent, "left") }),
  };
}

function isRole(role: string): role is ImageRole {
  return ["kernel", "initrd", "dtb", "firmware"].includes(role);
}

type Fields = Record<string, unknown>;

function record(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new UserError(`the recording's header lacks its ${what}`);
  return value as Fields;
}
function field(fields: Fields, name: string, type: string): unknown {
  if (typeof fields[name] !== type) throw new UserError(`the recording's header lacks '${name}'`);
  return fields[name];
}
function text(fields: Fields, name: string): string {
  return field(fields, name, "string") as string;
}
function flag(fields: Fields, name: string): boolean {
  return field(fields, name, "boolean") as boolean;
}
function number(fields: Fields, name: string): number {
  const value = field(fields, name, "number") as number;
  if (!Number.isSafeInteger(value) || value < 0) throw new UserError(`the recording's header has a bad '${name}'`);
  return value;
}
