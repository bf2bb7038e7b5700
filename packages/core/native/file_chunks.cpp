/* Heads and ranges of files, and writing them, on the executor instead of libuv's pool. */
#include <string>
#include <vector>

#include "bridge.hpp"
#include "environment.hpp"
#include "files.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

bool Submit(Chunk* chunk) { return Executor::Shared().Submit(chunk); }

/* Small pieces are copied into V8's memory: a finalizer costs more than a copy of 4 KiB. */
constexpr size_t kCopyUpTo = 64 << 10;

struct Range {
  std::string path;
  uint64_t offset = 0, length = 0;
  files::Contents contents;
  files::Error error;
};

napi_value HeadOf(napi_env env, Range& range) {
  napi_value head, bytes;
  if (napi_create_object(env, &head) != napi_ok) return nullptr;
  const size_t size = range.error ? 0 : range.contents.size;
  if (size <= kCopyUpTo) {
    bytes = js::BytesOf(env, range.contents.memory.data(), size);
  } else {
    const napi_value buffer = js::BufferOf(env, std::move(range.contents.memory), size);
    if (buffer == nullptr || napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &bytes) != napi_ok) {
      return nullptr;
    }
  }
  if (!js::Set(env, head, "bytes", bytes) ||
      !js::Set(env, head, "size", js::Number(env, static_cast<double>(range.contents.file_size))) ||
      (range.error && !js::Set(env, head, "error", js::Text(env, range.error.message)))) {
    return nullptr;
  }
  return head;
}

class ReadChunk final : public Chunk {
 public:
  ReadChunk(Call* call, std::vector<Range>&& ranges)
      : Chunk(call, ranges.size(), 0), ranges_(std::move(ranges)) {}

  void Run(size_t i, uint32_t, uint32_t) override {
    Range& range = ranges_[i];
    range.error = files::ReadRange(range.path, range.offset, range.length, range.contents);
  }

  napi_value Result(napi_env env) override {
    napi_value list;
    if (napi_create_array_with_length(env, ranges_.size(), &list) != napi_ok) return nullptr;
    for (uint32_t i = 0; i < ranges_.size(); i++) {
      const napi_value head = HeadOf(env, ranges_[i]);
      if (head == nullptr || napi_set_element(env, list, i, head) != napi_ok) return nullptr;
    }
    return list;
  }

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

/* Heads are wanted before anything can be planned, so they do not queue behind decodes. */
napi_value StartReading(napi_env env, napi_value paths, std::vector<Range>&& ranges, Urgency urgency) {
  Call* call = new Call(urgency);
  auto* chunk = new ReadChunk(call, std::move(ranges));
  call->Release();
  return Environment::Of(env)->Start(chunk, {paths}, Submit);
}

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

napi_value ReadHeads(napi_env env, napi_callback_info info) {
  std::array<napi_value, 2> arguments;
  std::vector<Range> ranges;
  double length;
  if (!js::Arguments(env, info, arguments) || !ReadPaths(env, arguments[0], ranges) ||
      !js::Read(env, arguments[1], length)) {
    return js::Throw(env, "readHeads takes paths and a length");
  }
  for (Range& range : ranges) range.length = ToU64(length);
  return StartReading(env, arguments[0], std::move(ranges), Urgency::kSoon);
}

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
  return StartReading(env, arguments[0], std::move(ranges), is_urgent ? Urgency::kInteractive : Urgency::kSoon);
}

napi_value ReadRangeSync(napi_env env, napi_callback_info info) {
  std::array<napi_value, 3> arguments;
  Range range;
  double offset, length;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], range.path) ||
      !js::Read(env, arguments[1], offset) || !js::Read(env, arguments[2], length)) {
    return js::Throw(env, "readRangeSync takes a path, an offset and a length");
  }
  range.error = files::ReadRange(range.path, ToU64(offset), ToU64(length), range.contents);
  return HeadOf(env, range);
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
