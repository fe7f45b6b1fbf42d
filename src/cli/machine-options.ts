import { UserError } from "../base/index.ts";
import type { BoardType } from "../machine/index.ts";
import type { Draft, Take } from "./draft.ts";
import { flag, parseMemory, settle, splitList } from "./values.ts";

const files = { kernel: "kernel", initrd: "initrd", append: "append", dtb: "dtb", firmware: "bios" } as const;

/** `-machine [type=]NAME[,property=value...]`. As in QEMU, several of them add up. */
export const takeMachine: Take = (draft, value, option) => {
  if (value === "help" || value === "?") {
    draft.information = "machines";
    return;
  }
  const properties = splitList(value, "type");
  const name = properties.get("type");
  if (name !== undefined) draft.machine = { name, option };
  if (properties.has("help")) {
    draft.information = "properties";
    return;
  }
  const take = (board: BoardType): void => {
    for (const [key, setting] of properties) if (key !== "type") takeProperty(draft, board, key, setting);
  };
  draft.ofBoard.push({ option, take });
};

/** What `-M NAME,help` says: a line for each property, as QEMU has it, with its type or its values. */
export function describeProperties({ name, options, deviceTree }: BoardType): string {
  const { flags = {}, sizes = {}, settings, absent } = options;
  const types = new Map<string, string>([["accel", "string"]]);
  for (const key of Object.keys(files)) types.set(key, "string");
  for (const key of Object.keys(flags)) types.set(key, "bool");
  for (const key of Object.keys(sizes)) types.set(key, "size");
  for (const [key, { values, only = values }] of Object.entries(settings)) types.set(key, only.join("|"));
  if (deviceTree) types.set("dumpdtb", "string").set("dtb-randomness", "bool").set("dtb-kaslr-seed", "bool");
  for (const key of absent) types.delete(key);
  const lines = [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, type]) => `  ${key}=<${type}>\n`);
  return `${name}-machine options:\n${lines.join("")}`;
}

/** `-cpu [model=]MODEL[,property=value...][,+feature][,-feature]` */
export const takeCpu: Take = (draft, value, option) => {
  const properties = splitList(value, "model");
  const model = properties.get("model") ?? "";
  if (model === "help" || model === "?") draft.information = "cpus";
  draft.cpu = model;
  const take = ({ cpus }: BoardType): void => {
    const settings = Object.hasOwn(cpus, model) ? cpus[model] : undefined;
    if (!settings)
      throw new UserError(`CPU model '${model}' is not available here; there is ${Object.keys(cpus).join(" or ")}`);
    for (const [key, setting] of properties) {
      if (key === "model") continue;
      // "+feature" and "-feature"; QEMU takes them with either dash.
      const [, sign, written] = /^([+-]?)(.*)$/s.exec(key)!;
      const name = Object.hasOwn(settings, written!) ? written! : written!.replaceAll("_", "-");
      settle(model, settings, name, sign === "" ? setting : sign === "+" ? "on" : "off");
    }
  };
  draft.ofBoard.push({ option, take });
};

function takeProperty(draft: Draft, board: BoardType, key: string, value: string): void {
  const { options } = draft;
  const owner = `the ${board.name} machine`;
  const { flags = {}, sizes = {} } = board.options;
  const tree = board.deviceTree !== undefined;
  if (tree && (key === "dtb-randomness" || key === "dtb-kaslr-seed")) options.randomness = flag(key, value);
  else if (Object.hasOwn(flags, key)) {
    const wanted = value === "auto" && flags[key] ? true : flag(key, value);
    options.own.set(key, { value: wanted === flags[key] ? undefined : wanted, option: "-M" });
  } else if (Object.hasOwn(sizes, key)) options.own.set(sizes[key]!, { value: parseMemory(value, ""), option: "-M" });
  else if (key === "dumpdtb" && tree) options.dumpdtb = value;
  else if (key === "accel") checkAccelerators(value);
  else if (Object.hasOwn(files, key) && !board.options.absent.includes(key)) {
    const option = files[key as keyof typeof files];
    options[option] = value;
    options.given.add(option);
  } else if (board.options.absent.includes(key.split(".")[0]!)) {
    throw new UserError(`property '${key}' of ${owner} is not available here`);
  } else settle(owner, board.options.settings, key, value);
}

const ACCELERATORS = ["tcg", "kvm", "hvf", "xen", "qtest", "nvmm", "whpx", "nitro", "mshv"];

/** "kvm:tcg": QEMU takes the first that there is. */
export function checkAccelerators(value: string): void {
  const names = value.split(":");
  for (const name of names) if (!ACCELERATORS.includes(name)) throw new UserError(`invalid accelerator ${name}`);
  if (!names.includes("tcg")) throw new UserError(`accelerator '${value}' is not available here; only 'tcg' is`);
}
