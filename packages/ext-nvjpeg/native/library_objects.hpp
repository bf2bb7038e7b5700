/* The library's objects, each made by its own call, and what is asked of them for every picture alike. */
#pragma once

#include "coded_picture.hpp"
#include "decode_plan.hpp"
#include "session.hpp"

namespace polycodec::nvjpeg {

Owned<Decoder> MakeDecoder(const Session& session);
Owned<State> MakeState(const Session& session, Decoder decoder);
/* For batches. */
Owned<State> MakeState(const Session& session);
Owned<PinnedBuffer> MakePinnedBuffer(const Session& session);
Owned<DeviceBuffer> MakeDeviceBuffer(const Session& session);
Owned<Stream> MakeStream(const Session& session);
Owned<DecodeParams> MakeParams(const Session& session);

/* Sets all of them, whatever the last picture had. */
void SetParams(const Session& session, DecodeParams params, const DecodePlan& plan);

/* Before 12.2 the library took 90 degrees for 270. */
inline bool SwapsQuarterTurns(const Session& session) { return session.library.version < 120200; }

/* Throws unless the library reads the same size, by which it will write. */
void RequireSame(const Session& session, Stream stream, const CodedPicture& coded);

/* Throws if the CPU's memory for it is more than the task allows. */
void RequireScratch(const polycodec_decode_task& task, const DecodePlan& plan, const CodedPicture& coded);

}  // namespace polycodec::nvjpeg
