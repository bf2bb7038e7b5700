/**
 * An S3 that fails: s3rver behind a proxy which answers some requests with 500, loses some answers, and cuts some uploads
 * off. The proxy adds what s3rver lacks: conditional writes (`If-None-Match: *`), listing and ending of unfinished uploads.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

interface S3rver {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => S3rver;

/** Shares of all requests, 0 to 1. */
export interface Faults {
  /** Answered with 500; nothing is done. */
  refused: number;
  /** Done, and answered with 500 all the same. */
  answerLost: number;
  /** Uploads whose connection is cut in the middle. */
  cut: number;
}

const BUCKET = "shards";
/** What s3rver takes for its owner's. */
export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "S3RVER",
  AWS_SECRET_ACCESS_KEY: "S3RVER",
  AWS_REGION: "us-east-1",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

export class FakeFaultyS3 {
  readonly url = `s3://${BUCKET}/run`;
  faults: Faults = { refused: 0, answerLost: 0, cut: 0 };
  /** How often each fault happened. */
  readonly happened: Faults = { refused: 0, answerLost: 0, cut: 0 };
  /** Unfinished uploads: the id, the key. */
  readonly uploads = new Map<string, string>();
  /** How often each kind of request came. */
  readonly requests = new Map<string, number>();
  readonly #writes = new Map<string, Promise<unknown>>();
  #port = 0;
  #proxy: Server | undefined;

  private constructor(private readonly random: () => number) {}

  static async start(t: { teardown(fn: () => Promise<void>): void }, directory: string, random: () => number) {
    const fake = new FakeFaultyS3(random);
    const options = { port: 0, address: "127.0.0.1", silent: true, directory, allowMismatchedSignatures: true };
    const inner = new S3rver({ ...options, configureBuckets: [{ name: BUCKET }] });
    fake.#port = (await inner.run()).port;
    fake.#proxy = createServer((from, to) => void fake.#serve(from, to)).listen(0, "127.0.0.1");
    await once(fake.#proxy, "listening");
    t.teardown(async () => {
      fake.#proxy?.close().closeAllConnections();
      await inner.close();
    });
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#proxy!.address() as AddressInfo).port}`;
  }

  async #serve(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const url = new URL(from.url!, this.endpoint);
    this.#count(from, url);
    const isUpload = from.method === "PUT";
    if (this.#occurs("refused")) return answer(from, to, 500, "InternalError");
    if (isUpload && this.#occurs("cut")) {
      from.once("data", () => from.destroy()).resume();
      return;
    }
    const body = await read(from).catch(() => undefined);
    if (body === undefined) return; // The client gave up.
    const lose = from.method !== "GET" && this.#occurs("answerLost");
    const reply = await this.#inTurn(url.pathname, () => this.#reply(from, url, body));
    if (lose) answer(from, to, 500, "InternalError");
    else to.writeHead(reply.status, reply.headers).end(reply.body);
  }

  async #reply(from: IncomingMessage, url: URL, body: Buffer): Promise<Reply> {
    const { method } = from;
    const uploadId = url.searchParams.get("uploadId");
    if (method === "GET" && url.searchParams.has("uploads")) return this.#listUploads(url);
    if (method === "DELETE" && uploadId) {
      this.uploads.delete(uploadId);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    }
    const completes = method === "POST" && uploadId !== null;
    const writes = completes || (method === "PUT" && !url.searchParams.has("partNumber"));
    if (completes && !this.uploads.has(uploadId)) return xml(404, error("NoSuchUpload"));
    if (
      writes &&
      from.headers["if-none-match"] === "*" &&
      (await this.#forward("HEAD", url.pathname, {}, Buffer.alloc(0))).status === 200
    )
      return xml(412, error("PreconditionFailed"));
    const reply = await this.#forward(method!, from.url!, from.headers, body);
    if (method === "POST" && url.searchParams.has("uploads")) {
      const id = /<UploadId>([^<]+)</.exec(reply.body.toString())?.[1];
      if (id) this.uploads.set(id, keyOf(url));
    }
    if (completes && reply.status === 200) this.uploads.delete(uploadId);
    return reply;
  }

  #forward(method: string, path: string, headers: IncomingMessage["headers"], body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const to = request({ port: this.#port, host: "127.0.0.1", method, path, headers });
      to.once("error", reject).once("response", (response) => {
        read(response).then(
          (content) => resolve({ status: response.statusCode!, headers: response.headers, body: content }),
          reject,
        );
      });
      to.end(body);
    });
  }

  #listUploads(url: URL): Reply {
    const prefix = url.searchParams.get("prefix") ?? "";
    const uploads = [...this.uploads].filter(([, key]) => key.startsWith(prefix));
    const items = uploads.map(
      ([id, key]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${new Date().toISOString()}</Initiated></Upload>`,
    );
    return xml(
      200,
      `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${items.join("")}</ListMultipartUploadsResult>`,
    );
  }

  /** Requests about one object one after the other, as a conditional write needs it. */
  #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#writes.get(key) ?? Promise.resolve()).then(work, work);
    this.#writes.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  }

  #occurs(fault: keyof Faults): boolean {
    if (this.random() >= this.faults[fault]) return false;
    this.happened[fault]++;
    return true;
  }

  #count({ method }: IncomingMessage, url: URL): void {
    const kind = ["uploads", "partNumber", "uploadId", "list-type"].find((name) => url.searchParams.has(name));
    const name = `${method}${kind ? ` ${kind}` : ""}`;
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
  }
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function keyOf({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(`/${BUCKET}/`, "");
}

function error(code: string): string {
  return `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}

function xml(status: number, content: string): Reply {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${content}`);
  return { status, headers: { "content-type": "application/xml", "content-length": String(body.length) }, body };
}

function answer(from: IncomingMessage, to: ServerResponse, status: number, code: string): void {
  const reply = xml(status, error(code));
  from.resume();
  to.writeHead(reply.status, reply.headers).end(from.method === "HEAD" ? undefined : reply.body);
}

async function read(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
