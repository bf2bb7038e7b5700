/** Every decoder alone, and all together with the images left on the device: the CPU's pictures within 2 levels. */
import { picturesOf } from "./pictures.mjs";
import { cpuDecoder } from "./subjects.mjs";

const TOLERANCE = 2;

export async function* check(subject, { pictures: count }) {
  const pictures = await picturesOf(subject.codec, count);
  const expected = [];
  const cpu = cpuDecoder();
  for (const { bytes, decode } of pictures) expected.push(await cpu.decode(bytes, decode));
  yield {
    state: "seen",
    what: `${subject.codec}: pictures drawn, and decoded by the CPU`,
    figure: `${pictures.length}`,
  };

  const live = subject.reports().filter(({ available, direction }) => available && direction === "decode");
  const covered = new Set();
  for (const { id, kind } of live) {
    const decoder = subject.decoder({ ids: [id] });
    const reason = kind === "HW_GPU_ONLY" ? await absence(decoder, pictures) : undefined;
    if (reason === undefined) yield await compare(id, decoder, pictures, expected, {}, covered);
    else yield { state: "skipped", what: id, figure: `no hardware engines: ${reason}` };
  }
  if (live.length === 0) {
    yield { state: "skipped", what: `${subject.codec}: comparison`, figure: "no decoder is on: see Backends" };
    return;
  }
  yield await compare("all together, the CPU behind", subject.decoder({ withCpu: true }), pictures, expected);
  yield await compare("all together, images on the device", subject.decoder({ withCpu: true }), pictures, expected, {
    bufferKind: "STRIDED_DEVICE",
  });
  const missed = pictures.filter((_, i) => !covered.has(i)).map(({ name }) => name.replace(/, \d+x\d+$/, ""));
  yield {
    state: "seen",
    what: `${subject.codec}: pictures that some GPU backend decoded`,
    figure: `${covered.size} of ${pictures.length}`,
  };
  if (missed.length > 0)
    yield { state: "skipped", what: "kinds that none takes", figure: [...new Set(missed)].join("; ") };
}

/** Whether there are engines is known only when they are first used. */
async function absence(decoder, pictures) {
  for (const { bytes, decode } of pictures.slice(0, 4)) {
    const [result] = await decoder.decode([bytes], decode);
    const { status, message } = result.reason?.attempts?.at(-1) ?? {};
    if (status === "BACKEND_UNSUPPORTED") return message;
    if (result.status === "fulfilled") return undefined;
  }
  return undefined;
}

/** One line; the decoder is closed. What a backend refuses by kind is counted; what it fails, or gets wrong, is told. */
async function compare(what, decoder, pictures, expected, options = {}, covered = new Set()) {
  const refusals = new Map();
  const wrong = [];
  let compared = 0;
  let most = 0;
  for (const [i, { name, bytes, decode }] of pictures.entries()) {
    try {
      const image = await (await decoder.decode(bytes, { ...decode, ...options })).cpu();
      const difference = worst(image, expected[i]);
      compared++;
      covered.add(i);
      most = Math.max(most, difference);
      if (difference > TOLERANCE) wrong.push(`${name}: off by ${difference}`);
      image.release();
    } catch (error) {
      const attempt = error.attempts?.at(-1);
      if (isRefusal(attempt)) refusals.set(attempt.status, (refusals.get(attempt.status) ?? 0) + 1);
      else wrong.push(`${name}: ${attempt ? `${attempt.status} ${attempt.message ?? ""}` : error.message}`);
    }
  }
  decoder.close();
  const refused = [...refusals].map(([status, times]) => `${times} ${status}`);
  const parts = [`${compared} compared, worst difference ${most} of ${TOLERANCE} allowed`];
  if (refused.length > 0) parts.push(`refused: ${refused.join(", ")}`);
  if (wrong.length > 0) parts.push(`${wrong.length} wrong: ${wrong.slice(0, 12).join("; ")}`);
  const state = wrong.length > 0 ? "WRONG" : compared > 0 ? "right" : "skipped";
  return { state, what, figure: parts.join("; ") };
}

/** Ours, by a picture's kind; not the library's, nor that nothing works. */
function isRefusal(attempt) {
  if (!attempt?.status.endsWith("_UNSUPPORTED") || attempt.status === "BACKEND_UNSUPPORTED") return false;
  return !/_STATUS_/.test(attempt.message ?? "");
}

/** The largest difference of two images' samples; Infinity for images of different shapes. */
function worst(a, b) {
  if (a.shape.join() !== b.shape.join() || a.dtype !== b.dtype) return Infinity;
  const [made, expected] = [a.packed(), b.packed()];
  let most = 0;
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(made[i] - expected[i]));
  return most;
}
