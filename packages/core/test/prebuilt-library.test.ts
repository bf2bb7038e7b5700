import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodecError, prebuiltLibrary } from "@polycodec/core/plugin";
import test from "ava";
import { core } from "./noop-backend.js";

test("a package's library is found in its folder, by path and by URL", (t) => {
  t.regex(prebuiltLibrary(core), /polycodec-core\S*\.node$/);
  t.is(prebuiltLibrary(pathToFileURL(`${core}/`)), prebuiltLibrary(core));
});

test("a package without a library for this platform says how to build it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-package-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "@example/ext-none" }));
  const error = t.throws(() => prebuiltLibrary(folder), { instanceOf: CodecError });
  t.is(error!.status, "BACKEND_UNSUPPORTED");
  t.is(
    error!.message,
    `@example/ext-none has no native build for ${process.platform}-${process.arch}. ` +
      `Build it from source: (cd ${folder} && npx node-gyp rebuild)`,
  );
});
