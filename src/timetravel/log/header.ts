import * as v from "valibot";
import { printable, sha256Hex, UserError } from "../../base/index.ts";
import { boards, checked, count, type ImageRole, type Images, type MachineConfiguration } from "../../machine/index.ts";

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
    const what = `the ${wanted.role} image '${printable(wanted.name)}' (${wanted.bytes} bytes, SHA-256 ${wanted.sha256.slice(0, 16)}…)`;
    if (!image) throw new UserError(`this recording needs ${what}`);
    if (image.length !== wanted.bytes || digest(image) !== wanted.sha256)
      throw new UserError(`this recording was made with ${what}; the given one differs`);
  }
  for (const role of Object.keys(images))
    if (!header.images.some((wanted) => wanted.role === role))
      throw new UserError(`this recording was made without ${role}`);
}

export function encodeHeader(header: LogHeader): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(header));
}

const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The order of the fields is that in which recordings hold them. */
const headerSchema = v.object({
  configuration: v.unknown(),
  images: v.array(v.object({ role: name, name: v.string(), bytes: count, sha256 })),
  created: count,
  version: v.string(),
  parent: v.exactOptional(
    v.object({
      name: v.string(),
      position: count,
      bytes: count,
      sha256,
      left: v.exactOptional(v.boolean()),
    }),
  ),
});

/** What `encodeHeader` gave, or anything else: then it throws a UserError. */
export function decodeHeader(bytes: Uint8Array): LogHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError("the recording's header is not readable");
  }
  const header = checked(headerSchema, value, "the recording's header");
  const configuration = boards.readConfiguration(header.configuration, "the recording's configuration");
  const roles = boards.find(configuration.board)?.images;
  if (new Set(header.images.map(({ role }) => role)).size !== header.images.length)
    throw new UserError("the recording's header names an image twice");
  for (const { role } of header.images)
    if (roles ? !Object.hasOwn(roles, role) : role in {})
      throw new UserError(`the recording's header names an unknown image role '${role}'`);
  return { ...header, configuration };
}
