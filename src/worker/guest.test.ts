import { expect, it } from "vitest";
import type { BootSource } from "../api/index.ts";
import { boards } from "../machine/index.ts";
import { siteGuests } from "./demo.ts";
import { configurationFor, imagesFor } from "./guest.ts";
import type { Library } from "./library.ts";
import type { Site } from "./site.ts";

const [first, second] = siteGuests;
const bzImage = new Uint8Array(0x300);
bzImage.set([0x55, 0xaa, 0, 0, 0x48, 0x64, 0x72, 0x53], 0x1fe);
const bios = new Uint8Array(0x1_0000);
bios[bios.length - 16] = 0xea;
const kernel = { name: "bzImage", bytes: bzImage };
const firmware = { name: "bios.bin", bytes: bios };

/** What is asked of the site for a source, and the images by role. */
async function asked(source: BootSource) {
  const paths: string[] = [];
  const site = { fetch: (path: string) => (paths.push(path), Promise.resolve(new Uint8Array(1))) } as unknown as Site;
  const library = { images: { put: () => Promise.resolve("hash") } } as unknown as Library;
  const { images, references } = await imagesFor(source, site, library, new AbortController().signal, () => {});
  expect(references.map(({ role }) => role).sort()).toEqual(Object.keys(images).sort());
  return { paths, roles: Object.keys(images).sort() };
}

it("the site's guests are machines that there are", () => {
  for (const { configuration } of siteGuests)
    expect(() => boards.readConfiguration(configuration, "the guest")).not.toThrow();
});

it("a boot without a guest's name is of the first", () => {
  expect(configurationFor({ kind: "demo" })).toBe(first.configuration);
  expect(configurationFor({ kind: "demo", guest: "none such" })).toBe(first.configuration);
  expect(configurationFor({ kind: "demo", guest: second!.name })).toBe(second!.configuration);
});

it("what is dropped gets the board that it is for, and a console that the page shows", () => {
  expect(configurationFor({ kind: "files", kernel })).toMatchObject({
    ...{ board: "pc", cpu: "qemu64", append: "console=ttyS0", graphics: false },
  });
  expect(configurationFor({ kind: "files", firmware })).toMatchObject({ board: "pc", append: "" });
  const unknown = { name: "Image", bytes: new Uint8Array(100) };
  expect(configurationFor({ kind: "files", kernel: unknown })).toMatchObject({ board: "virt", cpu: "cortex-a53" });
});

it("a board's own images come from the site, where none are given", async () => {
  expect(await asked({ kind: "demo" })).toEqual({
    ...{ paths: ["guest/Image", "guest/initrd.gz"], roles: ["initrd", "kernel"] },
  });
  expect((await asked({ kind: "demo", guest: second!.name })).paths).toEqual([
    ...["guest-amd64/bzImage", "guest-amd64/initrd.gz", "guest/firmware/bios-256k.bin"],
    ...["guest/firmware/vgabios-stdvga.bin", "guest/firmware/linuxboot_dma.bin"],
  ]);
  expect(await asked({ kind: "files", firmware })).toEqual({
    ...{ paths: ["guest/firmware/vgabios-stdvga.bin"], roles: ["firmware", "vgarom"] },
  });
});
