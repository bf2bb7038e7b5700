/** An extension tells the version of its package, in TypeScript and in C++. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root } from "./corpus.js";

const packages = join(root, "packages");

for (const name of readdirSync(packages).filter((folder) => folder.startsWith("ext-"))) {
  test(`the version of ${name} is its package's, in TypeScript and in C++`, async (t) => {
    const { version } = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
    const { extension } = await import(`@polycodec/${name}/extension`);
    t.is(extension.version, version);
    t.true(readFileSync(join(packages, name, "native/extension.cpp"), "utf8").includes(`.version = "${version}"`));
  });
}
