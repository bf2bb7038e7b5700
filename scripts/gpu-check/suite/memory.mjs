/** Device and pinned memory: no growth over many pictures, all of it handed back by trimMemory(). */
import { runtimeStats, trimMemory } from "@polycodec/core";
import { photosOf } from "./pictures.mjs";

const BATCH = 250;
const MOST_GROWTH = 1.5;

export async function* check(subject, { growth }) {
  const live = subject.reports().filter(({ available, direction }) => available && direction === "decode");
  if (live.length === 0) {
    yield { state: "skipped", what: `${subject.codec}: memory`, figure: "no decoder is on: see Backends" };
    return;
  }
  const photos = await photosOf(subject.codec, 10, [256, 192]);
  const batch = Array.from({ length: BATCH }, (_, i) => photos[i % photos.length]);
  const rounds = Math.max(4, Math.ceil(growth / BATCH));
  const held = [];
  const decoder = subject.decoder();
  for (let round = 0; round < rounds; round++) {
    for (const result of await decoder.decode(batch, { bufferKind: "STRIDED_DEVICE" })) {
      if (result.status === "rejected") throw result.reason;
      result.value.release();
    }
    held.push(heldBytes());
  }
  decoder.close();
  // How large chunks become depends on the time they take, and so does what is kept; a leak goes on in proportion, and what
  // it has taken doubles from the second quarter to the fourth.
  const quarters = [0, 1, 2, 3].map((quarter) => {
    const part = held.slice(Math.floor((quarter * rounds) / 4), Math.floor(((quarter + 1) * rounds) / 4));
    return {
      device: Math.max(...part.map(({ device }) => device)),
      pinned: Math.max(...part.map(({ pinned }) => pinned)),
    };
  });
  for (const kind of ["device", "pinned"]) {
    const most = quarters.map((quarter) => quarter[kind]);
    const grows = most[3] > MOST_GROWTH * most[1];
    yield {
      state: grows ? "WRONG" : "right",
      what: `${subject.codec}: ${kind} memory over ${rounds * BATCH} pictures`,
      figure: `most held in each quarter: ${most.map(mebibytes).join(", ")}`,
    };
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  trimMemory();
  const left = heldBytes();
  yield {
    state: left.device + left.pinned === 0 ? "right" : "WRONG",
    what: `${subject.codec}: left after the Decoder's end and trimMemory()`,
    figure: `device ${mebibytes(left.device)}, pinned ${mebibytes(left.pinned)}`,
  };
}

function heldBytes() {
  const { deviceBytesInUse, deviceBytesFree, pinnedBytesInUse, pinnedBytesFree } = runtimeStats();
  return { device: deviceBytesInUse + deviceBytesFree, pinned: pinnedBytesInUse + pinnedBytesFree };
}

export const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
