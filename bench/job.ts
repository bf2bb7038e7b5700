/** What a rival is asked to do, and the few lines it speaks. The C loop and the Python driver speak them too. */

export type Operation =
  | "decode-reused"
  | "decode-fresh"
  | "encode"
  | "thumbnail"
  | "region"
  | "tensor"
  | "single"
  | "bridge"
  | "road-reused"
  | "road-fresh";

/** Given to a rival's process as JSON, its last argument. */
export interface Job {
  readonly operation: Operation;
  /** How many threads may work; the process is pinned to as many cores. */
  readonly threads: number;
  readonly quality: number;
  readonly width: number;
  readonly height: number;
  /** One path per picture. */
  readonly jpegs: readonly string[];
  readonly pixels: readonly string[];
  /** Where the npm peers are installed. */
  readonly peersFolder: string;
  /** The library with the backend that does nothing. */
  readonly noop: string;
  /** What distinguishes this rival from others that use the same driver. */
  readonly variant?: string;
}

/** Works once through all pictures, as one batch; how many that was. */
export interface Pass {
  (): Promise<number>;
  /** Encoders: the bytes that all results had together. */
  codedBytes?: number;
}

/** What a driver module exports. Everything that is not to be timed happens before `prepare` resolves. */
export interface Driver {
  prepare(job: Job): Promise<Pass>;
}
