/**
 * The sample pictures' subjects. A scene is a function of a pixel: `(x, y, { width, height })` to `[r, g, b]`, each 0 to 255,
 * that may go beyond. Every scene has what photographs have: gradients, texture at all sizes, edges, and grain.
 */
import { blend, clamp, fractal, grain, light, mix, noise, ramp, step } from "./noise.mjs";

/** Ridges behind each other, paler with distance, under a morning sky. */
export function mountains(x, y, { height }) {
  const u = x / height;
  const v = y / height;
  const sky = [
    [0, [70, 105, 165]],
    [0.35, [160, 180, 205]],
    [0.6, [245, 215, 180]],
    [1, [250, 225, 200]],
  ];
  let color = ramp(sky, v);
  const clouds = step(0.52, 0.8, fractal(u * 3, v * 9, 5, 3));
  color = blend(color, [255, 240, 225], clouds * 0.7 * (1 - v));
  for (let ridge = 0; ridge < 5; ridge++) {
    const size = 1.1 + ridge * 0.7;
    const top = 0.38 + ridge * 0.12 - (fractal(u * size + ridge * 7, 0.5, 6, 20 + ridge) - 0.5) * (0.45 - ridge * 0.04);
    if (v < top) continue;
    const depth = v - top;
    const rock = fractal(u * 22, v * 22 + ridge * 5, 5, 40 + ridge);
    const slope = fractal(u * 22 + 0.35, v * 22 + ridge * 5, 4, 40 + ridge);
    const near = [mix(40, 70, rock), mix(62, 88, rock), mix(44, 52, rock)];
    const shaded = light(near, 0.75 + (rock - slope) * 2.4 + depth * 0.5);
    color = blend(shaded, [172, 180, 196], 0.82 - ridge * 0.19);
  }
  return withGrain(color, x, y, 3);
}

/** The sun low over waves. */
export function sea(x, y, { width, height }) {
  const u = (x - width * 0.62) / height;
  const v = y / height;
  const horizon = 0.52;
  const sunset = [
    [0, [38, 52, 96]],
    [0.45, [150, 96, 110]],
    [0.8, [246, 160, 84]],
    [1, [255, 214, 130]],
  ];
  if (v < horizon) {
    const sun = Math.hypot(u, v - 0.4);
    const haze = fractal(u * 2, v * 14, 5, 7);
    let color = ramp(sunset, v / horizon);
    color = blend(color, [96, 62, 84], step(0.45, 0.75, haze) * 0.55);
    color = blend(color, [255, 232, 170], Math.exp(-sun * 9));
    return withGrain(blend(color, [255, 250, 225], 1 - step(0.048, 0.054, sun)), x, y, 2.5);
  }
  const near = (v - horizon) / (1 - horizon);
  const far = 0.03 + near;
  const wave = fractal((u / far) * 2.2, 9 / far, 4, 11) * 0.65 + fractal((u / far) * 9, 30 / far, 3, 15) * 0.35;
  const path = Math.exp(-Math.abs(u) / (0.05 + near * 0.16)) * step(0.46, 0.66, wave);
  const water = blend([28, 44, 72], [196, 122, 92], clamp(wave * 1.3 - 0.3 - near * 0.3));
  return withGrain(blend(water, [255, 214, 140], path * 0.95), x, y, 3);
}

const FLOWERS = Array.from({ length: 26 }, (_, i) => ({
  i,
  cx: noise(i * 3.7, 1, 95),
  cy: 0.45 + noise(i * 5.1, 2, 96) * 0.8,
  r: 0.012 + noise(i * 2.3, 3, 97) * 0.03,
  flower: i % 3 === 0 ? [236, 196, 60] : i % 3 === 1 ? [226, 84, 96] : [238, 232, 240],
}));

