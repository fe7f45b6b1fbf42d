import { hexDigits } from "../base/index.ts";
const groups = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** "812,345,678" */
export function formatPosition(position: number): string {
  return groups.format(position);
}

/** Short, for rulers: "0", "250 k", "812.3 M", "1.2 G". `step` is the distance between two labels. */
export function formatTick(position: number, step: number): string {
  if (position === 0) return "0";
  const [scale, suffix] =
    position >= 1e9 ? [1e9, " G"] : position >= 1e6 ? [1e6, " M"] : position >= 1e3 ? [1e3, " k"] : [1, ""];
  if (step < scale / 1000) return formatPosition(position);
  const digits = Math.max(0, Math.ceil(-Math.log10(step / scale) - 1e-9));
  return (position / scale).toFixed(digits) + suffix;
}

/** Virtual time: "0.812345 s", "1:03.204". */
export function formatTime(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 60) return `${seconds.toFixed(6)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(3).padStart(6, "0")}`;
}

/** A span in words' length: "1.3 s", "24 ms", "3.1 µs", "12 ns". */
export function formatSpan(ns: number): string {
  if (ns >= 60e9) return `${Math.floor(ns / 60e9)} min ${Math.round((ns % 60e9) / 1e9)} s`;
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(1)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(0)} ms`;
  if (ns >= 1e3) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${ns.toFixed(0)} ns`;
}

/** "412 M instr/s" */
export function formatSpeed(perSecond: number): string {
  if (perSecond >= 1e9) return `${(perSecond / 1e9).toFixed(2)} G instr/s`;
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(perSecond < 1e7 ? 1 : 0)} M instr/s`;
  return `${(perSecond / 1e3).toFixed(0)} k instr/s`;
}

/** "480 KB", "26.9 MB" */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes >= 1e3) return `${(bytes / 1e3).toFixed(0)} KB`;
  return `${bytes} B`;
}

export function formatCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} G`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return formatPosition(count);
}

/** 16 hex digits, without a prefix. */
export function formatAddress(address: bigint): string {
  return hexDigits(BigInt.asUintN(64, address), 16);
}

/** Made once: making it takes longer than all that it formats in a frame. */
const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function formatWhen(milliseconds: number): string {
  return when.format(milliseconds);
}
