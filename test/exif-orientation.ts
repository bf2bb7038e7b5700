/** JPEG files with the EXIF orientation of our choice, and what it does to a picture, by the tag's definition. */

/** The same file with one EXIF segment, in front of all others, that says `orientation`. */
export function withExifOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const segments: Uint8Array[] = [];
  let at = 2;
  // Other EXIF segments are dropped. Where markers do not follow each other as they should, the rest is left as it is.
  while (jpeg[at] === 0xff && isSegment(jpeg[at + 1]!)) {
    const end = at + 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!);
    const isExif = jpeg[at + 1] === 0xe1 && Buffer.from(jpeg.subarray(at + 4, at + 8)).toString("latin1") === "Exif";
    if (!isExif) segments.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([jpeg.subarray(0, 2), exifSegment(orientation), ...segments, jpeg.subarray(at)]);
}

/** APP0 to APP15 and the comment: what may stand before anything that matters to a decoder. */
function isSegment(marker: number): boolean {
  return (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
}

/** APP1 with a big-endian TIFF structure of one directory with one entry. */
function exifSegment(orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([0xff, 0xe1, 0, tiff.length + 8, ...Buffer.from("Exif\0\0", "latin1"), ...tiff]);
}

/** Size of the displayed picture. */
export function shownSize(width: number, height: number, orientation: number): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/** Where in the stored picture (`width` x `height`) pixel (y, x) of the displayed one comes from: EXIF 2.32, tag 0x0112. */
export function storedPlace(
  y: number,
  x: number,
  width: number,
  height: number,
  orientation: number,
): readonly [y: number, x: number] {
  switch (orientation) {
    case 2:
      return [y, width - 1 - x];
    case 3:
      return [height - 1 - y, width - 1 - x];
    case 4:
      return [height - 1 - y, x];
    case 5:
      return [x, y];
    case 6:
      return [height - 1 - x, y];
    case 7:
      return [height - 1 - x, width - 1 - y];
    case 8:
      return [x, width - 1 - y];
    default:
      return [y, x];
  }
}
