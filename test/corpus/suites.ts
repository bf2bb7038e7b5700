/** The test suites in the corpus that have a name of their own. */
import type { CorpusFile } from "../corpus.js";

export interface Suite {
  readonly name: string;
  readonly holds: (file: CorpusFile) => boolean;
}

const nameIn = ({ source }: CorpusFile) => source.path.slice(source.path.lastIndexOf("/") + 1);

/** Names of the bmpsuite's files that came along by way of other projects. */
const BMPSUITE = /^(pal\d|rgba?(16|24|32)|bad)/;

export const suites: readonly Suite[] = [
  { name: "PngSuite", holds: ({ format, source }) => format === "png" && /\/pngsuite\/[^/]+$/.test(source.path) },
  {
    name: "bmpsuite",
    holds: (file) =>
      file.format === "bmp" &&
      (/\/(bmpsuite|bmp)\/[bgqx]\/[^/]+$/.test(file.source.path) || BMPSUITE.test(nameIn(file))),
  },
  {
    name: "JPEG 2000 conformance (ISO/IEC 15444-4)",
    holds: ({ format, source }) =>
      format === "jpeg2000" &&
      source.repo === "uclouvain/openjpeg-data" &&
      source.path.startsWith("input/conformance/"),
  },
  {
    name: "HTJ2K test streams",
    holds: ({ format, source }) => format === "jpeg2000" && source.repo === "aous72/jp2k_test_codestreams",
  },
  {
    name: "JPEG-LS conformance (ITU-T T.87)",
    holds: (file) => file.format === "jpeg-ls" && file.source.path.includes("/conformance/"),
  },
  {
    name: "JPEG conformance (ITU-T T.83)",
    holds: (file) => file.source.repo === "pydicom/pylibjpeg-data" && /^[A-Z]+\d\.JPG$/.test(nameIn(file)),
  },
  {
    name: "WebP test vectors (libwebp)",
    holds: ({ format, source }) => format === "webp" && source.repo === "webmproject/libwebp-test-data",
  },
  { name: "QOI test images", holds: ({ format }) => format === "qoi" },
];
