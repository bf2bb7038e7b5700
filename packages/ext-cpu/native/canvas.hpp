// The canvas of an animation: what frames are drawn upon, and how a part of it becomes the output.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec {

// Pixels of four bytes R, G, B, A, not premultiplied; as numbers on this (little-endian) machine 0xAABBGGRR.
struct Canvas {
  uint32_t width = 0, height = 0;
  std::vector<uint32_t> pixels;

  uint32_t* Row(uint32_t y) { return pixels.data() + size_t{y} * width; }
  const uint32_t* Row(uint32_t y) const { return pixels.data() + size_t{y} * width; }
};

// A part of a canvas: [x, x + width) by [y, y + height), inside it.
struct CanvasPart {
  uint32_t x = 0, y = 0, width = 0, height = 0;
  bool Covers(const Canvas& canvas) const { return x == 0 && y == 0 && width == canvas.width && height == canvas.height; }
};

// Bytes of a canvas; to be checked against the task's limit before there is one.
inline uint64_t CanvasBytes(uint32_t width, uint32_t height) { return uint64_t{width} * height * sizeof(uint32_t); }

// Makes all of the canvas one colour. Takes memory if it has none, or too little.
void Blank(Canvas& canvas, uint32_t width, uint32_t height, uint32_t color);
void FillPart(Canvas& canvas, const CanvasPart& part, uint32_t color);

// Brings the canvas to 1/scale, sides rounded up, and gives the task's region of that as I_RGB, I_BGR or I_RGBA.
polycodec_status Deliver(Canvas& canvas, const polycodec_decode_task& task);

}  // namespace polycodec
