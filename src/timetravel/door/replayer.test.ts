import { expect, it } from "vitest";
import { History } from "../log/history.ts";
import { Replayer } from "./replayer.ts";

// Regression: the end of what was known of a large recording, reached while it was still read, was the last input's end.
it("finds the inputs and the idles that its log has got since it reached the end of it", () => {
  const history = new History();
  const note = (position: number): void => {
    const bytes = Uint8Array.of(position);
    history.append({ kind: "input", position, input: { kind: "arrival", port: 0, bytes } });
    history.append({ kind: "idleEnd", position: position + 1, ns: position });
    history.append({ kind: "complete", position: position + 5 });
  };
  history.append({ kind: "complete", position: 0 });
  note(5);
  const replayer = new Replayer(history);
  replayer.rewind();
  replayer.look(0);
  expect(replayer.takeInputs(5)).toHaveLength(1);
  expect(replayer.idle(6, 0, undefined)).toEqual({ kind: "at", ns: 5 });
  expect(replayer.nextInput(10)).toBe(Infinity);
  note(20);
  replayer.look(10);
  expect(replayer.nextInput(10)).toBe(20);
  expect(replayer.takeInputs(20)).toHaveLength(1);
  expect(replayer.idle(21, 0, undefined)).toEqual({ kind: "at", ns: 20 });
});
