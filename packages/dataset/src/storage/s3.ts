/**
 * A bucket as storage, S3 or what speaks its protocol. Uploads are streamed in parts, and an object appears when its last
 * request succeeds; the first writer wins by conditional writes (`If-None-Match: *`).
 *
 * Needs `@aws-sdk/client-s3` and `@aws-sdk/lib-storage`; `@polycodec/dataset/s3`.
 */
import { PassThrough } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { type Storage, StorageError, type StorageWriter } from "./storage.js";

export interface S3StorageOptions {
  /** `s3://bucket/prefix`. */
  readonly url: string;
  /** Region, endpoint, credentials … of the SDK; what is missing comes from the environment, as the SDK has it. */
  readonly config?: S3ClientConfig;
  /** Bytes of a part, at least 5 MiB. An object may have 10,000 parts. Default 16 MiB: objects up to 156 GiB. */
  readonly partBytes?: number;
  /** Parts of one object under way at once. Memory is `partBytes` times this. Default 2. */
  readonly parallelParts?: number;
}

const PART_BYTES = 16 * 1024 * 1024;
/** An upload that was begun so long ago and is not complete belongs to an attempt that is gone. */
const STALE_MS = 24 * 60 * 60 * 1000;
/** Beyond the SDK's own three attempts: a storage that throttles for a while is no reason to encode a shard again. */
const MAX_ATTEMPTS = 8;

/**
 * @throws TypeError for a URL that names no bucket. Whether the bucket exists shows with the first request.
 */
export function s3Storage({ url, config = {}, partBytes = PART_BYTES, parallelParts = 2 }: S3StorageOptions): Storage {
  const { bucket, prefix } = parseS3Url(url);
  const client = new S3Client({ maxAttempts: MAX_ATTEMPTS, ...endpointOfEnvironment(), ...config });
  const keyOf = (name: string) => prefix + name;

  async function get(name: string) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
    return Body as AsyncIterable<Uint8Array> & { transformToByteArray(): Promise<Uint8Array> };
  }

  /** The unfinished uploads below the prefix, page by page. */
  async function* uploads(): AsyncGenerator<{ Key: string; UploadId: string; Initiated: Date | undefined }> {
    let page: Partial<ListMultipartUploadsCommandOutput> = {};
    do {
      page = await client.send(
        new ListMultipartUploadsCommand({
          Bucket: bucket,
          Prefix: prefix,
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        }),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
        if (Key && UploadId) yield { Key, UploadId, Initiated };
    } while (page.IsTruncated);
  }

  const storage: Storage = {
    url,
    async create(name, { ifAbsent = false } = {}) {
      const body = new PassThrough({ highWaterMark: 1 << 20 });
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: keyOf(name), Body: body, ...(ifAbsent && { IfNoneMatch: "*" }) },
        partSize: partBytes,
        queueSize: parallelParts,
      });
      return s3Writer(upload, body, (error) => s3Error(`${url}: ${name}`, error));
    },
    async read(name) {
      try {
        return await (await get(name)).transformToByteArray();
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw s3Error(`${url}: ${name}`, error);
      }
    },
    async *readStream(name) {
      try {
        yield* await get(name);
      } catch (error) {
        throw s3Error(`${url}: ${name}`, error);
      }
    },
    async *list(namePrefix) {
      try {
        const pages: AsyncIterable<ListObjectsV2CommandOutput> = paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: keyOf(namePrefix) },
        );
        for await (const { Contents } of pages)
          for (const { Key = "" } of Contents ?? []) yield Key.slice(prefix.length);
      } catch (error) {
        throw s3Error(url, error);
      }
    },
    async remove(name) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
      } catch (error) {
        if (!isStatus(error, 404)) throw s3Error(`${url}: ${name}`, error);
      }
    },
    async sweep({ all = false } = {}) {
      let removed = 0;
      try {
        for await (const { Key, UploadId, Initiated } of uploads()) {
          if (!all && !(Initiated && Date.now() - Initiated.getTime() > STALE_MS)) continue;
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
          removed++;
        }
      } catch (error) {
        // Not every server that speaks S3 lists uploads; there its own lifecycle rules have to end them.
        if (!isStatus(error, 404, 405, 501)) throw s3Error(url, error);
      }
      return removed;
    },
    async close() {
      client.destroy();
    },
  };
  return storage;
}

function s3Writer(upload: Upload, body: PassThrough, wrap: (error: unknown) => StorageError): StorageWriter {
  let settled = false;
  let failure: unknown;
  // An upload that fails is waiting for nobody's bytes any more: without this, `write` would wait for ever.
  const done = upload.done().then(
    () => undefined,
    (error: unknown) => {
      failure = error ?? new Error("the upload failed");
      body.destroy();
    },
  );

  async function abort(): Promise<void> {
    if (settled) return;
    settled = true;
    body.destroy();
    await upload.abort();
    await done;
  }

  return {
    async write(bytes) {
      if (failure === undefined && !body.write(bytes))
        await new Promise<void>((resolve) => {
          body.once("drain", resolve).once("close", resolve);
        });
      if (failure === undefined) return;
      await abort();
      throw wrap(failure);
    },
    async commit() {
      body.end();
      await done;
      if (failure === undefined) {
        settled = true;
        return "written";
      }
      settled = true;
      if (isStatus(failure, 412)) return "exists";
      throw wrap(failure);
    },
    abort,
  };
}

function parseS3Url(url: string): { bucket: string; prefix: string } {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(url) ?? [];
  if (!bucket) throw new TypeError(`${url}: expected s3://bucket or s3://bucket/prefix`);
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  return { bucket, prefix: trimmed && `${trimmed}/` };
}

/** Servers that are not Amazon's are named by AWS_ENDPOINT_URL(_S3), and rarely have a host name for each bucket. */
function endpointOfEnvironment(): S3ClientConfig {
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return endpoint ? { endpoint, forcePathStyle: true } : {};
}

function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof S3ServiceException && statuses.includes(error.$metadata.httpStatusCode ?? 0);
}

const FATAL = new Set([
  "AccessDenied",
  "AccountProblem",
  "AllAccessDisabled",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "NoSuchBucket",
  "QuotaExceeded",
  "SignatureDoesNotMatch",
  "XMinioStorageFull",
  "CredentialsProviderError",
]);

function s3Error(place: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const { name, message } = cause as Error;
  const isFatal = FATAL.has(name) || isStatus(cause, 401, 403, 507);
  return new StorageError(`${place}: ${message && message !== name ? `${name}: ${message}` : name}`, isFatal, {
    cause,
  });
}
