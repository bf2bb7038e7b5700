/** The version of onnxruntime-node that the tests use, the last without an install script, came without its types. */
declare module "onnxruntime-node" {
  export * from "onnxruntime-common";
}
