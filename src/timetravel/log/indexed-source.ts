import { UserError } from "../../base/index.ts";
import type { Block, BlockRecords, BlockSource, BlockSummary, Place } from "./blocks.ts";
import type { Consumed } from "./part.ts";

/** More than a block has that anybody wrote; what is read at once must fit in memory. */
const largestBlock = 2 ** 29;

type Before = Pick<BlockSummary, "entropyBefore" | "realTimesBefore">;

/** What an index says beside its blocks. */
interface Indexed {
  readonly from: number;
  readonly bytes: number;
  readonly last: number;
  readonly end: number;
  readonly total: Consumed;
}

/** Throws a UserError where an index's blocks cannot be those of any file: they follow each other without a gap. */
export function checkIndexed(blocks: readonly Block[], { from, bytes, last, end, total }: Indexed): void {
  const wrong = (): never => {
    throw new UserError("the index contradicts itself");
  };
  let [offset, before] = [from, { last: 0, end: 0, entropyBefore: 0, realTimesBefore: 0 }];
  for (const { summary, place } of blocks) {
    const { start, first, lastHash } = summary;
    if (place?.offset !== offset || place.bytes === 0 || place.bytes > largestBlock) wrong();
    offset += place!.bytes;
    if (start < before.last || summary.last < start || summary.end > summary.last || summary.end < before.end) wrong();
    if (summary.entropyBefore < before.entropyBefore || summary.realTimesBefore < before.realTimesBefore) wrong();
    for (const position of [first.inputs, first.idleEnds, first.hashes, lastHash])
      if (position !== Infinity && position !== -1 && (position < start || position > summary.last)) wrong();
    before = summary;
  }
  if (offset < bytes || last !== before.last || end !== before.end) wrong();
  if (total.entropy < before.entropyBefore || total.realTimes < before.realTimesBefore) wrong();
}

/** Reads a block that an index describes, and does not believe the index. */
export class IndexedSource implements BlockSource {
  /** `next`: of the block behind it. `onWrong`: called before a read rejects because its records are others. */
  constructor(
    private readonly source: BlockSource,
    private readonly summary: BlockSummary,
    private readonly next: Before,
    private readonly onWrong: () => void,
  ) {}

  has(place: Place): boolean {
    return this.source.has(place);
  }

  async read(place: Place): Promise<BlockRecords> {
    const records = await this.source.read(place);
    if (this.fits(records)) return records;
    this.onWrong();
    throw new UserError(
      "the index of the recording was of another one, and has been deleted: open the recording again",
    );
  }

  private fits({ entropy, realTimes, inputs, idleEnds, hashes, end }: BlockRecords): boolean {
    const { summary, next } = this;
    const all = [entropy, realTimes, inputs, idleEnds, hashes];
    const first = (list: readonly { readonly position: number }[]): number => list[0]?.position ?? Infinity;
    return (
      summary.entropyBefore + entropy.length === next.entropyBefore &&
      summary.realTimesBefore + realTimes.length === next.realTimesBefore &&
      summary.first.inputs === first(inputs) &&
      summary.first.idleEnds === first(idleEnds) &&
      summary.first.hashes === first(hashes) &&
      summary.lastHash === (hashes.at(-1)?.position ?? -1) &&
      (end ?? summary.end) === summary.end &&
      all.every((list) => first(list) >= summary.start && (list.at(-1)?.position ?? 0) <= summary.last)
    );
  }
}
