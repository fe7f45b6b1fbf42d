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
