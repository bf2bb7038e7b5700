// The harness's checks of the fast JPEG decoder against libjpeg-turbo.
#pragma once

#include "jpeg_checks.hpp"

namespace harness {

// Every file, in every output format and at every scale, whole, and in a tenth of these in `count` regions: where the
// fast decoder accepts, its bytes equal libjpeg-turbo's, and libjpeg-turbo had no warning. At every level of SIMD that
// the CPU has.
int CompareFast(const Arguments& arguments);
// The same of JPEGs drawn at random from `seed` on, every second one progressive: 1,000, or `--set files=N`.
int CompareDrawn(const Arguments& arguments);
// JPEGs drawn at random, some of them damaged, decoded two by two: each gives what it gives alone, and libjpeg-turbo's
// pixels where it is accepted. 1,000 files, or `--set files=N`.
int ComparePairs(const Arguments& arguments);
// Times `count` rounds over all files: libjpeg-turbo through the same interface, and each level, or with
// `--set level=2` that one.
int BenchFast(const Arguments& arguments);

}  // namespace harness
