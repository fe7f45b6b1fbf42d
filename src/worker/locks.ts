/** Holds a name among all tabs of this site until disposed; undefined when another tab holds it. */
export async function holdLock(name: string): Promise<{ dispose(): void } | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`recording ${name}`, { ifAvailable: true }, (lock) => {
        if (lock === null) return resolve(undefined);
        return new Promise<void>((release) => resolve({ dispose: release }));
      })
      .catch(reject);
  });
}

/** Recordings that some tab has open. */
export async function heldLocks(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith("recording ") ? [name.slice("recording ".length)] : [])));
}

/** A name for a new recording, `wanted` or with a number behind it, that nobody has and that this tab holds now. */
export async function takeName(
  library: { freeName(name: string, taken: ReadonlySet<string>): Promise<string> },
  wanted: string,
): Promise<{ readonly name: string; readonly lock: { dispose(): void } }> {
  for (;;) {
    const name = await library.freeName(wanted, await heldLocks());
    const lock = await holdLock(name);
    if (lock !== undefined) return { name, lock };
  }
}
