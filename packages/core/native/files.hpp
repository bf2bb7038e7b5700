/*
 * Files, read and written by the threads that need them: whole files into slabs, heads and ranges, and writes that
 * appear under their name complete or not at all.
 */
#ifndef POLYCODEC_FILES_HPP
#define POLYCODEC_FILES_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include "slabs.hpp"

namespace polycodec::files {

/* Empty when all went well. */
struct Error {
  int number = 0;       /* errno */
  std::string message;  /* "photo.jpg: No such file or directory (ENOENT)" */
  explicit operator bool() const { return number != 0; }
};

struct Contents {
  ScopedSlab memory;
  size_t size = 0;        /* bytes read */
  uint64_t file_size = 0; /* bytes of the whole file */
};

/* The whole file. */
[[nodiscard]] Error Read(const std::string& path, Contents& contents);

/* Bytes [offset, offset + length), cut at the file's end. */
[[nodiscard]] Error ReadRange(const std::string& path, uint64_t offset, uint64_t length, Contents& contents);

/*
 * Writes beside the target under a temporary name (`.name.XXXXXX.tmp`), then renames; without `overwrite` it is
 * linked instead, which fails with EEXIST where something has the name, so that nobody's file is ever replaced by
 * chance. On failure the temporary file is gone. Not synced to the disk: a power failure may leave an empty file.
 */
[[nodiscard]] Error Write(const std::string& path, const uint8_t* data, size_t size, bool overwrite);

/* ENOENT for ENOENT. */
std::string NameOf(int number);

/* What has gone wrong with `path`, as a sentence. */
Error Describe(const std::string& path, int number);

}  // namespace polycodec::files

#endif
