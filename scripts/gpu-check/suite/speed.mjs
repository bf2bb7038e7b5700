/** Pictures a second of each lane alone, of all GPU lanes, of the adaptive division over GPU and CPU, and of nvImageCodec. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NvImageCodec } from "./nvimagecodec.mjs";
import { photosOf } from "./pictures.mjs";
import { cpuDecoder } from "./subjects.mjs";

const SIZE = [1920, 1080];
const KINDS = ["HW_GPU_ONLY", "GPU_ONLY", "HYBRID_CPU_GPU", "CPU_ONLY"];
const GPU_KINDS = KINDS.slice(0, 3);

/** What nvImageCodec is compared with on the same kinds of backends: the images stay on the device. */
const MATCHES = [
  ["all GPU lanes", GPU_KINDS],
  ["the hardware engines", ["HW_GPU_ONLY"]],
  ["CUDA without the engines", ["GPU_ONLY", "HYBRID_CPU_GPU"]],
];
const oursOf = (what) => `${what}, images on the device`;
const theirsOf = (what) => `nvImageCodec: ${what}, images on the device`;

export async function* check(subject, { seconds, rounds, batch, python }) {
  const live = subject.reports().filter(({ available, direction }) => available && direction === "decode");
  if (live.length === 0) {
    yield { state: "skipped", what: `${subject.codec}: speed`, figure: "no decoder is on: see Backends" };
    return;
  }
  const photos = await photosOf(
    subject.codec,
    8,
    SIZE,
    subject.codec === "jpeg" ? { quality: 90, chromaSubsampling: "CSS_420" } : {},
  );
  const folder = mkdtempSync(join(tmpdir(), "polycodec-gpu-check-"));
  const inputs = Array.from({ length: batch }, (_, i) => photos[i % photos.length]);
  const entrants = [];
  try {
    const backends = KINDS.map((kind) => ({ kind, loadHintPolicy: "ADAPTIVE_MINIMIZE_IDLE_TIME" }));
    entrants.push(ours("CPU alone", cpuDecoder(), inputs));
    for (const { id } of live) {
      const entrant = ours(`${id} alone`, subject.decoder({ ids: [id] }), inputs);
      if (await entrant.takes(photos[0])) entrants.push(entrant);
      else yield { state: "skipped", what: entrant.name, figure: "it does not take such pictures" };
    }
    entrants.push(ours("all GPU lanes", subject.decoder({ backends: backends.slice(0, 3) }), inputs));
    entrants.push(ours("adaptive over GPU and CPU", subject.decoder({ withCpu: true, backends }), inputs));
    const paths = saved(photos, folder);
    const seen = new Set();
    for (const [what, kinds] of MATCHES) {
      // Without engines, and of codecs that have none, the last is the first.
      const there = live.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
      if (there.length === 0 || seen.has(there.join())) continue;
      seen.add(there.join());
      const own = ours(oursOf(what), subject.decoder({ ids: there }), inputs, { bufferKind: "STRIDED_DEVICE" });
      if (await own.takes(photos[0])) entrants.push(own);
      else continue;
      const peer = await NvImageCodec.start(theirsOf(what), python, paths, batch, kinds);
      if (peer.reason) yield { state: "skipped", what: theirsOf(what), figure: peer.reason };
      else entrants.push(peer);
    }

    yield {
      state: "seen",
      what: `${subject.codec}`,
      figure: `${SIZE.join("x")}, batches of ${batch}, ${rounds} alternated rounds of ${seconds} s, medians`,
    };
    const speeds = new Map();
    for (const entrant of entrants) {
      try {
        await entrant.measure(0); // warm
        speeds.set(entrant.name, []);
      } catch (error) {
        yield { state: "WRONG", what: entrant.name, figure: error.message };
      }
    }
    const fit = entrants.filter(({ name }) => speeds.has(name));
    for (let round = 0; round < rounds; round++)
      for (const entrant of fit) speeds.get(entrant.name).push(await entrant.measure(seconds));
    yield* told(speeds);
  } finally {
    for (const entrant of entrants) entrant.close();
    rmSync(folder, { recursive: true });
  }
}

function* told(speeds) {
  const medians = new Map([...speeds].map(([name, all]) => [name, median(all)]));
  for (const [name, speed] of medians) {
    const all = speeds.get(name);
    const range = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    yield { state: "seen", what: name, figure: `${speed.toFixed(1)} pictures/s (${range})` };
  }
  const better = Math.max(medians.get("CPU alone"), medians.get("all GPU lanes"));
  yield {
    state: "seen",
    what: "adaptive over the better of GPU and CPU alone",
    figure: ratio(medians.get("adaptive over GPU and CPU"), better, 1.1),
  };
  for (const [what] of MATCHES) {
    const peer = medians.get(theirsOf(what));
    if (peer)
      yield {
        state: "seen",
        what: `${what}: ours over nvImageCodec's`,
        figure: ratio(medians.get(oursOf(what)), peer, 1),
      };
  }
}

const ratio = (a, b, aim) =>
  a && b ? `${(a / b).toFixed(2)} (the aim is ${aim.toFixed(1)})` : "one of them is not there";

/** A Decoder at work: the images of a batch are released before the next. */
function ours(name, decoder, batch, options = {}) {
  return {
    name,
    async takes(photo) {
      const [result] = await decoder.decode([photo]);
      return result.status === "fulfilled";
    },
    async measure(seconds) {
      const start = performance.now();
      let pictures = 0;
      do {
        for (const result of await decoder.decode(batch, options)) {
          if (result.status === "rejected") throw result.reason;
          result.value.release();
          pictures++;
        }
        // Memory comes back to its pool when the finalizers have run.
        await new Promise(setImmediate);
      } while (performance.now() - start < seconds * 1000);
      return (pictures * 1000) / (performance.now() - start);
    },
    close: () => decoder.close(),
  };
}

function saved(photos, folder) {
  return photos.map((bytes, i) => {
    const path = join(folder, `${i}.bin`);
    writeFileSync(path, bytes);
    return path;
  });
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
