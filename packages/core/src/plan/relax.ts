/** When a backend refuses a task because of what is asked, not because of the bytes: the plainer task to offer it. */
import { byteLength, tightLayout } from "../image/layout.js";
import { canTransform, orientedSize } from "../image/transform.js";
import type { ProcessingStatus } from "../plugin.js";
import { type PlannedDecode, unchanged } from "./decode-plan.js";

/**
 * The task without what was refused; core does that part afterwards (`transform`). `undefined` when core cannot.
 * Every step removes one demand, so asking again and again ends.
 */
export function relax(task: PlannedDecode, refused: ProcessingStatus): PlannedDecode | undefined {
  const { y0, x0 } = task.transform ?? { y0: 0, x0: 0 };
  const turn = task.transform?.orientation ?? 1;
  switch (refused) {
    case "ORIENTATION_UNSUPPORTED": {
      if (task.orientation === 1) return undefined;
      const [width, height] = orientedSize(task.output.width, task.output.height, task.orientation);
      return plainer(task, { ...task.output, width, height }, task.region, 1, {
        orientation: task.orientation,
        y0,
        x0,
      });
    }
    case "ROI_UNSUPPORTED": {
      if (!task.region) return undefined;
      const width = Math.ceil(task.info.width / task.scale);
      const height = Math.ceil(task.info.height / task.scale);
      // The crop comes before the turn, so the backend may no longer turn.
      return plainer(task, { ...task.output, width, height }, undefined, 1, {
        orientation: task.orientation === 1 ? turn : task.orientation,
        y0: task.region.start[0],
        x0: task.region.start[1],
      });
    }
    case "COLOR_SPEC_UNSUPPORTED":
    case "SAMPLE_FORMAT_UNSUPPORTED": {
      const [sampleFormat, colorSpec] = unchanged(task.info);
      if (task.output.sampleFormat === sampleFormat) return undefined;
      return plainer(
        task,
        { ...task.output, sampleFormat, colorSpec, channels: task.info.channels },
        task.region,
        task.orientation,
        { orientation: turn, y0, x0 },
      );
    }
    case "SAMPLE_TYPE_UNSUPPORTED": {
      const { dtype, precision } = task.info;
      if (task.output.dtype === dtype && task.output.precision === precision) return undefined;
      return plainer(task, { ...task.output, dtype, precision }, task.region, task.orientation, {
        orientation: turn,
        y0,
        x0,
      });
    }
    default:
      return undefined;
  }
}

function plainer(
  task: PlannedDecode,
  shape: PlannedDecode["output"],
  region: PlannedDecode["region"],
  orientation: number,
  transform: NonNullable<PlannedDecode["transform"]>,
): PlannedDecode | undefined {
  const output = tightLayout(
    shape.width,
    shape.height,
    shape.channels,
    shape.dtype,
    shape.precision,
    shape.sampleFormat,
    shape.colorSpec,
  );
  const { maxScratchBytes } = task.params.limits;
  if (!canTransform(output, task.final) || byteLength(output) > maxScratchBytes) return undefined;
  return task.plainer({ region, orientation, output, transform });
}