/** Grass and flowers against a soft background. */
export function meadow(x, y, { width }) {
  const u = x / width;
  const v = y / width;
  const soft = fractal(u * 2.5, v * 2.5, 3, 31);
  const back = blend([92, 132, 74], [206, 214, 150], step(0.3, 0.75, soft + 0.25 - v * 0.3));
  let color = blend(back, [58, 92, 40], step(0.55, 1.25, v));
  for (let layer = 0; layer < 4; layer++) {
    const lean = (noise(u * 5, layer * 3.3, 60 + layer) - 0.5) * 0.4;
    const blade = noise((u + lean * (1.4 - v)) * (110 + layer * 40), v * 2.2 + layer * 9, 70 + layer);
    const height0 = 0.95 - layer * 0.08 - noise(u * 34, layer, 80 + layer) * 0.5;
    if (v < height0) continue;
    const green = blend([70, 112, 38], [162, 190, 84], noise(u * 60, layer * 2, 90 + layer));
    color = blend(color, light(green, 0.65 + blade * 0.6), step(0.52, 0.66, blade) * 0.9);
  }
  for (const { i, cx, cy, r, flower } of FLOWERS) {
    if (Math.abs(u - cx) > r || Math.abs(v - cy) > r) continue;
    const d = Math.hypot(u - cx, (v - cy) * 1.15) / r;
    if (d > 1) continue;
    const petals = 0.72 + 0.28 * Math.cos(Math.atan2(v - cy, u - cx) * 6 + i);
    color = blend(color, d < 0.25 ? [120, 82, 30] : light(flower, 1.05 - d * 0.35), step(petals, petals - 0.12, d));
  }
  return withGrain(color, x, y, 3);
}

export function marble(x, y, { height }) {
  const u = x / height;
  const v = y / height;
  const warp = fractal(u * 3, v * 3, 6, 111);
  const vein = Math.abs(Math.sin((u * 3 + v * 5 + warp * 5) * Math.PI));
  const fine = fractal(u * 40, v * 40, 4, 115);
  const base = blend([228, 224, 216], [188, 186, 186], fractal(u * 4, v * 4, 5, 118));
  return withGrain(blend([92, 90, 96], light(base, 0.94 + fine * 0.12), step(0, 0.34, vein) * 0.85 + 0.15), x, y, 2);
}

/** Planks with rings, pores and joints. */
export function wood(x, y, { height }) {
  const plank = Math.floor((y / height) * 5);
  const u = x / height;
  const v = y / height + plank * 3.7;
  const warp = fractal(u * 1.2, v * 5, 4, 131);
  const ring = 0.5 + 0.5 * Math.sin((v * 34 + warp * 22) * 1.7);
  const pores = step(0.62, 0.8, noise(u * 14, v * 420, 137));
  const tone = 0.9 + noise(plank * 2.1, 4, 139) * 0.25;
  const color = light(blend([126, 78, 44], [202, 148, 94], ring * 0.7 + warp * 0.3), tone);
  const joint = Math.abs(((y / height) * 5) % 1);
  return withGrain(light(color, (1 - pores * 0.3) * (joint < 0.012 ? 0.35 : 1)), x, y, 3);
}

