import { UserError } from "../../base/index.ts";
import { checkArrived } from "../actions.ts";
import type { Command, Context } from "./command.ts";

/** Back to the call that led to the function that pc is in. */
async function goToCaller({ target, session }: Context): Promise<string> {
  const { control, hits } = target;
  return control.exclusive(async () => {
    const { machine, position: from } = session;
    const symbols = target.symbols();
    const here = symbols?.at(machine.pc);
    const caller = machine.debug.caller?.(here && machine.pc - BigInt(here.offset));
    if (!caller)
      throw new UserError("what called this function is not known: no frame record tells, or it was no call");
    const found = await hits.only(caller.address, async () => {
      for (;;) {
        const { kind } = await session.runBack();
        if (kind === "history-start") break;
        checkArrived(session, kind === "breakpoint");
        if (caller.isNext()) return true;
      }
      await session.seek(from);
      return false;
    });
    const where = `0x${caller.address.toString(16)}`;
    if (!found) throw new UserError(`the call at ${where} is not in this history`);
    const name = symbols?.describe(caller.address);
    return `position ${session.position}: ${where}${name === undefined ? "" : ` <${name}>`} calls ${here?.name ?? "this function"}`;
  });
}

export const caller: readonly Command[] = [
  {
    name: "caller",
    aliases: ["reverse-finish", "reverse_finish"],
    args: "",
    moves: true,
    help: "go back to the call of the function that the machine is in",
    run: goToCaller,
  },
];
