/**
 * A model of three numbers a class, written out as ONNX (onnx.proto3) by hand: the mean of each channel, weighed and
 * turned into probabilities. It tells red pictures from green and blue ones, and stands for your own `model.onnx`.
 */

/** A field of a protocol buffer: a varint, or bytes behind their length. */
function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === "number") return Uint8Array.from([...varint(number << 3), ...varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length), ...bytes]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

const message = (...fields: readonly Uint8Array[]) => Uint8Array.from(fields.flatMap((bytes) => [...bytes]));
const FLOAT = 1;

/** NodeProto: one operation. */
const node = (operation: string, inputs: readonly string[], output: string) =>
  field(1, message(...inputs.map((input) => field(1, input)), field(2, output), field(4, operation)));

/** TensorProto: constant numbers. */
const constant = (name: string, dims: readonly number[], values: readonly number[]) =>
  field(
    5,
    message(
      ...dims.map((dim) => field(1, dim)),
      field(2, FLOAT),
      field(8, name),
      field(9, new Uint8Array(Float32Array.from(values).buffer)),
    ),
  );

/** ValueInfoProto: floats of a shape; a name is a dimension that is known when the model runs. */
function value(place: 11 | 12, name: string, shape: readonly (number | string)[]): Uint8Array {
  const dims = shape.map((dim) => field(1, typeof dim === "number" ? field(1, dim) : field(2, dim)));
  const tensor = message(field(1, FLOAT), field(2, message(...dims)));
  return field(place, message(field(1, name), field(2, field(1, tensor))));
}

export const LABELS = ["red", "green", "blue"] as const;

/** pixels (N, 3, 224, 224) → probabilities (N, 3) */
export function colourModel(): Uint8Array {
  const graph = message(
    node("GlobalAveragePool", ["pixels"], "means"),
    node("Flatten", ["means"], "flat"),
    node("Gemm", ["flat", "weights", "biases"], "scores"),
    node("Softmax", ["scores"], "probabilities"),
    field(2, "colour"),
    constant("weights", [3, 3], [2, -1, -1, -1, 2, -1, -1, -1, 2]),
    constant("biases", [3], [0, 0, 0]),
    value(11, "pixels", ["N", 3, 224, 224]),
    value(12, "probabilities", ["N", 3]),
  );
  const operators = message(field(1, ""), field(2, 13));
  return message(field(1, 8), field(8, operators), field(7, graph));
}