/** Balls of several materials on a table: soft light, shadows, highlights. */
export function spheres(x, y, { width, height }) {
  const u = (x - width / 2) / height;
  const v = y / height;
  const balls = [
    { x: -0.42, y: 0.56, r: 0.24, color: [196, 60, 48], shine: 40 },
    { x: 0.12, y: 0.62, r: 0.18, color: [238, 188, 70], shine: 12 },
    { x: 0.5, y: 0.5, r: 0.3, color: [64, 112, 170], shine: 90 },
    { x: -0.08, y: 0.85, r: 0.09, color: [232, 232, 228], shine: 160 },
  ];
  for (const ball of balls.toReversed()) {
    const dx = (u - ball.x) / ball.r;
    const dy = (v - ball.y) / ball.r;
    const d = dx * dx + dy * dy;
    if (d > 1) continue;
    const dz = Math.sqrt(1 - d);
    const rough = (fractal(dx * 8, dy * 8, 4, 151) - 0.5) * (ball.shine < 20 ? 0.5 : 0.08);
    const diffuse = clamp(-0.5 * dx - 0.62 * dy + 0.6 * dz + rough);
    const highlight = clamp(-0.44 * dx - 0.55 * dy + 0.71 * dz) ** ball.shine;
    const bounce = clamp(dy) * 0.22;
    return withGrain(
      blend(light(ball.color, 0.16 + diffuse * 0.95 + bounce), [255, 252, 244], highlight * 0.8),
      x,
      y,
      2,
    );
  }
  if (v < 0.58) return withGrain(light([206, 198, 186], 0.72 + v * 0.5 - Math.abs(u) * 0.25), x, y, 2);
  let shadow = 1;
  for (const { x: cx, y: cy, r } of balls) {
    const d = Math.hypot((u - cx - r * 0.35) / (r * 1.25), (v - cy - r * 0.95) / (r * 0.34));
    shadow *= 0.35 + 0.65 * step(0.35, 1.2, d);
  }
  const cloth = 0.94 + 0.08 * noise(x * 0.9, y * 0.9, 155) + 0.05 * fractal(u * 6, v * 6, 4, 157);
  return withGrain(light([168, 152, 130], cloth * shadow * (0.75 + v * 0.35)), x, y, 2);
}

/** A woven cloth seen from near: detail as fine as the pixels. */
export function fabric(x, y, { width }) {
  const fold = fractal((x / width) * 2.2, (y / width) * 2.2, 4, 171);
  const u = x + fold * 60;
  const v = y + fold * 40;
  const over = (Math.floor(u / 6) + Math.floor(v / 6)) % 2 === 0;
  const thread = over ? Math.sin(((((u % 6) + 6) % 6) / 6) * Math.PI) : Math.sin(((((v % 6) + 6) % 6) / 6) * Math.PI);
  const stripe = Math.floor(u / 96) % 3;
  const color = stripe === 0 ? [146, 40, 52] : stripe === 1 ? [38, 60, 104] : [214, 200, 170];
  const fiber = 0.9 + noise(x * 1.7, y * 0.35, 175) * 0.2;
  return withGrain(light(color, (0.45 + thread * 0.6) * fiber * (0.55 + fold * 0.9)), x, y, 4);
}

/** Trees in fog, without colour. */
export function fog(x, y, { height }) {
  const u = x / height;
  const v = y / height;
  let tone = 214 - v * 26 + (fractal(u * 2, v * 3, 4, 191) - 0.5) * 40;
  for (let layer = 0; layer < 4; layer++) {
    const spacing = 9 - layer * 1.6;
    const column = Math.floor(u * spacing + layer * 0.37);
    const center = (column + 0.25 + noise(column * 1.9, layer, 195) * 0.5 - layer * 0.37) / spacing;
    const sway = (fractal(v * 3, column, 3, 197 + layer) - 0.5) * 0.03;
    const trunk = (0.008 + layer * 0.007) * (0.8 + v * 0.5);
    const distance = Math.abs(u - center - sway);
    const crown = step(
      0.5,
      0.62,
      fractal(u * (9 + layer * 4), v * (9 + layer * 4), 6, 201 + layer) + (0.32 - v) * 0.5 - distance * 1.1,
    );
    const bark = 0.85 + 0.3 * fractal(u * 90, v * 18, 3, 211 + layer);
    const dark = (168 - layer * 42) * bark;
    tone = mix(tone, dark, Math.max(crown * 0.75, 1 - step(trunk * 0.8, trunk, distance)));
  }
  return withGrain([tone, tone, tone], x, y, 5);
}

export function clouds(x, y, { height }) {
  const u = x / height;
  const v = y / height;
  const puff = fractal(u * 2.4 + fractal(u * 5, v * 5, 3, 221) * 0.5, v * 4, 7, 225);
  const lit = fractal(u * 2.4 + 0.08 + fractal(u * 5, v * 5, 3, 221) * 0.5, v * 4 - 0.16, 5, 225);
  const sky = blend([44, 96, 170], [150, 190, 224], v);
  const white = light([250, 250, 252], 0.82 + (puff - lit) * 1.6 + (1 - v) * 0.08);
  return withGrain(blend(sky, white, step(0.44, 0.62, puff + (v - 0.5) * 0.15)), x, y, 2);
}

