/** The storage that a name on the command line, or in a worker's orders, stands for. */
import { resolve } from "node:path";
import { missingPackage } from "../optional-package.js";
import { localStorage } from "./local.js";
import type { Storage } from "./storage.js";

/** `s3://bucket/prefix`, else a folder. @throws PolycodecError if the packages for it are not installed */
export async function openStorage(url: string): Promise<Storage> {
  if (!url.startsWith("s3://")) return localStorage(resolve(url));
  const { s3Storage } = await import("./s3.js").catch(
    missingPackage("s3://", ["@aws-sdk/client-s3", "@aws-sdk/lib-storage"]),
  );
  return s3Storage({ url });
}
