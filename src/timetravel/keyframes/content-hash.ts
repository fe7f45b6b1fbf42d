/** 128-bit hash of page contents, to find equal ones. Not for adversaries: a cache is only ever made by its reader. */
export class ContentHash {
  private readonly lanes = new Uint32Array(4);

  /** A short string. `bytes` are aligned to words, and their length is a multiple of 16. */
  of(bytes: Uint8Array): string {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    let a = 0x243f6a88;
    let b = 0x85a308d3;
    let c = 0x13198a2e;
    let d = 0x03707344;
    for (let at = 0; at < words.length; at += 4) {
      a = Math.imul(a ^ words[at]!, 0x9e3779b1);
      b = Math.imul(b ^ words[at + 1]! ^ (a >>> 15), 0x85ebca6b);
      c = Math.imul(c ^ words[at + 2]! ^ (b >>> 13), 0xc2b2ae35);
      d = Math.imul(d ^ words[at + 3]! ^ (c >>> 16), 0x27d4eb2f);
      a = (a + (d >>> 11)) ^ (d << 7);
    }
    const { lanes } = this;
    lanes.set([a, b, c, d]);
    return String.fromCharCode(...new Uint16Array(lanes.buffer));
  }
}
