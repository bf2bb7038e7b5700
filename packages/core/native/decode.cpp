/* Decoding a chunk: its samples from JavaScript, one by one on the pool or all at once on a dispatcher. */
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "bridge.hpp"
#include "codec_chunk.hpp"
#include "decode_run.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

class DecodeChunk final : public CodecChunk {
 public:
  DecodeChunk(Call* call, Instance* instance, std::vector<DecodeItem>&& items, const double* fields, uint32_t threads)
      : CodecChunk(call, instance, items.size(), threads), items_(std::move(items)), fields_(fields) {
    if (instance->MayPair()) ChooseOrder();
  }

  void Run(size_t index, uint32_t thread, uint32_t threads) override {
    if (call()->cancelled()) return;
    Sample sample;
    if (!Begin(sample, ItemOf(index), thread, threads)) return End(sample);
    size_t next;
    // With threads to spare there is nothing to be taken from them.
    const bool is_paired = threads == 1 && instance_->Pairs(sample.worker, sample.run.task()) && Executor::Shared().TakeAnother(this, &next);
    if (!is_paired) return DecodeOne(sample);
    Sample other;
    const bool is_there = Begin(other, ItemOf(next), thread, threads);
    if (is_there && instance_->Pairs(other.worker, other.run.task())) return DecodeTwo(sample, other);
    DecodeOne(sample);
    other.outcome->start_ns = sample.outcome->end_ns;
    if (is_there) return DecodeOne(other);
    End(other);
  }

  void RunBatch() override {
    const size_t count = items_.size();
    const uint64_t start = NowNs();
    std::vector<uint8_t> ready(count);
    const std::unique_ptr<DecodeRun[]> runs(new DecodeRun[count]);
    Spread(call(), threads_, count, [&](size_t i) {
      if (call()->cancelled()) return;
      runs[i].call().call = call();
      runs[i].call().threads = threads_;
      ready[i] = runs[i].Prepare(items_[i], fields_ + i * decode_field::count, instance_->device(), outcomes_[i]);
    });
    std::vector<const polycodec_decode_task*> tasks;
    std::vector<size_t> places;
    for (size_t i = 0; i < count; i++) {
      if (!ready[i]) continue;
      tasks.push_back(&runs[i].task());
      places.push_back(i);
    }
    std::vector<polycodec_status> statuses(tasks.size(), POLYCODEC_FAIL);
    if (!tasks.empty()) {
      instance_->decoder()->decode_batch(instance_->state(), tasks.data(), tasks.size(), statuses.data());
    }
    const uint64_t end = NowNs();
    Spread(call(), threads_, places.size(), [&](size_t k) {
      runs[places[k]].Finish(statuses[k], outcomes_[places[k]]);
      outcomes_[places[k]].start_ns = start;
      outcomes_[places[k]].end_ns = end;
    });
  }

 private:
  /*
   * By size, the largest first. Two decoded together gain as long as both have something left, so neighbours shall be
   * alike; and where the largest come first, threads end nearly together. Files not yet read have no size: they come last.
   */
  void ChooseOrder() {
    order_.resize(items_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return items_[a].source.size > items_[b].source.size; });
  }
  size_t ItemOf(size_t index) const { return order_.empty() ? index : order_[index]; }

  /* One sample on a thread of the pool. */
  struct Sample {
    DecodeRun run;
    Outcome* outcome = nullptr;
    void* worker = nullptr;
  };

  /* false: the outcome says why there is nothing to decode. */
  bool Begin(Sample& sample, size_t i, uint32_t thread, uint32_t threads) {
    Outcome& outcome = outcomes_[i];
    sample.outcome = &outcome;
    outcome.start_ns = NowNs();
    outcome.worker = static_cast<int32_t>(thread);
    sample.run.call().call = call();
    sample.run.call().job = this;
    sample.run.call().threads = threads;
    if (!sample.run.Prepare(items_[i], fields_ + i * decode_field::count, instance_->device(), outcome)) return false;
    const polycodec_status status = instance_->WorkerOf(thread, &sample.worker);
    if (status != POLYCODEC_SUCCESS) sample.run.Finish(status, outcome);
    return status == POLYCODEC_SUCCESS;
  }

  static void End(Sample& sample) { sample.outcome->end_ns = NowNs(); }

  void DecodeOne(Sample& sample) {
    sample.run.Finish(instance_->decoder()->decode(sample.worker, &sample.run.task()), *sample.outcome);
    End(sample);
  }

  /* The time is shared out by what the two have read, so that the sum is what passed. */
  void DecodeTwo(Sample& one, Sample& other) {
    const polycodec_decode_task* const tasks[2] = {&one.run.task(), &other.run.task()};
    polycodec_status statuses[2] = {POLYCODEC_FAIL, POLYCODEC_FAIL};
    instance_->decoder()->decode_pair(one.worker, tasks, statuses);
    one.run.Finish(statuses[0], *one.outcome);
    other.run.Finish(statuses[1], *other.outcome);
    End(other);
    const uint64_t passed = other.outcome->end_ns - one.outcome->start_ns;
    const double share = static_cast<double>(tasks[0]->size) / static_cast<double>(tasks[0]->size + tasks[1]->size);
    one.outcome->end_ns = one.outcome->start_ns + static_cast<uint64_t>(static_cast<double>(passed) * share);
    other.outcome->start_ns = one.outcome->end_ns;
  }

  const std::vector<DecodeItem> items_;
  std::vector<uint32_t> order_;  /* in which the executor's tasks take them; empty: as they are */
  const double* const fields_;  /* kept alive with the sources (rule 1) */
};

