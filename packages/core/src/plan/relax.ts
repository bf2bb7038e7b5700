/** When a backend refuses a task because of what is asked, not because of the bytes: the plainer task to offer it. */
import { byteLength, tightLayout } from "../image/layout.js";
import { AS_IT_IS, canTransform, orientedSize, type Transform } from "../image/transform.js";
import type { ProcessingStatus } from "../plugin.js";
import type { PlannedDecode } from "./decode-plan.js";
import { unchanged } from "./output-format.js";

/**
 * The task without what was refused; core does that part afterwards (`transform`). `undefined` when core cannot.
 * Every step removes one demand, so asking again and again ends.
 */
export function relax(task: PlannedDecode, refused: ProcessingStatus): PlannedDecode | undefined {
  const { output, region, orientation, info } = task;
  const transform = task.transform ?? AS_IT_IS;
  // Core shrinks, cuts and turns in this order, so what it takes over takes along what comes after.
  const turn = orientation === 1 ? transform.orientation : orientation;
  switch (refused) {
    case "ORIENTATION_UNSUPPORTED": {
      if (orientation === 1) return undefined;
      const [width, height] = orientedSize(output.width, output.height, orientation);
      return plainer(task, { output: { ...output, width, height }, orientation: 1 }, { ...transform, orientation });
    }
    case "ROI_UNSUPPORTED": {
      if (!region) return undefined;
      const width = Math.ceil(info.width / task.scale);
      const height = Math.ceil(info.height / task.scale);
      const [y0, x0] = region.start.map((corner) => corner / transform.shrink) as [number, number];
      return plainer(
        task,
        { output: { ...output, width, height }, region: undefined, orientation: 1 },
        { ...transform, y0, x0, orientation: turn },
      );
    }
    case "SCALE_UNSUPPORTED": {
      const { scale } = task;
      if (scale === 1) return undefined;
      const whole = region && {
        start: [region.start[0] * scale, region.start[1] * scale] as const,
        end: [Math.min(region.end[0] * scale, info.height), Math.min(region.end[1] * scale, info.width)] as const,
      };
      const width = whole ? whole.end[1] - whole.start[1] : info.width;
      const height = whole ? whole.end[0] - whole.start[0] : info.height;
      return plainer(
        task,
        { output: { ...output, width, height }, region: whole, orientation: 1, scale: 1 },
        { ...transform, shrink: scale, orientation: turn },
      );
    }
    case "COLOR_SPEC_UNSUPPORTED":
    case "SAMPLE_FORMAT_UNSUPPORTED": {
      const [sampleFormat, colorSpec] = unchanged(info);
      if (output.sampleFormat === sampleFormat) return undefined;
      return plainer(task, { output: { ...output, sampleFormat, colorSpec, channels: info.channels } }, transform);
    }
    case "SAMPLE_TYPE_UNSUPPORTED": {
      const { dtype, precision } = info;
      if (output.dtype === dtype && output.precision === precision) return undefined;
      return plainer(task, { output: { ...output, dtype, precision } }, transform);
    }
    default:
      return undefined;
  }
}

function plainer(
  task: PlannedDecode,
  changes: Partial<Pick<PlannedDecode, "output" | "region" | "orientation" | "scale">>,
  transform: Transform,
): PlannedDecode | undefined {
  const { output: shape, region, orientation, scale } = { ...pick(task), ...changes };
  const { width, height, channels, dtype, precision, sampleFormat, colorSpec } = shape;
  const output = tightLayout(width, height, channels, dtype, precision, sampleFormat, colorSpec);
  const { maxScratchBytes } = task.params.limits;
  if (!canTransform(output, task.final, transform.background !== undefined)) return undefined;
  if (byteLength(output) > maxScratchBytes) return undefined;
  return task.plainer({ scale, region, orientation, output, transform });
}

function pick({ output, region, orientation, scale }: PlannedDecode) {
  return { output, region, orientation, scale };
}
