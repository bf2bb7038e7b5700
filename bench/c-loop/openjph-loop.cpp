/*
 * openjph-loop - the limit of OpenJPH: `openjph-loop decode THREADS LIST QUALITY`, see passes.h. Its lines are put together to RGB as they
 * come. The pictures are code streams without boxes.
 */
#include "passes.h"

#include <openjph/ojph_arch.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>

static uint8_t clamped(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static void* open_worker(void) { return NULL; }

static void code(void* worker, picture* p) {
  (void)worker;
  ojph::mem_infile file;
  file.open(p->input, p->input_size);
  ojph::codestream codestream;
  codestream.read_headers(&file);
  codestream.set_planar(false);
  codestream.create();
  for (int y = 0; y < p->height; y++) {
    for (int c = 0; c < 3; c++) {
      ojph::ui32 component;
      const int32_t* line = codestream.pull(component)->i32;
      uint8_t* to = p->result + (size_t)p->width * 3 * y + c;
      for (int x = 0; x < p->width; x++, to += 3) *to = clamped(line[x]);
    }
  }
  codestream.close();
}

int main(int argc, char** argv) {
  if (argc != 5 || strcmp(argv[1], "decode")) die("four arguments, see the source");
  return run_passes(atoi(argv[2]), argv[3], 0);
}
