import type { Disposable } from "../base/index.ts";

/** Whether tabs can keep off each other's recordings: not where the page is loaded by plain HTTP from elsewhere. */
export function canLock(): boolean {
  return manager() !== undefined;
}

function manager(): LockManager | undefined {
  return (navigator as { readonly locks?: LockManager }).locks;
}

/** Where tabs share nothing, names are held in this one only. */
const alone = new Set<string>();

/** Holds a name among all tabs of this site until disposed; undefined when another tab holds it. */
export async function holdLock(name: string): Promise<Disposable | undefined> {
  const locks = manager();
  if (!locks) {
    if (alone.has(name)) return undefined;
    alone.add(name);
    return { dispose: () => alone.delete(name) };
  }
  return new Promise((resolve, reject) => {
    locks
      .request(`recording ${name}`, { ifAvailable: true }, (lock) => {
        if (lock === null) return resolve(undefined);
        return new Promise<void>((release) => resolve({ dispose: release }));
      })
      .catch(reject);
  });
}

/** Recordings that some tab has open. */
export async function heldLocks(): Promise<ReadonlySet<string>> {
  const locks = manager();
  if (!locks) return new Set(alone);
  const { held = [] } = await locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith("recording ") ? [name.slice("recording ".length)] : [])));
}

export interface TakenName {
  readonly name: string;
  readonly lock: Disposable;
}

/** A name for a new recording, `wanted` or with a number behind it, that nobody has and that this tab holds now. */
export async function takeName(
  library: { freeName(name: string, taken: ReadonlySet<string>): Promise<string> },
  wanted: string,
): Promise<TakenName> {
  for (;;) {
    const name = await library.freeName(wanted, await heldLocks());
    const lock = await holdLock(name);
    if (lock !== undefined) return { name, lock };
  }
}
