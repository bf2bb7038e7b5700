/** A picture of who did what when: a row per lane and thread, a bar per sample, drawn from what core publishes. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ChunkMessage } from "@polycodec/core";
import { InvalidArgumentError } from "commander";
import { escapeText } from "./sheet-page.js";
import { formatTime } from "./table.js";

/** What one thread of a lane did from when to when, in milliseconds. */
interface Bar {
  readonly start: number;
  readonly end: number;
  /** Samples that a backend ran as one. */
  readonly places: number[];
  readonly failures: string[];
}

interface Row {
  readonly lane: string;
  readonly thread: number;
  readonly bars: Bar[];
}

/** Pixels. */
const WIDTH = 1280;
const LEFT = 210;
const RIGHT = 90;
const TOP = 64;
const ROW = 26;
const BAR = 18;
const CHART = WIDTH - LEFT - RIGHT;
/** Lanes are told apart by hue; samples of one lane, side by side, by two shades of it. */
const SHADES = [
  ["#3b78b5", "#6ea3d8"],
  ["#4c9a52", "#85c28a"],
  ["#a1662f", "#cf9a66"],
  ["#7b5aa6", "#a98bd0"],
] as const;
const FAILED = "#c62f2f";

export function checkTimelineName(name: string): string {
  if (!/\.(svg|html)$/i.test(name)) throw new InvalidArgumentError("Expected a name that ends in .svg or .html.");
  return name;
}

/** What is published on `polycodec:chunk` while `work` goes on, whoever's it is. */
export async function recordChunks(work: () => Promise<void>): Promise<readonly ChunkMessage[]> {
  const messages: ChunkMessage[] = [];
  const listen = (message: unknown) => messages.push(message as ChunkMessage);
  subscribe("polycodec:chunk", listen);
  try {
    await work();
  } finally {
    unsubscribe("polycodec:chunk", listen);
  }
  return messages;
}

