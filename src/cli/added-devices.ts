import { UserError } from "../base/index.ts";
import type { BoardType } from "../machine/index.ts";
import type { Draft, Take } from "./draft.ts";
import { parseInteger, settle, splitList } from "./values.ts";

/** `-global DRIVER.PROPERTY=VALUE`, or the three by their names. */
export const takeGlobal: Take = (draft, value, option) => {
  const short = /^([^.=,]+)\.([^=,]+)=(.*)$/s.exec(value);
  const list = splitList(value, "driver");
  const [driver, property, setting] = short?.slice(1) ?? ["driver", "property", "value"].map((key) => list.get(key));
  if (driver === undefined || property === undefined || setting === undefined)
    throw new UserError("it takes DRIVER.PROPERTY=VALUE");
  const take = ({ options }: BoardType): void => {
    const [own, model] = [of(options.globals, driver), of(options.devices, driver)];
    if (own) settle(driver, own, property, setting);
    else if (!model) throw new UserError(`'${driver}' is not available: extra devices are not supported yet`);
    else if (!Object.hasOwn(model.numbers, property)) throw new UserError(`${driver} has no property '${property}'`);
    else draft.globals.set(`${driver}.${property}`, parseInteger(property, setting));
  };
  // Before any device, wherever it stands.
  draft.ofBoard.unshift({ option, take });
};

/** `-device MODEL[,id=ID][,chardev=ID][,PROPERTY=NUMBER...]` */
export const takeDevice: Take = (draft, value, option) => {
  const properties = splitList(value, "driver");
  const name = properties.get("driver") ?? "";
  if (name === "help" || name === "?") {
    draft.information = "devices";
    return;
  }
  draft.ofBoard.push({ option, take: (board) => addDevice(draft, board, name, properties) });
};

/** `-debugcon DEVICE`: as QEMU has it, a device behind a port. */
export const takeDebugPort: Take = (draft, value, option) => {
  if (value === "none") return;
  const take = (board: BoardType): void => {
    if (!of(board.options.devices, DEBUG_PORT)) throw new UserError("the machine has no such port");
    addDevice(draft, board, DEBUG_PORT, new Map(), value);
  };
  draft.ofBoard.push({ option, take });
};

const DEBUG_PORT = "isa-debugcon";

function addDevice(
  draft: Draft,
  board: BoardType,
  name: string,
  properties: ReadonlyMap<string, string>,
  where?: string,
): void {
  const model = of(board.options.devices, name);
  if (!model) throw new UserError(`'${name}' is not available: extra devices are not supported yet`);
  const numbers = Object.fromEntries(
    Object.entries(model.numbers).map(([key, usual]) => [key, draft.globals.get(`${name}.${key}`) ?? usual]),
  );
  let target = where;
  for (const [key, value] of properties) {
    if (key === "driver" || key === "id") continue;
    if (key === "chardev" && model.port !== undefined) target = `chardev:${value}`;
    else if (Object.hasOwn(numbers, key)) numbers[key] = parseInteger(key, value);
    else throw new UserError(`${name} has no property '${key}'`);
  }
  for (const [field, setting] of Object.entries(model.configure(numbers))) {
    if (draft.options.own.get(field)?.value !== undefined) throw new UserError(`there is only one ${name}`);
    draft.options.own.set(field, { value: setting, option: "-device" });
  }
  if (model.port === undefined) return;
  if (target === undefined) throw new UserError("parameter 'chardev' is missing");
  draft.behindPorts.set(model.port, target);
}

function of<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}
