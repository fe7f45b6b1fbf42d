import { MemoryStore, readWhole } from "../../storage/index.ts";
import { readRecording } from "../../timetravel/index.ts";
import { recordTo, replay } from "../../timetravel/testing/sessions.ts";
import { COUNTER, FakeSession } from "./fake-session.ts";
import { sessionContract } from "./session-contract.ts";

sessionContract("the one that debuggers are tested with", {
  open: async () => new FakeSession(),
  watched: { address: COUNTER, length: 8, kind: "write" },
});

sessionContract("a real one", {
  open: async () => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 20_000);
    await recorder.dispose();
    return replay(readRecording(await readWhole(store, "x")), store);
  },
  watched: { address: 4096n, length: 16_384, kind: "write" },
});
