/** A small picture of the whole, and the middle in full resolution, without decoding more than that takes. */
import { CodeStream, Decoder, Encoder } from "polycodec";

export async function regionThumbnails(path: string): Promise<{ whole: Uint8Array; middle: Uint8Array }> {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const stream = await CodeStream.from(path).open();
  const [height, width] = stream.orientation >= 5 ? [stream.width, stream.height] : [stream.height, stream.width];
  const side = Math.min(256, width, height);
  const [y, x] = [(height - side) >> 1, (width - side) >> 1];
  const whole = await decoder.decode(stream, { scale: 8 });
  const middle = await decoder.decode(stream.region({ start: [y, x], end: [y + side, x + side] }));
  return {
    whole: await encoder.encode(whole, { codec: "jpeg", quality: 80 }),
    middle: await encoder.encode(middle, { codec: "jpeg", quality: 92 }),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { whole, middle } = await regionThumbnails(process.argv[2]!);
  console.log(`whole at 1/8: ${whole.length} bytes; middle: ${middle.length} bytes`);
}
