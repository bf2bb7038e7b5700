/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { bmpDecoder, bmpEncoder } from "./backends/bmp.js";
import { charlsDecoder, charlsEncoder } from "./backends/charls.js";
import { gifDecoder } from "./backends/gif.js";
import { jpegLosslessDecoder, jpegLosslessEncoder, jpegTwelveBitDecoder } from "./backends/jpeg-deep.js";
import { jpegFastDecoder } from "./backends/jpeg-fast.js";
import { jpegFastEncoder } from "./backends/jpeg-fast-encoder.js";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";
import { webpDecoder, webpEncoder } from "./backends/libwebp.js";
import { openJpegDecoder, openJpegEncoder } from "./backends/openjpeg.js";
import { openJphDecoder, openJphEncoder } from "./backends/openjph.js";
import { pnmDecoder, pnmEncoder } from "./backends/pnm.js";
import { pngDecoder, pngEncoder } from "./backends/polycodec-png.js";
import { qoiDecoder, qoiEncoder } from "./backends/qoi.js";
import { qoi } from "./parsers/qoi.js";

/** Every backend of this package. Most parsers are core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  parsers: [qoi],
  decoders: [
    bmpDecoder,
    charlsDecoder,
    gifDecoder,
    jpegDecoder,
    jpegFastDecoder,
    jpegLosslessDecoder,
    jpegTwelveBitDecoder,
    openJpegDecoder,
    openJphDecoder,
    pngDecoder,
    pnmDecoder,
    qoiDecoder,
    webpDecoder,
  ],
  encoders: [
    bmpEncoder,
    charlsEncoder,
    jpegEncoder,
    jpegFastEncoder,
    jpegLosslessEncoder,
    openJpegEncoder,
    openJphEncoder,
    pngEncoder,
    pnmEncoder,
    qoiEncoder,
    webpEncoder,
  ],
};
