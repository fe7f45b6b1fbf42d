import { proxy, wrap } from "comlink";
import type { Listener, MachineApi } from "../api/index.ts";
import { App } from "../ui/index.ts";

/** The machine in its worker. Comlink needs to be told which arguments stay on this side. */
function machineWorker(): MachineApi {
  const worker = new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module", name: "machine" });
  // Without this, a page that is older than the site it comes from would wait for ever.
  worker.onerror = ({ message }): void => {
    const why = message || "its code could not be loaded";
    app.controller.notify({
      level: "error",
      text: `The machine's worker failed: ${why}. Reload the page; recordings are kept`,
    });
  };
  const remote = wrap<MachineApi>(worker) as unknown as MachineApi;
  return new Proxy(remote, {
    get: (target, name) =>
      name === "subscribe"
        ? (listener: Listener, site: string) => target.subscribe(proxy(listener), site)
        : Reflect.get(target, name),
  });
}

/** `?fake`, `?fake=SPEED`: a made-up machine, for working on the page. Not in a production build. */
async function machine(): Promise<MachineApi> {
  const wanted = new URLSearchParams(location.search).get("fake");
  if (import.meta.env.MODE !== "production" && wanted !== null) {
    const { FakeMachine } = await import("../ui/testing/fake.ts");
    const fake = new FakeMachine(Number(wanted) || undefined);
    Object.assign(globalThis, { fake });
    return fake;
  }
  return machineWorker();
}

const app: App = new App(await machine(), document.getElementById("app")!);
// For the console of a curious visitor, and for the tests.
Object.assign(globalThis, { hindsight: app });
await app.start();
