/* Finding and opening NVIDIA's libraries at run time. */
#ifndef POLYCODEC_CUDA_LIBRARY_HPP
#define POLYCODEC_CUDA_LIBRARY_HPP

#include <string>
#include <vector>

namespace polycodec::cuda {

/* An open library. Stays so for ever. */
struct Library {
  void* handle;
  std::string path;
};

/* Folders to search first, separated by colons: POLYCODEC_CUDA_PATH. And LD_LIBRARY_PATH, to be told of. */
void SetSearchPath(const std::string& folders, const std::string& library_path);

/* To be called when a library has been opened, whose static destructors come before what was registered earlier. */
void OnOpen(void (*opened)());

/*
 * Opens the first of `sonames` that can be had; the same library for the same first name. Null: `why` tells every
 * place that was searched, and what was wrong with files that were there.
 */
const Library* OpenLibrary(const std::string& name, const std::vector<std::string>& sonames, std::string& why);

}  // namespace polycodec::cuda

#endif
