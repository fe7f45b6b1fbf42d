/**
 * Whether a terminal says this of itself: where its cursor is, or what it is. A guest asks (busybox's shell does, at
 * every prompt), and a replay shows the question again, so that the terminal answers though nobody types.
 */
export function isTerminalReport(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 256));
  return bytes.length <= 256 && /^(\x1b\[[?>]?[\d;]*[Rcn])+$/.test(text);
}
