"""Writes packages/core/native/test/resample_answers.hpp: hashes of what Pillow's Image.resize makes of known pixels.

Usage: python draw-resample-answers.py > packages/core/native/test/resample_answers.hpp   (needs Pillow 13 and NumPy)
"""

import numpy
import PIL
from PIL import Image

FILTERS = [Image.NEAREST, Image.BOX, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS]
# Both orders of the passes, one axis alone, none, up and down, one pixel, many taps.
SIZES = [
    (50, 37, 34, 25), (37, 50, 25, 34), (16, 64, 58, 61), (18, 73, 9, 33), (64, 48, 64, 20), (64, 48, 20, 48),
    (20, 20, 20, 20), (5, 4, 61, 47), (300, 3, 7, 90), (3, 300, 90, 7), (1, 1, 9, 9), (70, 60, 1, 1),
    (341, 256, 224, 224), (90, 90, 35, 58),
]


def noise(count):
    state, values = 1, bytearray(count)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    return numpy.frombuffer(bytes(values), numpy.uint8)


def fnv1a(data):
    value = 2166136261
    for byte in data:
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


print(f"""/* Made by scripts/draw-resample-answers.py with Pillow {PIL.__version__}. */
#ifndef POLYCODEC_RESAMPLE_ANSWERS_HPP
#define POLYCODEC_RESAMPLE_ANSWERS_HPP

#include <cstdint>

struct Answer {{
  uint32_t width, height, channels, toWidth, toHeight;
  int32_t filter;
  uint32_t hash; /* FNV-1a of the resized pixels */
}};

inline constexpr Answer kAnswers[] = {{""")
for width, height, to_width, to_height in SIZES:
    for channels in (1, 3):
        pixels = noise(width * height * channels).reshape(height, width, channels)
        picture = Image.fromarray(pixels if channels == 3 else pixels[:, :, 0])
        for number, chosen in enumerate(FILTERS):
            resized = picture.resize((to_width, to_height), chosen)
            print(f"    {{{width}, {height}, {channels}, {to_width}, {to_height}, {number}, 0x{fnv1a(resized.tobytes()):08x}}},")
print("""};

#endif""")
