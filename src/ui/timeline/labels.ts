/** A bookmark on the screen. */
export interface Labelled {
  /** Pixel of its middle. */
  readonly x: number;
  readonly label: string;
  /** The instant shown is its own. */
  readonly here: boolean;
}

export interface PlacedLabel {
  readonly text: string;
  /** Left end and width, in pixels. */
  readonly x: number;
  readonly width: number;
}

/** From a bookmark's middle to its label, and between a label and what is next to it. */
const away = 9;
const between = 4;

/**
 * Where bookmarks' labels go: right of them, left where there is no room, nowhere where they would lie on another. The
 * one whose instant is shown has its label in any case, inside [0, width].
 */
export function placeLabels(
  bookmarks: readonly Labelled[],
  measure: (text: string) => number,
  width: number,
): readonly PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  const here = bookmarks.filter((bookmark) => bookmark.here);
  for (const bookmark of [...here, ...bookmarks.filter((bookmark) => !bookmark.here)]) {
    const { x, label: text } = bookmark;
    const own = measure(text);
    const sides = [x + away, x - away - own];
    const left = sides.find(
      (left) =>
        left >= 0 &&
        left + own <= width &&
        placed.every((other) => left + own + between <= other.x || left >= other.x + other.width + between),
    );
    if (left !== undefined) placed.push({ text, x: left, width: own });
    else if (bookmark === here[0]) placed.push({ text, x: Math.max(0, Math.min(x + away, width - own)), width: own });
  }
  return placed;
}
