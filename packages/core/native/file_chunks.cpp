/* Reading ranges of files, and writing files, on the executor instead of libuv's pool. */
#include <algorithm>
#include <string>
#include <vector>

#include "bridge.hpp"
#include "environment.hpp"
#include "files.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

bool Submit(Chunk* chunk) { return Executor::Shared().Submit(chunk); }

/* Small pieces are copied into one block of memory for all: a finalizer for each costs more than a copy of 4 KiB. */
constexpr size_t kCopyUpTo = 64 << 10;

struct Range {
  std::string path;
  uint64_t offset = 0, length = 0;
  files::Contents contents;
  files::Error error;

  void Read() {
    error = files::ReadRange(path, offset, length, contents);
    if (error) contents.size = 0;
  }
};

bool IsSmall(const Range& range) { return range.contents.size <= kCopyUpTo; }

/* The small pieces, one behind the other. */
napi_value BlockOf(napi_env env, const std::vector<Range>& ranges) {
  size_t total = 0;
  for (const Range& range : ranges) total += IsSmall(range) ? range.contents.size : 0;
  uint8_t* to;
  const napi_value block = js::NewBuffer(env, total, &to);
  if (block == nullptr) return nullptr;
  for (const Range& range : ranges) {
    if (IsSmall(range)) to = std::copy_n(range.contents.memory.data(), range.contents.size, to);
  }
  return block;
}

/* The Pieces of runtime.ts. */
napi_value PiecesOf(napi_env env, std::vector<Range>& ranges) {
  const auto count = static_cast<uint32_t>(ranges.size());
  const napi_value block = BlockOf(env, ranges);
  napi_value pieces, bytes, sizes, errors = nullptr;
  if (block == nullptr || napi_create_object(env, &pieces) != napi_ok ||
      napi_create_array_with_length(env, count, &bytes) != napi_ok ||
      napi_create_array_with_length(env, count, &sizes) != napi_ok) {
    return nullptr;
  }
  size_t at = 0;
  for (uint32_t i = 0; i < count; i++) {
    Range& range = ranges[i];
    const size_t size = range.contents.size;
    const bool is_small = IsSmall(range);
    const napi_value buffer = is_small ? block : js::BufferOf(env, std::move(range.contents.memory), size);
    napi_value piece;
    if (buffer == nullptr ||
        napi_create_typedarray(env, napi_uint8_array, size, buffer, is_small ? at : 0, &piece) != napi_ok ||
        napi_set_element(env, bytes, i, piece) != napi_ok ||
        napi_set_element(env, sizes, i, js::Number(env, static_cast<double>(range.contents.file_size))) != napi_ok) {
      return nullptr;
    }
    if (is_small) at += size;
    if (!range.error) continue;
    if (errors == nullptr && napi_create_array_with_length(env, count, &errors) != napi_ok) return nullptr;
    if (napi_set_element(env, errors, i, js::Text(env, range.error.message)) != napi_ok) return nullptr;
  }
  const bool set = js::Set(env, pieces, "bytes", bytes) && js::Set(env, pieces, "sizes", sizes) &&
                   (errors == nullptr || js::Set(env, pieces, "errors", errors));
  return set ? pieces : nullptr;
}

class ReadChunk final : public Chunk {
 public:
  ReadChunk(Call* call, std::vector<Range>&& ranges)
      : Chunk(call, ranges.size(), 0), ranges_(std::move(ranges)) {}

  void Run(size_t i, uint32_t, uint32_t) override {
    Range& range = ranges_[i];
    range.Read();
  }

  napi_value Result(napi_env env) override { return PiecesOf(env, ranges_); }

 private:
  std::vector<Range> ranges_;
};

class WriteChunk final : public Chunk {
 public:
  WriteChunk(Call* call, std::string&& path, js::Bytes bytes, bool overwrite)
      : Chunk(call, 1, 1), path_(std::move(path)), bytes_(bytes), overwrite_(overwrite) {}

  void Run(size_t, uint32_t, uint32_t) override { error_ = files::Write(path_, bytes_.data, bytes_.size, overwrite_); }

  bool Rejects() const override { return static_cast<bool>(error_); }

  napi_value Result(napi_env env) override {
    napi_value undefined;
    if (error_) return js::Error(env, error_.message, "code", js::Text(env, files::NameOf(error_.number)));
    return napi_get_undefined(env, &undefined) == napi_ok ? undefined : nullptr;
  }

 private:
  const std::string path_;
  const js::Bytes bytes_;
  const bool overwrite_;
  files::Error error_;
};

bool ReadPaths(napi_env env, napi_value paths, std::vector<Range>& ranges) {
  uint32_t count;
  if (napi_get_array_length(env, paths, &count) != napi_ok) return false;
  ranges.resize(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value path;
    if (napi_get_element(env, paths, i, &path) != napi_ok || !js::Read(env, path, ranges[i].path)) return false;
  }
  return true;
}

bool NumberAt(napi_env env, napi_value list, uint32_t i, uint64_t& number) {
  napi_value value;
  double read;
  if (napi_get_element(env, list, i, &value) != napi_ok || !js::Read(env, value, read)) return false;
  number = ToU64(read);
  return true;
}

}  // namespace

napi_value ReadRanges(napi_env env, napi_callback_info info) {
  std::array<napi_value, 4> arguments;
  std::vector<Range> ranges;
  bool is_urgent;
  bool ok = js::Arguments(env, info, arguments) && ReadPaths(env, arguments[0], ranges) &&
            js::Read(env, arguments[3], is_urgent);
  for (uint32_t i = 0; ok && i < ranges.size(); i++) {
    ok = NumberAt(env, arguments[1], i, ranges[i].offset) && NumberAt(env, arguments[2], i, ranges[i].length);
  }
  if (!ok) return js::Throw(env, "readRanges takes paths, as many offsets and lengths, and whether it is urgent");
  // Heads are wanted before anything can be planned, so they do not queue behind decodes.
  Call* call = new Call(is_urgent ? Urgency::kInteractive : Urgency::kSoon);
  auto* chunk = new ReadChunk(call, std::move(ranges));
  call->Release();
  return Environment::Of(env)->Start(chunk, {arguments[0]}, Submit);
}

napi_value ReadRangeSync(napi_env env, napi_callback_info info) {
  std::array<napi_value, 3> arguments;
  std::vector<Range> ranges(1);
  Range& range = ranges[0];
  double offset, length;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], range.path) ||
      !js::Read(env, arguments[1], offset) || !js::Read(env, arguments[2], length)) {
    return js::Throw(env, "readRangeSync takes a path, an offset and a length");
  }
  range.offset = ToU64(offset);
  range.length = ToU64(length);
  range.Read();
  return PiecesOf(env, ranges);
}

napi_value WriteFile(napi_env env, napi_callback_info info) {
  std::array<napi_value, 3> arguments;
  std::string path;
  js::Bytes bytes;
  bool overwrite;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], path) ||
      !js::Read(env, arguments[1], bytes) || !js::Read(env, arguments[2], overwrite)) {
    return js::Throw(env, "writeFile takes a path, bytes and whether it may overwrite");
  }
  Call* call = new Call(Urgency::kSoon);
  auto* chunk = new WriteChunk(call, std::move(path), bytes, overwrite);
  call->Release();
  return Environment::Of(env)->Start(chunk, {arguments[1]}, Submit);
}

}  // namespace polycodec
