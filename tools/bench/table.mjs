// Figures as Markdown.
// @ts-check
import { statSync } from "node:fs";
import { cpus } from "node:os";

/** @param {number[]} numbers at least one @returns {number} */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[Math.floor(index)] ?? NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

/** "1.23 s (1.20 to 1.31)", or ms below a tenth of a second. @param {number[]} ms */
export function time(ms) {
  const middle = median(ms);
  /** @param {number} n */
  const text = (n) => (middle < 100 ? n.toFixed(middle < 1 ? 2 : 1) : (n / 1000).toFixed(2));
  return `${text(middle)} ${middle < 100 ? "ms" : "s"} (${text(Math.min(...ms))} to ${text(Math.max(...ms))})`;
}

/** @param {number[]} bytes */
export function memory(bytes) {
  return `${Math.round(median(bytes) / 2 ** 20)} MB`;
}

/** @param {string} file a recording */
export function logSize(file) {
  return `${(statSync(file).size / 1024).toFixed(1)} KB`;
}

/** @param {number} ours @param {number} theirs */
export function ratio(ours, theirs) {
  return (ours / theirs).toFixed(2);
}

/** @param {string} title @param {readonly (readonly string[])[]} rows what, figure, must */
export function format(title, rows) {
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return [`## ${title}`, "", "| what | measured | must |", "| --- | --- | --- |", ...lines, ""].join("\n");
}

export function machineLine() {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim()}, Node ${process.versions.node}, V8 ${process.versions.v8}`;
}
