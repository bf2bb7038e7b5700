/*
 * What the fake CUDA runtime of the tests offers to other fakes (nvJPEG, nvJPEG2000) and to the tests, besides the functions
 * of the real one. A FAKE: it computes on the CPU, and nothing that it shows says anything about a GPU.
 *
 * A fake codec library is linked to libcudart.so.13 (or .12) of the same folder and does its "device" work in functions
 * that it puts on a stream, as the real one puts kernels there. A stream has a thread of its own, so a missing
 * synchronisation shows as wrong pixels. A device address cannot be read or written by the CPU (the page is forbidden); a
 * fake that stands for a kernel asks fakeCudaBytes where the bytes are, and gets NULL for memory that is freed, too small,
 * or not the device's.
 */
#ifndef FAKE_CUDA_H
#define FAKE_CUDA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* To be called first by every function of a fake library: counts the call; an error to be returned that the test wants. */
int fakeCudaEnter(const char* function);

/* Runs work(context) on the stream's thread, after what was put there before. 0, or CUDA's error (400: no such stream). */
int fakeCudaEnqueue(void* stream, void (*work)(void* context), void* context);

/*
 * Where the CPU finds the `size` bytes at a device's, pinned or plain host address. NULL, and a violation in the report: it
 * is a device address that is freed, or has fewer bytes. For use in work on a stream; `who` is named in the report.
 */
void* fakeCudaBytes(const void* address, size_t size, const char* who);

/* 0: host memory that CUDA does not know; 1: pinned; 2: a device's. As cudaMemoryType. */
int fakeCudaKind(const void* address);

int fakeCudaCurrentDevice(void);
/* The device of a stream; -1, and a violation: there is no such stream (any more). NULL: the current device's. */
int fakeCudaStreamDevice(void* stream);

/* Something that the real library would not forgive, or not notice. printf-style. Appears in the report. */
void fakeCudaViolation(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Counts live handles by kind: fakeCudaCount("nvjpegHandle", +1). */
void fakeCudaCount(const char* kind, int change);

/*
 * JSON of live handles, live and peak bytes, calls by function, contexts made, violations:
 * {"fake":true,"handles":{...},"deviceBytes":0,"devicePeakBytes":0,"pinnedBytes":0,"contexts":0,"calls":{...},
 * "violations":[...]}. Valid until the next call.
 */
const char* fakeCudaReport(void);

/*
 * Commands, separated by semicolons; also read from the environment's FAKE_CUDA when the library is loaded:
 *
 *   fail FUNCTION ERROR [SKIP [TIMES]]   the function returns the error; after SKIP calls, TIMES times (default: for ever)
 *   delay FUNCTION MILLISECONDS          each call takes so long
 *   hang FUNCTION [SKIP [TIMES]]         a call does not return until `release`
 *   release                              lets go of all that hang
 *   reset                                forgets all of these, sticky errors, calls and violations
 *   devices N                            default 1; 0: none
 *   driver VERSION                       default 13000 (12 with libcudart.so.12: 12040); 0: none is installed
 *   memory BYTES                         of each device; default 1 GiB
 *   jitter MICROSECONDS                  work on streams waits a random time up to this first
 *
 * FUNCTION may be `stream`: the work on streams itself. Its error sticks to the stream's device, as a fault in a kernel does.
 * 0: understood.
 */
int fakeCudaControl(const char* commands);

#ifdef __cplusplus
}
#endif
#endif /* FAKE_CUDA_H */
