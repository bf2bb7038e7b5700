/* The addon's exports: NativeRuntime of src/runtime/runtime.ts. */
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "bridge.hpp"
#include "codec_chunk.hpp"
#include "cuda_library.hpp"
#include "cuda_memory.hpp"
#include "cuda_stats.hpp"
#include "cuda_trim.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

napi_value Configure(napi_env env, napi_callback_info info) {
  static std::atomic<bool> configured{false};
  std::array<napi_value, 1> arguments;
  double threads, slab_cap, simd, device_cap, pinned_cap;
  napi_value cuda_path, library_path;
  std::string cuda_folders, library_folders;
  if (!js::Arguments(env, info, arguments) || !js::ReadNumber(env, arguments[0], "threads", threads) ||
      !js::ReadNumber(env, arguments[0], "slabCapBytes", slab_cap) ||
      !js::ReadNumber(env, arguments[0], "simd", simd) ||
      !js::ReadNumber(env, arguments[0], "maxDeviceBytes", device_cap) ||
      !js::ReadNumber(env, arguments[0], "maxPinnedBytes", pinned_cap) ||
      napi_get_named_property(env, arguments[0], "cudaPath", &cuda_path) != napi_ok ||
      napi_get_named_property(env, arguments[0], "libraryPath", &library_path) != napi_ok ||
      !js::Read(env, cuda_path, cuda_folders) || !js::Read(env, library_path, library_folders)) {
    return js::Throw(env, "configure takes threads, slabCapBytes, simd, maxDeviceBytes, maxPinnedBytes, cudaPath, libraryPath");
  }
  const bool first = !configured.exchange(true);
  if (first) {
    Executor::Shared().SetThreads(std::min(ToU32(threads), Instance::kMaxThreads));
    SlabPool::Shared().SetCap(ToU64(slab_cap));
    SetHostSimd(ToU32(simd));
    cuda::SetSearchPath(cuda_folders, library_folders);
    cuda::OnOpen(Environment::StopAtExit);
    cuda::SetMemoryLimits(ToU64(device_cap), ToU64(pinned_cap));
  }
  napi_value result;
  return napi_get_boolean(env, first, &result) == napi_ok ? result : nullptr;
}

napi_value Stats(napi_env env, napi_callback_info) {
  const ExecutorStats executor = Executor::Shared().Stats();
  const SlabStats slabs = SlabPool::Shared().Stats();
  const InstanceStats instances = Instance::Stats();
  napi_value stats;
  if (napi_create_object(env, &stats) != napi_ok) return nullptr;
  const auto put = [&](const char* name, size_t number) {
    return js::Set(env, stats, name, js::Number(env, static_cast<double>(number)));
  };
  const cuda::Stats cuda = cuda::StatsNow();
  const bool ok = put("threads", executor.threads) && put("slabBytesInUse", slabs.bytes_in_use) &&
                  put("slabBytesFree", slabs.bytes_free) && put("liveSlabs", slabs.live) &&
                  put("liveTasks", executor.live_tasks + CodecChunk::batch_tasks) &&
                  put("liveReferences", Environment::LiveReferences()) && put("liveInstances", instances.instances) &&
                  put("liveWorkers", instances.workers) && put("deviceBytesInUse", cuda.device.bytes_in_use) &&
                  put("deviceBytesFree", cuda.device.bytes_free) && put("devicePeakBytes", cuda.device.peak_bytes) &&
                  put("pinnedBytesInUse", cuda.pinned.bytes_in_use) && put("pinnedBytesFree", cuda.pinned.bytes_free) &&
                  put("liveCudaStreams", cuda.streams.live) && put("idleCudaStreams", cuda.streams.idle) &&
                  put("liveCudaEvents", cuda.events.live) && put("idleCudaEvents", cuda.events.idle);
  return ok ? stats : nullptr;
}

/* Devices are not waited for longer than this. */
constexpr auto kPatience = std::chrono::seconds(2);

napi_value Trim(napi_env env, napi_callback_info) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  Instance::AwaitDestroyed(until);  // they give back what they had
#ifdef __GLIBC__
  malloc_trim(0);  // what the codecs' libraries have freed stays in the heaps of their threads
#endif
  return js::Number(env, static_cast<double>(SlabPool::Shared().Trim() + cuda::TrimAll(until)));
}

struct Export {
  const char* name;
  napi_callback function;
};

constexpr Export kExports[] = {
    {"configure", Configure}, {"tables", Tables}, {"openLibrary", OpenLibrary}, {"createInstance", CreateInstance},
    {"instanceFacts", InstanceFacts},
    {"destroyInstance", DestroyInstance}, {"openCall", OpenCall}, {"cancelCall", CancelCall},
    {"giveUpCall", GiveUpCall}, {"decode", Decode}, {"decodeSync", DecodeSync}, {"encode", Encode},
    {"encodeSync", EncodeSync}, {"readRanges", ReadRanges}, {"readRangeSync", ReadRangeSync},
    {"writeFile", WriteFile}, {"allocate", Allocate}, {"release", Release},
    {"openSlab", OpenSlab}, {"releaseSlab", ReleaseSlab}, {"transform", Transform},
    {"writeTensor", WriteTensor}, {"stats", Stats}, {"trim", Trim}, {"cuda", CudaInfo}, {"wrapDevice", WrapDevice},
    {"describeDevice", DescribeDevice}, {"releaseDevice", ReleaseDevice}, {"upload", Upload},
    {"uploadSync", UploadSync}, {"download", Download}, {"copyDevice", CopyDevice},
    {"dlpackCapsule", DlpackCapsule}};

}  // namespace

}  // namespace polycodec

NAPI_MODULE_INIT() {
  using namespace polycodec;
  if (!Environment::Attach(env)) {
    napi_throw_error(env, nullptr, "the runtime could not be attached to this environment");
    return nullptr;
  }
  static std::once_flag once;
  std::call_once(once, Environment::StopAtExit);
  for (const Export& item : kExports) {
    napi_value function;
    if (napi_create_function(env, item.name, NAPI_AUTO_LENGTH, item.function, nullptr, &function) != napi_ok ||
        napi_set_named_property(env, exports, item.name, function) != napi_ok) {
      return nullptr;
    }
  }
  return exports;
}