/* Sources and targets as they are: an item a sample. */
bool Unpack(napi_env env, napi_value sources, napi_value targets, std::vector<DecodeItem>& items) {
  uint32_t count, target_count;
  if (napi_get_array_length(env, sources, &count) != napi_ok ||
      napi_get_array_length(env, targets, &target_count) != napi_ok) {
    return false;
  }
  items.resize(count);
  constexpr uint32_t kScope = 256;  // values per handle scope
  for (uint32_t begin = 0; begin < count; begin += kScope) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
    bool ok = true;
    for (uint32_t i = begin; ok && i < std::min(begin + kScope, count); i++) {
      DecodeItem& item = items[i];
      napi_value value;
      ok = napi_get_element(env, sources, i, &value) == napi_ok;
      if (ok && !js::Read(env, value, item.source)) {
        item.path = std::make_unique<std::string>();
        ok = js::Read(env, value, *item.path);
      }
      if (!ok || i >= target_count) continue;
      ok = napi_get_element(env, targets, i, &value) == napi_ok;
      if (ok && !js::Read(env, value, item.target)) {
        item.target = {};
        const auto* buffer = HandleOf<DeviceBufferHandle>(env, value);
        ok = buffer != nullptr ? buffer->target != nullptr : js::IsUndefined(env, value);
        if (ok && buffer != nullptr) item.device_target = cuda::BufferRef::Retained(buffer->target);
      } else if (item.target.data == nullptr) {
        ok = false;  // detached: somebody has transferred it
      }
    }
    napi_close_handle_scope(env, scope);
    if (!ok) return false;
  }
  return true;
}

/* (call, instance, sources, targets, fields, threads) */
Chunk* MakeChunk(napi_env env, const std::array<napi_value, 6>& arguments) {
  const auto* call = HandleOf<CallHandle>(env, arguments[0]);
  const auto* instance = HandleOf<InstanceHandle>(env, arguments[1]);
  std::vector<DecodeItem> items;
  const double* fields;
  size_t field_count;
  double threads;
  if (call == nullptr || instance == nullptr || instance->target == nullptr || instance->target->decoder() == nullptr ||
      !Unpack(env, arguments[2], arguments[3], items) || !js::ReadNumbers(env, arguments[4], &fields, &field_count) ||
      field_count != items.size() * decode_field::count || !js::Read(env, arguments[5], threads)) {
    return nullptr;
  }
  return new DecodeChunk(call->target, instance->target, std::move(items), fields, ToU32(threads));
}

constexpr const char* kUsage =
    "decode takes a call, a decoding instance, sources, targets, DECODE_FIELDS numbers a task, and a number of threads";

}  // namespace

napi_value Decode(napi_env env, napi_callback_info info) {
  std::array<napi_value, 6> arguments;
  Chunk* chunk = js::Arguments(env, info, arguments) ? MakeChunk(env, arguments) : nullptr;
  if (chunk == nullptr) return js::Throw(env, kUsage);
  return Environment::Of(env)->Start(chunk, {arguments[2], arguments[3], arguments[4]}, CodecChunk::Launch);
}

napi_value DecodeSync(napi_env env, napi_callback_info info) {
  std::array<napi_value, 6> arguments;
  Chunk* chunk = js::Arguments(env, info, arguments) ? MakeChunk(env, arguments) : nullptr;
  if (chunk == nullptr) return js::Throw(env, kUsage);
  return Environment::Of(env)->RunBlocking(chunk, CodecChunk::Launch);
}

}  // namespace polycodec
