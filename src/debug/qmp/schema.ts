import type { ArgumentType, QmpCommand } from "./command.ts";
import type { Json } from "./json.ts";

type Entity = { readonly [name: string]: Json };

/** Events and their data. */
const events: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  STOP: {},
  RESUME: {},
  SHUTDOWN: { guest: "bool", reason: "str" },
  RESET: { guest: "bool", reason: "str" },
  JOB_STATUS_CHANGE: { id: "str", status: "str" },
};

const types: Readonly<Record<string, string>> = { string: "str", int: "int", boolean: "bool", strings: "[str]" };

/**
 * What `query-qmp-schema` tells programs (QEMU's docs/devel/qapi-code-gen, "Client JSON Protocol introspection"). What
 * commands return is described for those that return text; for the rest it is "any".
 */
export function schemaOf(commands: readonly QmpCommand[]): Json {
  const entities: Entity[] = [
    builtin("str", "string"),
    builtin("int", "int"),
    builtin("bool", "boolean"),
    builtin("any", "value"),
    { name: "[str]", "meta-type": "array", "element-type": "str" },
    object("nothing", {}),
  ];
  for (const { name, arguments: taken, returns } of commands) {
    const argument = taken ? `${name}-arguments` : "nothing";
    if (taken) entities.push(object(argument, taken));
    const result = { "arg-type": argument, "ret-type": returns ?? "nothing" };
    entities.push({ name, "meta-type": "command", ...result, "allow-oob": false });
  }
  for (const [name, data] of Object.entries(events)) {
    entities.push({ name, "meta-type": "event", "arg-type": `${name}-data` }, object(`${name}-data`, data));
  }
  return entities;
}

function builtin(name: string, json: string): Entity {
  return { name, "meta-type": "builtin", "json-type": json };
}

function object(name: string, members: Readonly<Record<string, ArgumentType | string>>): Entity {
  const list = Object.entries(members).map(([member, type]) => {
    const known = type.replace("?", "");
    return { name: member, type: types[known] ?? known, ...(type.endsWith("?") ? { default: null } : {}) };
  });
  return { name, "meta-type": "object", members: list };
}
