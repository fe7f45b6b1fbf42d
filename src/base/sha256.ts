import { hex } from "./hex.ts";

/** FIPS 180-4, 4.2.2 and 5.3.3: the leading fraction bits of cube and square roots of the first primes. */
const [roundConstants, initialHash] = (() => {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const fraction = (root: (x: number) => number, prime: number): number => (root(prime) % 1) * 2 ** 32;
  return [
    Int32Array.from(primes, (p) => fraction(cubeRoot, p)),
    Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt, p)),
  ];
})();

/** Newton's method from above, since hosts may round Math.cbrt as they like. */
function cubeRoot(x: number): number {
  let root = x;
  for (let step = 0; step < 100; step++) root -= (root * root * root - x) / (3 * root * root);
  return root;
}

/** SHA-256 (FIPS 180-4) of a stream of bytes. Own code, because the floors below the host have no crypto. */
export class Sha256 {
  private readonly state = initialHash.slice();
  private readonly schedule = new Int32Array(64);
  private readonly block = new Uint8Array(64);
  private blockUsed = 0;
  private length = 0;

  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    let at = 0;
    if (this.blockUsed > 0) {
      at = Math.min(64 - this.blockUsed, bytes.length);
      this.block.set(bytes.subarray(0, at), this.blockUsed);
      this.blockUsed += at;
      if (this.blockUsed < 64) return this;
      this.compress(this.block, 0);
      this.blockUsed = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.compress(bytes, at);
    this.block.set(bytes.subarray(at));
    this.blockUsed = bytes.length - at;
    return this;
  }

  /** The 32 bytes of the digest. Ends the stream. */
  digest(): Uint8Array<ArrayBuffer> {
    const bits = this.length * 8;
    const padding = new Uint8Array((this.blockUsed < 56 ? 64 : 128) - this.blockUsed);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    const digest = new Uint8Array(32);
    const out = new DataView(digest.buffer);
    this.state.forEach((word, index) => out.setInt32(index * 4, word));
    return digest;
  }

  private compress(bytes: Uint8Array, start: number): void {
    const w = this.schedule;
    for (let i = 0, at = start; i < 16; i++, at += 4)
      w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
    }
    const s = this.state;
    let a = s[0]!,
      b = s[1]!,
      c = s[2]!,
      d = s[3]!,
      e = s[4]!,
      f = s[5]!,
      g = s[6]!,
      h = s[7]!;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i]! + w[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    s[0]! += a;
    s[1]! += b;
    s[2]! += c;
    s[3]! += d;
    s[4]! += e;
    s[5]! += f;
    s[6]! += g;
    s[7]! += h;
  }
}

/** SHA-256 of `bytes` as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return hex(new Sha256().update(bytes).digest());
}
