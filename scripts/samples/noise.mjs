/** Noise for procedural pictures: the same on every machine and every run. */

/** A number from 0 to 1 for a point of the integer grid. */
function lattice(x, y, seed) {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 0xffffffff;
}

/** Value noise: random at grid points, smooth between. 0 to 1. */
export function noise(x, y, seed = 0) {
  const xi = Math.floor(x);
  const yi = Math.floor(y);
  const u = smooth(x - xi);
  const v = smooth(y - yi);
  const top = mix(lattice(xi, yi, seed), lattice(xi + 1, yi, seed), u);
  const bottom = mix(lattice(xi, yi + 1, seed), lattice(xi + 1, yi + 1, seed), u);
  return mix(top, bottom, v);
}

/** Fractal noise: octaves of half the size and half the strength. 0 to 1. */
export function fractal(x, y, octaves, seed = 0) {
  let sum = 0;
  let weight = 0.5;
  let total = 0;
  for (let i = 0; i < octaves; i++) {
    sum += weight * noise(x, y, seed + i);
    total += weight;
    weight /= 2;
    x = x * 2.03 + 17.1;
    y = y * 2.03 - 9.7;
  }
  return sum / total;
}

/** What a sensor adds: -1 to 1, another for each pixel. */
export function grain(x, y, seed = 0) {
  return lattice(x, y, seed) + lattice(x, y, seed + 101) - 1;
}

export function mix(a, b, t) {
  return a + (b - a) * t;
}

export function clamp(t) {
  return Math.min(1, Math.max(0, t));
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function step(from, to, value) {
  return smooth(clamp((value - from) / (to - from)));
}

function smooth(t) {
  return t * t * (3 - 2 * t);
}

/** A colour between those of a ramp: `[[place, [r, g, b]], …]` with growing places from 0 to 1. */
export function ramp(stops, t) {
  for (let i = 1; i < stops.length; i++) {
    const [to, high] = stops[i];
    if (t > to && i < stops.length - 1) continue;
    const [from, low] = stops[i - 1];
    return blend(low, high, clamp((t - from) / (to - from)));
  }
}

export function blend(a, b, t) {
  return [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
}

export function light(color, factor) {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}
