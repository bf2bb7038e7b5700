/** A file of pixels that breaks its format's rules, or pixels that a format cannot hold. */
export class BadFile extends Error {
  override readonly name = "BadFile";
}
