/**
 * Draws the pictures of docs/backends.md from the simulator that the tests use: `node scripts/draw-policies.mjs`, after
 * `tsc -b`. The seeds are fixed, so the same code draws the same bytes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./step.mjs";

const { Simulator, worksOf } = await import(pathToFileURL(join(root, "dist-test/test/scheduler/simulator.js")).href);
const folder = join(root, "docs/images");

const BATCHES = 14;
const SLOWER_FROM = 7;
const SAMPLES = 200;
const COLORS = ["#2b6cb0", "#dd6b20"];
const INK = "#444";

/** Two devices of speeds 3 and 1, hint 0.5 each; from the eighth batch on the first is as slow as the second. */
function course(policy) {
  const devices = [
    { speed: 3, policy, hint: 0.5 },
    { speed: 1, policy, hint: 0.5 },
  ];
  const simulator = new Simulator(devices, { seed: 5 });
  return Array.from({ length: BATCHES }, (_, b) => {
    if (b === SLOWER_FROM) devices[0].speed = 1;
    const { calls, idle } = simulator.batch(worksOf(SAMPLES, 40 + b));
    const work = calls.map((list, d) =>
      list.reduce((sum, { start, end }) => sum + (end - start) * devices[d].speed, 0),
    );
    return { share: work[0] / (work[0] + work[1]), idle, ideal: devices[0].speed / (devices[0].speed + 1) };
  });
}

const round = (value) => String(Math.round(value * 100) / 100);
const text = (x, y, content, { size = 12, anchor = "start", fill = INK } = {}) =>
  `<text x="${round(x)}" y="${round(y)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${content}</text>`;
const line = (x1, y1, x2, y2, { stroke = "#ccc", dash = "" } = {}) =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"${dash && ` stroke-dasharray="${dash}"`}/>`;
const svg = (width, height, title, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">\n<title>${title}</title>\n<rect width="${width}" height="${height}" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;

function drawShares() {
  const [width, height, left, top, panel, gap] = [780, 290, 46, 56, 214, 26];
  const [share, idleHeight] = [130, 40];
  const parts = [
    text(
      left,
      20,
      `Share of the work that the first device does (dots), where all would finish together (line), and idle time (bars)`,
    ),
  ];
  ["FIXED", "IGNORE", "ADAPTIVE_MINIMIZE_IDLE_TIME"].forEach((policy, p) => {
    const x0 = left + p * (panel + gap);
    const x = (b) => x0 + ((b + 0.5) * panel) / BATCHES;
    const y = (part) => top + share * (1 - part);
    const base = top + share + 16 + idleHeight;
    parts.push(text(x0, top - 10, policy, { size: 13, fill: "#000" }));
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      parts.push(line(x0, y(part), x0 + panel, y(part)));
      if (p === 0) parts.push(text(x0 - 6, y(part) + 4, `${100 * part} %`, { anchor: "end", size: 11 }));
    }
    const batches = course(policy);
    const ideal = batches.flatMap((batch, b) => [
      `${round(x0 + (b * panel) / BATCHES)},${round(y(batch.ideal))}`,
      `${round(x0 + ((b + 1) * panel) / BATCHES)},${round(y(batch.ideal))}`,
    ]);
    parts.push(`<polyline points="${ideal.join(" ")}" fill="none" stroke="${COLORS[1]}" stroke-width="1.5"/>`);
    parts.push(line(x0, base, x0 + panel, base, { stroke: INK }));
    if (p === 0) parts.push(text(x0 - 6, base - idleHeight + 8, "idle", { anchor: "end", size: 11 }));
    batches.forEach(({ share: part, idle }, b) => {
      parts.push(`<circle cx="${round(x(b))}" cy="${round(y(part))}" r="3.5" fill="${COLORS[0]}"/>`);
      parts.push(
        `<rect x="${round(x(b) - 5)}" y="${round(base - idleHeight * idle * 2)}" width="10" height="${round(idleHeight * idle * 2)}" fill="#999"/>`,
      );
      if (b % 3 === 0) parts.push(text(x(b), base + 14, String(b + 1), { anchor: "middle", size: 10 }));
    });
    const mean = batches.slice(2).reduce((sum, { idle }) => sum + idle, 0) / (BATCHES - 2);
    parts.push(
      text(x0 + panel, base + 30, `idle from batch 3 on: ${(100 * mean).toFixed(1)} %`, { anchor: "end", size: 11 }),
    );
  });
  parts.push(
    text(
      left,
      height - 6,
      `batches of ${SAMPLES}; speeds 3 : 1, from batch ${SLOWER_FROM + 1} on 1 : 1; both hints 0.5`,
      { size: 11 },
    ),
  );
  return svg(width, height, "Shares under the three policies", parts);
}

function drawTimeline() {
  const [width, height, left, top, bar] = [780, 190, 90, 44, 36];
  const simulator = new Simulator([{ speed: 5, miniBatch: 4, startUpMs: 2 }, { speed: 1 }], { seed: 5 });
  let report;
  for (let b = 0; b < 3; b++) report = simulator.batch(worksOf(256, 60 + b));
  const x = (ms) => left + (ms / report.makespanMs) * (width - left - 20);
  const parts = [
    text(
      left,
      20,
      `The third batch of 256 samples: each bar is a call with its number of samples; idle ${(100 * report.idle).toFixed(1)} %`,
    ),
  ];
  ["5 x, by fours", "1 x"].forEach((name, d) => {
    const y = top + d * (bar + 14);
    parts.push(text(left - 8, y + bar / 2 + 4, name, { anchor: "end" }));
    for (const { start, end, count } of report.calls[d]) {
      const wide = x(end) - x(start);
      parts.push(
        `<rect x="${round(x(start))}" y="${y}" width="${round(wide)}" height="${bar}" fill="${COLORS[d]}" stroke="white"/>`,
      );
      if (wide > 18)
        parts.push(
          text((x(start) + x(end)) / 2, y + bar / 2 + 4, String(count), { anchor: "middle", fill: "white", size: 11 }),
        );
    }
  });
  const axis = top + 2 * (bar + 14);
  for (let ms = 0; ms <= report.makespanMs; ms += 20)
    parts.push(
      line(x(ms), axis, x(ms), axis + 5, { stroke: INK }),
      text(x(ms), axis + 18, `${ms} ms`, { anchor: "middle", size: 10 }),
    );
  return svg(width, height, "Timeline of one adaptive batch", parts);
}

mkdirSync(folder, { recursive: true });
for (const [name, picture] of [
  ["policies-shares.svg", drawShares()],
  ["policies-timeline.svg", drawTimeline()],
]) {
  writeFileSync(join(folder, name), picture);
  console.log(`docs/images/${name}`);
}