/** Stars, a band of dust, and hills in front. */
export function night(x, y, { width, height }) {
  const u = x / width;
  const v = y / width;
  const band = Math.exp(-(((u * 0.8 - v * 0.55 + 0.12) / 0.17) ** 2));
  const dust = fractal(u * 6, v * 6, 6, 241);
  let color = blend([8, 12, 28], [34, 40, 70], clamp(v * 0.7));
  color = blend(color, [150, 132, 140], band * clamp(dust * 1.5 - 0.35) * 0.75);
  const star = noise(x * 0.93, y * 0.93, 245) ** 42 * (1 + band * 1.5) + noise(x * 0.31, y * 0.31, 247) ** 90 * 2;
  color = blend(color, noise(x * 0.05, y * 0.05, 249) > 0.5 ? [255, 240, 220] : [214, 228, 255], clamp(star * 3));
  const hill = height / width - 0.22 - (fractal(u * 3, 1, 6, 251) - 0.5) * 0.3;
  if (v > hill) color = light([18, 20, 22], 0.4 + fractal(u * 50, v * 50, 4, 255) * 1.1);
  return withGrain(color, x, y, 5);
}

const LAMP_COLORS = [
  [0, [255, 120, 60]],
  [0.4, [255, 210, 130]],
  [0.7, [255, 245, 230]],
  [1, [110, 170, 255]],
];
const LAMPS = Array.from({ length: 46 }, (_, i) => ({
  cx: noise(i * 7.3, 5, 275) * 1.6 - 0.12,
  cy: noise(i * 9.1, 6, 277) * 1.1,
  r: 0.03 + noise(i * 4.7, 7, 279) * 0.09,
  lamp: ramp(LAMP_COLORS, noise(i * 3.1, 8, 281)),
}));

/** Lamps out of focus. */
export function bokeh(x, y, { height }) {
  const u = x / height;
  const v = y / height;
  let color = blend([26, 20, 34], [58, 34, 40], fractal(u * 1.5, v * 1.5, 3, 271));
  for (const { cx, cy, r, lamp } of LAMPS) {
    const d = Math.hypot(u - cx, v - cy) / r;
    if (d > 1.05) continue;
    const disc = (1 - step(0.94, 1.03, d)) * (0.3 + 0.25 * d * d);
    color = [color[0] + lamp[0] * disc, color[1] + lamp[1] * disc, color[2] + lamp[2] * disc];
  }
  return withGrain(color, x, y, 4);
}

/** A leaf against the light. */
export function leaf(x, y, { width, height }) {
  const u = (x / width - 0.5) * 2.2;
  const v = (y / height - 0.5) * 2.2;
  const half = 0.62 * Math.cos(clamp(Math.abs(v)) * Math.PI * 0.5) * (1 + (noise(v * 24, 1, 301) - 0.5) * 0.06);
  if (Math.abs(u) > half) return withGrain(blend([202, 216, 214], [128, 152, 140], fractal(u, v, 3, 303)), x, y, 2);
  const side = Math.abs((v + Math.abs(u) * 0.7) * 6 - Math.round((v + Math.abs(u) * 0.7) * 6));
  const veins = Math.max(1 - step(0.01, 0.035, Math.abs(u)), (1 - step(0.03, 0.09, side)) * 0.7);
  const cells = fractal(u * 26, v * 26, 4, 305);
  return withGrain(blend(light([92, 146, 48], 0.72 + cells * 0.6), [198, 214, 130], veins * 0.8), x, y, 2);
}

function withGrain(color, x, y, strength) {
  const g = grain(x, y, 7) * strength;
  return [color[0] + g, color[1] + g * 0.9, color[2] + g * 1.15];
}
