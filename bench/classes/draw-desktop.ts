/**
 * A drawn desktop: windows with text, tables and buttons on a plain or shaded ground, a few icons and one picture. What
 * screenshots are made of: large areas of one colour, glyphs that repeat exactly, soft edges of text.
 */

type Rgb = readonly [number, number, number];

/** A small generator of its own (mulberry32), so that a desktop is the same wherever it is drawn. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Glyphs of 7 × 12 pixels as coverages of 0 to 1: three strokes each, with soft edges. */
function drawFont(next: () => number): readonly Float32Array[] {
  return Array.from({ length: 64 }, () => {
    const glyph = new Float32Array(7 * 12);
    for (let stroke = 0; stroke < 3; stroke++) {
      const [x0, y0, x1, y1] = [1 + 4 * next(), 1 + 9 * next(), 1 + 4 * next(), 1 + 9 * next()] as const;
      const length = Math.hypot(x1 - x0, y1 - y0) || 1;
      for (let y = 0; y < 12; y++) {
        for (let x = 0; x < 7; x++) {
          const along = Math.max(0, Math.min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length ** 2));
          const distance = Math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0));
          glyph[y * 7 + x] = Math.max(glyph[y * 7 + x]!, Math.min(1, Math.max(0, 1.3 - distance)));
        }
      }
    }
    return glyph;
  });
}

/** The interleaved RGB pixels of desktop number `seed`. */
export function drawDesktop(seed: number, width: number, height: number): Uint8Array {
  const next = random(seed);
  const whole = (from: number, to: number) => Math.floor(from + next() * (to - from));
  const pixels = new Uint8Array(width * height * 3);
  const set = (x: number, y: number, color: Rgb, coverage = 1) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    for (let c = 0, at = (y * width + x) * 3; c < 3; c++, at++)
      pixels[at] = Math.round(pixels[at]! + (color[c]! - pixels[at]!) * coverage);
  };
  const fill = (x: number, y: number, w: number, h: number, color: Rgb) => {
    for (let j = y; j < y + h; j++) for (let i = x; i < x + w; i++) set(i, j, color);
  };
  const font = drawFont(next);
  // Words repeat, as they do in what people write.
  const words = Array.from({ length: 400 }, () => Array.from({ length: whole(2, 10) }, () => whole(0, 64)));
  const write = (x: number, y: number, w: number, color: Rgb) => {
    for (let at = x; ; at += 7) {
      const word = words[Math.floor(400 * next() ** 2)]!;
      if (at + word.length * 7 > x + w) return;
      for (const letter of word) {
        const glyph = font[letter]!;
        for (let i = 0; i < glyph.length; i++) set(at + (i % 7), y + Math.floor(i / 7), color, glyph[i]!);
        at += 7;
      }
    }
  };

  const ground: Rgb = [whole(20, 90), whole(50, 130), whole(80, 160)];
  const isShaded = seed % 3 === 0;
  for (let y = 0; y < height; y++) {
    const light = isShaded ? y / height : 0;
    fill(0, y, width, 1, [ground[0] + 60 * light, ground[1] + 50 * light, ground[2] + 40 * light]);
  }
  for (let icon = 0; icon < 10; icon++) {
    const color: Rgb = [whole(60, 255), whole(60, 255), whole(60, 255)];
    for (let i = 0; i < 48 * 48; i++) {
      const [x, y] = [i % 48, Math.floor(i / 48)];
      const edge = 24 - Math.hypot(x - 23.5, y - 23.5);
      const shade = 0.6 + (0.4 * (x + 48 - y)) / 96;
      set(
        24 + x,
        24 + icon * 96 + y,
        [color[0] * shade, color[1] * shade, color[2] * shade],
        Math.max(0, Math.min(1, edge)),
      );
    }
    write(18, 24 + icon * 96 + 54, 64, [255, 255, 255]);
  }
  for (let window = 0; window < 4; window++) {
    const [x, y] = [whole(100, width / 2), whole(20, height / 2)];
    const [w, h] = [whole(500, Math.max(501, width - x - 20)), whole(300, Math.max(301, height - y - 60))];
    const isDark = next() < 0.3;
    const paper: Rgb = isDark ? [30, 32, 38] : [252, 252, 252];
    const ink: Rgb = isDark ? [212, 214, 220] : [34, 34, 34];
    fill(x - 1, y - 1, w + 2, h + 2, [90, 90, 96]);
    fill(x, y, w, 28, [60 + 20 * window, 90, 140]);
    write(x + 10, y + 8, w - 120, [255, 255, 255]);
    for (let button = 0; button < 3; button++)
      fill(x + w - 26 * (button + 1), y + 6, 16, 16, [200, 200 - 50 * button, 190]);
    fill(x, y + 28, w, h - 28, paper);
    for (let line = y + 40; line + 16 < y + h; line += 17) {
      const indent = 12 + 28 * whole(0, 4);
      if (next() < 0.85)
        write(
          x + indent,
          line,
          Math.max(30, (w - indent - 20) * (0.3 + 0.7 * next())),
          next() < 0.9 ? ink : [0, 90, 200],
        );
    }
  }
  // A small photograph-like preview: the only part in which nothing repeats.
  const [left, top] = [width - 240, height - 180];
  for (let y = 0; y < 110; y++) {
    for (let x = 0; x < 180; x++) {
      const value = 110 + 70 * Math.sin(x / 31 + seed) * Math.cos(y / 23) + 24 * next();
      set(left + x, top + y, [value, value * 0.9, value * 0.7]);
    }
  }
  fill(0, height - 40, width, 40, [24, 26, 32]);
  write(60, height - 26, width - 300, [220, 220, 220]);
  return pixels;
}
