import { runInNewContext } from "node:vm";
import type { Plugin } from "vite";

/**
 * binaryen's package has its WebAssembly as a string in 14 MB of JavaScript, which a browser would parse and decode anew
 * with each visit. In the built page it is a file beside the code: compiled while it arrives, and kept compiled.
 * `helper` is the module that exports `compileAsset`. Node knows a file's address only by the code that is beside it.
 */
export function binaryenAsset(helper: string, host: "browser" | "node" = "browser"): Plugin {
  return {
    name: "binaryen-asset",
    apply: "build",
    transform(code, id) {
      if (!/[\\/]node_modules[\\/]binaryen[\\/]index\.js$/.test(id)) return;
      const { head, literal, receive, imports, tail } = split(code);
      // As the package decodes it: a byte is a character, but zero, which is U+0100 where it is not escaped.
      const text = runInNewContext(literal) as string;
      const source = Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
      const asset = this.emitFile({ type: "asset", name: "binaryen.wasm", source });
      const url =
        host === "node" ? 'new URL("./binaryen.wasm", import.meta.url)' : `import.meta.ROLLUP_FILE_URL_${asset}`;
      const module = `await compileAsset(${url})`;
      const start = `(${receive}(await WebAssembly.instantiate(${module}, ${imports})))`;
      const helped = `import { compileAsset } from ${JSON.stringify(helper)};\n`;
      return { code: helped + head + start + tail, map: null };
    },
  };
}

/** `(bytes ??= decode(LITERAL), function(x) {return receive(x.instance)}(await instantiate(imports)))` */
function split(code: string) {
  const start = code.indexOf("`\\0asm");
  let end = start + 1;
  while (end < code.length && code[end] !== "`") end += code[end] === "\\" ? 2 : 1;
  const before = /^([^]*)\(\w+\?\?=\w+\($/.exec(code.slice(0, start));
  const pattern = /^\),function\((\w+)\)\{return (\w+)\(\1\.instance\)\}\(await \w+\((\w+)\)\)\)([^]*)$/;
  const after = pattern.exec(code.slice(end + 1));
  if (start < 0 || before === null || after === null)
    throw new Error("binaryen's package has another shape: tools/bundle-binaryen.ts does not know it");
  const [, head] = before;
  const [, , receive, imports, tail] = after;
  return { head, literal: code.slice(start, end + 1), receive, imports, tail };
}
