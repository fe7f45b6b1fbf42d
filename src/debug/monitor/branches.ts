import { type Command, single } from "./command.ts";

export const branches: readonly Command[] = [
  {
    name: "branch",
    args: "NAME",
    moves: true,
    help: "go on from here in a new recording that shares this past; the recording that it comes from is closed",
    async run({ target, session }, args) {
      const name = single(args, "the new recording's name");
      await target.control.exclusive(() => session.branch(name));
      return `recording '${name}' from position ${session.parent?.position}`;
    },
  },
  {
    name: "branch_end",
    args: "",
    moves: true,
    help: "throw away what a debugger's write or loadvm began, and go back to the history that it left",
    async run({ target, session }) {
      const lost = await target.control.exclusive(async () => {
        const before = session.snapshots();
        await session.endBranch();
        const left = session.snapshots();
        return before.filter((s) => !left.some(({ name, position }) => name === s.name && position === s.position));
      });
      const names = lost.map(({ name }) => `'${name}'`).join(", ");
      const { mode, atEnd, position } = session;
      const where = `back in ${mode === "none" ? "" : "recorded "}history, at position ${position}`;
      const live = mode === "play" || atEnd ? "" : "; 'seek end' is where you left it";
      return where + live + (names === "" ? "" : `; the branch took its snapshots with it: ${names}`);
    },
  },
  {
    name: "info branch",
    args: "",
    help: "show where this history comes from",
    run({ session: { branchedAt, parent } }) {
      const lines: string[] = [];
      if (branchedAt !== undefined) lines.push(`throw-away branch of position ${branchedAt}`);
      if (parent) lines.push(`branch of '${parent.name}' from position ${parent.position}`);
      return lines.length > 0 ? lines.join("\n") : "recorded history, not a branch";
    },
  },
];
