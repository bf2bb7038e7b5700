/** Decoders of the fake codec, for tests that need backends to do as they are told. */
import { type DecodeError, Decoder, Registry } from "@polycodec/core";
import type { DecodeTask, EncodeTask, Outcome } from "@polycodec/core/plugin";
import { type FakeBehaviour, fakeDecoder, fakeExtension } from "@polycodec/core/testing";

export const attempts = (error: unknown) =>
  (error as DecodeError).attempts.map(({ backend, status }) => `${backend} ${status}`);
export const decoderOf = (...behaviours: FakeBehaviour[]) =>
  new Decoder({ registry: new Registry().use(fakeExtension(behaviours.map(fakeDecoder))) });
export const paint = (tasks: readonly (DecodeTask | EncodeTask)[]): Outcome[] =>
  tasks.map((task) => {
    task.pixels.fill((task as DecodeTask).bytes[12]!);
    return { status: "SUCCESS" };
  });
