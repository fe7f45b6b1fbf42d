import { UserError } from "../base/index.ts";
import { readVersion } from "./files.ts";
import { verify, verifyUsage } from "./verify.ts";

const say = (line: string): void => void process.stderr.write(`hindsight: ${line}\n`);

try {
  const [command, ...args] = process.argv.slice(2);
  if (args.some((word) => word === "--help" || word === "-h")) process.stdout.write(verifyUsage);
  else if (command === "verify") process.exit(await verify(args, say));
  else if (command === "version" || command === "--version") process.stdout.write(`Hindsight ${readVersion()}\n`);
  else if (command === undefined || ["help", "--help", "-h"].includes(command)) process.stdout.write(verifyUsage);
  else throw new UserError(`there is no command '${command}'; see hindsight help`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exit(1);
}
