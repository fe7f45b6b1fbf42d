import { expect, it } from "vitest";
import type { Notice } from "../api/index.ts";
import { Told } from "./told.ts";

it("tells the page that something is over once, and only when it was told of it", () => {
  const log: string[] = [];
  const page = {
    notice: ({ text }: Notice) => void log.push(text),
    over: (cause: string) => void log.push(`${cause} over`),
  };
  const told = new Told(() => page);
  told.over("storage");
  told.notice({ level: "error", text: "full", cause: "storage" });
  told.notice({ level: "error", text: "broken" });
  told.over("images");
  told.over("storage");
  told.over("storage");
  expect(log).toEqual(["full", "broken", "storage over"]);
});
