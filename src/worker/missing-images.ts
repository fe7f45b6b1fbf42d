import { sha256Hex, UserError } from "../base/index.ts";
import type { NamedBytes } from "../api/index.ts";
import type { Images } from "../machine/index.ts";
import type { ImageReference, LogHeader } from "../timetravel/index.ts";
import type { Library } from "./library.ts";

/** The cause of the notice that asks for them: as long as it is there, dropped images may be meant for the recording. */
export const missingImagesCause = "missing images";

/** A recording that could not be opened for want of its images: it can once somebody gives them. */
export class MissingImages {
  private wanted: { readonly recording: string; readonly missing: readonly ImageReference[] } | undefined;

  /** What to tell the user when not all images are there; undefined when they are. */
  ask(recording: string, header: LogHeader, images: Images): string | undefined {
    const missing = header.images.filter(({ role }) => images[role] === undefined);
    this.wanted = missing.length === 0 ? undefined : { recording, missing };
    if (missing.length === 0) return undefined;
    const files = missing.map(
      ({ role, name, bytes }) => `${name} (the ${role}, ${bytes.toLocaleString("en-GB")} bytes)`,
    );
    const [last, ...others] = files.toReversed();
    const list = others.length === 0 ? last : `${others.toReversed().join(", ")} and ${last}`;
    return (
      `“${recording}” was made with ${list}, which ${files.length === 1 ? "is" : "are"} not in this browser: ` +
      `drop ${files.length === 1 ? "that file" : "these files"} on this page, and it opens`
    );
  }

  /**
   * Keeps those of these files that are missing. Resolves to the recording that has all it needs now, or to undefined when
   * nobody waits for images. Rejects with a UserError when some are missing still.
   */
  async give(files: readonly NamedBytes[], library: Library): Promise<string | undefined> {
    const { wanted } = this;
    if (wanted === undefined) return undefined;
    let left = wanted.missing;
    for (const { bytes } of files) {
      if (!left.some((image) => image.bytes === bytes.length)) continue;
      const sha256 = sha256Hex(bytes);
      if (!left.some((image) => image.sha256 === sha256)) continue;
      await library.images.put(bytes);
      left = left.filter((image) => image.sha256 !== sha256);
    }
    if (left.length === 0) {
      this.wanted = undefined;
      return wanted.recording;
    }
    this.wanted = { ...wanted, missing: left };
    const other = files.find(({ name }) => left.some((image) => image.name === name));
    throw new UserError(
      other === undefined
        ? `“${wanted.recording}” needs ${left.map(({ name }) => name).join(" and ")} as well`
        : `this ${other.name} is another one than “${wanted.recording}” was made with: its content differs. ` +
            "Dismiss the message about it to boot it instead",
    );
  }
}