/** The picture, as an SVG or as an HTML page by `path`; needs no other file. `names` are those of the samples, by place. */
export function drawTimeline(path: string, messages: readonly ChunkMessage[], names: readonly string[]): string {
  const svg = drawing(messages, names);
  if (!path.toLowerCase().endsWith(".html")) return svg;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Polycodec: who did what when</title>
<style>body { margin: 1rem; background: #fff } svg { width: 100%; height: auto } rect.bar:hover { stroke: #000; stroke-width: 1.5 }</style>
${svg}</html>
`;
}

function drawing(messages: readonly ChunkMessage[], names: readonly string[]): string {
  const begin = earliest(messages);
  const rows = rowsOf(messages, begin);
  const length = Math.max(
    ...messages.map(({ endNs }) => (endNs - begin) / 1e6),
    ...rows.flatMap(({ bars }) => bars.map(({ end }) => end)),
    0.001,
  );
  const x = (ms: number) => LEFT + (ms / length) * CHART;
  const bottom = TOP + rows.length * ROW;
  const busy = rows.reduce((sum, row) => sum + busyOf(row), 0);
  const failures = rows.reduce((sum, { bars }) => sum + bars.reduce((count, bar) => count + bar.failures.length, 0), 0);
  const attempts = rows.reduce((sum, { bars }) => sum + bars.reduce((count, bar) => count + bar.places.length, 0), 0);
  const title = [
    `${names.length} samples in ${formatTime(length / 1000)}`,
    `${messages.length} ${messages.length === 1 ? "chunk" : "chunks"}`,
    ...(attempts > names.length ? [`${attempts} attempts`] : []),
    ...(failures > 0 ? [`${failures} failed`] : []),
    `${percent(busy / (rows.length * length))} busy`,
  ].join(", ");
  const lanes = [...new Set(rows.map(({ lane }) => lane))];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 44}" width="${WIDTH}" height="${bottom + 44}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-size="15" font-weight="600" fill="#222">${escapeText(title)}</text>
${legend()}
${rows.map((row, i) => drawRow(row, TOP + i * ROW, SHADES[lanes.indexOf(row.lane) % SHADES.length]!)).join("\n")}
${axis(length, x, bottom)}
</svg>
`;

  function drawRow(row: Row, y: number, shades: (typeof SHADES)[number]): string {
    const middle = y + ROW / 2 + 4;
    const pieces = [
      `<text x="16" y="${middle}" fill="#222">${escapeText(row.lane)}</text>`,
      `<text x="${LEFT - 12}" y="${middle}" fill="#777" text-anchor="end">${row.thread}</text>`,
      `<rect x="${LEFT}" y="${y + 4}" width="${CHART}" height="${BAR}" fill="url(#idle)"/>`,
      `<text x="${LEFT + CHART + 10}" y="${middle}" fill="#555">${percent(busyOf(row) / length)} busy</text>`,
    ];
    row.bars.forEach((bar, i) => {
      const left = x(bar.start);
      const width = Math.max(x(bar.end) - left, 0.6);
      const isFailed = bar.failures.length > 0;
      pieces.push(
        `<rect class="bar" x="${left.toFixed(2)}" y="${y + 4}" width="${width.toFixed(2)}" height="${BAR}" fill="${isFailed ? FAILED : shades[i % 2]}"><title>${escapeText(described(bar, names))}</title></rect>`,
      );
      // A failure shows even where its bar is a hair's breadth.
      if (isFailed) pieces.push(cross(left + width / 2, y + 4 + BAR / 2));
    });
    return pieces.join("\n");
  }
}

/** Every thread that a lane could have used has its row, also if it did nothing. */
function rowsOf(messages: readonly ChunkMessage[], begin: number): Row[] {
  const lanes = new Map<string, Map<number, Bar[]>>();
  for (const { operation, device, slots, chunks, startNs, endNs } of messages) {
    for (const { backend, places, outcomes } of chunks) {
      const name = `${backend}, ${device}${operation === "encode" ? " (encode)" : ""}`;
      let threads = lanes.get(name);
      if (!threads) lanes.set(name, (threads = new Map(Array.from({ length: slots }, (_, i) => [i, []]))));
      places.forEach((place, i) => {
        const outcome = outcomes[i] ?? { status: "FAIL" as const, message: "no outcome" };
        // A sample that was never begun, or a backend that does not say when it worked: the whole chunk's time.
        const isTimed = (outcome.startNs ?? 0) > 0 && (outcome.endNs ?? 0) > 0;
        const thread = Math.max(outcome.worker ?? 0, 0);
        const bars = threads.get(thread) ?? [];
        threads.set(thread, bars);
        const start = ((isTimed ? outcome.startNs! : startNs) - begin) / 1e6;
        const end = ((isTimed ? outcome.endNs! : endNs) - begin) / 1e6;
        let bar = bars.findLast((one) => one.start === start && one.end === end);
        if (!bar) bars.push((bar = { start, end, places: [], failures: [] }));
        bar.places.push(place);
        if (outcome.status !== "SUCCESS")
          bar.failures.push(`${outcome.status}${outcome.message ? `: ${outcome.message}` : ""}`);
      });
    }
  }
  return [...lanes].flatMap(([lane, threads]) =>
    [...threads]
      .sort(([a], [b]) => a - b)
      .map(([thread, bars]) => ({ lane, thread, bars: bars.sort((a, b) => a.start - b.start) })),
  );
}

/** Milliseconds; bars that overlap count once. */
function busyOf({ bars }: Row): number {
  let sum = 0;
  let until = 0;
  for (const { start, end } of bars) {
    sum += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return sum;
}

function described({ start, end, places, failures }: Bar, names: readonly string[]): string {
  const what = places.length === 1 ? (names[places[0]!] ?? `sample ${places[0]}`) : `${places.length} samples`;
  return [`${what}: ${(end - start).toFixed(2)} ms from ${start.toFixed(2)} ms on`, ...failures].join("\n");
}

function legend(): string {
  const y = 40;
  const right = WIDTH - RIGHT;
  return `<defs><pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f1f1ee"/><rect width="2" height="6" fill="#dcdcd6"/></pattern></defs>
<rect x="${right - 210}" y="${y}" width="22" height="12" fill="${SHADES[0][0]}"/><rect x="${right - 188}" y="${y}" width="22" height="12" fill="${SHADES[0][1]}"/><text x="${right - 160}" y="${y + 10}" fill="#555">samples</text>
<rect x="${right - 104}" y="${y}" width="22" height="12" fill="url(#idle)"/><text x="${right - 76}" y="${y + 10}" fill="#555">idle</text>
<rect x="${right - 44}" y="${y}" width="22" height="12" fill="${FAILED}"/>${cross(right - 33, y + 6)}<text x="${right - 16}" y="${y + 10}" fill="#555">failed</text>
<text x="16" y="${y + 10}" fill="#777">backend, device</text><text x="${LEFT - 12}" y="${y + 10}" fill="#777" text-anchor="end">thread</text>`;
}

function cross(x: number, y: number): string {
  return `<path d="M${(x - 4).toFixed(2)} ${y - 4}l8 8m0-8l-8 8" stroke="#fff" stroke-width="3.6"/><path d="M${(x - 4).toFixed(2)} ${y - 4}l8 8m0-8l-8 8" stroke="#7d0f0f" stroke-width="1.8"/>`;
}

/** Milliseconds from the first hand-out, at round numbers. */
function axis(length: number, x: (ms: number) => number, y: number): string {
  const rough = length / 10;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((one) => one >= rough)!;
  const ticks: string[] = [];
  for (let i = 0; i * step <= length * (1 + 1e-9); i++) {
    const at = x(i * step).toFixed(2);
    const text = `${+(i * step).toPrecision(6)}${i === 0 ? " ms" : ""}`;
    ticks.push(
      `<path d="M${at} ${TOP}V${y + 5}" stroke="#000" stroke-opacity="0.16"/><text x="${at}" y="${y + 20}" fill="#555" text-anchor="middle">${text}</text>`,
    );
  }
  return ticks.join("\n");
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** When the first chunk was handed out, or its first sample begun: two clocks that differ by microseconds. */
function earliest(messages: readonly ChunkMessage[]): number {
  let first = Infinity;
  for (const { startNs, chunks } of messages) {
    first = Math.min(first, startNs);
    for (const { outcomes } of chunks)
      for (const outcome of outcomes) first = Math.min(first, outcome.startNs || Infinity);
  }
  return first;
}
