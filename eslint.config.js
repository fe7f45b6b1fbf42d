import tseslint from "typescript-eslint";

/** Floors below the door: a function of the recording alone. */
const deterministic = ["base", "isa", "wasm", "hardware", "engine", "machine", "timetravel", "debug"];
/** Floors that compute what the guest sees. */
const exact = ["isa", "hardware", "engine"];

const files = (floors) => floors.map((floor) => `src/${floor}/**/*.ts`);
const tests = ["**/*.test.ts", "tests/**"];

const hostGlobals = ["Date", "performance", "crypto", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"];
/** Packages with one door (docs/decisions/0015-dependencies.md), and which files that is. */
const doors = [
  { name: "binaryen", door: "src/wasm/**/*.ts", message: "Only src/wasm knows binaryen." },
  { name: "@noble/hashes", door: "src/base/sha256.ts", message: "Only src/base/sha256.ts knows @noble/hashes." },
];
const closed = (packages) => {
  const patterns = packages.map(({ name, message }) => ({ regex: `^${name}(/|$)`, message }));
  return { "no-restricted-imports": ["error", { patterns }] };
};
const random = { object: "Math", property: "random", message: "Entropy comes through the door." };
// IEEE 754 fixes the results of the other functions; these differ between hosts.
const transcendental = [
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh",
]
  .join(" ")
  .split(" ")
  .map((property) => ({ object: "Math", property, message: "Its last bits differ between hosts." }));

// A device's state is described (src/hardware/state), and its bytes follow from that.
const described = [
  ":matches(MethodDefinition, PropertyDefinition, Property, TSAbstractMethodDefinition)[key.name=/^(save|load|reset)$/]",
  ":matches(FunctionDeclaration, VariableDeclarator)[id.name=/^(save|load|reset)$/]",
  "ImportSpecifier[imported.name=/^Byte(Reader|Writer)$/]",
].map((selector) => ({ selector, message: "Describe the state's fields (src/hardware/state); hooks do the rest." }));

export default tseslint.config(
  { ignores: ["build/", "dist/", "node_modules/", ".cache/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommended],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      ...closed(doors),
      eqeqeq: "error",
    },
  },
  {
    // Asynchronous floors, where a forgotten promise is a lost error.
    files: files(["timetravel", "debug", "storage", "worker", "cli", "ui", "app"]),
    ignores: tests,
    languageOptions: { parserOptions: { projectService: true } },
    rules: { "@typescript-eslint/no-floating-promises": "error", "@typescript-eslint/await-thenable": "error" },
  },
  ...doors.map(({ door }) => ({ files: [door], rules: closed(doors.filter((other) => other.door !== door)) })),
  {
    files: files(deterministic),
    ignores: tests,
    rules: {
      "no-restricted-globals": [
        "error",
        ...hostGlobals.map((name) => ({ name, message: "Below the door nothing asks the host (design: one door)." })),
      ],
      "no-restricted-properties": ["error", random],
    },
  },
  {
    files: files(exact),
    ignores: tests,
    rules: { "no-restricted-properties": ["error", random, ...transcendental] },
  },
  {
    files: ["src/hardware/devices/**/*.ts"],
    ignores: tests,
    rules: { "no-restricted-syntax": ["error", ...described] },
  },
);
