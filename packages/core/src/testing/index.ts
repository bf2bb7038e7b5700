/** `@polycodec/core/testing`: the conformance suite that every backend passes, and fake backends for tests of core. */
export { testBackend } from "./conformance.js";
export { type FakeBehaviour, fakeDecoder, fakeEncoder, fakeExtension, fakeParser, fakeStream } from "./fake-backend.js";
export { drawPicture, psnr, seededRandom } from "./pictures.js";
export type { BackendUnderTest, TestFunction, TestStream } from "./subject.js";
