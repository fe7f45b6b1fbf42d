// Imported first: says in one line when Node is too old, before anything newer than it is used.
// @ts-check
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Hindsight needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}
