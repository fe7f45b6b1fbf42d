import { expect, it } from "vitest";
import { ByteReader, ByteWriter, UserError } from "../base/index.ts";
import { PcieHost, Pl061, SeldomUsed } from "./index.ts";

function build() {
  const devices = { gpio: new Pl061({ set: () => {} }), host: new PcieHost() };
  return { ...devices, all: new SeldomUsed([devices.gpio, devices.host]) };
}

function save({ all }: ReturnType<typeof build>): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  all.save(to);
  return to.finish();
}

it("saves nothing of devices as at power-on, and loads what is missing as that", () => {
  const devices = build();
  const fresh = save(devices);
  expect(fresh.length).toBe(0);
  devices.host.write(4, 2, 7);
  const used = save(devices);
  devices.host.write(4, 2, 0);
  expect(save(devices)).toEqual(fresh);
  devices.gpio.write(0x400, 4, 0xff);
  devices.all.load(new ByteReader(used));
  expect([devices.host.read(4, 2), devices.gpio.read(0x400, 4)]).toEqual([7, 0]);
  expect(save(devices)).toEqual(used);
  devices.all.reset();
  expect(save(devices)).toEqual(fresh);
});

it("shows its devices one by one", () => {
  expect(
    build()
      .all.info()
      .map(({ name }) => name),
  ).toEqual(["pl061", "pcie-host"]);
});

it("refuses damaged bytes", () => {
  const devices = build();
  devices.host.write(4, 2, 7);
  const used = save(devices);
  for (let length = 1; length < used.length; length++)
    expect(() => build().all.load(new ByteReader(used.subarray(0, length)))).toThrow(UserError);
  const other = used.slice();
  for (const index of [0, 2, 255]) {
    other[0] = index;
    expect(() => build().all.load(new ByteReader(other))).toThrow(UserError);
  }
});
