/** Options of backends, addressed by id and checked against what the backend declares. */
import { ArgumentTypeError } from "../errors.js";
import { unknownOption } from "./options.js";

type OptionValues = Readonly<Record<string, boolean | number | string>>;
/** Options of backends, by backend id. */
export type BackendOptions = Readonly<Record<string, OptionValues>>;
interface Addressee {
  readonly id: string;
  readonly options?: OptionValues;
}

/** @throws TypeError for an id that is not registered, or a value that its backend does not know */
export function checkBackendOptions(options: BackendOptions, backends: readonly Addressee[]): void {
  for (const [id, values] of Object.entries(options)) {
    const backend = backends.find((b) => b.id === id);
    if (!backend)
      throw unknownOption(
        "options",
        id,
        backends.map((b) => b.id),
      );
    completeBackendOptions(backend, values);
  }
}

/** A backend's options with its defaults where the user gave none. */
export function completeBackendOptions({ id, options: known = {} }: Addressee, given: OptionValues = {}): OptionValues {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) throw unknownOption(`options[${JSON.stringify(id)}]`, name, Object.keys(known));
    if (typeof value !== typeof known[name]) {
      throw new ArgumentTypeError(
        `options[${JSON.stringify(id)}].${name}: expected a ${typeof known[name]}, got ${JSON.stringify(value)}`,
      );
    }
  }
  return Object.freeze({ ...known, ...given });
}
