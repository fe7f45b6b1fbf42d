/** Two lower-case hex digits per byte. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** A number in lower-case hex, with zeros in front up to so many digits. */
export function hexDigits(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
