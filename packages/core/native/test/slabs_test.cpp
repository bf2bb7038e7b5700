/* The slab pool: classes, reuse, the cap, and many threads at once; meant to run under -fsanitize=thread too. */
#include "../slabs.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

using polycodec::Slab;
using polycodec::SlabPool;

namespace {

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);       \
      std::exit(1);                                                             \
    }                                                                           \
  } while (false)

/* Deterministic numbers; each thread has its own. */
uint64_t Next(uint64_t& seed) { return (seed = seed * 6364136223846793005u + 1442695040888963407u) >> 33; }

void ClassesWasteLittle() {
  size_t before = 0;
  for (size_t size = 1; size < (size_t{1} << 34); size += size / 37 + 1) {
    const size_t capacity = SlabPool::ClassSize(size);
    CHECK(capacity >= size && capacity % 64 == 0);
    CHECK(size <= 512 ? capacity - size < 64 : capacity - size <= size / 8);
    CHECK(capacity >= before && SlabPool::ClassSize(capacity) == capacity);
    before = capacity;
  }
}

void GivesBackTheSameMemory() {
  SlabPool pool;
  for (size_t size : {1ul, 64ul, 65ul, 500ul, 5000ul, 70000ul, 1000000ul, 4194304ul, 5000000ul, 36000000ul}) {
    const Slab slab = pool.Take(size);
    SlabPool::AllowWhole(slab);
    CHECK(slab && slab.capacity >= size && reinterpret_cast<uintptr_t>(slab.base) % 64 == 0);
    if (slab.capacity >= (4u << 20)) CHECK(reinterpret_cast<uintptr_t>(slab.base) % (2u << 20) == 0);
    std::memset(slab.base, 7, slab.capacity);
    CHECK(pool.Stats().live == 1 && pool.Stats().bytes_in_use == slab.capacity);
    pool.Give(slab);
    const Slab again = pool.Take(size);
    CHECK(again.base == slab.base && again.capacity == slab.capacity);
    pool.Give(again);
  }
  CHECK(pool.Stats().live == 0 && pool.Stats().bytes_in_use == 0 && pool.Stats().bytes_free > 0);
  const size_t kept = pool.Stats().bytes_free;
  CHECK(pool.Trim() == kept && pool.Stats().bytes_free == 0);
}

void TheNextClassServesToo() {
  SlabPool pool;
  const Slab larger = pool.Take(1100000);
  pool.Give(larger);
  const Slab smaller = pool.Take(1000000);
  CHECK(smaller.base == larger.base && smaller.capacity == larger.capacity);
  pool.Give(smaller);
  CHECK(pool.Trim() == larger.capacity);
}

void KeepsNoMoreThanTheCap() {
  SlabPool pool(10 << 20);
  std::vector<Slab> slabs;
  for (int i = 0; i < 64; i++) slabs.push_back(pool.Take(1 << 20));
  slabs.push_back(pool.Take(64 << 20));
  for (const Slab& slab : slabs) {
    pool.Give(slab);
    CHECK(pool.Stats().bytes_free <= 10 << 20);
  }
  CHECK(pool.Stats().bytes_free == 10 << 20);
  pool.SetCap(1 << 20);
  CHECK(pool.Stats().bytes_free <= 1 << 20);
}

void RefusesTheImpossible() {
  SlabPool pool;
  CHECK(!pool.Take(SIZE_MAX) && !pool.Take(SIZE_MAX / 2) && !pool.Take(size_t{1} << 47));
  CHECK(pool.Stats().live == 0);
}

/* Slabs taken in one thread and given back in another, with their bytes written: two owners would be seen. */
void ManyThreads() {
  SlabPool pool(32 << 20);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 6; t++) {
    threads.emplace_back([&pool, t] {
      uint64_t seed = t + 1;
      std::vector<Slab> mine;
      for (int i = 0; i < 1500; i++) {
        const size_t size = 1 + Next(seed) % (size_t{1} << (6 + Next(seed) % 17));
        const Slab slab = pool.Take(size);
        CHECK(slab);
        SlabPool::AllowWhole(slab);
        slab.base[0] = static_cast<uint8_t>(t);
        slab.base[slab.capacity - 1] = static_cast<uint8_t>(t);
        mine.push_back(slab);
        if (mine.size() > 20) {
          const size_t k = Next(seed) % mine.size();
          CHECK(mine[k].base[0] == t && mine[k].base[mine[k].capacity - 1] == t);
          pool.Give(mine[k]);
          mine[k] = mine.back();
          mine.pop_back();
        }
        if (i % 500 == 499) pool.Trim();
      }
      for (const Slab& slab : mine) pool.Give(slab);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(pool.Stats().live == 0 && pool.Stats().bytes_in_use == 0);
}

}  // namespace

int main() {
  ClassesWasteLittle();
  GivesBackTheSameMemory();
  TheNextClassServesToo();
  KeepsNoMoreThanTheCap();
  RefusesTheImpossible();
  ManyThreads();
  std::printf("slabs: ok\n");
}
