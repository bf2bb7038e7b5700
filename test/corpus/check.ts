/** One corpus file, decoded and held against the manifest. */
import { type DecodeOptions, Decoder, ERROR_CODES, PolycodecError } from "polycodec";
import { type CorpusFile, pathOf } from "../corpus.js";
import { compare } from "./compare.js";
import { checkReferences } from "./references.js";

/**
 * What became of a file. `equal`: bit for bit what it must be; `near`: as near as its lossy coding allows; `refused`: an
 * error with a code, where one is due or allowed; `picture`: one that nobody can judge.
 */
export type Outcome = "equal" | "near" | "refused" | "picture" | "wrong";

export interface Finding {
  readonly path: string;
  readonly outcome: Outcome;
  /** The error's code, or what is wrong. */
  readonly detail: string;
  /** Reference pictures compared. */
  readonly references: number;
  readonly ms: number;
}

/** As stored, in full depth. */
const AS_STORED: DecodeOptions = { applyExifOrientation: false, colorSpec: "UNCHANGED", allowAnyDepth: true };

const decoder = new Decoder();

export async function check(file: CorpusFile): Promise<Finding> {
  const start = performance.now();
  const finding = await settle(file);
  return { path: file.path, ...finding, ms: performance.now() - start };
}

async function settle(file: CorpusFile): Promise<Omit<Finding, "path" | "ms">> {
  const mustDecode = file.strict && file.expect === "ok";
  const mustFail = file.strict && file.expect === "error";
  try {
    const references = await decodeAndCompare(file, mustDecode);
    if (mustFail) return { outcome: "wrong", detail: "a picture, though every decoder refuses it", references };
    if (!mustDecode) return { outcome: "picture", detail: "", references };
    return { outcome: file.oracle!.exact ? "equal" : "near", detail: "", references };
  } catch (error) {
    const { code, message } = error as PolycodecError;
    if (error instanceof Disagreement) return { outcome: "wrong", detail: message, references: 0 };
    if (!(error instanceof PolycodecError) || !(code in ERROR_CODES)) {
      return { outcome: "wrong", detail: `not a PolycodecError: ${(error as Error).stack}`, references: 0 };
    }
    return mustDecode
      ? { outcome: "wrong", detail: `${code}: ${message}`, references: 0 }
      : { outcome: "refused", detail: code, references: 0 };
  }
}

class Disagreement extends Error {}

/** Every page that the manifest knows. Returns how many references were compared. */
async function decodeAndCompare(file: CorpusFile, mustAgree: boolean): Promise<number> {
  let references = 0;
  for (let page = 0; page < (mustAgree ? (file.oracle!.pages?.length ?? 1) : 1); page++) {
    using image = await decoder.decode(pathOf(file), { ...AS_STORED, ...(page > 0 ? { imageIdx: page } : {}) });
    if (!mustAgree) continue;
    const { agrees, detail } = compare(image, file, page);
    if (!agrees) throw new Disagreement(detail);
    const { compared, disagreement } =
      page === 0 ? await checkReferences(image, file) : { compared: 0, disagreement: "" };
    if (disagreement) throw new Disagreement(disagreement);
    references += compared;
  }
  return references;
}
